import type { ClusterStatus } from "#cluster/index.ts";
import { mib } from "#base/bytes.ts";
import type { Prng } from "#base/prng.ts";
import { check } from "#sim/check-error.ts";
import type { Machine } from "#sim/machine.ts";
import type { Contact } from "#sim/workload/shop.ts";
import type { World } from "#sim/world.ts";
import { LastWord } from "./last-word.ts";
import { Member, type MemberEvents } from "./member.ts";

/** A small disk, so that the reserve of 5 % is small too. */
const diskBytes = 256 * mib;
/** Joining takes a second or two a node, and the layout some more. */
const formingMsMax = 120_000;
/** When all is well again, within so long everybody serves and has its vote or its place. */
const convergenceMsMax = 90_000;
/** What operators began is undone or done within so long: shards move, and are coded anew. */
const operationMsMax = 600_000;
/** Whoever has a token is there by then, whatever happens to it on the way. */
const joinMsMax = 3_600_000;
const lookPauseMs = 200;
const tokenLifetimeMs = 60_000;

/** Whole nodes that are a cluster, in one world. */
export class SimulatedCluster {
  /** Rejects with what broke a node, and never resolves: to be raced against whatever goes on. */
  readonly broken: Promise<never>;
  readonly #world: World;
  readonly #prng: Prng;
  readonly #events: MemberEvents;
  readonly #members: Member[] = [];
  readonly #keeping: Promise<void>[] = [];
  readonly #break: (error: unknown) => void;
  #memberCount = 0;
  #waiting: (() => void)[] = [];

  constructor(
    world: World,
    zones: readonly string[],
    onReady: (earlier: readonly string[]) => void,
  ) {
    this.#world = world;
    this.#prng = world.prng.fork();
    this.#events = {
      ready: (_, earlier) => {
        onReady(earlier);
        for (const go of this.#waiting.splice(0)) go();
      },
    };
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => undefined);
    this.broken = promise;
    this.#break = reject;
    for (const zone of zones) this.#addMember(zone);
  }

  /** Those that belong to it. */
  get members(): readonly Member[] {
    return this.#members;
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

  /**
   * Lets one more node join, in the place of another where one is given.
   *
   * @returns undefined where nobody makes a token just now
   */
  async join(zone: string, replaces?: number): Promise<Member | undefined> {
    const asked = this.members.find(({ contact }) => contact !== undefined);
    const made = await asked?.ask<{ token: string }>("token", { lifetimeMs: joinMsMax });
    if (made === undefined) return undefined;
    const joiner = this.#addMember(zone);
    joiner.token = made.token;
    joiner.replaces = replaces;
    this.#keep(joiner);
    return joiner;
  }

  /** One of them does not belong to it any more, and is down for good. */
  dismiss(member: Member): void {
    const place = this.#members.indexOf(member);
    if (place !== -1) this.#members.splice(place, 1);
    member.finish();
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
      Promise.resolve(
        this.members.every(({ contact, isLeaving }) => isLeaving || contact !== undefined),
      ),
    );
    const operator = new LastWord(this);
    await this.until("what operators began is over", operationMsMax, () => operator.isHeard());
    await this.until("all nodes have their place", timeoutMs, async () => {
      for (const member of this.members) {
        const status = await member.ask<ClusterStatus>("status");
        if (status === undefined || !isWhole(status, this.members.length)) return false;
      }
      return true;
    });
  }

  /** The machines by their nodes' numbers. */
  async numbered(): Promise<ReadonlyMap<number, Machine>> {
    const status = await this.members[0]?.ask<ClusterStatus>("status");
    const numbers = new Map(status?.nodes.map(({ name, node }) => [name, node]));
    return new Map(this.members.map(({ name, machine }) => [numbers.get(name) ?? 0, machine]));
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

  #addMember(zone: string): Member {
    const member = new Member(this.#world, `n${++this.#memberCount}`, zone, this.#events);
    member.machine.disk.totalBytes = diskBytes;
    this.#members.push(member);
    return member;
  }

  #keep(member: Member): void {
    const keeping = member.keepUp();
    keeping.catch(this.#break);
    this.#keeping.push(keeping);
  }
}

function isWhole({ nodes }: ClusterStatus, nodeCount: number): boolean {
  const isLed = nodes.some(({ role }) => role === "leader");
  const arePlaced = nodes.every(({ role, state }) => role !== "joining" && state === "up");
  return isLed && arePlaced && nodes.length === nodeCount;
}
