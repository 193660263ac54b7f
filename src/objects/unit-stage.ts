import type { ObjectsContext } from "./context.ts";
import { ShardLane } from "./shard-lane.ts";
import { isNoRoom, NoRoomError } from "./shard-store.ts";
import { planUnit, shardOf, type UnitPlan } from "./unit-plan.ts";

/** Too few nodes take a shard of a unit: nothing of it is kept, and it may be tried again. */
export class TooFewShardsError extends Error {
  override readonly name = "TooFewShardsError";
  /** Whether the nodes want room or are out of reach. */
  readonly code: "full" | "unavailable";

  constructor(code: "full" | "unavailable", options?: ErrorOptions) {
    super(`too few nodes took a shard: ${code}`, options);
    this.code = code;
  }
}

/** How often the homes are chosen anew where some turn out not to take a shard. */
export const plansMax = 3;

/** A unit whose shards have been begun. */
export interface StagedUnit {
  readonly plan: UnitPlan;
  readonly lanes: readonly ShardLane[];
}

/** How a unit is begun. */
export interface StageOptions {
  readonly unitSizeBytes: number;
  /** The whole body's length. */
  readonly objectSizeBytes: number;
  /** Nodes that have failed the body before; those that fail this unit join them. */
  readonly avoid: Set<number>;
  readonly signal: AbortSignal;
}

/** A home that did not take its shard. */
interface Failure {
  readonly index: number;
  readonly node: number;
  readonly error: unknown;
}

/**
 * Chooses a unit's homes and begins its shards there. Where a home turns out not to take one,
 * others are chosen, as long as nothing but time is lost.
 *
 * @throws TooFewShardsError; whatever the only home of a unit fails of
 */
export async function stageUnit(
  context: ObjectsContext,
  options: StageOptions,
): Promise<StagedUnit> {
  let cause: unknown;
  for (let attempt = 1; ; attempt++) {
    const plan = planUnit(context, options);
    if (typeof plan === "string") {
      throw new TooFewShardsError(isNoRoom(cause) ? "full" : plan, { cause });
    }
    const { lanes, failures } = await stageAll(context, plan, options.signal);
    const [first] = failures;
    if (first === undefined) return { plan, lanes };
    cause = first.error;
    for (const { node } of failures) options.avoid.add(node);
    const isEnough = lanes.length >= plan.durableMin;
    if (isEnough && attempt >= plansMax) {
      const skipped = new Set([...plan.skipped, ...failures.map(({ index }) => index)]);
      return { plan: { ...plan, skipped }, lanes };
    }
    await Promise.allSettled(lanes.map((lane) => lane.drop()));
    context.replica.releaseNumber(plan.encoding.number);
    options.signal.throwIfAborted();
    if (plan.homes.length === 1 && !isNoRoom(cause)) throw cause;
  }
}

/**
 * Begins the shards of a unit whose homes are given.
 *
 * @throws TooFewShardsError
 */
export async function stagePlanned(
  context: ObjectsContext,
  plan: UnitPlan,
  signal: AbortSignal,
): Promise<StagedUnit> {
  const { lanes, failures } = await stageAll(context, plan, signal);
  if (lanes.length >= plan.durableMin) return { plan, lanes };
  await Promise.allSettled(lanes.map((lane) => lane.drop()));
  context.replica.releaseNumber(plan.encoding.number);
  signal.throwIfAborted();
  const isFull = failures.some(({ error }) => isNoRoom(error));
  throw new TooFewShardsError(isFull ? "full" : "unavailable", { cause: failures[0]?.error });
}

async function stageAll(
  { shards }: Pick<ObjectsContext, "shards">,
  plan: UnitPlan,
  signal: AbortSignal,
): Promise<{ lanes: ShardLane[]; failures: Failure[] }> {
  const lanes: ShardLane[] = [];
  const failures: Failure[] = [];
  const stageOne = async (index: number, node: number): Promise<void> => {
    try {
      const staged = await shards.stage(node, shardOf(plan, index), signal);
      if ("kind" in staged) {
        failures.push({ index, node, error: new NoRoomError(`node ${node} has no room`) });
      } else lanes.push(new ShardLane({ index, node, staged }));
    } catch (error) {
      failures.push({ index, node, error });
    }
  };
  const homes = [...plan.homes.entries()].filter(([index]) => !plan.skipped.has(index));
  await Promise.all(homes.map(([index, node]) => stageOne(index, node)));
  lanes.sort((a, b) => a.index - b.index);
  return { lanes, failures };
}
