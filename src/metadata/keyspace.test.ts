import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareBytes, toHex, utf8 } from "#base/bytes.ts";
import {
  bucketKey,
  clusterKey,
  completedUploadKey,
  credentialKey,
  deadManifestKey,
  deadUploadKey,
  layoutBlockKey,
  layoutKey,
  listingKey,
  manifestKey,
  nodeKey,
  parseNodeKey,
  parseObjectRowKey,
  parsePartitionCountKey,
  parsePartNumber,
  parseQueueKey,
  parseSessionKey,
  parseUnitKey,
  parseVersionId,
  partitionCountKey,
  partKey,
  partsRange,
  pieceKey,
  queueRange,
  rangeOf,
  resultKey,
  sessionKey,
  skippedMarkKey,
  successorOf,
  unitKey,
  unreferencedUnitKey,
  uploadKey,
  uploadsOfKey,
  versionKey,
  versionsOfKey,
  versionsUnder,
} from "./keyspace.ts";

const unit = { epoch: 1, session: 0x0203, number: 0x0405 };
const id = Uint8Array.from({ length: 16 }, (_, i) => i);
const upload = uploadKey("bkt", "é/k", id);

test("M1: keys are these bytes for ever", () => {
  const golden: Record<string, Uint8Array> = {
    "622f626b74": bucketKey("bkt"),
    "762f626b7400c3a92f6b00fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0": versionKey("bkt", "é/k", id),
    "632f626b7400c3a92f6b": listingKey("bkt", "é/k"),
    "6d2f0000000100000000000002030000000000000405": manifestKey(unit),
    "6d2f00000001000000000000020300000000000004050102": pieceKey(unit, 0x0102),
    "642f02260000000100000000000002030000000000000405": unitKey(unit),
    "752f626b7400c3a92f6b00000102030405060708090a0b0c0d0e0f": upload,
    "752f626b7400c3a92f6b00000102030405060708090a0b0c0d0e0f2710": partKey(upload, 10_000),
    "6f2f000000070fff": skippedMarkKey(7, 4095),
    "6e2f00000007": nodeKey(7),
    "6c2f0000000000000003": layoutKey(3),
    "6c2f000000000000000300ff": layoutBlockKey(3, 4095),
    "612f414b4941": credentialKey("AKIA"),
    "782f63": clusterKey,
    "782f73000000010000000000000203": sessionKey(unit),
    "782f720000000100000000000002030000000000000009": resultKey(unit, 9),
    "782f7004020fff": partitionCountKey(4, 2, 4095),
    "782f7100000000000000056d0000000100000000000002030000000000000405": deadManifestKey(5, unit),
    "782f71000000000000000575626b7400c3a92f6b00000102030405060708090a0b0c0d0e0f": deadUploadKey(
      5,
      upload,
    ),
    "782f67000000000000000502260000000100000000000002030000000000000405": unreferencedUnitKey(
      5,
      unitKey(unit),
    ),
    "782f650000000000000005626b7400c3a92f6b00000102030405060708090a0b0c0d0e0f": completedUploadKey(
      5,
      upload,
    ),
  };
  for (const [bytes, key] of Object.entries(golden)) assert.equal(toHex(key), bytes);
});

const text = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
  .map((s) => s.replaceAll("\0", "x"));
const idBytes = fc.uint8Array({ minLength: 16, maxLength: 16 });
const number = fc.maxSafeNat();
const unitId = fc
  .tuple(fc.nat(2 ** 32 - 1), number, number)
  .map(([epoch, session, number]) => ({ epoch, session, number }));

test("M1: versions sort by key and then newest first, and no key's rows mix with another's", () => {
  fc.assert(
    fc.property(text, text, idBytes, idBytes, (a, b, idA, idB) => {
      const order = compareBytes(versionKey("bkt", a, idA), versionKey("bkt", b, idB));
      const byKey = compareBytes(utf8(a), utf8(b));
      assert.equal(Math.sign(order), Math.sign(byKey === 0 ? compareBytes(idB, idA) : byKey));
      const { start, end } = rangeOf(versionsOfKey("bkt", a));
      const isIn =
        compareBytes(versionKey("bkt", b, idB), start) >= 0 &&
        compareBytes(versionKey("bkt", b, idB), end) < 0;
      assert.equal(isIn, a === b);
    }),
  );
});

test("M1: what is taken apart is what was put together", () => {
  fc.assert(
    fc.property(text, idBytes, unitId, fc.nat(65_535), number, (key, bytes, name, small, time) => {
      const prefix = versionsUnder("bkt", "").length;
      const version = parseObjectRowKey(versionKey("bkt", key, bytes), prefix);
      assert.equal(version.key, key);
      assert.deepEqual(parseVersionId(version.rest), bytes);
      const at = uploadKey("bkt", key, bytes);
      const part = partKey(at, small);
      assert.deepEqual(parseObjectRowKey(part, prefix).rest.subarray(0, 16), bytes);
      assert.equal(parsePartNumber(part), small);
      assert.deepEqual(parseUnitKey(unitKey(name)).unit, name);
      const { epoch, session } = name;
      assert.deepEqual(parseSessionKey(sessionKey(name)), { epoch, session });
      assert.equal(parseNodeKey(nodeKey(epoch)), epoch);
      const count = { k: small % 17, m: small % 9, partition: small % 4096 };
      const countKey = partitionCountKey(count.k, count.m, count.partition);
      assert.deepEqual(parsePartitionCountKey(countKey), count);
      const since = { sinceUnixMs: time };
      assert.deepEqual(parseQueueKey(deadManifestKey(time, name)), {
        ...since,
        kind: "manifest",
        manifest: name,
      });
      for (const [queued, row] of [
        [deadUploadKey(time, at), at],
        [completedUploadKey(time, at), at],
        [unreferencedUnitKey(time, unitKey(name)), unitKey(name)],
      ] as const) {
        assert.deepEqual(parseQueueKey(queued), { ...since, kind: "row", key: row });
      }
    }),
  );
});

test("M1: an upload's parts are its range, its own row is not", () => {
  fc.assert(
    fc.property(text, idBytes, fc.nat(65_535), (key, bytes, part) => {
      const at = uploadKey("bkt", key, bytes);
      const { start, end } = partsRange(at);
      assert.ok(compareBytes(at, start) < 0);
      const inside = partKey(at, part);
      assert.ok(compareBytes(inside, start) >= 0 && compareBytes(inside, end) < 0);
      assert.ok(compareBytes(uploadsOfKey("bkt", key), at) < 0);
    }),
  );
});

test("a queue's range ends with what stands in it since the time given", () => {
  const { start, end } = queueRange("x/g", 5);
  const at = (time: number): Uint8Array => unreferencedUnitKey(time, unitKey(unit));
  assert.ok(compareBytes(at(0), start) > 0 && compareBytes(at(5), end) < 0);
  assert.ok(compareBytes(at(6), end) > 0);
  const empty = queueRange("x/g", -1000);
  assert.ok(compareBytes(at(0), empty.end) >= 0);
});

test("the successor of a prefix is above all that begin with it, and below all else above", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 4 }).filter((bytes) => bytes.some((b) => b < 255)),
      fc.uint8Array({ maxLength: 5 }),
      (prefix, other) => {
        const isWithin = toHex(other).startsWith(toHex(prefix));
        const isBetween =
          compareBytes(other, prefix) >= 0 && compareBytes(other, successorOf(prefix)) < 0;
        assert.equal(isBetween, isWithin);
      },
    ),
  );
});
