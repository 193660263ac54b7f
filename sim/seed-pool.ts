import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { runSeed, type SeedOptions, type SeedOutcome } from "./seed-run.ts";

/** Which seeds to run, for how long. */
export interface SeedRange {
  first: number;
  last: number;
  /** No seed is begun later, by `performance.now()`. */
  untilMs: number;
  threadCount?: number | undefined;
}

/**
 * Runs seeds on as many threads as there are cores, each seed on one.
 *
 * @param onOutcome is told of each seed; with false nothing new is begun
 */
export async function runSeeds(
  { first, last, untilMs, threadCount = availableParallelism() }: SeedRange,
  options: SeedOptions,
  onOutcome: (outcome: SeedOutcome) => boolean,
): Promise<void> {
  let next = first;
  let goesOn = true;
  const take = (): number | undefined =>
    goesOn && next <= last && performance.now() <= untilMs ? next++ : undefined;
  // One thread writes one trace; and what runs here can be looked at in a debugger.
  if (first === last) {
    onOutcome(await runSeed(first, options, true));
    return;
  }
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL("run-worker.ts", import.meta.url), { workerData: options });
    try {
      for (let seed = take(); seed !== undefined; seed = take()) {
        const outcome = await ask(worker, seed);
        goesOn = onOutcome(outcome) && goesOn;
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(threadCount, last - first + 1) }, work));
}

function ask(worker: Worker, seed: number): Promise<SeedOutcome> {
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", (outcome: SeedOutcome) => {
      worker.off("error", reject);
      resolve(outcome);
    });
    worker.postMessage(seed, []);
  });
}
