import { partitionCount } from "#base/partition.ts";
import type {
  ChangeLayout,
  CommandResult,
  Layout,
  Node,
  NodeStep,
  OpenTable,
  Refusal,
  ReportWalk,
  UndoLayout,
} from "#format/index.ts";
import {
  awaitedNodes,
  closeTransition,
  type LayoutChange,
  memberSteps,
  openTablesMax,
  openTransition,
  rowOf,
  type Table,
  undoTransition,
} from "#placement/index.ts";
import { clusterKey, kindRange, layoutKey, nodeKey } from "./keyspace.ts";
import { type CurrentLayout, dropTable, layoutOf, tablesOf, writeTable } from "./layout.ts";
import { shardCountMax } from "./limits.ts";
import { operationRefusal } from "./operations.ts";
import { clusterOf, nodeOf, nodesOf, profilesInUse } from "./queries.ts";
import { firstOf, type Reader } from "./reader.ts";
import { type Step, done, refusal, refused, resultOf } from "./step.ts";
import { clusters, layouts, nodes } from "./tables.ts";

/** Applies ChangeLayout: one change at a time, and only what was planned from what is there. */
export function changeLayout(step: Step, command: ChangeLayout): CommandResult {
  const current = layoutOf(step.batch);
  if (current === undefined) return refused("not-founded", "there is no cluster");
  const isBased = command.baseVersion === current.version;
  if (!isBased) return refused("layout-changed", `it is version ${current.version} by now`);
  const change = changeOf(command);
  if (change === undefined) return refused("invalid-command", "the nodes do not fit the change");
  const busy = busyRefusal(current, command) ?? operationRefusal(step.batch, command);
  if (busy !== undefined) return resultOf(busy);
  const steps = memberSteps(change);
  const states = statesAfter(step.batch, steps);
  if (!(states instanceof Map)) return resultOf(states);

  const table = { width: command.width, homes: Uint32Array.from(command.homes) };
  const isEmpty = firstOf(step.batch, kindRange("x/p")) === undefined;
  const older = tablesOf(step.batch);
  const fault = tableFault(table, isEmpty ? [] : older, (node) => {
    const state = states.get(node)?.state ?? nodeOf(step.batch, node)?.state;
    return state === "up";
  });
  if (fault !== undefined) return refused("invalid-command", fault);

  writeStates(step, states);
  const version = current.version + 1;
  const { open } = openTransition(current, { version, width: table.width });
  writeTable(step, version, table);
  const awaited = isEmpty ? [] : awaitedIn([table, ...older]);
  const carried = command.amends ? current.layout.steps : [];
  replaceHead(step, current, {
    open: [...open],
    kind: command.kind,
    steps: [...steps, ...carried],
    awaited,
    isUndone: false,
  });
  closeIfOver(step);
  return done();
}

/** The change that a command names; undefined where it names none. */
function changeOf({ kind, nodes: ids, width }: ChangeLayout): LayoutChange | undefined {
  const [node = 0, other = 0] = ids;
  const isDistinct = new Set(ids).size === ids.length;
  if (kind === "grow") return isDistinct && ids.length > 0 ? { kind, nodes: ids } : undefined;
  if (kind === "drain" || kind === "undrain") {
    return ids.length === 1 ? { kind, node } : undefined;
  }
  if (kind === "replace") {
    return isDistinct && ids.length === 2 ? { kind, from: node, to: other } : undefined;
  }
  return kind === "resize" && ids.length === 0 ? { kind, width } : undefined;
}

/** Why a change has to wait for one that is under way, if it has to. */
function busyRefusal({ open, layout }: CurrentLayout, command: ChangeLayout): Refusal | undefined {
  if (open.length === 1) return undefined;
  const mayAmend = command.kind === "replace" || command.kind === "drain";
  if (!command.amends || !mayAmend)
    return refusal("transition-open", `${layout.kind} is under way`);
  if (open.length < openTablesMax) return undefined;
  return refusal("transition-open", `${open.length} tables are open`);
}

/** The rows of the nodes that steps change, or why they cannot be taken. */
function statesAfter(reader: Reader, steps: readonly NodeStep[]): Map<number, Node> | Refusal {
  const rows = new Map<number, Node>();
  for (const { node, before, after } of steps) {
    const row = nodeOf(reader, node);
    if (row === undefined) return refusal("no-such-node", String(node));
    if (row.state !== before) return refusal("wrong-node-state", `node ${node} is ${row.state}`);
    rows.set(node, { ...row, state: after });
  }
  return rows;
}

/** Writes the rows of nodes; nobody takes the place of one that takes shards again. */
function writeStates(step: Step, states: ReadonlyMap<number, Node>): void {
  const before = new Map([...states.keys()].map((id) => [id, nodeOf(step.batch, id)?.state]));
  for (const [id, row] of states) step.batch.put(nodes, nodeKey(id), row);
  const isBack = (id: number): boolean =>
    states.get(id)?.state === "up" && before.get(id) === "draining";
  const claims = [...nodesOf(step.batch)].filter(({ node }) => isBack(node.replaces ?? 0));
  for (const { id, node } of claims) {
    step.batch.put(nodes, nodeKey(id), { ...node, replaces: undefined });
  }
}

