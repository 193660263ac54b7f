import { assert } from "#base/assert.ts";
import { equalBytes, mib } from "#base/bytes.ts";
import { DiskError } from "#base/disk-error.ts";
import { hashSizeBytes } from "#base/hash.ts";
import {
  blockSizeBytes,
  decodeShardFooter,
  findCorruptBlock,
  shardHeaderSizeBytesMax,
} from "#erasure/index.ts";
import type { ShardDescription, ShardName, ShelfEntry } from "#format/index.ts";
import type { Trace } from "#ports/index.ts";
import type { OpenFile, OpenFiles } from "./open-files.ts";
import type { ReadSlab } from "./read-slab.ts";
import { packPath, shardFilePath } from "./shelf-paths.ts";
import {
  isSameShard,
  nameText,
  parseShard,
  readShardFrame,
  type ShardFrame,
  shardSizeBytes,
} from "./shelf-shard.ts";

/** Part of a shard is not what was written: damaged, cut short or unreadable. */
export interface CorruptShard {
  readonly kind: "corrupt";
  /** The block of data, from 0; undefined where it is not the data. */
  readonly block: number | undefined;
  readonly detail: string;
}

/** Bytes of a shard's data, verified. The caller may keep them, and must not write to them. */
export interface VerifiedBytes {
  readonly kind: "bytes";
  readonly bytes: Uint8Array;
}

/**
 * A shard that is open for reading. It can be read to its end, also when it is removed meanwhile.
 */
export interface ShardReader {
  readonly kind: "reader";
  readonly description: ShardDescription;
  /** The length of its data. */
  readonly dataSizeBytes: number;
  /** Of its blocks, 32 bytes each; they fit the root. */
  readonly checksums: Uint8Array;
  /** Bytes of its data, at most `readSizeBytesMax` at once, each block of them verified. */
  read(range: { offsetBytes: number; lengthBytes: number }): Promise<VerifiedBytes | CorruptShard>;
  close(): Promise<void>;
}

/** One read takes no more: it is held in memory whole. */
export const readSizeBytesMax: number = 16 * mib;

/** What was found out about an open shard file. */
export interface FileFacts {
  readonly frame: ShardFrame;
  readonly checksums: Uint8Array;
  readonly root: Uint8Array;
}

/** Which shard is asked for, and where the index says that it is. */
export interface Wanted {
  readonly name: ShardName;
  readonly entry: ShelfEntry;
  /** What its root was when it was committed. */
  readonly root: Uint8Array;
}

interface ReadFrom {
  readonly files: OpenFiles<FileFacts>;
  readonly trace: Trace;
  readonly slab: ReadSlab;
}

/**
 * Opens a shard.
 *
 * @throws DiskError `not-found` where the file is gone
 */
export async function openShard(
  from: ReadFrom,
  wanted: Wanted,
): Promise<ShardReader | CorruptShard> {
  try {
    return wanted.entry.inFile ? await openFile(from, wanted) : await openPacked(from, wanted);
  } catch (error) {
    if (error instanceof DiskError && error.code === "io") {
      return corrupt(from, wanted, { block: undefined, detail: error.message });
    }
    throw error;
  }
}

/** A packed shard is short: one read takes in all of it. */
async function openPacked(from: ReadFrom, wanted: Wanted): Promise<ShardReader | CorruptShard> {
  const { pack, offset, shardOffset, sizeBytes } = wanted.entry;
  const acquired = from.files.acquire(packPath(pack));
  const open = acquired instanceof Promise ? await acquired : acquired;
  const bytes = from.slab.take(sizeBytes);
  try {
    const readBytes = await open.file.read(bytes, offset + shardOffset);
    if (readBytes < sizeBytes) return damaged(from, wanted, "the pack ends before the shard does");
  } finally {
    await from.files.release(open);
  }
  const shard = parseShard(bytes);
  if (typeof shard === "string") return damaged(from, wanted, `the ${shard} is damaged`);
  const mistake = mistakeIn(wanted, shard);
  if (mistake !== undefined) return damaged(from, wanted, mistake);
  const { data, checksums, dataSizeBytes } = shard;
  return {
    kind: "reader",
    description: shard.description,
    dataSizeBytes,
    checksums,
    read(range) {
      const span = blocksOf(range, dataSizeBytes);
      const result = verified(data.subarray(span.start, span.end), { span, range, checksums });
      return Promise.resolve(result.kind === "bytes" ? result : corrupt(from, wanted, result));
    },
    close: () => Promise.resolve(),
  };
}

async function openFile(from: ReadFrom, wanted: Wanted): Promise<ShardReader | CorruptShard> {
  const open = await from.files.acquire(shardFilePath(wanted.entry));
  let reader: ShardReader | CorruptShard;
  try {
    open.facts ??= await readFacts(open, wanted.entry.sizeBytes);
    reader = readerOfFile(from, wanted, open);
  } catch (error) {
    await from.files.release(open);
    throw error;
  }
  if (reader.kind === "corrupt") await from.files.release(open);
  return reader;
}

