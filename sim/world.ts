import { type Prng, seededPrng } from "#base/prng.ts";
import { Machine } from "./machine.ts";
import { SimulatedNetwork } from "./network.ts";
import { type RunLimits, Scheduler, nodeTurn } from "./scheduler.ts";
import { RunTrace } from "./trace.ts";
import { type Tripwire, withTripwire } from "./tripwire.ts";

/** A run that goes further is taken for one that never ends. */
const defaultLimits: RunLimits = { eventsMax: 20_000_000, virtualMsMax: 30 * 24 * 3_600_000 };

/** Lines of the trace that the report of a failed run shows. */
const reportedLinesMax = 40;

/** A simulated world: time, machines, and one seed from which all its chance comes. */
export class World {
  readonly seed: number;
  /** For what scenarios and workloads choose. */
  readonly prng: Prng;
  readonly scheduler: Scheduler = new Scheduler();
  readonly trace: RunTrace;
  readonly machines: Machine[] = [];
  readonly network: SimulatedNetwork;
  readonly #machinePrng: Prng;
  readonly #keyPrng: Prng;

  constructor(seed: number, traceSink?: (line: string) => void) {
    this.seed = seed;
    const prng = seededPrng(seed);
    this.prng = prng.fork();
    this.#machinePrng = prng.fork();
    const networkPrng = prng.fork();
    this.#keyPrng = prng.fork();
    this.trace = new RunTrace(() => this.scheduler.nowUs, traceSink);
    const { scheduler, trace } = this;
    this.network = new SimulatedNetwork({ scheduler, trace, prng: networkPrng });
  }

  /** Virtual milliseconds since the run began. */
  get nowMs(): number {
    return this.scheduler.nowUs / 1000;
  }

  /** The first machine, made when it is first asked for. */
  get machine(): Machine {
    return this.machines[0] ?? this.addMachine("n1");
  }

  addMachine(name: string): Machine {
    const machine = new Machine({
      name,
      prng: this.#machinePrng.fork(),
      keyPrng: this.#keyPrng.fork(),
      network: this.network,
      scheduler: this.scheduler,
      trace: this.trace,
    });
    this.machines.push(machine);
    return machine;
  }

  /** Lets virtual time pass, for whoever stands outside the machines. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.scheduler.schedule(ms * 1000, resolve));
  }
}

/** What a run came to. */
export interface Run<T> {
  value: T;
  seed: number;
  /** The same in every run of the same seed and code. */
  traceHash: string;
  eventCount: number;
  virtualMs: number;
}

/** A run failed. Its cause is what was thrown; the message ends in the last events. */
export class SimulationError extends Error {
  override readonly name = "SimulationError";
  readonly seed: number;
  readonly traceHash: string;
  readonly #recentLines: readonly string[];

  constructor(world: World, cause: unknown) {
    const recentLines = world.trace.recentLines();
    const shown = recentLines.slice(-reportedLinesMax).join("\n  ");
    super(`seed ${world.seed}: ${String(cause)}\n  ${shown}`, { cause });
    this.seed = world.seed;
    this.traceHash = world.trace.hash;
    this.#recentLines = recentLines;
  }

  /** The end of the trace. */
  get recentLines(): readonly string[] {
    return this.#recentLines;
  }
}

/** How a run is made. */
export interface RunOptions {
  limits?: Partial<RunLimits> | undefined;
  /** Gets every line of the trace. */
  traceSink?: ((line: string) => void) | undefined;
}

/**
 * Runs `body` in a world of its own, which is a function of the seed: virtual time passes as fast
 * as the work allows, and whatever touches the real world fails the run. What is still going on
 * when `body` ends is left where it is.
 *
 * @param seed any whole number from 0 to 2^53 - 1
 * @throws SimulationError
 */
export async function simulate<T>(
  seed: number,
  body: (world: World) => Promise<T>,
  options: RunOptions = {},
): Promise<Run<T>> {
  const world = new World(seed, options.traceSink);
  const tripwire: Tripwire = { touched: undefined };
  const unhandled: unknown[] = [];
  const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", onUnhandled);
  try {
    const value = await withTripwire(tripwire, () =>
      runToEnd(world, body, { ...defaultLimits, ...options.limits }, () => {
        if (tripwire.touched !== undefined) throw tripwire.touched;
        if (unhandled.length > 0) throw new Error("unhandled rejection", { cause: unhandled[0] });
      }),
    );
    const { scheduler, trace, nowMs } = world;
    return { value, seed, traceHash: trace.hash, eventCount: scheduler.fired, virtualMs: nowMs };
  } catch (error) {
    throw new SimulationError(world, error);
  } finally {
    process.off("unhandledRejection", onUnhandled);
  }
}

async function runToEnd<T>(
  world: World,
  body: (world: World) => Promise<T>,
  limits: RunLimits,
  check: () => void,
): Promise<T> {
  let outcome: { kind: "done"; value: T } | { kind: "failed"; error: unknown } | undefined;
  const settled = body(world).then(
    (value) => void (outcome = { kind: "done", value }),
    (error: unknown) => void (outcome = { kind: "failed", error }),
  );
  const isOver = (): boolean => {
    check();
    return outcome !== undefined;
  };
  await world.scheduler.run(isOver, limits);
  await settled;
  // A promise rejected with no handler is reported only when Node gets to run.
  await nodeTurn();
  check();
  if (outcome?.kind === "done") return outcome.value;
  throw outcome?.error;
}

/** Two runs of one seed differed: something in them does not come from the seed. */
export class DivergenceError extends Error {
  override readonly name = "DivergenceError";
}

/**
 * Runs a seed twice and compares the traces.
 *
 * @throws DivergenceError with the first line that differs, SimulationError
 */
export async function simulateTwice<T>(
  seed: number,
  body: (world: World) => Promise<T>,
  options: RunOptions = {},
): Promise<Run<T>> {
  const first = await simulate(seed, body, options);
  const second = await simulate(seed, body, options);
  if (first.traceHash === second.traceHash) return first;
  const lines: string[] = [];
  await simulate(seed, body, { ...options, traceSink: (line) => lines.push(line) });
  let at = 0;
  let difference = "the traces agree when kept in full";
  await simulate(seed, body, {
    ...options,
    traceSink: (line) => {
      if (line !== lines[at] && difference.startsWith("the")) {
        difference = `line ${at}: ${String(lines[at])} / ${line}`;
      }
      at++;
    },
  });
  throw new DivergenceError(`seed ${seed} ran in two ways: ${difference}`);
}
