import type { FaultCount } from "#sim/seed-run.ts";
import type { World } from "#sim/world.ts";
import { clientFaults } from "./client-faults.ts";
import type { SimulatedCluster } from "./cluster.ts";
import type { Fault, FaultName, Scene } from "./fault.ts";
import { dataFaults } from "./data-faults.ts";
import { diskFaults } from "./disk-faults.ts";
import { machineFaults } from "./machine-faults.ts";
import { networkFaults } from "./network-faults.ts";
import { operatorFaults } from "./operator-faults.ts";
import type { Member } from "./member.ts";
import type { ClusterPlan } from "./plan.ts";

/** Every fault, by name. */
const faults: Readonly<Record<FaultName, Fault>> = {
  ...machineFaults,
  ...networkFaults,
  ...diskFaults,
  ...dataFaults,
  ...clientFaults,
  ...operatorFaults,
};

/** Lets the faults of a plan happen, each at its own times, until it is ended. */
export class ClusterDisturbance {
  readonly counts: Map<FaultName, FaultCount> = new Map<FaultName, FaultCount>();
  readonly #world: World;
  readonly #scene: Scene;
  #isOver = false;

  constructor(world: World, cluster: SimulatedCluster) {
    this.#world = world;
    const prng = world.prng.fork();
    const drawMember = (): Member => {
      const { members } = cluster;
      const member = members[prng.below(members.length)];
      if (member === undefined) throw new Error("a cluster has members");
      return member;
    };
    this.#scene = { world, cluster, prng, drawMember, victim: drawMember() };
  }

  /** Resolves once `end` was called and the last fault is over. */
  async run({ faults: rates }: ClusterPlan): Promise<void> {
    const entries = Object.entries(rates) as [FaultName, number][];
    await Promise.all(entries.map(([name, meanMs]) => this.#repeat(name, meanMs)));
  }

  /** Nothing begins any more. */
  end(): void {
    this.#isOver = true;
  }

  async #repeat(name: FaultName, meanMs: number): Promise<void> {
    const count = { fired: 0, effective: 0 };
    this.counts.set(name, count);
    for (;;) {
      await this.#world.sleep(this.#scene.prng.below(2 * meanMs));
      if (this.#isOver) return;
      this.#world.trace.record(`fault ${name}`);
      const outcome = await faults[name](this.#scene);
      if (outcome !== "missed") count.fired++;
      if (outcome === "effective") count.effective++;
    }
  }
}
