import type { Ports } from "#ports/index.ts";
import { sliceSizeBytes, StripePool, unitSizeBytesMax } from "#erasure/index.ts";
import type { Replica } from "#replica/index.ts";
import type { Shelf } from "#storage/index.ts";
import { LocalShards } from "./local-shards.ts";
import { ByteBudget, readBytesMax, StripeBudget } from "./memory-budget.ts";
import type { ShardStore } from "./shard-store.ts";
import { type UnitDirectory, unitDirectory } from "./unit-directory.ts";

/** How bodies are cut. Smaller in tests, so that small bodies take every turn. */
export interface CuttingLimits {
  /** A unit's length; a multiple of the widest stripe. */
  readonly unitSizeBytes: number;
  /** The slice of a whole stripe, a multiple of the block size. */
  readonly sliceSizeBytes: number;
}

export const cuttingLimits: CuttingLimits = { unitSizeBytes: unitSizeBytesMax, sliceSizeBytes };

/** What the coordinators work with. */
export interface ObjectsContext {
  readonly ports: Pick<Ports, "clock" | "random" | "trace">;
  readonly replica: Pick<
    Replica,
    "allocateNumber" | "propose" | "readBarrier" | "reader" | "releaseNumber" | "session"
  >;
  readonly units: UnitDirectory;
  readonly shards: ShardStore;
  readonly stripes: StripeBudget;
  readonly reads: ByteBudget;
  readonly limits: CuttingLimits;
}

/** The context of the only node of a cluster, whose shards are all on its own shelf. */
export function localContext(parts: {
  ports: ObjectsContext["ports"];
  replica: ObjectsContext["replica"];
  shelf: Shelf;
  node: number;
  limits?: CuttingLimits;
}): ObjectsContext {
  const { ports, replica, shelf, node, limits = cuttingLimits } = parts;
  return {
    ports,
    replica,
    units: unitDirectory(replica.reader),
    shards: new LocalShards(node, shelf),
    stripes: new StripeBudget(new StripePool()),
    reads: new ByteBudget(readBytesMax),
    limits,
  };
}
