import { adoptCheckpoint, CheckpointDamagedError, CheckpointReader } from "#storage/index.ts";
import type { CheckpointName, Log } from "#storage/index.ts";
import { acquitStore } from "./clean-stop.ts";
import { checkpointAt } from "./group-link.ts";
import { IncomingCheckpoint, removeIfThere } from "./incoming-checkpoint.ts";
import { writeInstall } from "./member-file.ts";
import { membersOf } from "./members.ts";
import { checkpointDirectory, type ReplicaGroup, type ReplicaPorts } from "./replica-config.ts";
import { fillStore, rebuiltName, storeName } from "./state-store.ts";

/** So long a start looks for a member that has a checkpoint, in milliseconds. */
const searchMsMax = 20_000;

/** Between two rounds over all members, in milliseconds. */
const roundPauseMs = 500;

/** What was got from another member, and how it goes with the log here. */
export type FetchedState =
  /** The log goes on from it: a store can be made of it. */
  | { kind: "checkpoint"; name: CheckpointName }
  /** The log does not reach it: the store is made of it already, the log is to begin anew. */
  | { kind: "installed"; name: CheckpointName };

/**
 * Gets the state from another member, for one whose log is whole and reaches back no further: so it
 * keeps its Raft id. What the log holds behind the checkpoint is kept, as it was answered for.
 *
 * @returns undefined where nobody has what it needs
 */
export async function fetchState(
  ports: ReplicaPorts,
  group: ReplicaGroup,
  { log, raftId }: { log: Log; raftId: number },
): Promise<FetchedState | undefined> {
  const path = await fetchFromAny(ports, group, log.previous.index);
  if (path === undefined) return undefined;
  try {
    const reader = await CheckpointReader.open(ports.disk, path);
    await reader.close();
    const { applied, conf } = reader;
    const place = { disk: ports.disk, directory: checkpointDirectory };
    if (log.term(applied.index) === applied.term) {
      return { kind: "checkpoint", name: await adoptCheckpoint(place, path, applied, conf) };
    }
    // Whoever is not in it yet cannot begin with it.
    if (conf === undefined || !membersOf(conf).has(raftId)) {
      await removeIfThere(ports.disk, path);
      return undefined;
    }
    await install(ports, path, log);
    return { kind: "installed", name: await adoptCheckpoint(place, path, applied, conf) };
  } catch (error) {
    if (!(error instanceof CheckpointDamagedError)) throw error;
    ports.trace.write("error", "checkpointDamaged", { path, reason: error.message });
    await removeIfThere(ports.disk, path);
    return undefined;
  }
}

/** Gets a checkpoint that reaches an entry. @returns its path */
async function fetchFromAny(
  ports: ReplicaPorts,
  { peers, directory }: ReplicaGroup,
  indexMin: number,
): Promise<string | undefined> {
  const { clock, trace } = ports;
  const { signal } = new AbortController();
  const endMs = clock.monotonicMs() + searchMsMax;
  for (;;) {
    const others = [...directory.nodes()].filter((node) => node !== peers.self);
    if (others.length === 0) return undefined;
    trace.write("warn", "stateSought", { indexMin, nodes: others.join(" ") });
    let incoming: IncomingCheckpoint | undefined;
    for (const node of others) {
      const point = incoming?.point ?? (await checkpointAt(peers, node, indexMin));
      if (point === undefined) continue;
      incoming ??= await IncomingCheckpoint.begin(ports, point, node);
      if ((await incoming.fetchFrom(peers, node, signal)) === "cut-short") continue;
      await incoming.close();
      trace.write("info", "checkpointReceived", { index: point.index, node });
      return incoming.path;
    }
    await incoming?.drop();
    if (clock.monotonicMs() >= endMs) return undefined;
    await clock.sleep(roundPauseMs);
  }
}

/** Makes a store of a checkpoint behind which the log is to begin anew, crash or no crash. */
async function install(ports: ReplicaPorts, path: string, log: Log): Promise<void> {
  const { disk, stores } = ports;
  const reader = await CheckpointReader.open(disk, path);
  try {
    await fillStore(stores, rebuiltName, reader.pieces());
  } finally {
    await reader.close();
  }
  const { applied } = reader;
  await writeInstall(disk, { applied, hardState: { ...log.hardState, commit: applied.index } });
  await stores.rename(rebuiltName, storeName);
  await acquitStore(disk);
}
