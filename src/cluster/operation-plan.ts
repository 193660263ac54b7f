import { profileFor, smallObjectSizeBytes } from "#erasure/index.ts";
import type { NodeSpace } from "#format/index.ts";
import {
  layoutOf,
  membersOf,
  nodeOf,
  nodesOf,
  profileCounts,
  profilesInUse,
  type Reader,
  returningNode,
  tablesOf,
  upkeepOf,
} from "#metadata/index.ts";
import {
  activeMembers,
  type LayoutChange,
  planChange,
  type Planned,
  rowOf,
  type Table,
  widthFor,
} from "#placement/index.ts";
import { AdminRefusedError } from "./admin.ts";
import { type Cost, costOf, profileText, type Spread, spreadOf, tradeText } from "./layout-cost.ts";
import { nodeText } from "./node-text.ts";
import { refuseIfBusy } from "./operation-guard.ts";
import { type SpreadUnits, type Standing, tolerancesOf } from "./tolerance.ts";

/** What an operator can ask of the layout. */
export type OperationName = "drain" | "undrain" | "optimize";

/** What an operation would do, before it does anything. */
export interface OperationPlan extends Cost {
  readonly operation: OperationName;
  readonly node?: number | undefined;
  readonly nodeName?: string | undefined;
  /** It is made from this version: from another it has to be made anew. */
  readonly layoutVersion: number;
  /** How large objects are kept. */
  readonly profile: { readonly before: string; readonly after: string };
  /** At so many bytes a second; a cluster may be faster, and clients go first. */
  readonly estimateMs: number;
  /** So many nodes may fail with everything still readable. */
  readonly tolerance: { readonly before: number; readonly during: number; readonly after: number };
  /** What it costs for good, where it does: it has to be agreed to. */
  readonly trade?: string | undefined;
  readonly warnings: readonly string[];
}

/** What a plan is made from. */
export interface PlanSources {
  readonly reader: Reader;
  /** Whether a node does not answer. */
  readonly isDown: (node: number) => boolean;
  readonly space: (node: number) => Promise<NodeSpace | undefined>;
}

/** What is moved and coded a second, for estimates: a gigabit network that others use too. */
const estimatedBytesPerSecond = 64 * 1024 * 1024;

/** Tables on the way, the last one where it ends; what leaves, and what has to be agreed to. */
interface Way {
  readonly from: Table;
  readonly to: Table;
  readonly leaving?: number | undefined;
  /** Units are coded anew before they move. */
  readonly narrowsTo?: number | undefined;
  readonly widens?: boolean | undefined;
}

/**
 * Says what an operation would do.
 *
 * @throws AdminRefusedError where it cannot be begun
 */
export async function planOperation(
  sources: PlanSources,
  { operation, node }: { operation: OperationName; node: number },
): Promise<OperationPlan> {
  const current = layoutOf(sources.reader);
  if (current === undefined) throw new AdminRefusedError("there is no layout yet", "Try again.");
  const way = wayOf(sources, operation, node);
  const widthBefore = current.layout.width;
  const widthAfter = way.narrowsTo ?? way.to.width;
  const widens = way.widens === true;
  const spread = spreadOf(profileCounts(sources.reader), { width: widthAfter, widens });
  const before = profileFor(widthBefore, smallObjectSizeBytes);
  const after = profileFor(widthAfter, smallObjectSizeBytes);
  const cost = costOf(spread, { ...way, recodedMove: !widens });
  const bytes = cost.moved.bytes + cost.recoded.written;
  return {
    operation,
    node: operation === "optimize" ? undefined : node,
    nodeName: nodeOf(sources.reader, node)?.name,
    layoutVersion: current.version,
    ...cost,
    profile: { before: profileText(before), after: profileText(after) },
    estimateMs: Math.ceil((bytes / estimatedBytesPerSecond) * 1000),
    tolerance:
      spread.length === 0
        ? { before: before.m, during: Math.min(before.m, after.m), after: after.m }
        : toleranceOn(sources, spread, way),
    trade: way.narrowsTo === undefined ? undefined : tradeText(before, after),
    warnings: await warningsOf(sources, way, cost),
  };
}

