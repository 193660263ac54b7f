import * as fc from "fast-check";
import { readCorpus } from "./corpus.ts";
import { inputsFor } from "./mutation.ts";
import type { FuzzTarget } from "./target.ts";

/** Larger inputs are not worth a line of the corpus. */
const keptSizeBytesMax = 4096;

/** An input that broke a promise, as small as it could be made. */
export interface Broken {
  readonly input: Uint8Array;
  readonly error: unknown;
}

/** What came of many inputs of one target. */
export class Campaign {
  readonly target: FuzzTarget;
  /** How often each outcome came. */
  readonly outcomes: Map<string, number> = new Map();
  /** The smallest input of each outcome that no input of the corpus has. */
  readonly fresh: Map<string, Uint8Array> = new Map();
  readonly #corpus: readonly Uint8Array[];
  readonly #known = new Set<string>();

  constructor(target: FuzzTarget) {
    this.target = target;
    this.#corpus = readCorpus(target.name);
  }

  /** Checks every input of the corpus. To be done first: what it comes to is not fresh. */
  async replay(): Promise<Broken | undefined> {
    for (const input of this.#corpus) {
      try {
        this.#known.add(this.#count(await this.target.check(input)));
      } catch (error) {
        return { input, error };
      }
    }
    return undefined;
  }

  /** Checks so many inputs, all drawn from one seed, or as many as there is time for. */
  async search(
    seed: number,
    limits: { runs: number; timeMs?: number },
  ): Promise<Broken | undefined> {
    const property = fc.asyncProperty(inputsFor(this.target, this.#corpus), async (input) => {
      this.#note(this.#count(await this.target.check(input)), input);
    });
    const details = await fc.check(property, {
      seed,
      numRuns: limits.runs,
      ...(limits.timeMs === undefined ? {} : { interruptAfterTimeLimit: limits.timeMs }),
    });
    if (!details.failed || details.counterexample === null) return undefined;
    return { input: details.counterexample[0], error: details.errorInstance };
  }

  #count(outcome: string): string {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    return outcome;
  }

  #note(outcome: string, input: Uint8Array): void {
    if (this.#known.has(outcome) || input.length > keptSizeBytesMax) return;
    const least = this.fresh.get(outcome);
    if (least === undefined || input.length < least.length) this.fresh.set(outcome, input);
  }
}