/** Reads header and footer. Undefined where one of them is damaged. */
export async function readFacts(
  open: Pick<OpenFile<FileFacts>, "file">,
  sizeBytes: number,
): Promise<FileFacts | undefined> {
  const head = new Uint8Array(Math.min(shardHeaderSizeBytesMax, sizeBytes));
  const headBytes = await open.file.read(head, 0);
  const frame = readShardFrame(head.subarray(0, headBytes));
  if (frame === undefined || shardSizeBytes(frame) !== sizeBytes) return undefined;
  const bytes = new Uint8Array(frame.footerSizeBytes);
  const footerBytes = await open.file.read(bytes, sizeBytes - bytes.length);
  const footer = footerBytes < bytes.length ? undefined : decodeShardFooter(bytes);
  return footer === undefined ? undefined : { frame, ...footer };
}

function readerOfFile(
  from: ReadFrom,
  wanted: Wanted,
  open: OpenFile<FileFacts>,
): ShardReader | CorruptShard {
  const { facts } = open;
  if (facts === undefined) return damaged(from, wanted, "the header or the footer is damaged");
  const { frame, checksums, root } = facts;
  const mistake = mistakeIn(wanted, { description: frame.description, root });
  if (mistake !== undefined) return damaged(from, wanted, mistake);
  let isOpen = true;
  return {
    kind: "reader",
    description: frame.description,
    dataSizeBytes: frame.dataSizeBytes,
    checksums,
    async read(range) {
      assert(isOpen, "a shard is read while it is open");
      const span = blocksOf(range, frame.dataSizeBytes);
      const data = new Uint8Array(span.end - span.start);
      const failure = await fill(open, data, frame.headerSizeBytes + span.start);
      if (failure !== undefined) return damaged(from, wanted, failure);
      const result = verified(data, { span, range, checksums });
      return result.kind === "bytes" ? result : corrupt(from, wanted, result);
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      await from.files.release(open);
    },
  };
}

/** Reads all of `data`, or tells why not. */
async function fill(
  open: OpenFile<FileFacts>,
  data: Uint8Array,
  offset: number,
): Promise<string | undefined> {
  try {
    const readBytes = await open.file.read(data, offset);
    return readBytes < data.length ? "the file ends before the shard does" : undefined;
  } catch (error) {
    if (error instanceof DiskError) return error.message;
    throw error;
  }
}

/** The whole blocks that a range touches, in bytes of the shard's data. */
interface Span {
  readonly start: number;
  readonly end: number;
}

function blocksOf(
  range: { offsetBytes: number; lengthBytes: number },
  dataSizeBytes: number,
): Span {
  const { offsetBytes, lengthBytes } = range;
  const isInside =
    offsetBytes >= 0 && lengthBytes >= 0 && offsetBytes + lengthBytes <= dataSizeBytes;
  assert(isInside, "a range lies within the shard's data");
  assert(lengthBytes <= readSizeBytesMax, "S8: one read takes a bounded range");
  const start = Math.floor(offsetBytes / blockSizeBytes) * blockSizeBytes;
  const endOfBlocks = Math.ceil((offsetBytes + lengthBytes) / blockSizeBytes) * blockSizeBytes;
  return { start, end: Math.min(endOfBlocks, dataSizeBytes) };
}

/** Compares blocks with their checksums and gives the part of them that was asked for. */
function verified(
  data: Uint8Array,
  options: {
    span: Span;
    range: { offsetBytes: number; lengthBytes: number };
    checksums: Uint8Array;
  },
): VerifiedBytes | CorruptShard {
  const { span, range, checksums } = options;
  const firstBlock = span.start / blockSizeBytes;
  const bad = findCorruptBlock(data, checksums.subarray(firstBlock * hashSizeBytes));
  if (bad !== undefined) {
    return { kind: "corrupt", block: firstBlock + bad, detail: "a block fails its checksum" };
  }
  const from = range.offsetBytes - span.start;
  return { kind: "bytes", bytes: data.subarray(from, from + range.lengthBytes) };
}

/** What is wrong with a shard that is whole: it may be another than the one that was asked for. */
function mistakeIn(
  wanted: Wanted,
  found: { description: ShardDescription; root: Uint8Array },
): string | undefined {
  if (!isSameShard(found.description, wanted.name)) return "it is another shard";
  if (!equalBytes(found.root, wanted.root)) return "its root is not the one that was committed";
  return undefined;
}

function damaged(from: ReadFrom, wanted: Wanted, detail: string): CorruptShard {
  return corrupt(from, wanted, { block: undefined, detail });
}

function corrupt(
  from: ReadFrom,
  wanted: Wanted,
  damage: { block: number | undefined; detail: string },
): CorruptShard {
  const { block, detail } = damage;
  const path = wanted.entry.inFile ? shardFilePath(wanted.entry) : packPath(wanted.entry.pack);
  from.trace.write("error", "shardCorrupt", { shard: nameText(wanted.name), block, detail, path });
  return { kind: "corrupt", block, detail };
}