function wayOf(sources: PlanSources, operation: OperationName, node: number): Way {
  if (operation === "drain") return drainWay(sources, node);
  return operation === "undrain" ? undrainWay(sources, node) : optimizeWay(sources);
}

function drainWay(sources: PlanSources, node: number): Way {
  const { reader } = sources;
  const [newest, older] = tablesOf(reader);
  const current = layoutOf(reader);
  const state = stateOf(reader, node);
  const title = nodeText(reader, node);
  if (state === "joining") {
    throw new AdminRefusedError(
      `${title} holds no shards yet`,
      `Let it go with hamster cluster remove ${node}.`,
    );
  }
  if (state === "draining") {
    throw new AdminRefusedError(
      `${title} is drained, or is being drained`,
      `See hamster cluster layout; then hamster cluster remove ${node}, or undrain it.`,
    );
  }
  const isReturning = current !== undefined && returningNode(current) === node;
  if (isReturning && newest !== undefined && older !== undefined) {
    refuseIfBusy(reader, { mayTurnRound: true });
    return { from: newest, to: older, leaving: node };
  }
  refuseIfBusy(reader, { mayTurnRound: false, deadNode: deadNode(sources, node) });
  if (newest === undefined) throw new AdminRefusedError("there is no layout yet", "Try again.");
  const change: LayoutChange = { kind: "drain", node };
  const planned = plan(reader, change, tablesOf(reader));
  if (planned.kind === "planned") return { from: newest, to: planned.table, leaving: node };
  if (planned.kind !== "too-wide") throw refusedPlan(planned);
  const { resizeTo } = planned;
  if (resizeTo < 1) {
    throw new AdminRefusedError(
      `${title} is the only one that takes shards`,
      "Add another node first: hamster cluster token.",
    );
  }
  const narrowed = plan(reader, { kind: "resize", width: resizeTo }, tablesOf(reader));
  if (narrowed.kind !== "planned") throw refusedPlan(narrowed);
  const drained = plan(reader, change, [narrowed.table]);
  if (drained.kind !== "planned") throw refusedPlan(drained);
  return { from: narrowed.table, to: drained.table, leaving: node, narrowsTo: resizeTo };
}

/** A node that is down may be drained on top of what waits for it. */
function deadNode({ isDown }: PlanSources, node: number): number | undefined {
  return isDown(node) ? node : undefined;
}

function undrainWay({ reader }: PlanSources, node: number): Way {
  const state = stateOf(reader, node);
  const [newest, older] = tablesOf(reader);
  const { operation } = upkeepOf(reader);
  const isDraining = operation?.kind === "drain" && operation.node === node;
  if (state !== "draining" && !isDraining) {
    throw new AdminRefusedError(
      `${nodeText(reader, node)} is ${state}, and is not being drained`,
      "There is nothing to undo; hamster cluster layout shows what is under way.",
    );
  }
  if (newest === undefined) throw new AdminRefusedError("there is no layout yet", "Try again.");
  const steps = layoutOf(reader)?.layout.steps ?? [];
  const isOnTheWay = steps.length === 1 && steps[0]?.node === node;
  const isNarrowed = state === "up" && layoutOf(reader)?.layout.kind === "resize";
  if (older !== undefined && (isOnTheWay || isNarrowed)) return { from: newest, to: older };
  if (state === "up") return { from: newest, to: newest };
  refuseIfBusy(reader, { mayTurnRound: false });
  const planned = plan(reader, { kind: "undrain", node }, tablesOf(reader));
  if (planned.kind !== "planned") throw refusedPlan(planned);
  return { from: newest, to: planned.table };
}

