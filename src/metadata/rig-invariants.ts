import { assert } from "#base/assert.ts";
import { compareBytes, equalBytes, toHex } from "#base/bytes.ts";
import { partitionOf } from "#base/partition.ts";
import type { Segment } from "#format/index.ts";
import {
  kindRange,
  listingKey,
  manifestKey,
  parseObjectRowKey,
  parsePartitionCountKey,
  parseQueueKey,
  parseSessionKey,
  parseUnitKey,
  parseVersionId,
  pieceKey,
  resultKey,
  unitKey,
  unreferencedUnitKey,
  uploadIdSizeBytes,
} from "./keyspace.ts";
import type { Reader } from "./reader.ts";
import { checkLayout, checkNodes } from "./rig-layout-invariants.ts";
import * as tables from "./tables.ts";
import { listingOf, type StoredVersion } from "./versions.ts";

/*
 * Checks a whole state against M1 to M7 and M9 to M11 by counting everything anew.
 */

/** Throws where an invariant does not hold. */
export function checkState(reader: Reader): void {
  const units = new Map<string, number>();
  const manifests = new Map<string, number>();
  const name = (segments: readonly Segment[]): void => {
    for (const { unit } of segments) add(units, toHex(unitKey(unit)), 1);
  };
  checkVersions(reader, name, manifests);
  const dead = checkQueue(reader);
  checkManifests(reader, name, manifests, dead);
  checkUploads(reader, name, dead);
  checkUnits(reader, units);
  checkSessions(reader);
  checkLayout(reader);
  checkNodes(reader);
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

/** A `v/` or `u/` row's key, taken apart. */
function partsOfKey(rowKey: Uint8Array): { bucket: Uint8Array; key: string; rest: Uint8Array } {
  const bucketEnd = rowKey.indexOf(0);
  const { key, rest } = parseObjectRowKey(rowKey, bucketEnd + 1);
  return { bucket: rowKey.subarray(2, bucketEnd), key, rest };
}

function checkVersions(
  reader: Reader,
  name: (segments: readonly Segment[]) => void,
  manifests: Map<string, number>,
): void {
  const keys = new Map<string, { bucket: string; key: string; stored: StoredVersion[] }>();
  for (const [rowKey, value] of reader.scan(kindRange("v/"))) {
    const { bucket, key, rest } = partsOfKey(rowKey);
    const version = tables.versions.decode(value);
    if (version.body?.kind === "segment") name([version.body.value]);
    if (version.body?.kind === "manifest") {
      add(manifests, toHex(manifestKey(version.body.value)), 1);
    }
    const bucketName = new TextDecoder("utf-8").decode(bucket);
    const place = `${bucketName}\0${key}`;
    const entry = keys.get(place) ?? { bucket: bucketName, key, stored: [] };
    entry.stored.push({ id: parseVersionId(rest), version });
    keys.set(place, entry);
  }
  for (const entry of keys.values()) checkKey(reader, entry);
  const listed = [...keys.values()].filter(({ stored }) => stored[0]?.version.object !== undefined);
  const rows = [...reader.scan(kindRange("c/"))];
  assert(rows.length === listed.length, "M7: there is a listing row for each key that shows one");
}

function checkKey(
  reader: Reader,
  { bucket, key, stored }: { bucket: string; key: string; stored: StoredVersion[] },
): void {
  const [newest] = stored;
  assert(newest !== undefined, "a key has a version");
  const listing = listingOf(newest);
  const row = reader.get(listingKey(bucket, key));
  assert((listing === undefined) === (row === undefined), "M7: a delete marker is not listed");
  if (listing !== undefined && row !== undefined) {
    assert(equalBytes(row, tables.listings.encode(listing)), "M7: listings are what versions say");
  }
  const nullAt = stored.findIndex(({ version }) => version.isNull);
  const nulls = stored.filter(({ version }) => version.isNull);
  assert(nulls.length <= 1, "M6: a key has one null version at most");
  for (const [i, { id, version }] of stored.entries()) {
    const older = stored[i + 1];
    assert(older === undefined || compareBytes(older.id, id) < 0, "M6: newest first");
    if (i >= nullAt) continue;
    const pointer = version.nullBelow;
    const isRight = pointer !== undefined && equalBytes(pointer, nulls[0]?.id ?? id);
    assert(isRight, "M6: what stands above a null version points to it");
  }
}

/** What is queued to be released, by the manifest's or the upload's key. */
function checkQueue(reader: Reader): Set<string> {
  const dead = new Set<string>();
  for (const [key] of reader.scan(kindRange("x/q"))) {
    const entry = parseQueueKey(key);
    dead.add(toHex(entry.kind === "manifest" ? manifestKey(entry.manifest) : entry.key));
  }
  return dead;
}

function checkManifests(
  reader: Reader,
  name: (segments: readonly Segment[]) => void,
  counts: ReadonlyMap<string, number>,
  dead: ReadonlySet<string>,
): void {
  const all = [...reader.scan(kindRange("m/"))];
  const manifestKeySizeBytes = manifestKey({ epoch: 0, session: 0, number: 0 }).length;
  let expected = 0;
  for (const [key, value] of all) {
    if (key.length > manifestKeySizeBytes) {
      name(tables.pieces.decode(value).segments);
      continue;
    }
    const manifest = tables.manifests.decode(value);
    const hexKey = toHex(key);
    assert(manifest.references === (counts.get(hexKey) ?? 0), "M3: a manifest's count is right");
    assert((manifest.references === 0) === dead.has(hexKey), "M3: what is dead is queued");
    checkPieces(reader, key, manifest.pieces.length);
    expected += 1 + manifest.pieces.length;
  }
  assert(all.length === expected, "M3: there are no pieces but those of manifests");
  for (const key of counts.keys()) {
    assert(reader.get(Uint8Array.fromHex(key)) !== undefined, "M3: what is held is there");
  }
}

function checkPieces(reader: Reader, manifest: Uint8Array, count: number): void {
  const view = new DataView(manifest.buffer, manifest.byteOffset);
  const id = {
    epoch: view.getUint32(2),
    session: view.getUint32(6) * 2 ** 32 + view.getUint32(10),
    number: view.getUint32(14) * 2 ** 32 + view.getUint32(18),
  };
  for (let piece = 0; piece < count; piece++) {
    assert(reader.get(pieceKey(id, piece)) !== undefined, "M3: a manifest has its pieces");
  }
}

function checkUploads(
  reader: Reader,
  name: (segments: readonly Segment[]) => void,
  dead: ReadonlySet<string>,
): void {
  const open = new Set<string>();
  let completed = 0;
  for (const [rowKey, value] of reader.scan(kindRange("u/"))) {
    const { rest } = partsOfKey(rowKey);
    if (rest.length === uploadIdSizeBytes) {
      if (tables.uploads.decode(value).completed === undefined) open.add(toHex(rowKey));
      else completed++;
      continue;
    }
    name(tables.parts.decode(value).segments);
    const upload = toHex(rowKey.subarray(0, -2));
    assert(open.has(upload) !== dead.has(upload), "M4: a part is an open or a dead upload's");
  }
  const queued = [...reader.scan(kindRange("x/e"))].length;
  assert(queued === completed, "M9: completed uploads are dropped in time");
}

function checkUnits(reader: Reader, references: ReadonlyMap<string, number>): void {
  const counts = new Map<string, number>();
  let rows = 0;
  const waiting = new Set<string>();
  for (const [key, value] of reader.scan(kindRange("d/"))) {
    rows++;
    const unit = tables.units.decode(value);
    const { partition, unit: id } = parseUnitKey(key);
    assert(partition === partitionOf(id), "M1: a unit stands in its partition");
    assert(unit.references === (references.get(toHex(key)) ?? 0), "M4: a unit's count is right");
    if (unit.references === 0)
      waiting.add(toHex(unreferencedUnitKey(unit.unreferencedUnixMs, key)));
    for (const { sinceUnixMs } of unit.replaced?.encodings ?? []) {
      waiting.add(toHex(unreferencedUnitKey(sinceUnixMs, key)));
    }
    const profile = `${unit.encoding.k}+${unit.encoding.m} ${partition}`;
    add(counts, `units ${profile}`, 1);
    add(counts, `bytes ${profile}`, unit.lengthBytes);
  }
  const named = [...references.keys()].filter((key) => reader.get(Uint8Array.fromHex(key)));
  assert(named.length === references.size, "M4: what is named is there");
  const queued = [...reader.scan(kindRange("x/g"))].map(([key]) => toHex(key)).sort();
  assert(
    queued.join(" ") === [...waiting].sort().join(" "),
    "M4: what is over waits, and no other",
  );
  checkCounts(reader, counts);
  assert(rows >= references.size, "M4: every unit that is named has a row");
}

function checkCounts(reader: Reader, counts: ReadonlyMap<string, number>): void {
  let rows = 0;
  for (const [key, value] of reader.scan(kindRange("x/p"))) {
    const { k, m, partition } = parsePartitionCountKey(key);
    const { units, bytes } = tables.partitionCounts.decode(value);
    const profile = `${k}+${m} ${partition}`;
    assert(units === counts.get(`units ${profile}`), "M5: units are counted right");
    assert(bytes === counts.get(`bytes ${profile}`), "M5: bytes are counted right");
    rows += 2;
  }
  assert(rows === counts.size, "M5: every profile and partition is counted");
}

function checkSessions(reader: Reader): void {
  const kept = new Set<string>();
  for (const [key, value] of reader.scan(kindRange("x/s"))) {
    const id = parseSessionKey(key);
    for (const number of tables.sessions.decode(value).kept) kept.add(toHex(resultKey(id, number)));
  }
  const rows = [...reader.scan(kindRange("x/r"))].map(([key]) => toHex(key));
  assert(rows.length === kept.size && rows.every((row) => kept.has(row)), "M9: results are kept");
}
