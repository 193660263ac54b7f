import { toHex } from "#base/bytes.ts";
import { profileFor, smallObjectSizeBytes } from "#erasure/index.ts";
import type { Node, NodeSpace } from "#format/index.ts";
import {
  clusterOf,
  layoutOf,
  marksOf,
  nodesOf,
  profileCounts,
  type Reader,
  tablesOf,
  transitionWait,
} from "#metadata/index.ts";
import type { Liveness } from "#peering/index.ts";
import { rowOf } from "#placement/index.ts";
import { nodesText, nodeText } from "./node-text.ts";
import { recoveryWarning } from "./recovery.ts";
import type { WalkReport } from "./repair-desk.ts";
import { shardPlaces } from "./shard-places.ts";
import {
  type ShardPlaces,
  type SpreadUnits,
  type Standing,
  type Tolerance,
  tolerancesOf,
  toleranceText,
} from "./tolerance.ts";
import { type TransitionReport, transitionReport } from "./transition-report.ts";

/** One node, as the one that was asked sees it. */
export interface NodeReport {
  readonly node: number;
  readonly name: string;
  /** The node that was asked. */
  readonly isAsked: boolean;
  /** `joining`: it has no part of the shards yet; `full`: its disk has no room for more of them. */
  readonly state: "up" | "joining" | "slow" | "full" | "draining" | "down";
  /** In the log's group; `joining` until it follows. */
  readonly role: "leader" | "voter" | "learner" | "joining";
  readonly host: string;
  readonly zone: string;
  readonly weight: number;
  readonly addresses: readonly string[];
  /** Missing where it did not say. */
  readonly usedBytes?: number | undefined;
  readonly freeBytes?: number | undefined;
  /** What it does to have the shards that it should; missing where it did not say. */
  readonly walk?: WalkReport | undefined;
}

/** What `hamster cluster status --json` prints. */
export interface ClusterStatus {
  readonly clusterId: string;
  readonly epoch: number;
  readonly nodes: readonly NodeReport[];
  /** How new objects are kept: `2+1`. */
  readonly profile: string;
  readonly layout: {
    readonly version: number;
    /** Shards are on their way to their homes in this layout. */
    readonly transition?: TransitionReport | undefined;
  };
  readonly tolerances: readonly (Tolerance & { readonly text: string })[];
  readonly warnings: readonly string[];
}

/** The log's group, by Raft id. */
export interface GroupStatus {
  readonly leader: number | undefined;
  readonly voters: readonly number[];
  readonly learners: readonly number[];
}

/** What a status is made of. */
export interface StatusSources {
  readonly self: number;
  readonly reader: Reader;
  group(): GroupStatus;
  liveness(node: number): Liveness;
  /** Asks the node itself. */
  space(node: number): Promise<NodeSpace | undefined>;
  /** Asks the node itself. */
  walk(node: number): Promise<WalkReport | undefined>;
}

/** How the cluster is, seen from this node. */
export async function clusterStatus(sources: StatusSources): Promise<ClusterStatus> {
  const { reader } = sources;
  const cluster = clusterOf(reader);
  const members = [...nodesOf(reader)].filter(({ node }) => node.state !== "removed");
  const nodes = await Promise.all(members.map(({ id, node }) => reportOf(sources, id, node)));
  const standings = new Map(
    nodes.map(({ node, host, zone, state }): [number, Standing] => [
      node,
      { host, zone, isUp: state !== "down" },
    ]),
  );
  const voters = nodes.filter(({ role }) => role === "leader" || role === "voter");
  const units = spreadUnits(reader, (node) => standings.get(node)?.isUp === true);
  const tolerances = tolerancesOf({
    nodes: standings,
    voters: voters.map(({ node }) => node),
    units,
  });
  const { k, m } = profileFor(layoutOf(reader)?.layout.width ?? 1, smallObjectSizeBytes);
  return {
    clusterId: toHex(cluster?.clusterId ?? new Uint8Array(0)),
    epoch: cluster?.epoch ?? 0,
    nodes,
    profile: `${k}+${m}`,
    layout: { version: cluster?.layoutVersion ?? 0, transition: transitionReport(reader) },
    tolerances: tolerances.map((one) => ({ ...one, text: toleranceText(one) })),
    warnings: warningsOf(sources, nodes),
  };
}