/** What is wrong with a table, by A1 and A2 of placement. */
function tableFault(
  table: Table,
  older: readonly Table[],
  takesShards: (node: number) => boolean,
): string | undefined {
  const { width, homes } = table;
  if (width < 1 || width > shardCountMax || homes.length !== width * partitionCount) {
    return "a table has homes for each partition";
  }
  if (![...new Set(homes)].every(takesShards)) return "a home takes no shards";
  for (let partition = 0; partition < partitionCount; partition++) {
    const row = rowOf(table, partition);
    if (new Set(row).size < width) return "a node stands twice in a row";
    for (const before of older.map((one) => rowOf(one, partition))) {
      const moved = before.some((node, index) => {
        const now = row.indexOf(node);
        return now !== -1 && now !== index;
      });
      if (moved) return "a node has another index in an open table";
    }
  }
  return undefined;
}

function awaitedIn(open: readonly Table[]): number[] {
  return [...awaitedNodes(open)].sort((a, b) => a - b);
}

/** Puts the head of the next version in the place of the current one. */
function replaceHead(
  step: Step,
  { version, layout }: CurrentLayout,
  change: Pick<Layout, "open" | "kind" | "steps" | "awaited" | "isUndone">,
): void {
  const cluster = clusterOf(step.batch);
  if (cluster === undefined) return;
  step.batch.remove(layoutKey(version));
  step.batch.put(layouts, layoutKey(version + 1), {
    ...layout,
    ...change,
    logIndex: step.index,
    width: change.open[0]?.width ?? layout.width,
    begunUnixMs: step.nowUnixMs,
  });
  step.batch.put(clusters, clusterKey, { ...cluster, layoutVersion: version + 1 });
}

/** Applies UndoLayout: nothing is computed, and it can be undone in turn. */
export function undoLayout(step: Step, { baseVersion }: UndoLayout): CommandResult {
  const current = layoutOf(step.batch);
  if (current === undefined) return refused("not-founded", "there is no cluster");
  if (baseVersion !== current.version) {
    return refused("layout-changed", `it is version ${current.version} by now`);
  }
  if (current.open.length === 1) return refused("no-transition", "none is open");
  if (current.open.length > 2) return refused("transition-open", "it was amended: let it end");
  const steps = current.layout.steps.map(({ node, before, after }) => ({
    node,
    before: after,
    after: before,
  }));
  const states = statesAfter(step.batch, steps);
  if (!(states instanceof Map)) return resultOf(states);
  writeStates(step, states);
  const { open } = undoTransition(current);
  const { kind, isUndone } = current.layout;
  const awaited = awaitedIn(tablesOf(step.batch).toReversed());
  replaceHead(step, current, { open: [...open], kind, steps, awaited, isUndone: !isUndone });
  closeIfOver(step);
  return done();
}

/** Applies ReportWalk. The last one that a transition waits for closes it. */
export function reportWalk(step: Step, { node, layoutVersion }: ReportWalk): CommandResult {
  const current = layoutOf(step.batch);
  const row = nodeOf(step.batch, node);
  if (row === undefined || row.state === "removed") return refused("no-such-node", String(node));
  if (current === undefined || layoutVersion > current.version) {
    return refused("invalid-command", "there is no such layout yet");
  }
  if (layoutVersion > row.layoutVersionWalked) {
    step.batch.put(nodes, nodeKey(node), { ...row, layoutVersionWalked: layoutVersion });
  }
  closeIfOver(step);
  return done();
}

/** What a transition still waits for. */
export interface TransitionWait {
  /** Nodes that have not walked the newest layout version. */
  nodes: number[];
  /** Widths of units that the newest table has no room for: they have to be coded anew first. */
  widths: number[];
}

/** What the open transition waits for; nothing where none is open. */
export function transitionWait(reader: Reader): TransitionWait {
  const current = layoutOf(reader);
  if (current === undefined || current.open.length === 1) return { nodes: [], widths: [] };
  const { version, layout } = current;
  const waiting = layout.awaited.filter((node) => {
    const walked = nodeOf(reader, node)?.layoutVersionWalked ?? 0;
    return walked < version;
  });
  const all = new Set(profilesInUse(reader).map(({ k, m }) => k + m));
  const widths = [...all].filter((width) => width > layout.width);
  return { nodes: waiting, widths };
}

/** Closes the open transition if it waits for nothing: neither for nodes nor for wide units. */
export function closeIfOver(step: Step): void {
  const current = layoutOf(step.batch);
  if (current === undefined || current.open.length === 1) return;
  const { nodes: waiting, widths } = transitionWait(step.batch);
  if (waiting.length > 0 || widths.length > 0) return;
  const { open } = closeTransition<OpenTable>(current);
  for (const { version } of current.open.slice(1)) dropTable(step, version);
  step.batch.put(layouts, layoutKey(current.version), {
    ...current.layout,
    open: [...open],
    steps: [],
    awaited: [],
  });
}
