import type { ShardDescription, ShardName } from "#format/index.ts";

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
export type ShardBytes = { readonly kind: "bytes"; readonly bytes: Uint8Array } | Corrupt;

/** A shard open for reading. */
export interface OpenShard {
  readonly kind: "reader";
  /** Verified bytes of the shard's data; the caller may keep them, and must not write to them. */
  read(range: { offsetBytes: number; lengthBytes: number }): Promise<ShardBytes>;
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

/**
 * Where shards are kept, by node. The coordinators know nothing else of nodes: whether one is this
 * one, how it is reached, and whether it is up, is decided behind this interface.
 */
export interface ShardStore {
  /** Starts a shard of known length on a node. */
  stage(node: number, description: ShardDescription): Promise<StagedShard | NoRoom>;
  /**
   * Opens a shard of a node.
   *
   * @param root what the shard's root was when it was committed
   */
  open(node: number, name: ShardName, root: Uint8Array): Promise<OpenShard | Missing | Corrupt>;
  /** Removes sealed shards from a node; nothing happens to those it does not have. */
  remove(node: number, names: readonly ShardName[]): Promise<void>;
}
