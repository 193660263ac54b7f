import type { CuttingLimits } from "#objects/index.ts";
import type { ReplicaLimits } from "#replica/index.ts";
import type { ShelfConfig } from "#storage/index.ts";
import type { Credentials } from "./credentials.ts";

/** Bounds of the rooms that tests make smaller, so that small runs take every turn. */
export interface NodeLimits {
  readonly replica?: Partial<ReplicaLimits> | undefined;
  readonly shelf?: Partial<ShelfConfig> | undefined;
  readonly cutting?: CuttingLimits | undefined;
}

/** A node's place among others. */
export interface ClusterConfig {
  /** Where others reach it, `host:port`; port 0 takes one that is free. */
  readonly listen: string;
  /** The addresses that others are told for the one that is bound. */
  readonly advertise: (bound: string) => readonly string[];
  /** The machine it runs on. */
  readonly host: string;
  /** What fails as a whole; may be empty. */
  readonly zone: string;
  /** How much it takes beside the others; by default all of its file system. */
  readonly capacityBytes?: number | undefined;
  /** What people call it; may be empty. */
  readonly name: string;
  /** Joins with it where the data directory is empty. */
  readonly token?: string | undefined;
  /** Joins in the place of this node, which leaves. */
  readonly replaces?: number | undefined;
  /** Founds a cluster where the data directory is empty and there is no token. */
  readonly mayFound: boolean;
}

export interface NodeConfig {
  /** The region that clients sign for. */
  readonly region: string;
  /** Domains whose subdomains are buckets. */
  readonly domains: readonly string[];
  /** What to found the cluster with; at a later start, what its credentials must be. */
  readonly credentials?: Credentials | undefined;
  readonly cluster: ClusterConfig;
  /** How long the scrub takes for one look at all shards; a week if it is not said. */
  readonly scrubPassMs?: number | undefined;
  readonly limits?: NodeLimits | undefined;
}
