import { FormatError } from "#format/index.ts";
import {
  CopyError,
  copyShard,
  describeShard,
  NoRoomError,
  type ObjectsContext,
  rebuildShard,
  type ShardOfUnit,
  UnreadableError,
} from "#objects/index.ts";
import { PeerError } from "#peering/index.ts";
import { type Shelf, ShelfError } from "#storage/index.ts";

/** A shard that belongs on this node's shelf. */
export interface ShardToPull extends ShardOfUnit {
  /** Other nodes that may have it, in the order in which to ask them. */
  readonly holders: readonly number[];
  /** Makes way for it, once its bytes are known to be right. */
  readonly beforeSeal?: () => Promise<void>;
}

/** What became of it. */
export type PullOutcome =
  | { readonly kind: "pulled" }
  /** Nodes that may have it, or what it is made from, do not answer: it may come yet. */
  | { readonly kind: "unavailable"; readonly nodes: readonly number[] }
  /** This node has no room for it. */
  | { readonly kind: "full" }
  /** Every node has answered, and what they have is not enough. */
  | { readonly kind: "lost" };

/** What pulling works with. */
export interface PullContext {
  readonly objects: ObjectsContext;
  readonly shelf: Pick<Shelf, "stage">;
}

/**
 * Gets a shard for the shelf: a copy of another node's, or else made from any k others of its unit.
 *
 * @throws ShelfError where the disk fails; the signal's reason
 */
export async function pullShard(
  context: PullContext,
  shard: ShardToPull,
  signal: AbortSignal,
): Promise<PullOutcome> {
  try {
    if (await copyFromHolder(context, shard, signal)) return { kind: "pulled" };
    await rebuildShard(context, shard, signal);
    return { kind: "pulled" };
  } catch (error) {
    signal.throwIfAborted();
    if (isNoRoom(error)) return { kind: "full" };
    if (!(error instanceof UnreadableError) && !(error instanceof CopyError)) throw error;
    const nodes = await silentNodes(context.objects, shard);
    const isUnavailable = error instanceof UnreadableError && error.code === "unavailable";
    return isUnavailable || nodes.length > 0 ? { kind: "unavailable", nodes } : { kind: "lost" };
  }
}

/** Copies from the first that has it; false where none of them does. */
async function copyFromHolder(
  { objects, shelf }: PullContext,
  shard: ShardToPull,
  signal: AbortSignal,
): Promise<boolean> {
  const { shards, ports } = objects;
  const { row, index, beforeSeal } = shard;
  const root = row.encoding.roots[index] ?? new Uint8Array(0);
  const description = describeShard(shard);
  // One that is down would be waited for, while the others can do without it.
  for (const from of shard.holders.filter((node) => shards.standing(node) !== "down")) {
    signal.throwIfAborted();
    try {
      await copyShard({ shards, shelf }, { description, root, from, beforeSeal });
      return true;
    } catch (error) {
      if (!isOfOtherNode(error)) throw error;
      ports.trace.write("debug", "shardNotCopied", { from, index, reason: error.message });
    }
  }
  return false;
}

/** Nothing is called lost before every node has said what it has: those that do not say. */
async function silentNodes(
  { units, shards }: ObjectsContext,
  { unit, row }: ShardToPull,
): Promise<number[]> {
  const asked = units.members().map(async (node) => {
    try {
      await shards.find(node, unit, row.encoding.id);
      return [];
    } catch (error) {
      if (!isOfOtherNode(error)) throw error;
      return [node];
    }
  });
  return (await Promise.all(asked)).flat();
}

function isNoRoom(error: unknown): boolean {
  return error instanceof NoRoomError || (error instanceof ShelfError && error.code === "full");
}

/** Whether something failed of what another node did, or did not do. */
function isOfOtherNode(error: unknown): error is Error {
  const kinds = [CopyError, PeerError, FormatError];
  return kinds.some((kind) => error instanceof kind);
}
