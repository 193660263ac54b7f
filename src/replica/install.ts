import type { LogPoint } from "#format/index.ts";
import type { HardState } from "#raft/index.ts";
import { adoptCheckpoint, createLog, type LogConfig } from "#storage/index.ts";
import type { Checkpointer } from "./checkpointer.ts";
import { removeInstall, writeInstall } from "./member-file.ts";
import { checkpointDirectory, type ReplicaPorts } from "./replica-config.ts";
import type { ReplicaState } from "./replica-state.ts";
import type { Prepared } from "./snapshot-receiver.ts";

/**
 * Puts a prepared store in the place of the one in force, and begins the log anew behind it. Cut
 * short by a crash it is finished, or has never begun, at the next boot.
 */
export async function installSnapshot(
  ports: ReplicaPorts,
  state: ReplicaState,
  parts: {
    prepared: Prepared;
    hardState: HardState;
    logConfig: LogConfig;
    checkpointer: Checkpointer;
  },
): Promise<void> {
  const { prepared, checkpointer } = parts;
  const { disk, stores, trace } = ports;
  const previous: LogPoint = { index: prepared.point.index, term: prepared.point.term };
  const hardState = { ...parts.hardState, commit: previous.index };
  await checkpointer.interrupt();
  await writeInstall(disk, { applied: previous, hardState });
  await state.store.replace(stores);
  await state.log.release();
  state.log = await createLog(ports, parts.logConfig, { previous, hardState });
  await removeInstall(disk);
  const place = { disk, directory: checkpointDirectory };
  checkpointer.adopt(await adoptCheckpoint(place, prepared.path, prepared.point, prepared.conf));
  trace.write("info", "snapshotInstalled", { index: previous.index, term: previous.term });
}
