import { type ConfState, FormatError, type Member } from "#format/index.ts";
import { emptyConf } from "#raft/index.ts";
import { createLog, listCheckpoints, type LogConfig, removeCheckpoint } from "#storage/index.ts";
import { acquitState, acquitStore, removeCleanStop } from "./clean-stop.ts";
import { memberPath, readMember, removeInstall, writeMember } from "./member-file.ts";
import { loneConf } from "./members.ts";
import { checkpointDirectory, type ReplicaPorts } from "./replica-config.ts";
import { BootRefusedError } from "./replica-error.ts";
import { rebuiltName, storeName } from "./state-store.ts";

/** By which Raft id a node belongs to the group. */
export interface Membership {
  raftId: number;
  /** Who belonged before the log's first entry: the founder itself; nobody that a joiner knows. */
  initialConf: ConfState;
}

/**
 * Sees to it that the log here is that of the Raft id that the node is to bear. A joiner drops what
 * it has under another one: that id never votes again.
 *
 * @throws BootRefusedError where the log is another member's, and the node is not joining; where it
 *   was begun before, and is not there
 */
export async function settleMembership(
  ports: ReplicaPorts,
  config: { raftId: number; nodeId: number; isJoining: boolean; hasBegun: boolean },
  logConfig: LogConfig,
): Promise<Membership> {
  const { raftId, nodeId, isJoining, hasBegun } = config;
  const { disk } = ports;
  const member = await memberOf(ports, config);
  if (isJoining && hasBegun && member === undefined) throw lostError(raftId, logConfig);
  const known = member?.raftId ?? nodeId;
  if (known === raftId && member?.isBeginning !== true && !(isJoining && member === undefined)) {
    const initialConf = member === undefined ? loneConf(raftId) : emptyConf();
    return { raftId, initialConf };
  }
  if (!isJoining) {
    throw new BootRefusedError({
      reason: "another-member",
      remedy: "restore",
      path: logConfig.directory,
      finding: `the log here is that of Raft id ${known}, and the node is to be ${raftId}`,
      lostAtMost: "nothing",
      nextStep: "find out which directory belongs to this node. Nothing was changed",
    });
  }
  await writeMember(disk, { raftId, isBeginning: true });
  await beginAnew(ports, logConfig);
  await writeMember(disk, { raftId, isBeginning: false });
  ports.trace.write("info", "memberBegun", { raftId });
  return { raftId, initialConf: emptyConf() };
}

/**
 * Whose log is here. Where that cannot be read a fresh id may begin all the same: it drops the log.
 *
 * @throws BootRefusedError
 */
async function memberOf(
  { disk, trace }: ReplicaPorts,
  { raftId, isJoining, hasBegun }: { raftId: number; isJoining: boolean; hasBegun: boolean },
): Promise<Member | undefined> {
  try {
    return await readMember(disk);
  } catch (error) {
    if (!(error instanceof FormatError) || error.code === "newer") throw error;
    trace.write("error", "memberDamaged", { reason: error.message });
    if (isJoining && !hasBegun) return undefined;
    throw new BootRefusedError({
      reason: "member-damaged",
      remedy: "rejoin",
      path: memberPath,
      finding: `it does not say any more that the log here is that of Raft id ${raftId}`,
      lostAtMost: "nothing, if the others have it all",
      nextStep: "let the node join anew under a fresh Raft id. Nothing was changed",
      cause: error,
    });
  }
}

function lostError(raftId: number, { directory }: LogConfig): BootRefusedError {
  return new BootRefusedError({
    reason: "all-missing",
    remedy: "rejoin",
    path: directory,
    finding: `a log was begun here under Raft id ${raftId}, and nothing says that it is here still`,
    lostAtMost: "what this node alone had, and whom it has voted for",
    nextStep: "let the node join anew under a fresh Raft id. Nothing was changed",
  });
}

/** Drops store, checkpoints and log, and begins an empty log. Done again where it was cut short. */
async function beginAnew(ports: ReplicaPorts, logConfig: LogConfig): Promise<void> {
  const { disk, stores, trace } = ports;
  await stores.remove(storeName);
  await stores.remove(rebuiltName);
  const place = { disk, directory: checkpointDirectory };
  for (const { path } of await listCheckpoints(place, trace)) await removeCheckpoint(place, path);
  const log = await createLog(ports, logConfig);
  await log.release();
  await removeInstall(disk);
  await removeCleanStop(disk);
  await acquitStore(disk);
  await acquitState(disk);
}