async function reportOf(sources: StatusSources, id: number, node: Node): Promise<NodeReport> {
  const { host, zone, weight, addresses, raftId, name = "" } = node;
  const isAsked = id === sources.self;
  const liveness = isAsked ? "up" : sources.liveness(id);
  const [space, walk] =
    liveness === "down" ? [] : await Promise.all([sources.space(id), sources.walk(id)]);
  return {
    node: id,
    name,
    isAsked,
    state: stateOf(liveness, node.state, space),
    role: roleOf(sources.group(), raftId),
    host,
    zone,
    weight,
    addresses,
    usedBytes: space?.usedBytes,
    freeBytes: space?.freeBytes,
    walk,
  };
}

/** What an operator has to know first. */
function stateOf(
  liveness: Liveness,
  state: Node["state"],
  space: NodeSpace | undefined,
): NodeReport["state"] {
  if (liveness === "down") return "down";
  if (space?.isFull === true) return "full";
  return liveness === "slow" || state === "removed" ? liveness : state;
}

function roleOf({ leader, voters, learners }: GroupStatus, raftId: number): NodeReport["role"] {
  if (raftId === leader) return "leader";
  if (voters.includes(raftId)) return "voter";
  return learners.includes(raftId) ? "learner" : "joining";
}

/** The units that there are, by profile, and where their shards may be. */
function spreadUnits(reader: Reader, isUp: (node: number) => boolean): readonly SpreadUnits[] {
  const current = layoutOf(reader);
  if (current === undefined) return [];
  const tables = tablesOf(reader);
  const awaited = new Set(transitionWait(reader).nodes);
  const marks = new Map(
    [...nodesOf(reader)].map(({ id }) => {
      return [id, new Set([...marksOf(reader, id)].map(({ partition }) => partition))];
    }),
  );
  const byProfile = new Map<string, { m: number; partitions: ShardPlaces[] }>();
  for (const { k, m, partition, units } of profileCounts(reader)) {
    if (units === 0) continue;
    const rows = tables.map((table) => rowOf(table, partition));
    const places = shardPlaces(rows, k + m, {
      isUp,
      awaits: (node) => awaited.has(node),
      isMarked: (node) => marks.get(node)?.has(partition) === true,
      isUndone: current.layout.isUndone,
    });
    const profile = `${k}+${m}`;
    const spread = byProfile.get(profile) ?? { m, partitions: [] };
    spread.partitions.push(places);
    byProfile.set(profile, spread);
  }
  return [...byProfile.values()];
}

function warningsOf(sources: StatusSources, nodes: readonly NodeReport[]): readonly string[] {
  const { leader, voters } = sources.group();
  const warnings: string[] = [];
  if (leader === undefined) {
    warnings.push("nobody leads just now: nothing can be written, and what is shown may be old");
  }
  if (clusterOf(sources.reader)?.awaitsConfirmation === true) warnings.push(recoveryWarning);
  if (voters.length === 2) warnings.push(twoNodesWarning);
  for (const { node, state, walk } of nodes) {
    const title = nodeText(sources.reader, node);
    if (state === "down") warnings.push(`${title} is down`);
    if (state === "full") warnings.push(`${title} has a full disk, and takes no more shards`);
    if (walk !== undefined) warnings.push(...walkWarnings(sources.reader, walk, title));
  }
  return warnings;
}

/** Why a node does not have what it should. */
function walkWarnings(reader: Reader, walk: WalkReport, title: string): readonly string[] {
  const { waitingShards, silentNodes, isFull, lostShards } = walk;
  const warnings: string[] = [];
  if (waitingShards > 0) {
    const nodes = silentNodes.length > 0 ? nodesText(reader, silentNodes) : "other nodes";
    const cause = isFull ? "it has no room for them" : `${nodes} must answer first`;
    warnings.push(`${title} lacks ${waitingShards} shards: ${cause}`);
  }
  if (lostShards > 0) {
    warnings.push(`${title} lacks ${lostShards} shards that are lost: see hamster doctor`);
  }
  return warnings;
}

/** Said wherever a second node is seen or invited. */
export const twoNodesWarning =
  "with two nodes, one that is down stops all reads and writes until it returns; add a third";
