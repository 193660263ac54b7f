/*
 * Whole nodes under operations, with what was put into them, for tests.
 */
import assert from "node:assert/strict";
import type { ClusterStatus, LayoutReport, OperationPlan } from "#cluster/index.ts";
import { contentOf } from "#objects/rig.ts";
import { checkPlacement } from "./checkers/placement.ts";
import { Member } from "./cluster-rig.ts";
import type { World } from "./index.ts";
import { pathOf } from "./workload/client.ts";

const sizes = [1, 5000, 70_000, 300_000, 1_000_000];
/** What moved is dropped where it was by then. */
const tidyMs = 150_000;
/** How large objects are kept by so many nodes, from one to six. */
const profiles = ["1+0", "1+1", "2+1", "2+1", "3+2", "4+2"];

/** A cluster and what was put into it. */
export class Cluster {
  readonly members: readonly Member[];
  readonly objects: Map<string, Uint8Array> = new Map<string, Uint8Array>();
  readonly #world: World;
  #count = 0;

  private constructor(world: World, members: readonly Member[]) {
    this.#world = world;
    this.members = members;
  }

  /** So many nodes that take shards; they are numbered in the order of their names. */
  static async of(world: World, count: number): Promise<Cluster> {
    const members = Array.from("abcdefg".slice(0, count), (name) => new Member(world, name));
    const [first, ...joiners] = members;
    assert.ok(first !== undefined);
    await first.start();
    for (const joiner of joiners) await joiner.start(await first.token());
    const cluster = new Cluster(world, members);
    await first.until("all take shards", isSettled(count));
    await first.succeed({ method: "PUT", path: pathOf("bucket") });
    for (const size of sizes) await cluster.put(size);
    return cluster;
  }

  /** A member that runs, the last one first: the first is not always asked. */
  get running(): Member {
    const member = this.members.findLast(({ machine }) => machine.isUp);
    assert.ok(member !== undefined);
    return member;
  }

  member(node: number): Member {
    const member = this.members[node - 1];
    assert.ok(member !== undefined);
    return member;
  }

  async put(size: number, by: Member = this.running): Promise<void> {
    const key = `key-${++this.#count}`;
    const content = contentOf(size, this.#count);
    await by.put(key, content);
    this.objects.set(key, content);
  }

  async readAll(by: Member = this.running): Promise<void> {
    for (const [key, content] of this.objects) await by.get(key, content);
  }

  /** Plans and begins an operation. */
  async begin(operation: string, node?: number): Promise<OperationPlan> {
    const asked = this.running;
    const plan = await asked.ask<OperationPlan>("planOperation", { operation, node });
    const { layoutVersion } = plan;
    await asked.ask("beginOperation", { operation, node, layoutVersion, mayNarrow: true });
    return plan;
  }

  /** Waits until the layout is as it should be, whoever has to be asked for it. */
  async until(what: string, isSo: (report: LayoutReport) => boolean): Promise<void> {
    let report: LayoutReport | undefined;
    for (let i = 0; i < 600; i++) {
      report = await this.running.ask<LayoutReport>("layout").catch(() => undefined);
      if (report !== undefined && isSo(report)) return;
      await this.#world.sleep(200);
    }
    assert.fail(`never: ${what} ${JSON.stringify(report)}`);
  }

  untilOver(): Promise<void> {
    return this.until("it is over", isOver);
  }

  /** Puts and reads until it is told to stop, each through another node; none may fail. */
  load(): { stop(): Promise<void> } {
    const stopping = new AbortController();
    const run = async (): Promise<void> => {
      for (let i = 0; !stopping.signal.aborted; i++) {
        const up = this.members.filter(({ machine }) => machine.isUp);
        const by = up[i % up.length];
        if (by === undefined) continue;
        await this.put(sizes[i % sizes.length] ?? 1, by);
        const [key, content] = [...this.objects][this.#world.prng.below(this.objects.size)] ?? [];
        if (key !== undefined) await by.get(key, content);
        await this.#world.sleep(50);
      }
    };
    const running = run();
    return {
      stop: () => {
        stopping.abort();
        return running;
      },
    };
  }

  /** Everything can be read through every node, and every shard is where it belongs. */
  async check(): Promise<void> {
    for (const member of this.members) await this.readAll(member);
    await this.#world.sleep(tidyMs);
    await Promise.all(this.members.map((member) => member.stop()));
    const machines = new Map(this.members.map(({ machine }, i) => [i + 1, machine]));
    assert.ok((await checkPlacement(machines)) > 0, "there are shards");
  }
}

function isOver({ operation, change, recoding }: LayoutReport): boolean {
  return operation === undefined && change === undefined && recoding.units === 0;
}

function isSettled(count: number): (status: ClusterStatus) => boolean {
  return ({ nodes, layout, profile }) =>
    nodes.filter(({ state }) => state === "up").length === count &&
    layout.transition === undefined &&
    profile === profiles[Math.min(count, profiles.length) - 1];
}
