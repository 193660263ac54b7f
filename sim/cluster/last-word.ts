import type { ClusterStatus, LayoutReport, OperationPlan } from "#cluster/index.ts";
import type { SimulatedCluster } from "./cluster.ts";
import type { Member } from "./member.ts";

/**
 * What operators say at the end of a run, so that all nodes take shards again: nothing is paused
 * any more, nobody drained, and what is under way goes to its end.
 */
export class LastWord {
  readonly #cluster: SimulatedCluster;

  constructor(cluster: SimulatedCluster) {
    this.#cluster = cluster;
  }

  /** Says what is still to be said, and whether there was nothing, and nothing is under way. */
  async isHeard(): Promise<boolean> {
    const { members } = this.#cluster;
    const asked = members.find(({ contact, isLeaving }) => contact !== undefined && !isLeaving);
    const report = await asked?.ask<LayoutReport>("layout");
    if (asked === undefined || report === undefined) return false;
    if (report.isPaused) {
      await asked.ask("pauseUpkeep", { isPaused: false });
      return false;
    }
    const numbers = new Map(report.nodes.map((node) => [node.name, node]));
    for (const member of members.filter(({ isLeaving }) => isLeaving)) {
      const node = numbers.get(member.name);
      if (node === undefined) this.#cluster.dismiss(member);
      else if (!members.some(({ replaces }) => replaces === node.node)) {
        return this.#decide(asked, member, node);
      }
    }
    const areAll = report.nodes.every(({ state }) => state === "up");
    if (areAll && report.change === undefined && report.operation === undefined) {
      return report.nodes.length === members.length;
    }
    const draining = report.nodes.find(({ name, state }) => {
      return state === "draining" && members.some((one) => one.name === name && !one.isLeaving);
    });
    if (draining !== undefined) await beginOperation(asked, "undrain", draining.node);
    return false;
  }

  /** Whether one goes or stays that was to leave: who is there stays. */
  async #decide(asked: Member, member: Member, node: LayoutReport["nodes"][0]): Promise<false> {
    if (!member.isGone) member.isLeaving = false;
    else if (node.state === "up") await beginOperation(asked, "drain", node.node);
    else await asked.ask("removeNode", { node: node.node });
    return false;
  }
}

/**
 * Plans and begins an operation, as the command line does.
 *
 * @returns whether it began
 */
export async function beginOperation(
  asked: Member,
  operation: OperationPlan["operation"],
  node?: number,
): Promise<boolean> {
  const plan = await asked.ask<OperationPlan>("planOperation", { operation, node });
  if (plan === undefined) return false;
  const { layoutVersion } = plan;
  const fields = { operation, node, layoutVersion, mayNarrow: true };
  return (await asked.ask<LayoutReport>("beginOperation", fields)) !== undefined;
}

/** The number that a member has in the cluster, as another sees it. */
export async function numberOf(asked: Member, { name }: Member): Promise<number | undefined> {
  const status = await asked.ask<ClusterStatus>("status");
  return status?.nodes.find((node) => node.name === name)?.node;
}
