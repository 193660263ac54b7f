/**
 * The layer table: which room may import which, and which packages. docs/ARCHITECTURE.md shows the
 * same.
 */
export interface Room {
  /** Rooms it may import, besides `base`. */
  rooms: readonly string[];
  /** npm packages it may import. */
  packages: readonly string[];
  /** Whether it is synchronous and is given no ports. */
  inert?: boolean;
}

const upToObjects = [
  "ports",
  "format",
  "metadata",
  "placement",
  "erasure",
  "storage",
  "peering",
  "replica",
] as const;
const upToNode = [...upToObjects, "raft", "objects", "upkeep", "cluster", "s3"] as const;

export const rooms: Readonly<Record<string, Room>> = {
  base: { rooms: [], packages: [], inert: true },
  ports: { rooms: [], packages: [], inert: true },
  format: { rooms: [], packages: [], inert: true },
  raft: { rooms: [], packages: [], inert: true },
  placement: { rooms: [], packages: [], inert: true },
  erasure: { rooms: ["format"], packages: [], inert: true },
  metadata: { rooms: ["format", "placement"], packages: [], inert: true },
  storage: { rooms: ["ports", "format", "erasure"], packages: [] },
  peering: { rooms: ["ports", "format"], packages: [] },
  replica: { rooms: ["ports", "format", "raft", "metadata", "storage", "peering"], packages: [] },
  objects: { rooms: upToObjects, packages: [] },
  upkeep: { rooms: [...upToObjects, "objects"], packages: [] },
  cluster: { rooms: [...upToObjects, "objects", "upkeep"], packages: [] },
  s3: {
    rooms: ["ports", "format", "metadata", "replica", "objects", "cluster"],
    packages: [],
  },
  node: { rooms: upToNode, packages: [] },
  host: { rooms: [...upToNode, "node"], packages: ["lmdb", "pino", "@node-rs/crc32"] },
  cli: { rooms: [...upToNode, "node", "host"], packages: ["commander"] },
};

/** Files with a permission of their own, and why. */
export const exceptions: Readonly<Record<string, readonly string[]>> = {
  // The one door to hash functions: synchronous, deterministic, for small inputs.
  "src/base/hash.ts": ["@napi-rs/blake-hash", "@node-rs/crc32", "node:crypto"],
};

/** Rooms that may use `node:*`. */
export const realRooms: ReadonlySet<string> = new Set(["host", "cli"]);
