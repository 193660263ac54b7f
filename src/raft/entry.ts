import { emptyBytes } from "#base/bytes.ts";
import type { ConfChange, Entry } from "./types.ts";

/** Stands for a change that a `conf` entry does not carry: it leaves a joint phase. */
const emptyChange: ConfChange = { transition: "auto", changes: [] };

/** A proposal without a place in the log yet. */
export function normalEntry(data: Uint8Array): Entry {
  return { term: 0, index: 0, kind: "normal", data };
}

/** A proposed change of the configuration without a place in the log yet. */
export function confEntry(conf: ConfChange): Entry {
  return { term: 0, index: 0, kind: "conf", data: emptyBytes, conf };
}

/** The same entry at its place. A new object: proposals belong to their proposer. */
export function placeEntry(entry: Entry, term: number, index: number): Entry {
  const { kind, data, conf } = entry;
  return conf === undefined ? { term, index, kind, data } : { term, index, kind, data, conf };
}

/** The change that a `conf` entry stands for. */
export function changeOf(entry: Entry): ConfChange {
  return entry.conf ?? emptyChange;
}

/** Bytes of an unsigned protobuf varint. */
function varintBytes(value: number): number {
  let bytes = 1;
  for (let bound = 128; value >= bound && bytes < 8; bound *= 128) bytes++;
  return bytes;
}

/** Bytes of a change as a protobuf message; the empty change has none. */
function changeBytes(change: ConfChange): number {
  const context = change.context === undefined ? 0 : sizedBytes(change.context.length);
  if (change.changes.length === 0 && change.transition === "auto") return context;
  let bytes = 2 + context;
  for (const { id } of change.changes) bytes += sizedBytes(3 + varintBytes(id));
  return bytes;
}

/** Bytes of a protobuf field of `length` bytes, with its tag and length. */
function sizedBytes(length: number): number {
  return 1 + varintBytes(length) + length;
}

/** Bytes an entry's payload counts in limits on proposals and on Apps in flight. */
export function payloadBytes(entry: Entry): number {
  const { data, conf } = entry;
  return data.length === 0 && conf !== undefined ? changeBytes(conf) : data.length;
}

/** The payload bytes of all `entries`. */
export function payloadsBytes(entries: readonly Entry[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += payloadBytes(entry);
  return bytes;
}

/** Bytes an entry counts in limits on messages and reads: its size as a protobuf message. */
export function entryBytes(entry: Entry): number {
  const payload = payloadBytes(entry);
  const place = 4 + varintBytes(entry.term) + varintBytes(entry.index);
  return payload === 0 ? place : place + sizedBytes(payload);
}

/** The entry bytes of all `entries`. */
export function entriesBytes(entries: readonly Entry[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += entryBytes(entry);
  return bytes;
}

/**
 * The copy of `entries` from position `from` to before `to` that fits `bytesMax`, cut at its end,
 * but never to nothing when the range is not empty.
 */
export function sliceWithin(
  entries: readonly Entry[],
  range: { from: number; to: number; bytesMax: number },
): Entry[] {
  const { from, to, bytesMax } = range;
  if (bytesMax === Infinity) return entries.slice(from, to);
  let end = from;
  for (let bytes = 0; end < to; end++) {
    const entry = entries[end];
    if (entry === undefined) break;
    bytes += entryBytes(entry);
    if (bytes > bytesMax && end > from) break;
  }
  return entries.slice(from, end);
}
