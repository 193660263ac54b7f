import type { EncodingId, ShardDescription, ShardName, UnitId } from "#format/index.ts";
import { ShelfError } from "#storage/index.ts";

/** No room is left for a shard. */
export class NoRoomError extends Error {
  override readonly name = "NoRoomError";
}

/** Whether something failed for want of room. */
export function isNoRoom(error: unknown): boolean {
  return error instanceof NoRoomError || (error instanceof ShelfError && error.code === "full");
}

/** A small shard of which all is at hand. */
export interface WholeShard {
  readonly description: ShardDescription;
  readonly data: Uint8Array;
  readonly footer: Uint8Array;
}

/** A shard on its way to a node. Dropped without a trace unless it is sealed. */
export interface StagedShard {
  /** Adds the next bytes of data. They must not be changed until the promise settles. */
  write(slice: Uint8Array): Promise<void>;
  /**
   * Ends it; resolves when the shard is durable and can be read. Where it fails the shard is
   * dropped, or sealed all the same: `ShardStore.remove` settles it.
   */
  seal(footer: Uint8Array): Promise<void>;
  /** Drops it. No write may be under way. */
  abort(): Promise<void>;
}

/** Part of a shard is not what was committed. */
export interface Corrupt {
  readonly kind: "corrupt";
  /** The block of data, from 0; undefined where it is not the data. */
  readonly block: number | undefined;
  readonly detail: string;
}

/** Bytes of a shard as they were written, or where they are no longer that. */
export type ShardBytes = { readonly kind: "bytes"; readonly bytes: Uint8Array } | Corrupt | Missing;

/** Bytes of a shard's data. */
export interface ShardRange {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** A shard open for reading. */
export interface OpenShard {
  readonly kind: "reader";
  /**
   * Verified bytes of the shard's data; the caller may keep them, and must not write to them.
   *
   * @param range at most `readAtOnceBytesMax` long
   * @param signal ends the wait for another node
   */
  read(range: ShardRange, signal?: AbortSignal): Promise<ShardBytes>;
  close(): Promise<void>;
}

/** The node has no room for the shard, or keeps what room it has for other things. */
export interface NoRoom {
  readonly kind: "full";
}

/** The node does not have the shard. */
export interface Missing {
  readonly kind: "missing";
}

/** A shard as the unit's row knows it. */
export interface WantedShard {
  readonly name: ShardName;
  /** What its root was when it was committed. */
  readonly root: Uint8Array;
  readonly dataSizeBytes: number;
}

/** A shard and where it can be copied from. */
export interface Adoption {
  readonly description: ShardDescription;
  readonly root: Uint8Array;
  /** A node that has it. */
  readonly from: number;
}

/** How soon a node may be expected to answer, by what is known just now, best first. */
export const standings = ["here", "up", "slow", "down"] as const;
export type Standing = (typeof standings)[number];

/**
 * Where shards are kept, by node. The coordinators know nothing else of nodes: whether one is this
 * one, how it is reached, and whether it is up, is decided behind this interface. Any method
 * throws where the node, or its disk, fails or cannot be reached.
 */
export interface ShardStore {
  standing(node: number): Standing;
  /** False where the node has lately turned a shard down for want of room. */
  hasRoom(node: number): boolean;
  /**
   * Starts a shard of known length on a node.
   *
   * @param signal drops it while it is not sealed
   */
  stage(
    node: number,
    description: ShardDescription,
    signal: AbortSignal,
  ): Promise<StagedShard | NoRoom>;
  /**
   * Seals a shard in one step; resolves when it is durable and can be read. Its bytes must not be
   * changed until the promise settles.
   *
   * @param shard of no more data than `calledBytesMax`
   * @param signal gives up; the node may have it all the same, as after any failure
   * @throws NoRoomError or the like (`isNoRoom`) where there is no room for it
   */
  put(node: number, shard: WholeShard, signal: AbortSignal): Promise<void>;
  /** Opens a shard of a node. */
  open(node: number, wanted: WantedShard): Promise<OpenShard | Missing | Corrupt>;
  /** Removes sealed shards from a node; nothing happens to those it does not have. */
  remove(node: number, names: readonly ShardName[]): Promise<void>;
  /** The indexes of the shards of a unit that a node has, ascending. */
  find(node: number, unit: UnitId, encoding: EncodingId): Promise<readonly number[]>;
  /**
   * A page of the shards that a node lists, in the order of partition, unit, encoding and index. It
   * says nothing about their bytes. An empty page is the last.
   *
   * @param after the last one of the page before
   */
  list(node: number, after?: ShardName): Promise<readonly ShardName[]>;
  /** Says that a shard of a node did not pass a reader's check: the node looks for itself. */
  suspect(node: number, name: ShardName): Promise<void>;
  /** Has a node copy a shard from another; resolves when it is durable there. */
  adopt(node: number, adoption: Adoption): Promise<void>;
}
