import type { NodeSpace } from "#format/index.ts";
import { layoutOf, nodeOf, nodesOf, upkeepOf } from "#metadata/index.ts";
import { PeerError, type Peers } from "#peering/index.ts";
import type { Ports } from "#ports/index.ts";
import type { CommandBody, Replica } from "#replica/index.ts";
import { type AdminCall, type AdminFields, AdminRefusedError } from "./admin.ts";
import { layoutReport, type LayoutReport } from "./layout-report.ts";
import type { NextChange } from "./layout-plan.ts";
import { commitChange } from "./layout-step.ts";
import {
  type OperationName,
  type OperationPlan,
  planOperation,
  stateOf,
} from "./operation-plan.ts";
import { nodeText } from "./node-text.ts";
import type { WalkReport } from "./repair-desk.ts";
import { shardsLeftOn } from "./shards-left.ts";

/** What operations lean on. */
export interface OperationParts {
  readonly ports: Pick<Ports, "clock" | "trace">;
  readonly replica: Pick<Replica, "propose" | "readBarrier" | "reader" | "status">;
  readonly peers: Pick<Peers, "call" | "liveness" | "self">;
  readonly space: (node: number) => Promise<NodeSpace | undefined>;
  /** Shards on this node's own shelf. */
  readonly ownShardsLeft: () => number;
  readonly walk: (node: number) => Promise<WalkReport | undefined>;
}

/** A node's vote is given to another within a few turns of the leader. */
const voteMsMax = 30_000;
const votePauseMs = 250;

const names: readonly OperationName[] = ["drain", "undrain", "optimize"];

/** What the command line may ask of the layout. */
export function operationCalls(parts: OperationParts): Readonly<Record<string, AdminCall>> {
  const { replica } = parts;
  const behindBarrier =
    (call: AdminCall): AdminCall =>
    async (fields) => {
      await replica.readBarrier();
      return call(fields);
    };
  return {
    planOperation: behindBarrier((fields) => planFor(parts, fields)),
    beginOperation: behindBarrier((fields) => begin(parts, fields)),
    layout: behindBarrier(() => reportOf(parts)),
    pauseUpkeep: behindBarrier(async ({ isPaused }) => {
      await change(parts, { kind: "pauseUpkeep", value: { isPaused: isPaused === true } });
      return reportOf(parts);
    }),
    abortOperation: behindBarrier(() => abort(parts)),
    removeNode: behindBarrier((fields) => remove(parts, nodeIn(fields))),
  };
}

function planFor(parts: OperationParts, fields: AdminFields): Promise<OperationPlan> {
  const operation = names.find((name) => name === fields["operation"]);
  if (operation === undefined) {
    throw new AdminRefusedError("there is no such operation", "Use hamster's own command line.");
  }
  const { reader } = parts.replica;
  const node = operation === "optimize" ? 0 : nodeIn(fields);
  const isDown = (one: number): boolean => isAway(parts, one);
  return planOperation({ reader, isDown, space: parts.space }, { operation, node });
}

function nodeIn({ node }: AdminFields): number {
  if (typeof node === "number" && Number.isSafeInteger(node) && node > 0) return node;
  throw new AdminRefusedError("that is no node's number", "See hamster cluster status.");
}

function isAway({ peers }: Pick<OperationParts, "peers">, node: number): boolean {
  return node !== peers.self && peers.liveness(node) === "down";
}

async function reportOf(parts: OperationParts): Promise<LayoutReport> {
  const { reader } = parts.replica;
  const isDown = (node: number): boolean => isAway(parts, node);
  const walks = new Map<number, WalkReport>();
  const asked = [...nodesOf(reader)].map(async ({ id, node }) => {
    const isThere = node.state !== "removed" && !isDown(id);
    const walk = isThere ? await parts.walk(id) : undefined;
    if (walk !== undefined) walks.set(id, walk);
  });
  await Promise.all(asked);
  const report = layoutReport(reader, { isDown, walks });
  if (report === undefined) throw new AdminRefusedError("there is no layout yet", "Try again.");
  return report;
}

/** Has a command committed. @throws AdminRefusedError where the state does not allow it */
async function change({ replica }: OperationParts, body: CommandBody): Promise<void> {
  const { outcome } = await replica.propose(body);
  if (outcome?.kind !== "refusal") return;
  throw tooLate(outcome.value.detail);
}

/** Has a change of the layout committed. @throws AdminRefusedError as `change` does */
async function commit(parts: OperationParts, version: number, next: NextChange): Promise<void> {
  const reason = await commitChange(parts, version, next);
  if (reason !== undefined) throw tooLate(reason);
}

function tooLate(reason: string): AdminRefusedError {
  const advice = "Something else came first: see hamster cluster layout, then try again.";
  return new AdminRefusedError(reason, advice);
}