function optimizeWay({ reader }: PlanSources): Way {
  refuseIfBusy(reader, { mayTurnRound: false });
  const [newest] = tablesOf(reader);
  if (newest === undefined) throw new AdminRefusedError("there is no layout yet", "Try again.");
  const active = activeMembers(membersOf(reader)).length;
  const width = Math.max(widthFor(active), newest.width);
  const planned = plan(reader, { kind: "resize", width }, tablesOf(reader));
  const to = planned.kind === "planned" ? planned.table : newest;
  return { from: newest, to, widens: true };
}

function plan(reader: Reader, change: LayoutChange, open: readonly Table[]): Planned {
  const isEmpty = profilesInUse(reader).length === 0;
  return planChange({ members: membersOf(reader), open, change, isEmpty });
}

function refusedPlan(planned: Planned): AdminRefusedError {
  return planned.kind === "no-room"
    ? new AdminRefusedError(
        "the shards cannot be placed while the layout changes",
        "Let the change that is under way end first: see hamster cluster layout.",
      )
    : new AdminRefusedError(`the layout cannot be planned: ${planned.kind}`, "Try again.");
}

/** @throws AdminRefusedError where there is no such node */
export function stateOf(reader: Reader, node: number): "joining" | "up" | "draining" {
  const state = nodeOf(reader, node)?.state;
  if (state !== undefined && state !== "removed") return state;
  throw new AdminRefusedError(
    state === undefined ? `there is no node ${node}` : `${nodeText(reader, node)} was removed`,
    "See hamster cluster status for the nodes and their numbers.",
  );
}

/** What may fail before, on the way and afterwards, as far as the nodes answer now. */
function toleranceOn(
  { reader, isDown }: PlanSources,
  spread: readonly Spread[],
  { from, to }: Way,
): OperationPlan["tolerance"] {
  const nodes = new Map(
    [...nodesOf(reader)]
      .filter(({ node }) => node.state !== "removed")
      .map(({ id, node: { host, zone } }): [number, Standing] => [
        id,
        { host, zone, isUp: !isDown(id) },
      ]),
  );
  const [newest = from] = tablesOf(reader);
  const tolerated = (tables: readonly Table[], isAfter: boolean): number => {
    const units = spread.map(({ partition, next, k, m }): SpreadUnits => {
      const profile = isAfter ? (next ?? { k, m }) : { k, m };
      const fitting = tables.filter(({ width }) => width >= profile.k + profile.m);
      const rows = fitting.map((table) => rowOf(table, partition));
      const shards = Array.from({ length: profile.k + profile.m }, (_, index) =>
        rows.flatMap((row) => row[index] ?? []),
      );
      return { m: profile.m, partitions: [shards] };
    });
    return tolerancesOf({ nodes, voters: [], units })[0]?.reads ?? 0;
  };
  const before = tolerated([newest], false);
  const after = tolerated([to], true);
  const during = Math.min(before, after, tolerated([from, to], true));
  return { before, during, after };
}

async function warningsOf(sources: PlanSources, way: Way, cost: Cost): Promise<string[]> {
  const { reader, isDown } = sources;
  const warnings: string[] = [];
  const homes = new Set(way.to.homes);
  const down = [...homes].filter(isDown);
  for (const node of down) {
    warnings.push(`${nodeText(reader, node)} is down: what belongs there waits until it is back`);
  }
  const spaces = await Promise.all([...homes].map((node) => sources.space(node)));
  const freeBytes = spaces.reduce((sum, space) => sum + (space?.freeBytes ?? 0), 0);
  if (down.length === 0 && freeBytes < cost.moved.bytes + cost.recoded.written) {
    warnings.push("the nodes may have too little room for what comes to them");
  }
  const { isPaused } = upkeepOf(reader);
  if (isPaused) warnings.push("moving is paused: nothing begins before hamster cluster resume");
  return warnings;
}
