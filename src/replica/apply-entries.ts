import { assert } from "#base/assert.ts";
import { type CommandResult, decodeCommand, type LogEntry } from "#format/index.ts";
import { applyCommand, StateBatch } from "#metadata/index.ts";
import type { StateStore } from "./state-store.ts";

/**
 * Applies committed entries, the ones right behind what is applied, and writes what comes of them
 * in one batch. Live and replayed entries take this same path: the command is what its bytes say.
 *
 * @returns a result for each entry, undefined for one without a command; and when all is durable
 * @throws UnknownCommandError for a command of a newer program; then nothing is written
 */
export function applyEntries(
  store: StateStore,
  entries: readonly LogEntry[],
): { results: (CommandResult | undefined)[]; flushed: Promise<void> } {
  const batch = new StateBatch(store.reader);
  const results: (CommandResult | undefined)[] = [];
  let { applied, timeUnixMs } = store;
  for (const entry of entries) {
    assert(entry.index === applied.index + 1, "R3: entries are applied in order, each once");
    assert(entry.kind === "normal", "R1: one voter's log has no other entries");
    applied = { index: entry.index, term: entry.term };
    // A new leader may begin with an empty entry.
    if (entry.data.length === 0) {
      results.push(undefined);
      continue;
    }
    const command = decodeCommand(entry.data);
    assert(command.timeUnixMs >= timeUnixMs, "R5: stamps never go back");
    timeUnixMs = command.timeUnixMs;
    results.push(applyCommand(batch, command, { index: entry.index }));
  }
  return { results, flushed: store.write(batch.changes(), applied, timeUnixMs) };
}
