import { assert } from "#base/assert.ts";
import { partitionOf } from "#base/partition.ts";
import {
  matrixFor,
  type Stripe,
  stripeShape,
  type StripeShape,
  UnitChecksums,
} from "#erasure/index.ts";
import type { NewUnit } from "#format/index.ts";
import type { ObjectsContext } from "./context.ts";
import { calledBytesMax } from "./shard-limits.ts";
import { actOn, type ShardLane } from "./shard-lane.ts";
import { shardNameOf, shardOf, type UnitPlan } from "./unit-plan.ts";
import {
  isNoRoom,
  type StagedUnit,
  type StageOptions,
  stagePlanned,
  stageUnit,
  TooFewShardsError,
} from "./unit-stage.ts";

/** A shard that may be durable somewhere. */
interface KeptShard {
  readonly index: number;
  readonly node: number;
}

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
  #plan: UnitPlan;
  /** The only stripe of a small unit, until the unit is sealed: it goes in one piece. */
  #held: Stripe | undefined;
  /** Where the shards are since a layout change has moved some. */
  #moved: readonly KeptShard[] | undefined;
  /** What is left at homes that it has moved on from. */
  #strays: readonly KeptShard[] = [];

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
  }

  /** Does something to all lanes that have not failed, and sees that enough are left. */
  async #onLanes(act: (lane: ShardLane) => Promise<void>): Promise<void> {
    await actOn(this.#live(), act);
    if (this.#live().length === this.#lanes.length) return;
    const failed = this.#lanes.filter(({ failure }) => failure !== undefined);
    for (const { node } of failed) this.#avoid.add(node);
    if (this.#live().length >= this.#plan.durableMin) return;
    const failures = failed.flatMap(({ failure }) => failure ?? []);
    const code = failures.some(({ error }) => isNoRoom(error)) ? "full" : "unavailable";
    throw new TooFewShardsError(code, { cause: failures[0]?.error });
  }

  #live(): readonly ShardLane[] {
    return this.#lanes.every(({ failure }) => failure === undefined)
      ? this.#lanes
      : this.#lanes.filter(({ failure }) => failure === undefined);
  }

  /** What the commit says of the unit. */
  describe(): NewUnit {
    const { id, profile, homes, geometry, durableMin } = this.#plan;
    const encoding = {
      id: this.#plan.encoding,
      ...profile,
      matrix: matrixFor(profile),
      sliceSizeBytes: geometry.sliceSizeBytes,
      roots: homes.map((_, index) => this.#checksums.shardRoot(index)),
    };
    const skipped = this.#skipped();
    const durableCount = homes.length - skipped.length;
    assert(durableCount >= durableMin, "O8: no unit is committed below the floor");
    return {
      id,
      lengthBytes: geometry.unitSizeBytes,
      contentRoot: this.#checksums.contentRoot(),
      encoding,
      homes: [...homes],
      skipped,
    };
  }

  /** Indexes of the shards that are not there, ascending. */
  #skipped(): number[] {
    const { homes } = this.#plan;
    const kept = this.#kept();
    if (kept.length === homes.length) return [];
    const present = new Set(kept.map(({ index }) => index));
    return [...homes.keys()].filter((index) => !present.has(index));
  }

  /** Durable shards at their homes. */
  #kept(): readonly KeptShard[] {
    return this.#moved ?? this.#live();
  }

  /**
   * Follows a layout change that has overtaken the unit: the new homes copy the shards from the
   * ones that have them.
   *
   * @returns whether the unit can be committed with its homes of now
   */
  async rehome(): Promise<boolean> {
    const { id, profile, durableMin } = this.#plan;
    const homes = this.#context.units.homes(partitionOf(id)).slice(0, profile.k + profile.m);
    if (homes.length < profile.k + profile.m) return false;
    const before = this.#kept();
    const after = await Promise.all(before.map((shard) => this.#follow(shard, homes[shard.index])));
    this.#plan = { ...this.#plan, homes };
    this.#moved = after.filter((shard) => shard !== undefined);
    this.#strays = [...this.#strays, ...before].filter(({ index, node }) => homes[index] !== node);
    return this.#moved.length >= durableMin;
  }

  /** Has the shard's home of now copy it, if it is another; undefined where that fails. */
  async #follow(shard: KeptShard, home: number | undefined): Promise<KeptShard | undefined> {
    const { index, node: from } = shard;
    assert(home !== undefined, "every shard has a home");
    if (home === from) return shard;
    try {
      const root = this.#checksums.shardRoot(index);
      const adoption = { description: shardOf(this.#plan, index), root, from };
      await this.#context.shards.adopt(home, adoption);
      return { index, node: home };
    } catch (error) {
      const fields = { node: home, from, reason: String(error) };
      this.#context.ports.trace.write("warn", "shardNotAdopted", fields);
      return undefined;
    }
  }

  /** Removes what the unit left at homes that it no longer has. */
  removeStrays(): Promise<void> {
    return everySettled(this.#strays.map((stray) => this.#remove(stray)));
  }

  /** Takes back what was staged or sealed, and the unit's name. Nothing may be under way. */
  async discard(): Promise<void> {
    this.#releaseHeld();
    try {
      const undone = this.#lanes.map((lane) => this.#undo(lane));
      const copies = [...(this.#moved ?? []), ...this.#strays].map((copy) => this.#remove(copy));
      await everySettled([...undone, ...copies]);
    } finally {
      this.release();
    }
  }

  async #undo(lane: ShardLane): Promise<void> {
    if (!lane.isSealed) return lane.drop();
    // A node that has failed is not waited for again: what it may have kept is garbage.
    const isAway =
      lane.failure !== undefined && this.#context.shards.standing(lane.node) !== "here";
    if (!isAway) await this.#remove(lane);
  }

  #remove({ index, node }: KeptShard): Promise<void> {
    return this.#context.shards.remove(node, [shardNameOf(this.#plan, index)]);
  }

  /**
   * Says that nothing more will be done under the encoding's name. Shards that no commit names are
   * garbage from then on.
   */
  release(): void {
    this.#context.replica.releaseNumber(this.#plan.encoding.number);
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

/** Waits for all of them, whatever becomes of each, and then throws the first failure. */
async function everySettled(tasks: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(tasks)) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
}
