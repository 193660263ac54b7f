import type { ClusterStatus } from "#cluster/index.ts";
import { mib } from "#base/bytes.ts";
import type { Prng } from "#base/prng.ts";
import { check } from "#sim/check-error.ts";
import type { Contact } from "#sim/workload/shop.ts";
import type { World } from "#sim/world.ts";
import { Member, type MemberEvents } from "./member.ts";

/** A small disk, so that the reserve of 5 % is small too. */
const diskBytes = 256 * mib;
/** Joining takes a second or two a node, and the layout some more. */
const formingMsMax = 120_000;
/** When all is well again, within so long everybody serves and has its vote or its place. */
const convergenceMsMax = 90_000;
const lookPauseMs = 200;
const tokenLifetimeMs = 60_000;

/** Whole nodes that are a cluster, in one world. */
export class SimulatedCluster {
  readonly members: readonly Member[];
  readonly #world: World;
  readonly #prng: Prng;
  readonly #keeping: Promise<void>[] = [];
  #waiting: (() => void)[] = [];

  constructor(
    world: World,
    zones: readonly string[],
    onReady: (earlier: readonly string[]) => void,
  ) {
    this.#world = world;
    this.#prng = world.prng.fork();
    const events: MemberEvents = {
      ready: (_, earlier) => {
        onReady(earlier);
        for (const go of this.#waiting.splice(0)) go();
      },
    };
    this.members = zones.map((zone, i) => new Member(world, `n${i + 1}`, zone, events));
    for (const { machine } of this.members) machine.disk.totalBytes = diskBytes;
  }

  /** What broke a node, or never: to be raced against whatever else goes on. */
  get broken(): Promise<never> {
    return Promise.all(this.#keeping).then(() => new Promise<never>(() => undefined));
  }

  /** One founds, the others join, and all have their place. */
  async form(): Promise<void> {
    const [founder, ...joiners] = this.members;
    if (founder === undefined) return;
    this.#keep(founder);
    for (const joiner of joiners) {
      await this.until("a token is made", formingMsMax, async () => {
        const made = await founder.ask<{ token: string }>("token", { lifetimeMs: tokenLifetimeMs });
        joiner.token = made?.token;
        return made !== undefined;
      });
      this.#keep(joiner);
    }
    await this.converge(formingMsMax);
  }

  /** A node that serves just now, drawn; waits for one where there is none. */
  async contact(): Promise<Contact> {
    for (;;) {
      const contacts = this.members.flatMap(({ contact }) => (contact ? [contact] : []));
      const drawn = contacts[this.#prng.below(Math.max(1, contacts.length))];
      if (drawn !== undefined) return drawn;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Waits until every node serves, follows, and takes shards. */
  async converge(timeoutMs: number = convergenceMsMax): Promise<void> {
    await this.until("all nodes serve", timeoutMs, () =>
      Promise.resolve(this.members.every(({ contact }) => contact !== undefined)),
    );
    await this.until("all nodes have their place", timeoutMs, async () => {
      for (const member of this.members) {
        const status = await member.ask<ClusterStatus>("status");
        if (status === undefined || !isWhole(status, this.members.length)) return false;
      }
      return true;
    });
  }

  /** Ends all nodes in good order. */
  async finish(): Promise<void> {
    for (const member of this.members) member.finish();
    await Promise.all(this.#keeping);
  }

  /** Waits until it holds. */
  async until(what: string, timeoutMs: number, holds: () => Promise<boolean>): Promise<void> {
    const endMs = this.#world.nowMs + timeoutMs;
    while (!(await holds())) {
      const isInTime = this.#world.nowMs < endMs;
      check(isInTime, `${what} within a bounded time`, `not in ${timeoutMs} ms`);
      await this.#world.sleep(lookPauseMs);
    }
  }

  #keep(member: Member): void {
    this.#keeping.push(member.keepUp());
  }
}

function isWhole({ nodes }: ClusterStatus, nodeCount: number): boolean {
  const isLed = nodes.some(({ role }) => role === "leader");
  const arePlaced = nodes.every(({ role, state }) => role !== "joining" && state === "up");
  return isLed && arePlaced && nodes.length === nodeCount;
}
