import { deepEqual, equal, notEqual } from "node:assert/strict";
import { test } from "node:test";
import type { ShardName, ShelfEntry } from "#format/index.ts";
import { nameFromKey } from "./shelf-keys.ts";
import { IndexRows } from "./shelf-index-rows.ts";
import { hashOfName } from "./shelf-shard.ts";

function named(number: number): ShardName {
  const encoding = { epoch: 1, session: 1, number: 3 };
  return { unit: { epoch: 1, session: 1, number }, encoding, index: 0 };
}

function at(offset: number): ShelfEntry {
  return { pack: 1, offset, shardOffset: 0, sizeBytes: 1, inFile: false, root: new Uint8Array(32) };
}

// What lies above 32 bits does not count for the hash.
const alike: ShardName[] = [named(7), named(7 + 2 ** 32), named(7 + 2 ** 33)];

test("rows of names that share a hash are kept apart", () => {
  const [first, second, third] = alike as [ShardName, ShardName, ShardName];
  equal(hashOfName(first), hashOfName(second));
  notEqual(hashOfName(first), hashOfName(named(8)));
  const rows = new IndexRows();
  rows.setEntry(first, at(64));
  equal(rows.entry(second), undefined);
  rows.setEntry(second, at(128));
  rows.setEntry(third, undefined);
  rows.setEntry(first, at(192));
  equal(rows.count, 3);
  deepEqual(
    alike.map((name) => rows.entry(name)?.entry?.offset),
    [192, 128, undefined],
  );
  notEqual(rows.entry(third), undefined);
  deepEqual(
    rows.encode().map(({ key, value }) => [nameFromKey(key).unit.number, value !== undefined]),
    [
      [7, true],
      [7 + 2 ** 32, true],
      [7 + 2 ** 33, false],
    ],
  );
});
