import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogEntry } from "#format/index.ts";
import type { HardState, Message } from "#raft/index.ts";
import { Appends } from "./appends.ts";

/** What was put into a log, in order: it may be torn at any place. */
function recordingLog(): {
  log: Parameters<Appends["add"]>[0];
  written: (HardState | number)[];
} {
  const written: (HardState | number)[] = [];
  const append = (given: { entries: readonly LogEntry[]; hardState?: HardState | undefined }) => {
    if (given.hardState !== undefined) written.push(given.hardState);
    written.push(...given.entries.map(({ index }) => index));
  };
  return { log: { append }, written };
}

function request(hard: HardState, indexes: readonly number[]): Message {
  const entries = indexes.map((index) => ({
    term: hard.term,
    index,
    kind: "normal" as const,
    data: new Uint8Array(0),
  }));
  return { ...hard, entries, responses: [] } as unknown as Message;
}

test("R3 no crash leaves it said that entries are committed which are not there yet", () => {
  const { log, written } = recordingLog();
  const listener = { wake: () => undefined, onFailure: () => undefined };
  const appends = new Appends({ monotonicMs: () => 0 }, 9, listener);
  // A follower's tail from entry 6 on is another's; a new leader sends its own, all committed.
  appends.add(log, request({ term: 4, vote: 0, commit: 8 }, [6, 7, 8]), true);
  assert.deepEqual(written, [{ term: 4, vote: 0, commit: 5 }, 6, 7, 8]);
  appends.add(log, request({ term: 4, vote: 0, commit: 8 }, [9]), true);
  assert.deepEqual(written.slice(4), [{ term: 4, vote: 0, commit: 8 }, 9]);
});
