// A process that writes numbered batches to a store until it is killed; tells which are flushed.
import { writeSync } from "node:fs";
import { utf8 } from "#base/bytes.ts";
import { lmdbStores } from "#host/index.ts";
import type { KeyValueChange } from "#ports/index.ts";

const keyCount = 60;

/** The changes that batch `n` makes: three puts, a removal, and its own number. */
export function batchOf(n: number): KeyValueChange[] {
  const key = (i: number): Uint8Array => utf8(`k${i % keyCount}`);
  const value = utf8(`${n}:`.padEnd(20 + ((n * 37) % 900), "x"));
  return [
    { key: key(n), value },
    { key: key(n * 7 + 1), value },
    { key: key(n * 11 + 2), value },
    { key: key(n * 5 + 3), value: undefined },
    { key: utf8("newest"), value: utf8(String(n)) },
  ];
}

/** The number of the newest batch in a store; 0 where there is none. */
export function newestOf(value: Uint8Array | undefined): number {
  return value === undefined ? 0 : Number(new TextDecoder().decode(value));
}

const [root] = process.argv.slice(2);
if (import.meta.main && root !== undefined) {
  const store = await lmdbStores(root).open("store");
  let n = newestOf(store.get(utf8("newest")));
  for (;;) {
    const first = n;
    for (let i = 0; i < 1 + (n % 5); i++) {
      n++;
      const flushedBatch = n;
      const report = (): void => void writeSync(1, `${flushedBatch}\n`);
      void store.write(batchOf(n)).flushed.then(report);
    }
    // Sometimes many turns pass, sometimes none, so that kills find every state.
    for (let i = 0; i < first % 3; i++) await new Promise((done) => setImmediate(done));
    if (first % 11 === 0) await store.write([]).flushed;
  }
}
