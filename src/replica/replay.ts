import { StoreDamagedError } from "#base/store-damaged-error.ts";
import type { ConfState, LogEntry } from "#format/index.ts";
import { changedConf, RaftError } from "#raft/index.ts";
import { applyEntries } from "./apply-entries.ts";
import { type BootConfig, type BootedState, bootState, release } from "./boot.ts";
import { condemnStore } from "./clean-stop.ts";
import { isLoneVoter } from "./members.ts";
import { confChangeOf } from "./raft-wire.ts";
import type { ReplicaLimits, ReplicaPorts } from "./replica-config.ts";

/** Replayed entries are read and applied in pieces of this size, in bytes. */
const pieceBytes = 1024 * 1024;

/**
 * Boots on what is on disk, and applies what is known to be committed. A store that is found to be
 * damaged on the way is made anew, of checkpoint and log.
 *
 * @throws BootRefusedError where what is there may lack acknowledged commands
 */
export async function bootReplayed(ports: ReplicaPorts, config: BootConfig): Promise<BootedState> {
  try {
    return await bootOnce(ports, config);
  } catch (error) {
    if (!(error instanceof StoreDamagedError)) throw error;
    ports.trace.write("error", "storeDamaged", { reason: error.message });
    await condemnStore(ports.disk);
    return bootOnce(ports, config);
  }
}

async function bootOnce(ports: ReplicaPorts, config: BootConfig): Promise<BootedState> {
  const booted = await bootState(ports, config);
  try {
    await replay(ports, config.limits, booted);
    // It reads rows, and may be the first to meet a damaged one.
    config.group?.noteState?.(booted.store.reader, booted.store.applied.index);
    return booted;
  } catch (error) {
    await release(booted);
    throw error;
  }
}

/**
 * Applies what the log has, the store does not, and is known to be committed: what the hard state
 * says, and all that a lone voter has.
 */
async function replay(
  ports: Pick<ReplicaPorts, "trace">,
  limits: ReplicaLimits,
  { log, store, membership }: BootedState,
): Promise<void> {
  const { raftId, initialConf } = membership;
  const from = store.applied.index + 1;
  for (;;) {
    const conf = store.conf ?? initialConf;
    const committed = Math.min(log.hardState.commit, log.lastIndex);
    const endIndex = (isLoneVoter(conf, raftId) ? log.lastIndex : committed) + 1;
    const next = store.applied.index + 1;
    if (next >= endIndex) break;
    const entries = upToConf(await log.readEntries(next, endIndex, pieceBytes));
    const { flushed } = applyEntries(store, entries, (entry) => confAfter(conf, entry));
    // What fails to become durable fails again when the store is next waited for.
    flushed.catch(() => undefined);
    if (store.unflushedBytes > limits.unflushedBytesMax) await flushed;
  }
  const count = store.applied.index + 1 - from;
  if (count > 0) ports.trace.write("info", "logReplayed", { from, count });
}

/** Up to the first entry that changes who belongs: behind it another rule may hold. */
function upToConf(entries: readonly LogEntry[]): readonly LogEntry[] {
  const at = entries.findIndex(({ kind }) => kind === "conf");
  return at < 0 ? entries : entries.slice(0, at + 1);
}

/** Who belongs after an entry; one that does not fit changes nothing, here as everywhere. */
function confAfter(conf: ConfState, entry: LogEntry): ConfState {
  try {
    return changedConf(conf, confChangeOf(entry)).conf;
  } catch (error) {
    if (error instanceof RaftError) return conf;
    throw error;
  }
}
