/** Where a node stands, and whether it answers. */
export interface Standing {
  readonly host: string;
  readonly zone: string;
  readonly isUp: boolean;
}

/** What may be lost at once: nodes, hosts with all their nodes, zones with all their hosts. */
export type Level = "nodes" | "hosts" | "zones";

/** What the cluster stands, of one level, beyond what is down already. */
export interface Tolerance {
  readonly level: Level;
  /** How many there are that are up, at least in part. */
  readonly upCount: number;
  /** So many of any of them may fail, and every object can still be read; -1: not even now. */
  readonly reads: number;
  /** So many may fail and the cluster still decides, so that it can be read and written. */
  readonly decisions: number;
}

/**
 * The shards of one partition's units: for each the nodes of which any may be the only one that has
 * it; none where it is out of reach already.
 */
export type ShardPlaces = readonly (readonly number[])[];

/** Units that outlast the loss of any `m` shards, in each partition that has some. */
export interface SpreadUnits {
  readonly m: number;
  readonly partitions: readonly ShardPlaces[];
}

export const levels: readonly Level[] = ["nodes", "hosts", "zones"];

/** What a cluster stands now, level by level. */
export function tolerancesOf(cluster: {
  nodes: ReadonlyMap<number, Standing>;
  voters: readonly number[];
  units: readonly SpreadUnits[];
}): readonly Tolerance[] {
  return levels.map((level) => {
    const groups = new Map(
      [...cluster.nodes.keys()].map((node) => [node, groupAt(cluster.nodes, node, level)]),
    );
    const groupOf = (node: number): string | undefined => groups.get(node);
    const up = new Set([...groups.values()].filter((group) => group !== undefined));
    const votesToSpare = spareVotes(cluster.voters, cluster.nodes);
    const decisions = lossesWithin(cluster.voters.map(groupOf), votesToSpare);
    let reads = up.size;
    for (const { m, partitions } of cluster.units) {
      for (const shards of partitions) reads = Math.min(reads, lossesOf(shards, m, groupOf));
    }
    return { level, upCount: up.size, reads, decisions };
  });
}

/** So many groups may go with no more than `m` shards, those lost already counted. */
function lossesOf(
  shards: ShardPlaces,
  m: number,
  groupOf: (node: number) => string | undefined,
): number {
  const groups: string[] = [];
  let lost = 0;
  for (const places of shards) {
    const ofShard = new Set(places.map(groupOf).filter((group) => group !== undefined));
    groups.push(...ofShard);
    if (ofShard.size === 0) lost++;
  }
  return lossesWithin(groups, m - lost);
}

/** What a node would be lost with; undefined where it is down already. */
function groupAt(
  nodes: ReadonlyMap<number, Standing>,
  node: number,
  level: Level,
): string | undefined {
  const standing = nodes.get(node);
  if (standing === undefined || !standing.isUp) return undefined;
  if (level === "nodes") return String(node);
  // Hosts are named by people too: two zones may each have a "server1".
  return level === "hosts" ? JSON.stringify([standing.zone, standing.host]) : standing.zone;
}

/** How many voters that are up may fail. */
function spareVotes(voters: readonly number[], nodes: ReadonlyMap<number, Standing>): number {
  const up = voters.filter((node) => nodes.get(node)?.isUp === true).length;
  return up - (Math.floor(voters.length / 2) + 1);
}

/** So many groups, whichever they are, can go without taking more than `spare` with them. */
function lossesWithin(groups: readonly (string | undefined)[], spare: number): number {
  if (spare < 0) return -1;
  const sizes = new Map<string, number>();
  for (const group of groups) {
    if (group !== undefined) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  }
  const descending = [...sizes.values()].sort((a, b) => b - a);
  let left = spare;
  let count = 0;
  for (const size of descending) {
    left -= size;
    if (left < 0) return count;
    count++;
  }
  return count;
}

const singular: Readonly<Record<Level, string>> = { nodes: "node", hosts: "host", zones: "zone" };

/** The same in words, for people: a sentence a level. */
export function toleranceText({ level, upCount, reads, decisions }: Tolerance): string {
  const noun = singular[level];
  if (decisions < 0) return `${noun}s: too few voters answer; nothing can be read or written now`;
  if (reads < 0) return `${noun}s: some objects cannot be read now`;
  const both = Math.min(reads, decisions, upCount);
  if (both > 0) {
    return both >= upCount
      ? `${noun}s: ${count(both, noun)} may fail`
      : `${noun}s: any ${count(both, noun)} may fail, and everything can be read and written`;
  }
  if (upCount === 1) return `${noun}s: none may fail, there is only one`;
  if (decisions === 0 && reads > 0) {
    return `${noun}s: none may fail; with one down nothing is lost, but nothing can be read or written`;
  }
  return decisions === 0
    ? `${noun}s: none may fail`
    : `${noun}s: none may fail; with one down some objects cannot be read`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