/** Begins what was planned, if it would be planned so still. */
async function begin(parts: OperationParts, fields: AdminFields): Promise<LayoutReport> {
  const { reader } = parts.replica;
  const plan = await planFor(parts, fields);
  const { operation, layoutVersion: baseVersion, node = 0 } = plan;
  if (fields["layoutVersion"] !== baseVersion) {
    throw new AdminRefusedError("the layout has changed since it was planned", "Plan again.");
  }
  if (plan.trade !== undefined && fields["mayNarrow"] !== true) {
    throw new AdminRefusedError(
      `it has a price: ${plan.trade}`,
      "Say that you accept it: answer y, or give --reencode.",
    );
  }
  if (operation === "undrain") {
    await undrain(parts, node);
    return reportOf(parts);
  }
  const isDead = isAway(parts, node);
  const isChanging = (layoutOf(reader)?.open.length ?? 1) > 1;
  if (operation === "drain" && isDead && isChanging) {
    await commit(parts, baseVersion, { change: { kind: operation, node }, amends: true });
    return reportOf(parts);
  }
  const mayNarrow = plan.trade !== undefined;
  const value = { baseVersion, kind: operation, node, mayNarrow };
  await change(parts, { kind: "beginOperation", value });
  return reportOf(parts);
}

async function undrain(parts: OperationParts, node: number): Promise<void> {
  const { reader } = parts.replica;
  const { operation } = upkeepOf(reader);
  // First: else its next step would be to turn round again.
  if (operation !== undefined) await endOperation(parts, operation.logIndex);
  const current = layoutOf(reader);
  if (current === undefined) return;
  const { version: baseVersion, open } = current;
  if (open.length > 1) {
    await change(parts, { kind: "undoLayout", value: { baseVersion } });
  } else if (nodeOf(reader, node)?.state === "draining") {
    await commit(parts, baseVersion, { change: { kind: "undrain", node }, amends: false });
  }
}

function endOperation(parts: OperationParts, logIndex: number): Promise<void> {
  return change(parts, { kind: "endOperation", value: { logIndex } });
}

/** Ends the operation, and turns the transition round that is open. */
async function abort(parts: OperationParts): Promise<LayoutReport> {
  const { reader } = parts.replica;
  const { operation } = upkeepOf(reader);
  const current = layoutOf(reader);
  const isChanging = (current?.open.length ?? 1) > 1;
  if (operation === undefined && !isChanging) {
    throw new AdminRefusedError("nothing is under way", "There is nothing to abort.");
  }
  if (current?.layout.isUndone === true && isChanging && operation === undefined) {
    throw new AdminRefusedError(
      `the ${current.layout.kind} is on its way back already`,
      "Wait for its end, or begin it again.",
    );
  }
  const newcomers = current?.layout.steps.some(({ before }) => before === "joining") === true;
  if (isChanging && newcomers) {
    throw new AdminRefusedError(
      "nodes that have come take their part of the shards",
      "Let them, and drain them then: hamster cluster drain.",
    );
  }
  if (operation !== undefined) await endOperation(parts, operation.logIndex);
  if (current !== undefined && isChanging) {
    const baseVersion = current.version;
    await change(parts, { kind: "undoLayout", value: { baseVersion } });
  }
  return reportOf(parts);
}

/** Lets a node go that has nothing left. */
async function remove(parts: OperationParts, node: number): Promise<{ node: number }> {
  const { reader } = parts.replica;
  const state = stateOf(reader, node);
  const title = nodeText(reader, node);
  if (state === "up") {
    throw new AdminRefusedError(
      `${title} takes shards`,
      `Drain it first: hamster cluster drain ${node}. One that is dead is drained the same way.`,
    );
  }
  const { operation } = upkeepOf(reader);
  const isChanging = (layoutOf(reader)?.open.length ?? 1) > 1;
  if (isChanging || (operation?.kind === "drain" && operation.node === node)) {
    throw new AdminRefusedError(
      "shards are on their way, its own perhaps among them",
      "Wait until nothing moves: hamster cluster layout shows how far it is.",
    );
  }
  const left = state === "draining" ? await leftOn(parts, node) : 0;
  if (left > 0) {
    throw new AdminRefusedError(
      `${title} still has ${left} shards that others are to confirm`,
      "It hands them over by itself: try again in a minute.",
    );
  }
  await losesVote(parts, node);
  await change(parts, { kind: "removeNode", value: { node } });
  parts.ports.trace.write("info", "nodeRemoved", { node });
  return { node };
}

/** What a node says that it still has; one that is down has nothing that others lack. */
async function leftOn(parts: OperationParts, node: number): Promise<number> {
  const { peers } = parts;
  if (node === peers.self) return parts.ownShardsLeft();
  if (isAway(parts, node)) return 0;
  try {
    return await shardsLeftOn(peers, node);
  } catch (error) {
    if (!(error instanceof PeerError)) throw error;
    const title = nodeText(parts.replica.reader, node);
    throw new AdminRefusedError(
      `${title} does not say what it has: ${error.message}`,
      "Try again; a node that is down for good counts as empty once it is known to be down.",
    );
  }
}

/** Waits until others decide without the node: it is not there to agree when it is gone. */
async function losesVote({ ports, replica }: OperationParts, node: number): Promise<void> {
  const deadlineMs = ports.clock.monotonicMs() + voteMsMax;
  const title = nodeText(replica.reader, node);
  const row = [...nodesOf(replica.reader)].find(({ id }) => id === node);
  const votes = (): boolean => {
    const { voters, votersOutgoing } = replica.status().conf;
    return [...voters, ...votersOutgoing].includes(row?.node.raftId ?? 0);
  };
  while (votes()) {
    if (ports.clock.monotonicMs() > deadlineMs) {
      throw new AdminRefusedError(
        `${title} still votes, and no other takes its place`,
        "See hamster cluster status: others may be down. Then try again.",
      );
    }
    await ports.clock.sleep(votePauseMs);
  }
}
