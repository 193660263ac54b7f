import type { Ports } from "#ports/index.ts";
import type { OperationKind } from "./boot.ts";
import type { CrashPlan, Step } from "./machine.ts";
import { type RunOptions, type World, simulate } from "./world.ts";

/**
 * Something that is crashed at each of its steps in turn. `State` is what the test notes on the
 * way.
 */
export interface CrashScenario<State> {
  /** Shown when a crash point fails. */
  name: string;
  seed: number;
  /** Brings the machine to where the interesting part begins; its steps are not crash points. */
  prepare(ports: Ports, world: World): Promise<State>;
  /** The interesting part: every step of it is a crash point. */
  run(ports: Ports, state: State, world: World): Promise<void>;
  /** After the crash, on the ports of the next boot: throws where something is not as promised. */
  check(ports: Ports, state: State, world: World): Promise<void>;
}

/** How each crash point is tried. */
export interface CrashVariants {
  /** The kinds of steps that count; all that change the disk by default. */
  kinds?: ReadonlySet<OperationKind> | undefined;
  /** How many times each point is tried with unsynced writes lost and torn by lot; 2 by default. */
  tornCount?: number | undefined;
  /** Crash once more at a drawn step of the check, and check again on the boot after. */
  crashInCheck?: boolean | undefined;
  /** Try only every n-th point, from a drawn first one; all by default. */
  everyNth?: number | undefined;
}

/** One crash point as it was tried. */
export interface CrashTrial {
  step: Step;
  when: CrashPlan["when"];
  remains: CrashPlan["remains"];
  /** Draws what remains, where that goes by lot. */
  lots: number;
}

/** What an enumeration came to. */
export interface CrashReport {
  /** The steps of the interesting part that were crash points, in order. */
  points: readonly Step[];
  trialCount: number;
}

/** A crash point after which something was not as promised. */
export class CrashPointError extends Error {
  override readonly name = "CrashPointError";
  readonly trial: CrashTrial;

  constructor(scenario: string, trial: CrashTrial, cause: unknown) {
    const { step, when, remains, lots } = trial;
    const place = `${when} step ${step.number} (${step.kind} ${step.target})`;
    super(`${scenario}: crash ${place}, ${remains} remains, lots ${lots}: ${String(cause)}`, {
      cause,
    });
    this.trial = trial;
  }
}

/**
 * Runs a scenario once to learn the steps of its interesting part; then once for each step and
 * variant, with the same seed and so the same steps, with a crash exactly before or after the
 * step's effect, a boot, and the check.
 *
 * @throws CrashPointError at the first trial that fails
 */
export async function enumerateCrashPoints<State>(
  scenario: CrashScenario<State>,
  variants: CrashVariants = {},
): Promise<CrashReport> {
  const all = await stepsOf(scenario);
  const kinds = variants.kinds;
  const counted = kinds === undefined ? all : all.filter((step) => kinds.has(step.kind));
  const nth = variants.everyNth ?? 1;
  const points = counted.filter((_, index) => index % nth === scenario.seed % nth);
  let trialCount = 0;
  for (const step of points) {
    for (const trial of trialsOf(step, variants.tornCount ?? 2)) {
      await tryCrash(scenario, trial, variants.crashInCheck ?? false);
      trialCount++;
    }
  }
  return { points, trialCount };
}

/** Runs one crash point as a failed enumeration named it. */
export async function tryCrash<State>(
  scenario: CrashScenario<State>,
  trial: CrashTrial,
  crashInCheck: boolean,
  options: RunOptions = {},
): Promise<void> {
  const body = async (world: World): Promise<void> => {
    const { machine } = world;
    const ports = machine.boot();
    const state = await scenario.prepare(ports, world);
    const { step, when, remains, lots } = trial;
    machine.crashAt({ step: step.number, when, remains, lots });
    const died = machine.died.then(() => "died" as const);
    const outcome = await Promise.race([scenario.run(ports, state, world), died]);
    if (outcome !== "died") {
      throw new Error(`the run ended before step ${step.number}`);
    }
    if (crashInCheck) await checkUntilCrash(scenario, state, world, trial);
    await scenario.check(machine.boot(), state, world);
  };
  try {
    await simulate(scenario.seed, body, options);
  } catch (error) {
    throw new CrashPointError(scenario.name, trial, error);
  }
}

/** Checks on a boot that crashes at one of its first steps, or ends its check before. */
async function checkUntilCrash<State>(
  scenario: CrashScenario<State>,
  state: State,
  world: World,
  trial: CrashTrial,
): Promise<void> {
  const { machine } = world;
  const ports = machine.boot();
  const laterStepsMax = 40;
  const step = machine.stepCount + 1 + ((trial.step.number + 13 * trial.lots) % laterStepsMax);
  machine.crashAt({ step, when: "before", remains: "some" });
  await Promise.race([scenario.check(ports, state, world), machine.died]);
  machine.crashAt(undefined);
  if (machine.isUp) await machine.crash("some");
}

async function stepsOf<State>(scenario: CrashScenario<State>): Promise<Step[]> {
  const steps: Step[] = [];
  await simulate(scenario.seed, async (world) => {
    const { machine } = world;
    const ports = machine.boot();
    const state = await scenario.prepare(ports, world);
    machine.onStep = (step) => steps.push(step);
    await scenario.run(ports, state, world);
    machine.onStep = undefined;
    // The run ended well, then power is cut: all that it promised must be there.
    await machine.crash("nothing");
    await scenario.check(machine.boot(), state, world);
  });
  return steps;
}

function* trialsOf(step: Step, tornCount: number): Generator<CrashTrial> {
  yield { step, when: "before", remains: "nothing", lots: 0 };
  yield { step, when: "before", remains: "everything", lots: 0 };
  yield { step, when: "after", remains: "nothing", lots: 0 };
  yield { step, when: "after", remains: "everything", lots: 0 };
  for (let i = 1; i <= tornCount; i++) {
    yield { step, when: i % 2 === 0 ? "after" : "before", remains: "some", lots: i };
  }
}
