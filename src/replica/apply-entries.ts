import { assert } from "#base/assert.ts";
import {
  type CheckReplicas,
  type Command,
  type CommandResult,
  type ConfState,
  decodeCommand,
  type LogEntry,
} from "#format/index.ts";
import { applyCommand, sessionOf, StateBatch } from "#metadata/index.ts";
import type { StateStore } from "./state-store.ts";

/** A command that was applied, and what came of it. */
export interface Applied {
  command: Command;
  result: CommandResult;
}

/**
 * Applies committed entries, the ones right behind what is applied, and writes what comes of them
 * in one batch. Live and replayed entries take this same path: the command is what its bytes say.
 * A command by which replicas are compared ends a batch: the state behind it is looked at.
 *
 * @param changeConf puts an entry that changes who belongs into force, and tells who does then
 * @returns the commands among them, in order, and the check that the last one is; how many entries
 *   it was; when all is durable
 * @throws UnknownCommandError for a command of a newer program; then nothing is written
 */
export function applyEntries(
  store: StateStore,
  entries: readonly LogEntry[],
  changeConf: (entry: LogEntry) => ConfState,
): { commands: Applied[]; check?: CheckReplicas; count: number; flushed: Promise<void> } {
  const batch = new StateBatch(store.reader);
  const commands: Applied[] = [];
  let { applied, timeUnixMs, conf } = store;
  let check: CheckReplicas | undefined;
  let count = 0;
  for (const entry of entries) {
    count++;
    assert(entry.index === applied.index + 1, "R3: entries are applied in order, each once");
    applied = { index: entry.index, term: entry.term };
    if (entry.kind === "conf") {
      conf = changeConf(entry);
      continue;
    }
    // A new leader begins with an empty entry.
    if (entry.data.length === 0) continue;
    const command = decodeCommand(entry.data);
    assert(command.timeUnixMs >= timeUnixMs, "R5: stamps never go back");
    timeUnixMs = command.timeUnixMs;
    const isRepeated = command.body?.kind === "checkReplicas" && wasRun(batch, command);
    commands.push({ command, result: applyCommand(batch, command, { index: entry.index }) });
    if (command.body?.kind !== "checkReplicas" || isRepeated) continue;
    check = command.body.value;
    break;
  }
  const flushed = store.write(batch.changes(), applied, timeUnixMs, conf);
  return { commands, ...(check && { check }), count, flushed };
}

/** Whether it was run before: sent again, a check is about the place where it stood first. */
function wasRun(batch: StateBatch, { session, number }: Command): boolean {
  return session !== undefined && sessionOf(batch, session)?.kept.includes(number) === true;
}
