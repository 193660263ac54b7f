import { emptyBytes } from "#base/bytes.ts";
import { decodeCommand, encodeCommand, type LogEntry, type LogPoint } from "#format/index.ts";
import { clusterOf } from "#metadata/index.ts";
import { voteResult } from "#raft/index.ts";
import { entrySizeBytes } from "#storage/index.ts";
import { type BootedState, release } from "./boot.ts";
import { standingOf } from "./group-link.ts";
import { membersOf } from "./members.ts";
import { toLogEntry } from "./raft-wire.ts";
import { bootReplayed } from "./replay.ts";
import {
  type ReplicaConfig,
  type ReplicaGroup,
  replicaLimits,
  type ReplicaPorts,
} from "./replica-config.ts";
import { RecoverRefusedError } from "./replica-error.ts";

/** What no majority is known to have is looked through in pieces of this size, in bytes. */
const pieceBytes = 1024 * 1024;

/** What a survivor is recovered by. Its replica must not be running. */
export interface RecoverConfig extends Pick<
  ReplicaConfig,
  "group" | "limits" | "nodeId" | "raftId"
> {
  /** Goes on alone also where the others could go on together with this node, or have more. */
  isForced: boolean;
}

/** What a recovery came to. */
export interface Recovered {
  epoch: number;
  /** The last entry of the log, all of which is kept. */
  last: LogPoint;
  /** So many entries at its end are decided now that no majority is known to have had. */
  undecidedCount: number;
  /** The Raft ids of those who belong no more. */
  leftBehind: readonly number[];
}

/**
 * Makes a cluster of one voter out of what a single survivor has, when the others will not come
 * back: the whole log counts, also what was not decided, and all that comes behind it is of a new
 * epoch. What only the others had is lost. It is one record of the log: cut short by a crash,
 * nothing has happened. The next start goes on alone.
 *
 * @throws RecoverRefusedError unless it is forced: where the members that answer are a majority
 *   together with this node, or one of them has more; forced or not, where there is no state here,
 *   or no room
 * @throws BootRefusedError where this node may lack what it acknowledged
 */
export async function recoverReplica(
  ports: ReplicaPorts,
  config: RecoverConfig,
): Promise<Recovered> {
  const { nodeId, raftId = nodeId, group, isForced } = config;
  const limits = { ...replicaLimits, ...config.limits };
  const booted = await bootReplayed(ports, {
    mayFound: false,
    raftId,
    nodeId,
    isJoining: false,
    hasBegun: true,
    limits,
    onDamage: () => undefined,
  });
  try {
    const objection = await objectionTo(booted, group);
    if (objection !== undefined) {
      if (!isForced) throw objection;
      ports.trace.write("warn", "recoveryForced", { reason: objection.message });
    }
    const recovered = await goOnAlone(booted, nodeId);
    const { epoch, last, undecidedCount, leftBehind } = recovered;
    ports.trace.write("error", "clusterRecovered", {
      epoch,
      index: last.index,
      undecidedCount,
      leftBehind: leftBehind.join(" "),
    });
    return recovered;
  } finally {
    await release(booted);
  }
}

/** Why this node should not go on alone, as far as the others can be asked. */
async function objectionTo(
  { log, store, membership }: BootedState,
  group: ReplicaGroup | undefined,
): Promise<RecoverRefusedError | undefined> {
  const { raftId } = membership;
  const conf = store.conf ?? membership.initialConf;
  const standings = await standingsOf(
    group,
    [...membersOf(conf)].filter((id) => id !== raftId),
  );
  const votes = new Map([
    [raftId, true],
    ...[...standings.keys()].map((id) => [id, true] as const),
  ]);
  if (voteResult(conf.voters, conf.votersOutgoing, votes) === "won") {
    const answered = votes.size === 1 ? "this node decides alone" : "a majority answers";
    return new RecoverRefusedError("has-majority", `${answered}: start the node instead`);
  }
  for (const [id, last] of standings) {
    if (!isBehind(log.last, last)) continue;
    const node = group?.directory.nodeOf(id) ?? id;
    const text = `node ${node} has entries up to ${last.index}, this one up to ${log.lastIndex}`;
    return new RecoverRefusedError("others-have-more", `${text}: recover it instead`);
  }
  return undefined;
}

/** The last entries of those who answer. */
async function standingsOf(
  group: ReplicaGroup | undefined,
  raftIds: readonly number[],
): Promise<Map<number, LogPoint>> {
  const standings = new Map<number, LogPoint>();
  if (group === undefined) return standings;
  const asking = raftIds.map(async (raftId) => {
    const node = group.directory.nodeOf(raftId);
    const last = node === undefined ? undefined : await standingOf(group.peers, node);
    if (last !== undefined) standings.set(raftId, last);
  });
  await Promise.all(asking);
  return standings;
}

function isBehind(a: LogPoint, b: LogPoint): boolean {
  return a.term < b.term || (a.term === b.term && a.index < b.index);
}

async function goOnAlone(booted: BootedState, nodeId: number): Promise<Recovered> {
  const { log, store, membership } = booted;
  const { raftId } = membership;
  const cluster = clusterOf(store.reader);
  if (cluster === undefined) {
    throw new RecoverRefusedError("no-state", "there is no state of a cluster here to go on from");
  }
  const { last, hardState } = log;
  // Two survivors that are recovered one beside the other, which is a mistake, get two epochs.
  const epoch = cluster.epoch + nodeId;
  const body = { kind: "recoverCluster", value: { epoch, node: nodeId } } as const;
  const stamp = { timeUnixMs: await newestStamp(booted), timeInDoubt: true };
  const data = encodeCommand({ number: 0, lowWater: 0, unitLowWater: 0, ...stamp, body });
  const term = hardState.term + 1;
  const conf = { transition: "alone" as const, changes: [{ op: "voter" as const, id: raftId }] };
  const at = (count: number): { term: number; index: number } => ({
    term,
    index: last.index + count,
  });
  const entries: LogEntry[] = [
    toLogEntry({ ...at(1), kind: "conf", data: emptyBytes, conf }),
    { ...at(2), kind: "normal", data },
  ];
  const bytes = entries.reduce((sum, entry) => sum + entrySizeBytes(entry), 0);
  if (bytes > log.roomBytes && !(await log.prepareRoom())) {
    throw new RecoverRefusedError("no-room", "the log has no room for more: the disk is full");
  }
  log.append({ entries, hardState: { term, vote: raftId, commit: last.index + entries.length } });
  await log.sync();
  const members = membersOf(store.conf ?? membership.initialConf);
  return {
    epoch,
    last,
    undecidedCount: last.index - store.applied.index,
    leftBehind: [...members].filter((id) => id !== raftId),
  };
}

/** The newest stamp of all commands, those that are not decided too. */
async function newestStamp({ log, store }: BootedState): Promise<number> {
  let newest = store.timeUnixMs;
  const end = log.lastIndex + 1;
  for (let next = store.applied.index + 1; next < end;) {
    const entries = await log.readEntries(next, end, pieceBytes);
    for (const { kind, data } of entries) {
      if (kind !== "normal" || data.length === 0) continue;
      newest = Math.max(newest, decodeCommand(data).timeUnixMs);
    }
    next += entries.length;
  }
  return newest;
}
