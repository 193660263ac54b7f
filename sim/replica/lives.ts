import { DiskError } from "#base/disk-error.ts";
import { StoreDamagedError } from "#base/store-damaged-error.ts";
import type { Prng } from "#base/prng.ts";
import { BootRefusedError, type Replica } from "#replica/index.ts";
import { check, CheckError } from "../check-error.ts";
import type { Group, Member } from "./group.ts";

/** A machine that is down is started again after at most so long, in milliseconds. */
const downMsMax = 1500;

/** How often it is looked whether there is something to start, in milliseconds. */
const lookMs = 25;

/** The lives of a group's members: whoever is down comes up again, unless it is kept down. */
export class Lives {
  readonly group: Group;
  /** Kept down: they lost what they had, or do not belong. */
  readonly keptDown: Set<Member> = new Set<Member>();
  /** Faults are over: whoever is down starts at once. */
  isHealed = false;
  bootCount = 0;
  readonly #prng: Prng;
  readonly #whileDown = new Map<Member, (() => void)[]>();
  readonly #ended: Promise<void>;
  readonly #tellEnd: () => void;
  #isEnded = false;

  constructor(group: Group) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ended = promise;
    this.#tellEnd = resolve;
    this.group = group;
    this.#prng = group.world.prng.fork();
  }

  /** Does something to a member's machine the next time it is down. */
  whileDown(member: Member, action: () => void): void {
    this.#whileDown.set(member, [...(this.#whileDown.get(member) ?? []), action]);
  }

  /** Watches over a member that runs, and brings it up whenever it is down, until the end. */
  async keep(member: Member): Promise<void> {
    const { world } = this.group;
    const { machine, replica } = member;
    if (replica !== undefined && machine.isUp) await this.#live(member, Promise.resolve(replica));
    while (!this.#isEnded) {
      await world.sleep(this.isHealed ? lookMs : lookMs + this.#prng.below(downMsMax));
      // While it is down, and nobody else is at it.
      while (!this.#isEnded && (machine.isUp || this.keptDown.has(member))) {
        await world.sleep(lookMs);
      }
      if (this.#isEnded) return;
      for (const action of this.#whileDown.get(member) ?? []) action();
      this.#whileDown.delete(member);
      this.bootCount++;
      await this.#live(member, this.group.start(member));
    }
  }

  /** Nobody is watched over any more. */
  end(): void {
    this.#isEnded = true;
    this.#tellEnd();
  }

  /** One life, from boot to death. */
  async #live(member: Member, starting: Promise<Replica>): Promise<void> {
    const { machine } = member;
    const over = Promise.race([machine.died, this.#ended]);
    let failure: unknown;
    try {
      const replica = await Promise.race([starting, over]);
      if (replica === undefined) return;
      failure = await Promise.race([replica.failure, over]);
      if (failure === undefined) return;
      await Promise.race([replica.close(), over]);
    } catch (error) {
      failure = error;
    }
    mustBeExcused(member, failure);
    if (machine.isUp) await machine.kill();
  }

  /** Stops a member as its owner would; it starts again. */
  async restart(member: Member): Promise<boolean> {
    const { replica, machine } = member;
    if (replica === undefined || !machine.isUp) return false;
    member.replica = undefined;
    member.isOpen = false;
    try {
      await Promise.race([replica.close(), machine.died]);
      if (machine.isUp) await machine.shutDown();
    } catch (error) {
      mustBeExcused(member, error);
      if (machine.isUp) await machine.kill();
    }
    return true;
  }
}

/** Faults of a disk, and nothing else, may make a node stop or keep it from starting. */
function mustBeExcused({ node }: Member, error: unknown): void {
  const cause = firstCauseOf(error);
  // What a look at the stores found went through the replica that wrote.
  if (cause instanceof CheckError) throw cause;
  const isRefused = error instanceof BootRefusedError;
  check(!isRefused, "R7 a member that lost nothing starts", String(error));
  if (isFaultOfDisk(error)) return;
  throw new Error(`node ${node} failed for no fault: ${String(error)}`, { cause: error });
}

function firstCauseOf(error: unknown): unknown {
  let cause = error;
  while (cause instanceof Error && cause.cause !== undefined) cause = cause.cause;
  return cause;
}

/** Whether a fault that was injected is behind it. */
export function isFaultOfDisk(error: unknown): boolean {
  const cause = firstCauseOf(error);
  return (
    cause instanceof DiskError ||
    cause instanceof StoreDamagedError ||
    (cause instanceof Error && cause.message.includes("injected"))
  );
}
