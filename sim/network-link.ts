import type { Prng } from "#base/prng.ts";
import type { Boot } from "./boot.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Station } from "./network-station.ts";

/** How fast a link is. */
export interface LinkPace {
  /** How long anything is on its way, in microseconds: drawn from here to there. */
  delayFromUs: number;
  delayToUs: number;
  /** How much goes through in a millisecond; what comes too fast waits in line. */
  bytesPerMs: number;
}

/** What was on its way when a cut link healed is sent again after at most so long. */
const resentAfterUsMax = 400_000;

/** One way from one machine to another, shared by all its connections. */
export class Link {
  readonly #scheduler: Scheduler;
  readonly #prng: Prng;
  readonly #stalled = new Set<Lane>();
  /** How often something was held up because the link was cut. */
  heldUpCount = 0;
  carriedCount = 0;
  #pace: LinkPace;
  #isCut = false;
  #busyUntilUs = 0;

  constructor(parts: { scheduler: Scheduler; prng: Prng; pace: LinkPace }) {
    this.#scheduler = parts.scheduler;
    this.#prng = parts.prng;
    this.#pace = parts.pace;
  }

  /** From now on it goes so fast; what already waits in line is not waited for. */
  setPace(pace: LinkPace): void {
    this.#pace = pace;
    this.#busyUntilUs = 0;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  /** Nothing arrives any more; it waits, as what TCP sends again and again. */
  cut(): void {
    this.#isCut = true;
  }

  heal(): void {
    this.#isCut = false;
    for (const lane of this.#stalled) {
      this.#scheduler.schedule(this.#prng.below(resentAfterUsMax), () => lane.drain());
    }
    this.#stalled.clear();
  }

  /** The lane goes on once the link is whole again. */
  stall(lane: Lane): void {
    this.heldUpCount++;
    this.#stalled.add(lane);
  }

  /** Calls `arrive` when so many bytes are through. */
  carry(sizeBytes: number, arrive: () => void): void {
    this.carriedCount++;
    const { nowUs } = this.#scheduler;
    const { delayFromUs, delayToUs, bytesPerMs } = this.#pace;
    const startUs = Math.max(nowUs, this.#busyUntilUs);
    this.#busyUntilUs = startUs + (sizeBytes * 1000) / bytesPerMs;
    const drawn = delayFromUs + this.#prng.below(Math.max(1, delayToUs - delayFromUs));
    // Now and then a packet is lost and sent again.
    const tail = this.#prng.below(500) === 0 ? 20 : 1;
    this.#scheduler.schedule(this.#busyUntilUs - nowUs + drawn * tail, arrive);
  }
}

interface Carried {
  hasArrived: boolean;
  deliver: () => void;
}

/** One way of one connection: what it carries is delivered in order, or not at all. */
export class Lane {
  readonly #link: Link;
  readonly #to: Station;
  #underWay: Carried[] = [];
  #heldBy: Boot | undefined;

  constructor(link: Link, to: Station) {
    this.#link = link;
    this.#to = to;
  }

  send(sizeBytes: number, deliver: () => void): void {
    const carried: Carried = { hasArrived: false, deliver };
    this.#underWay.push(carried);
    this.#link.carry(sizeBytes, () => {
      carried.hasArrived = true;
      this.drain();
    });
  }

  /** What is under way never arrives. */
  drop(): void {
    this.#underWay = [];
  }

  /** Delivers what is there, unless the link is cut or the other end is stopped for now. */
  drain(): void {
    while (this.#underWay[0]?.hasArrived === true) {
      if (this.#link.isCut) return this.#link.stall(this);
      const { boot } = this.#to;
      if (boot?.isPaused === true) return this.#hold(boot);
      this.#underWay.shift()?.deliver();
    }
  }

  #hold(boot: Boot): void {
    if (this.#heldBy === boot) return;
    this.#heldBy = boot;
    boot.later(0, () => {
      this.#heldBy = undefined;
      this.drain();
    });
  }
}
