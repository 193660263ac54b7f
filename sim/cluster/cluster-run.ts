import { checkDurable } from "#sim/checkers/durability.ts";
import { checkLinearizable } from "#sim/checkers/linearizable.ts";
import { checkPlacement } from "#sim/checkers/placement.ts";
import { checkReplicas } from "#sim/checkers/replicas.ts";
import { checkSpaces } from "#sim/checkers/space.ts";
import { checkVersions } from "#sim/checkers/versions.ts";
import type { Machine } from "#sim/machine.ts";
import { nodeConfig } from "#sim/node-run.ts";
import type { OperationName } from "#sim/plan.ts";
import { disturbedMsMax } from "#sim/schedule.ts";
import { Seen } from "#sim/workload/seen.ts";
import type { Line } from "#sim/workload/shop.ts";
import { Traffic } from "#sim/workload/traffic.ts";
import type { FaultCount } from "#sim/seed-run.ts";
import type { World } from "#sim/world.ts";
import { SimulatedCluster } from "./cluster.ts";
import { ClusterDisturbance } from "./disturbance.ts";
import type { FaultName } from "./fault.ts";
import { type ClusterPlan, drawClusterPlan } from "./plan.ts";

/** A body is let go of an hour after its object, and a unit is forgotten an hour after that. */
const gracePeriodsMax = 3;
const beyondGraceMs = 2 * 3_600_000;
/** Within so long after a grace period whatever has become due is done. */
const reclaimMs = 25_000;
/** Until what belongs elsewhere is dropped, also where it was not confirmed at first. */
const tidyMs = 150_000;

/** What a run came to, for tallies. */
export interface ClusterRunReport {
  plan: ClusterPlan;
  answered: ReadonlyMap<OperationName, number>;
  faults: ReadonlyMap<FaultName, FaultCount>;
  bootCount: number;
  /** Units that were looked for on the disks. */
  unitCount: number;
}

/**
 * One run of a whole cluster: it forms; clients call all nodes while machines and links are
 * disturbed; then the faults end, the nodes find together again, everything is read through every
 * node, and all is checked.
 */
export async function runCluster(
  world: World,
  plan: ClusterPlan = drawClusterPlan(world.prng),
  disturbedMs: number = disturbedMsMax,
): Promise<ClusterRunReport> {
  return new ClusterRun(world, plan, disturbedMs).toEnd();
}

class ClusterRun {
  readonly #world: World;
  readonly #plan: ClusterPlan;
  readonly #disturbedMs: number;
  readonly #seen: Seen = new Seen();
  readonly #cluster: SimulatedCluster;
  #isCalm = true;
  #numbered: ReadonlyMap<number, Machine> = new Map();

  constructor(world: World, plan: ClusterPlan, disturbedMs: number) {
    this.#world = world;
    this.#plan = plan;
    this.#disturbedMs = disturbedMs;
    this.#cluster = new SimulatedCluster(world, plan.zones, (earlier) => {
      for (const contact of earlier) this.#seen.nodeEnded(contact);
    });
  }

  async toEnd(): Promise<ClusterRunReport> {
    const cluster = this.#cluster;
    const disturbance = new ClusterDisturbance(this.#world, cluster);
    const traffic = new Traffic({
      plan: this.#plan.traffic,
      prng: this.#world.prng.fork(),
      line: this.#line(),
      seen: this.#seen,
    });
    this.#world.trace.record(`plan ${JSON.stringify(this.#plan)}`);
    const run = async (): Promise<void> => {
      await cluster.form();
      await this.#endure(traffic, disturbance);
      await this.#recover();
      await this.#readEverything(traffic);
      if (this.#plan.isLeftInPeace) await this.#leaveInPeace();
      await checkReplicas(
        this.#world,
        cluster.members.map(({ machine }) => machine),
      );
    };
    await Promise.race([run(), cluster.broken]);
    await cluster.finish();
    checkLinearizable(this.#seen.objects);
    checkVersions(this.#seen.versions);
    if (this.#plan.isLeftInPeace) {
      await checkPlacement(this.#numbered);
      await checkSpaces([...this.#numbered.values()], nodeConfig);
    }
    const unitCount = await checkDurable(cluster.members.map(({ machine }) => machine));
    const bootCount = cluster.members.reduce((sum, member) => sum + member.bootCount, 0);
    const { answered } = traffic;
    return { plan: this.#plan, answered, faults: disturbance.counts, bootCount, unitCount };
  }

  /** The safety phase: clients call while everything may happen. */
  async #endure(traffic: Traffic, disturbance: ClusterDisturbance): Promise<void> {
    this.#world.trace.record("safety");
    await traffic.createBuckets();
    this.#isCalm = false;
    const disturbing = disturbance.run(this.#plan);
    // Power that is cut again before anybody serves would keep clients waiting for ever.
    void this.#world.sleep(this.#disturbedMs).then(() => disturbance.end());
    const { clientCount } = this.#plan.traffic;
    await Promise.all(Array.from({ length: clientCount }, () => this.#client(traffic)));
    disturbance.end();
    await disturbing;
  }

  async #client(traffic: Traffic): Promise<void> {
    const { callCount, thinkMsMax } = this.#plan.traffic;
    for (let i = 0; i < callCount; i++) {
      await traffic.callOnce();
      await this.#world.sleep(this.#world.prng.below(thinkMsMax + 1));
    }
  }

  /** The liveness phase: no fault any more, but for a last power cut; then all must come right. */
  async #recover(): Promise<void> {
    const world = this.#world;
    world.trace.record("liveness");
    world.network.healAll();
    for (const { machine } of this.#cluster.members) {
      machine.crashAt(undefined);
      machine.faults.stop();
      machine.disk.foreignBytes = 0;
      machine.pace.slowness = 1;
    }
    const { ending } = this.#plan;
    const machines = this.#cluster.members.map(({ machine }) => machine);
    // What failed is not used any more, though nobody may have noticed yet.
    for (const { machine, isExcused } of this.#cluster.members) {
      if (isExcused && machine.isUp) await machine.kill();
    }
    if (ending === "everybody") {
      const up = machines.filter(({ isUp }) => isUp);
      await Promise.all(up.map((machine) => machine.crash()));
    }
    if (ending === "one after the other") {
      for (const machine of machines) {
        if (machine.isUp) await machine.crash();
        await this.#cluster.converge();
      }
    }
    await this.#cluster.converge();
    for (const member of this.#cluster.members) member.isExcused = false;
    this.#isCalm = true;
  }

  /**
   * Lets all grace periods pass, by the clocks on the wall rather than by waiting, and what comes
   * after them; then each node looks over its whole shelf, as it does when it starts.
   */
  async #leaveInPeace(): Promise<void> {
    const world = this.#world;
    world.trace.record("peace");
    for (let i = 0; i < gracePeriodsMax; i++) {
      for (const { machine } of this.#cluster.members) machine.clock.jump(beyondGraceMs);
      await world.sleep(reclaimMs);
    }
    // What a node staged is nobody's to take while its session lasts: the first start ends that.
    for (let start = 1; start <= 2; start++) {
      for (const member of this.#cluster.members) member.restart();
      await world.sleep(reclaimMs);
      await this.#cluster.converge();
    }
    await world.sleep(tidyMs);
    this.#numbered = await this.#cluster.numbered();
  }

  async #readEverything(traffic: Traffic): Promise<void> {
    for (const _ of this.#cluster.members) await traffic.readAll();
  }

  #line(): Line {
    return {
      ready: () => this.#cluster.contact(),
      excusesErrors: () => !this.#isCalm,
    };
  }
}
