import { assert } from "#base/assert.ts";
import { mib } from "#base/bytes.ts";
import type { PackRecord, RecordPlace } from "#format/index.ts";
import type { DiskFile } from "#ports/index.ts";
import {
  decodeRecordHead,
  headSizeBytes,
  packHeaderSizeBytes,
  recordAlignmentBytes,
  type RecordHead,
  recordPrefixSizeBytes,
} from "./pack-record.ts";
import { isIntact, parseShard, type ShardInMemory } from "./shelf-shard.ts";

/** What lies at one place of a pack. */
export type ScannedRecord =
  | {
      readonly kind: "record";
      readonly place: RecordPlace;
      readonly record: PackRecord;
      readonly sizeBytes: number;
      readonly bodyOffset: number;
      readonly body: Uint8Array;
      /**
       * The shard in the body, where there is one. Unless `isIntact`, some of its data is damaged.
       */
      readonly shard: ShardInMemory | undefined;
      readonly isIntact: boolean;
    }
  /**
   * Bytes that are no record. They are `torn` where nothing says that they were ever durable: a
   * crash took what nobody had been told of. Else a record that counted is damaged.
   */
  | {
      readonly kind: "damage";
      readonly place: RecordPlace;
      readonly sizeBytes: number;
      readonly isTorn: boolean;
    };

/** How much of a pack is read at once. */
const windowSizeBytes: number = mib;

/**
 * Walks a pack in order and skips no record that can still be read, whatever lies before it.
 *
 * @param options.pack the pack's number
 * @param options.from where to begin: the place of a record, or the end of the one before
 * @param options.end where the pack ends
 */
export async function* scanPack(
  file: DiskFile,
  options: { pack: number; from: number; end: number },
): AsyncGenerator<ScannedRecord> {
  const walk = new PackWalk(file, options.pack, options.end);
  let offset = Math.max(options.from, packHeaderSizeBytes);
  assert(offset % recordAlignmentBytes === 0, "S2: records are aligned");
  while (offset < options.end) {
    const head = await walk.head(offset);
    const found = head === undefined ? undefined : await walk.record(offset, head);
    if (found !== undefined && (found.isIntact || (await walk.wasDurable(found)))) {
      yield found;
      offset += found.sizeBytes;
      continue;
    }
    // A head tells where the next record is, also where its own body is damaged.
    const next = await walk.search(offset + (head?.sizeBytes ?? recordAlignmentBytes));
    const nextOffset = next === undefined ? options.end : next.place.offset;
    const isTorn = !(await walk.isKnownDurable(offset, nextOffset));
    const place = { pack: options.pack, offset };
    yield { kind: "damage", place, sizeBytes: nextOffset - offset, isTorn };
    offset = nextOffset;
  }
}

type FoundRecord = Extract<ScannedRecord, { kind: "record" }>;

class PackWalk {
  readonly #file: DiskFile;
  readonly #pack: number;
  readonly #end: number;
  #window: Uint8Array = new Uint8Array(0);
  #windowStart = 0;

  constructor(file: DiskFile, pack: number, end: number) {
    this.#file = file;
    this.#pack = pack;
    this.#end = end;
  }

  /** The record that `head` begins, or undefined where its end or its shard's frame is missing. */
  async record(offset: number, head: RecordHead): Promise<FoundRecord | undefined> {
    const bytes = await this.#bytes(offset, head.sizeBytes);
    if (bytes === undefined) return undefined;
    const body = bytes.subarray(head.bodyOffset, head.bodyOffset + head.bodySizeBytes);
    const place = { pack: this.#pack, offset };
    const { record, sizeBytes, bodyOffset } = head;
    const found = { kind: "record", place, record, sizeBytes, bodyOffset, body } as const;
    if (record.content?.kind !== "shard") return { ...found, shard: undefined, isIntact: true };
    const shard = parseShard(body);
    if (typeof shard === "string") return undefined;
    return { ...found, shard, isIntact: isIntact(shard) };
  }

  /** The first place from `from` on where the head of a record is intact. */
  async search(from: number): Promise<{ place: RecordPlace; head: RecordHead } | undefined> {
    for (let offset = from; offset + recordPrefixSizeBytes <= this.#end;) {
      const bytes = await this.#bytes(offset, recordPrefixSizeBytes);
      if (bytes === undefined) return undefined;
      const rest = this.#window.subarray(offset - this.#windowStart);
      const skipped = lengthWithoutHead(rest);
      offset += skipped;
      if (skipped + recordPrefixSizeBytes > rest.length) continue;
      const head = await this.head(offset);
      if (head !== undefined) return { place: { pack: this.#pack, offset }, head };
      offset += recordAlignmentBytes;
    }
    return undefined;
  }

  /** Whether a record whose data is damaged was durable once. */
  wasDurable(found: FoundRecord): Promise<boolean> {
    const { offset } = found.place;
    return this.isKnownDurable(offset, offset + found.sizeBytes);
  }

  /** Whether any record from `from` on was written when the pack was durable beyond `offset`. */
  async isKnownDurable(offset: number, from: number): Promise<boolean> {
    for (let at = from; ;) {
      const next = await this.search(at);
      if (next === undefined) return false;
      if (next.head.record.syncedSizeBytes > offset) return true;
      at = next.place.offset + next.head.sizeBytes;
    }
  }

  /** The head of the record at `offset`, or undefined where none begins there. */
  async head(offset: number): Promise<RecordHead | undefined> {
    const prefix = await this.#bytes(offset, recordPrefixSizeBytes);
    const size = prefix === undefined ? undefined : headSizeBytes(prefix);
    const bytes = size === undefined ? undefined : await this.#bytes(offset, size);
    return bytes === undefined ? undefined : decodeRecordHead(bytes, { pack: this.#pack, offset });
  }

  /** A view of the pack's bytes, or undefined where the pack ends before. */
  async #bytes(offset: number, sizeBytes: number): Promise<Uint8Array | undefined> {
    if (offset + sizeBytes > this.#end) return undefined;
    const at = offset - this.#windowStart;
    if (at >= 0 && at + sizeBytes <= this.#window.length) {
      return this.#window.subarray(at, at + sizeBytes);
    }
    // A fresh array each time: what was given out before stays as it was.
    const wanted = Math.min(Math.max(windowSizeBytes, sizeBytes), this.#end - offset);
    const window = new Uint8Array(wanted);
    const read = await this.#file.read(window, offset);
    this.#window = window.subarray(0, read);
    this.#windowStart = offset;
    return read < sizeBytes ? undefined : window.subarray(0, sizeBytes);
  }
}

/** How far it is to the first place that looks like the beginning of a record. */
function lengthWithoutHead(bytes: Uint8Array): number {
  let at = 0;
  while (at + recordPrefixSizeBytes <= bytes.length) {
    if (headSizeBytes(bytes.subarray(at)) !== undefined) return at;
    at += recordAlignmentBytes;
  }
  return at;
}
