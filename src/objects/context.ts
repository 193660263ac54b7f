import type { ShardName } from "#format/index.ts";
import type { Peers } from "#peering/index.ts";
import type { Ports } from "#ports/index.ts";
import { Rebuilder, sliceSizeBytes, StripePool, unitSizeBytesMax } from "#erasure/index.ts";
import type { Replica } from "#replica/index.ts";
import type { Shelf } from "#storage/index.ts";
import { ClusterShards, type NodeHealth } from "./cluster-shards.ts";
import { LocalShards } from "./local-shards.ts";
import { ByteBudget, readBytesMax, rebuildBytesMax, StripeBudget } from "./memory-budget.ts";
import { ReadPace } from "./read-pace.ts";
import { type ShardServerParts, serveShards } from "./shard-server.ts";
import type { ShardStore } from "./shard-store.ts";
import { isHomeOf, type UnitDirectory, unitDirectory } from "./unit-directory.ts";
import { Draws } from "./unit-plan.ts";

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
  readonly draws: Draws;
  readonly stripes: StripeBudget;
  readonly reads: ByteBudget;
  /** What reads hold besides, to make up for shards that they lack. */
  readonly rebuilds: ByteBudget;
  readonly rebuilder: Rebuilder;
  readonly pace: ReadPace;
  readonly limits: CuttingLimits;
}

/** What a context is made of on any node. */
interface ContextParts {
  readonly ports: ObjectsContext["ports"];
  readonly replica: ObjectsContext["replica"];
  readonly shelf: Shelf;
  readonly limits?: CuttingLimits;
}

/** The context of the only node of a cluster, whose shards are all on its own shelf. */
export function localContext(parts: ContextParts & { node: number }): ObjectsContext {
  return contextOf(parts, new LocalShards(parts.node, parts.shelf));
}

/**
 * The context of one node of a cluster. It serves its shelf to the other nodes from then on.
 *
 * @param parts.health how other nodes answer of late, if not by what the peers say
 * @param parts.onCorrupt told of each shard of this node that a reader found damaged
 */
export function clusterContext(
  parts: ContextParts & {
    peers: Peers;
    health?: NodeHealth;
    onCorrupt?: (name: ShardName) => void;
  },
): ObjectsContext {
  const { ports, shelf, peers, health = peers, onCorrupt = () => undefined } = parts;
  const { clock } = ports;
  const shards = new ClusterShards({ peers, health, shelf, clock, onCorrupt });
  const adopt: ShardServerParts["adopt"] = (adoption) => shards.adopt(peers.self, adoption);
  const context = contextOf(parts, shards);
  const isAtHome: ShardServerParts["isAtHome"] = (name) =>
    isHomeOf(context.units, { node: peers.self, name });
  serveShards({ peers, shelf, adopt, isAtHome, onCorrupt });
  return context;
}

function contextOf(parts: ContextParts, shards: ShardStore): ObjectsContext {
  const { ports, replica, limits = cuttingLimits } = parts;
  return {
    ports,
    replica,
    units: unitDirectory(replica.reader),
    shards,
    draws: new Draws(),
    stripes: new StripeBudget(new StripePool()),
    reads: new ByteBudget(readBytesMax),
    rebuilds: new ByteBudget(rebuildBytesMax),
    rebuilder: new Rebuilder(),
    pace: new ReadPace(ports.clock),
    limits,
  };
}
