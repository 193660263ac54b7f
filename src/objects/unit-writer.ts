import { assert } from "#base/assert.ts";
import { partitionOf } from "#base/partition.ts";
import {
  matrixFor,
  type Profile,
  profileFor,
  type Stripe,
  stripeShape,
  type StripeShape,
  UnitChecksums,
  type UnitGeometry,
  unitGeometry,
} from "#erasure/index.ts";
import type { NewUnit, ShardName, UnitId } from "#format/index.ts";
import type { ObjectsContext } from "./context.ts";
import type { StagedShard } from "./shard-store.ts";

/** No room is left for a shard. */
export class NoRoomError extends Error {
  override readonly name = "NoRoomError";
}

/** Where a unit goes and how it is coded. */
interface UnitPlan {
  readonly id: UnitId;
  readonly profile: Profile;
  readonly homes: readonly number[];
  readonly geometry: UnitGeometry;
}

/**
 * Draws a name for a new unit and looks up where it goes.
 *
 * @param objectSizeBytes the whole body's length: small ones are kept as copies
 */
function planUnit(
  context: ObjectsContext,
  unitSizeBytes: number,
  objectSizeBytes: number,
): UnitPlan {
  const { replica, limits, units } = context;
  const { epoch, session } = replica.session;
  const id = { epoch, session, number: replica.allocateNumber() };
  const homes = units.homes(partitionOf(id));
  const profile = profileFor(homes.length, objectSizeBytes);
  const { sliceSizeBytes } = limits;
  const geometry = unitGeometry({ unitSizeBytes, profile, sliceSizeBytes });
  return { id, profile, homes: homes.slice(0, profile.k + profile.m), geometry };
}

/**
 * One unit on its way to its homes: staged, written stripe by stripe, sealed, and named or
 * discarded.
 */
export class UnitWriter {
  readonly #context: ObjectsContext;
  readonly #plan: UnitPlan;
  readonly #checksums: UnitChecksums;
  readonly #staged: StagedShard[] = [];
  /** The last write of each shard: the next one follows it. */
  readonly #lanes: Promise<void>[] = [];
  /** Shards whose sealing has begun: they are removed, no longer aborted. */
  readonly #begunSeals = new Set<number>();

  /** @param options.objectSizeBytes the whole body's length */
  constructor(
    context: ObjectsContext,
    options: { unitSizeBytes: number; objectSizeBytes: number },
  ) {
    this.#context = context;
    this.#plan = planUnit(context, options.unitSizeBytes, options.objectSizeBytes);
    this.#checksums = new UnitChecksums(this.#plan.geometry);
  }

  get stripeCount(): number {
    return this.#plan.geometry.stripeCount;
  }

  /**
   * Starts the shards on their nodes.
   *
   * @throws NoRoomError where a node has no room
   */
  async stage(): Promise<void> {
    const { homes } = this.#plan;
    for (const [index, node] of homes.entries()) {
      const staged = await this.#context.shards.stage(node, this.#describe(index));
      if ("kind" in staged) throw new NoRoomError(`node ${node} has no room for a shard`);
      this.#staged.push(staged);
      this.#lanes.push(Promise.resolve());
    }
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
   * @returns resolves when the slices are written
   */
  async write(stripe: Stripe): Promise<void> {
    try {
      stripe.encode();
      this.#checksums.addStripe(stripe);
      const writes = this.#staged.map((staged, index) => {
        const slice = stripe.slices[index];
        assert(slice !== undefined, "a stripe has a slice for every shard");
        return this.#follow(index, () => staged.write(slice));
      });
      await everySettled(writes);
    } finally {
      this.#context.stripes.release(stripe);
    }
  }

  /** Seals all shards behind their last slices; resolves when all of them are durable. */
  async seal(): Promise<void> {
    const seals = this.#staged.map((staged, index) =>
      this.#follow(index, () => {
        this.#begunSeals.add(index);
        return staged.seal(this.#checksums.shardFooter(index));
      }),
    );
    await everySettled(seals);
  }

  /** Does the next thing to a shard, once the one before has been done. */
  #follow(index: number, next: () => Promise<void>): Promise<void> {
    const last = this.#lanes[index] ?? Promise.resolve();
    const lane = last.then(next);
    this.#lanes[index] = lane;
    return lane;
  }

  /** What the commit says of the unit. */
  describe(): NewUnit {
    const { id, profile, homes, geometry } = this.#plan;
    const encoding = {
      id,
      ...profile,
      matrix: matrixFor(profile),
      sliceSizeBytes: geometry.sliceSizeBytes,
      roots: homes.map((_, index) => this.#checksums.shardRoot(index)),
    };
    return {
      id,
      lengthBytes: geometry.unitSizeBytes,
      contentRoot: this.#checksums.contentRoot(),
      encoding,
      homes: [...homes],
      skipped: [],
    };
  }

  /** Takes back what was staged or sealed, and the unit's name. Nothing may be under way. */
  async discard(): Promise<void> {
    const { shards } = this.#context;
    try {
      const undone = this.#staged.map((staged, index) => {
        const node = this.#plan.homes[index];
        assert(node !== undefined, "every staged shard has a home");
        const isSealed = this.#begunSeals.has(index);
        return isSealed ? shards.remove(node, [this.#name(index)]) : staged.abort();
      });
      await everySettled(undone);
    } finally {
      this.release();
    }
  }

  /**
   * Says that nothing more will be done under the unit's name. Shards that no commit names are
   * garbage from then on.
   */
  release(): void {
    this.#context.replica.releaseNumber(this.#plan.id.number);
  }

  #name(index: number): ShardName {
    const { id } = this.#plan;
    return { unit: id, encoding: id, index };
  }

  #describe(index: number): Parameters<ObjectsContext["shards"]["stage"]>[1] {
    const { profile, geometry } = this.#plan;
    return {
      ...this.#name(index),
      ...profile,
      matrix: matrixFor(profile),
      sliceSizeBytes: geometry.sliceSizeBytes,
      unitSizeBytes: geometry.unitSizeBytes,
    };
  }
}

/** Waits for all of them, whatever becomes of each, and then throws the first failure. */
async function everySettled(tasks: readonly Promise<void>[]): Promise<void> {
  if (tasks.length === 1) {
    await tasks[0];
    return;
  }
  for (const outcome of await Promise.allSettled(tasks)) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
}
