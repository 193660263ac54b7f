import type { Prng } from "#base/prng.ts";
import type { Identity, KeyFingerprint } from "#ports/index.ts";
import type { Boot } from "./boot.ts";

/** A machine's keys, which survive its boots. */
export class Keys {
  readonly #prng: Prng;
  #current: KeyFingerprint | undefined;
  #next: KeyFingerprint | undefined;

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  /** The key in use, made where there is none. */
  get current(): KeyFingerprint {
    this.#current ??= this.#draw();
    return this.#current;
  }

  /** The key that takes its place at the next rotation. */
  get next(): KeyFingerprint {
    this.#next ??= this.#draw();
    return this.#next;
  }

  rotate(): void {
    this.#current = this.next;
    this.#next = undefined;
  }

  /** Loses them, as a wiped disk does. */
  lose(): void {
    this.#current = undefined;
    this.#next = undefined;
  }

  #draw(): KeyFingerprint {
    return Uint8Array.from({ length: 32 }, () => this.#prng.below(256));
  }
}

/** The Identity port of one boot. */
export function simulatedIdentity(boot: Boot, keys: Keys): Identity {
  const soon = <T>(effect: () => T): Promise<T> =>
    new Promise((resolve) => boot.later(500, () => resolve(effect())));
  return {
    fingerprint: () => soon(() => keys.current),
    next: () => soon(() => keys.next),
    rotate: () => soon(() => keys.rotate()),
  };
}
