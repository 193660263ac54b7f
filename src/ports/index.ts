/**
 * The seam between the core and the world: types only.
 *
 * P1. Core code reaches time, chance, disk, stores, threads and logs through these ports alone.
 * P2. With the same ports the core does the same: a simulated run is a function of its seed.
 * P3. A component takes the narrowest slice it needs: `Pick<Ports, "clock" | "disk">`.
 */
import type { Clock } from "./clock.ts";
import type { Compute } from "./compute.ts";
import type { Disk } from "./disk.ts";
import type { Entropy } from "./entropy.ts";
import type { Identity } from "./identity.ts";
import type { KeyValueStores } from "./key-value.ts";
import type { Network } from "./network.ts";
import type { Random } from "./random.ts";
import type { Trace } from "./trace.ts";

export type { Clock } from "./clock.ts";
export type { Compute, DigestAlgorithm, RunningDigest } from "./compute.ts";
export type { Disk, DiskEntry, DiskFile } from "./disk.ts";
export type { Entropy } from "./entropy.ts";
export type {
  KeyRange,
  KeyValue,
  KeyValueChange,
  KeyValueReader,
  KeyValueSnapshot,
  KeyValueStores,
} from "./key-value.ts";
export type { Identity } from "./identity.ts";
export { frameSizeBytesMax } from "./network.ts";
export type { Connection, KeyFingerprint, Listener, Network } from "./network.ts";
export type { Random } from "./random.ts";
export type { Trace, TraceFields, TraceLevel } from "./trace.ts";

/** All that one node is given of the world. */
export interface Ports {
  clock: Clock;
  random: Random;
  entropy: Entropy;
  disk: Disk;
  network: Network;
  identity: Identity;
  stores: KeyValueStores;
  compute: Compute;
  trace: Trace;
}
