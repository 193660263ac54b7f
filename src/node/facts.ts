import { gib } from "#base/bytes.ts";
import type { NodeFacts } from "#format/index.ts";
import { featureLevelMax } from "#metadata/index.ts";
import { weightMax } from "#placement/index.ts";
import type { Ports } from "#ports/index.ts";
import type { ClusterConfig } from "./config.ts";

/** What a node says of itself to the others. */
export async function factsOf(
  { disk }: Pick<Ports, "disk">,
  { name, host, zone, capacityBytes }: ClusterConfig,
  addresses: readonly string[],
): Promise<NodeFacts> {
  const sizeBytes = capacityBytes ?? (await disk.space()).totalBytes;
  // A share of the shards is told in whole GiB; nobody has none.
  const weight = Math.min(Math.max(1, Math.floor(sizeBytes / gib)), weightMax);
  return {
    name,
    addresses: [...addresses],
    host,
    zone,
    weight,
    featureLevel: featureLevelMax,
  };
}
