import { assert } from "#base/assert.ts";
import { type Stripe, stripeShape, type StripeShape, UnitChecksums } from "#erasure/index.ts";
import type { ObjectsContext } from "./context.ts";
import { calledBytesMax } from "./shard-limits.ts";
import { actOn, type ShardLane } from "./shard-lane.ts";
import { isNoRoom } from "./shard-store.ts";
import { everySettled, KeptUnit } from "./unit-kept.ts";
import { shardNameOf, type UnitPlan } from "./unit-plan.ts";
import {
  type StagedUnit,
  type StageOptions,
  stagePlanned,
  stageUnit,
  TooFewShardsError,
} from "./unit-stage.ts";

/**
 * One unit on its way to its homes: staged, written stripe by stripe, sealed, and named or
 * discarded. Homes that fail on the way are done without, down to the floor.
 */
export class UnitWriter {
  readonly #context: ObjectsContext;
  readonly #checksums: UnitChecksums;
  readonly #lanes: readonly ShardLane[];
  /** Nodes that the body's next units do without. */
  readonly #avoid: Set<number>;
  readonly #plan: UnitPlan;
  /** The only stripe of a small unit, until the unit is sealed: it goes in one piece. */
  #held: Stripe | undefined;
  #kept: KeptUnit | undefined;

  private constructor(context: ObjectsContext, { plan, lanes }: StagedUnit, avoid: Set<number>) {
    this.#context = context;
    this.#avoid = avoid;
    this.#plan = plan;
    this.#lanes = lanes;
    this.#checksums = new UnitChecksums(plan.geometry);
  }

  /**
   * Draws a name for a unit and starts its shards on their nodes.
   *
   * @throws TooFewShardsError; what the only home fails of
   */
  static async stage(context: ObjectsContext, options: StageOptions): Promise<UnitWriter> {
    return new UnitWriter(context, await stageUnit(context, options), options.avoid);
  }

  /**
   * Starts the shards of a unit whose homes are given.
   *
   * @throws TooFewShardsError
   */
  static async begin(
    context: ObjectsContext,
    plan: UnitPlan,
    signal: AbortSignal,
  ): Promise<UnitWriter> {
    return new UnitWriter(context, await stagePlanned(context, plan, signal), new Set());
  }

  get stripeCount(): number {
    return this.#plan.geometry.stripeCount;
  }

  /** Memory for the stripe at `index`, as soon as there is some. */
  takeStripe(index: number, signal: AbortSignal): Promise<Stripe> {
    return this.#context.stripes.take(this.shape(index), this.#plan.profile, signal);
  }

  shape(index: number): StripeShape {
    return stripeShape(this.#plan.geometry, index);
  }

  /**
   * Codes a stripe that has its data and writes its slices, behind those of the stripe before. The
   * stripe's memory is given back when all writes have ended.
   *
   * @returns resolves when the slices are written, or kept for `seal`
   * @throws TooFewShardsError; what the only home fails of
   */
  async write(stripe: Stripe): Promise<void> {
    try {
      stripe.encode();
      this.#checksums.addStripe(stripe);
      if (this.stripeCount === 1 && stripe.shape.sliceSizeBytes <= calledBytesMax) {
        this.#held = stripe;
        return;
      }
      await this.#onLanes((lane) => lane.write(sliceOf(stripe, lane)));
    } finally {
      if (this.#held !== stripe) this.#context.stripes.release(stripe);
    }
  }

  /**
   * Seals all shards behind their last slices; resolves when all of them are durable, but for homes
   * that are done without.
   *
   * @throws as `write` does
   */
  async seal(): Promise<void> {
    const held = this.#held;
    await this.#onLanes((lane) => {
      if (held !== undefined) lane.write(sliceOf(held, lane)).catch(() => undefined);
      return lane.seal(this.#checksums.shardFooter(lane.index));
    });
    this.#releaseHeld();
    const roots = {
      content: this.#checksums.contentRoot(),
      shards: this.#plan.homes.map((_, index) => this.#checksums.shardRoot(index)),
    };
    this.#kept = new KeptUnit(this.#context, { plan: this.#plan, roots, kept: this.#live() });
  }

  /** Does something to all lanes that have not failed, and sees that enough are left. */
  async #onLanes(act: (lane: ShardLane) => Promise<void>): Promise<void> {
    await actOn(this.#live(), act);
    if (this.#live().length === this.#lanes.length) return;
    const failed = this.#lanes.filter(({ failure }) => failure !== undefined);
    for (const { node } of failed) this.#avoid.add(node);
    if (this.#live().length >= this.#plan.durableMin) return;
    const failures = failed.flatMap(({ failure }) => failure ?? []);
    // Where only some have no room, the same body finds others when it is sent again.
    const isFull =
      failed.length === this.#lanes.length && failures.every(({ error }) => isNoRoom(error));
    const code = isFull ? "full" : "unavailable";
    throw new TooFewShardsError(code, { cause: failures[0]?.error });
  }

  #live(): readonly ShardLane[] {
    return this.#lanes.every(({ failure }) => failure === undefined)
      ? this.#lanes
      : this.#lanes.filter(({ failure }) => failure === undefined);
  }

  /** The unit, once it is sealed. */
  get kept(): KeptUnit {
    assert(this.#kept !== undefined, "O1: a unit is sealed before it is committed");
    return this.#kept;
  }

  /** Takes back what was staged or sealed, and the unit's name. Nothing may be under way. */
  async discard(): Promise<void> {
    this.#releaseHeld();
    try {
      const kept = this.#kept;
      const isLeft = ({ failure }: ShardLane): boolean =>
        kept === undefined || failure !== undefined;
      const undone = this.#lanes.filter(isLeft).map((lane) => this.#undo(lane));
      if (kept !== undefined) undone.push(kept.remove());
      await everySettled(undone);
    } finally {
      this.#context.replica.releaseNumber(this.#plan.encoding.number);
    }
  }

  async #undo(lane: ShardLane): Promise<void> {
    if (!lane.isSealed) return lane.drop();
    const { index, node } = lane;
    // A node that has failed is not waited for again: what it may have kept is garbage.
    const isAway = lane.failure !== undefined && this.#context.shards.standing(node) !== "here";
    if (!isAway) await this.#context.shards.remove(node, [shardNameOf(this.#plan, index)]);
  }

  #releaseHeld(): void {
    if (this.#held === undefined) return;
    this.#context.stripes.release(this.#held);
    this.#held = undefined;
  }
}

function sliceOf(stripe: Stripe, { index }: ShardLane): Uint8Array {
  const slice = stripe.slices[index];
  assert(slice !== undefined, "a stripe has a slice for every shard");
  return slice;
}
