import { FormatError, type ShardDescription, type ShardName } from "#format/index.ts";
import {
  blockCount,
  decodeShardFooter,
  decodeShardHeader,
  findCorruptBlock,
  geometryOf,
  shardDataSizeBytes,
} from "#erasure/index.ts";
import { hashSizeBytes } from "#base/hash.ts";

/** The frame of a shard: all but its data. */
export interface ShardFrame {
  readonly description: ShardDescription;
  readonly headerSizeBytes: number;
  readonly dataSizeBytes: number;
  readonly footerSizeBytes: number;
}

/** A whole shard in memory. Header and footer are intact; the data has not been looked at. */
export interface ShardInMemory extends ShardFrame {
  readonly data: Uint8Array;
  readonly checksums: Uint8Array;
  readonly root: Uint8Array;
}

/**
 * Reads the header of a shard.
 *
 * @returns undefined where it is damaged
 * @throws FormatError `newer` where a newer program wrote it
 */
export function readShardFrame(bytes: Uint8Array): ShardFrame | undefined {
  try {
    const { description, headerSizeBytes } = decodeShardHeader(bytes);
    return frameOf(description, headerSizeBytes);
  } catch (error) {
    if (error instanceof FormatError && error.code === "malformed") return undefined;
    throw error;
  }
}

/** The frame of the shard that a description is of. */
export function frameOf(description: ShardDescription, headerSizeBytes: number): ShardFrame {
  const dataSizeBytes = shardDataSizeBytes(geometryOf(description), description.index);
  const footerSizeBytes = (blockCount(dataSizeBytes) + 1) * hashSizeBytes;
  return { description, headerSizeBytes, dataSizeBytes, footerSizeBytes };
}

/** How long the whole shard is. */
export function shardSizeBytes(frame: ShardFrame): number {
  return frame.headerSizeBytes + frame.dataSizeBytes + frame.footerSizeBytes;
}

/**
 * Takes a whole shard apart. What it gives are views of `bytes`.
 *
 * @returns which part is damaged, where one is
 * @throws FormatError `newer` where a newer program wrote it
 */
export function parseShard(bytes: Uint8Array): ShardInMemory | "header" | "footer" {
  const frame = readShardFrame(bytes);
  if (frame === undefined || shardSizeBytes(frame) !== bytes.length) return "header";
  const dataEnd = frame.headerSizeBytes + frame.dataSizeBytes;
  const footer = decodeShardFooter(bytes.subarray(dataEnd));
  if (footer === undefined) return "footer";
  const { description, headerSizeBytes, dataSizeBytes, footerSizeBytes } = frame;
  return {
    description,
    headerSizeBytes,
    dataSizeBytes,
    footerSizeBytes,
    data: bytes.subarray(headerSizeBytes, dataEnd),
    checksums: footer.checksums,
    root: footer.root,
  };
}

/** Whether every block of a shard in memory is what it was. */
export function isIntact(shard: ShardInMemory): boolean {
  return findCorruptBlock(shard.data, shard.checksums) === undefined;
}

/** The name that a shard gives itself. */
export function nameOf(description: ShardDescription): ShardName {
  const { unit, encoding, index } = description;
  return { unit, encoding, index };
}

/** Whether both name one shard. */
export function isSameShard(a: ShardName, b: ShardName): boolean {
  return a.index === b.index && isSameId(a.unit, b.unit) && isSameId(a.encoding, b.encoding);
}

function isSameId(a: ShardName["unit"], b: ShardName["unit"]): boolean {
  return a.number === b.number && a.session === b.session && a.epoch === b.epoch;
}

/** A number for a name; few share one. A text would take longer to make than all else it is for. */
export function hashOfName({ unit, encoding, index }: ShardName): number {
  let hash = mixed(unit.number, unit.session) ^ unit.epoch;
  hash = mixed(hash, encoding.number) ^ encoding.session;
  return mixed(hash, index ^ encoding.epoch);
}

function mixed(a: number, b: number): number {
  // The two constants of xxHash32 that a product of 32 bits is best spread by.
  return (Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca77)) | 0;
}

/** A name for log lines: unit, encoding and index. */
export function nameText(name: ShardName): string {
  const { unit, encoding, index } = name;
  return `${idText(unit)}/${idText(encoding)}/${index}`;
}

function idText(id: ShardName["unit"]): string {
  return `${id.epoch}.${id.session}.${id.number}`;
}
