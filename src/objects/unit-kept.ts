import { assert } from "#base/assert.ts";
import { partitionOf } from "#base/partition.ts";
import { matrixFor } from "#erasure/index.ts";
import type { NewUnit } from "#format/index.ts";
import type { ObjectsContext } from "./context.ts";
import { shardNameOf, shardOf, type UnitPlan } from "./unit-plan.ts";

/** A shard that is durable somewhere. */
export interface KeptShard {
  readonly index: number;
  readonly node: number;
}

/** What a unit's blocks come to: over the unit, and over each of its shards. */
export interface UnitRoots {
  readonly content: Uint8Array;
  readonly shards: readonly Uint8Array[];
}

/** A unit with enough durable shards, until it is known what becomes of its commit. */
export class KeptUnit {
  readonly #context: ObjectsContext;
  readonly #roots: UnitRoots;
  #plan: UnitPlan;
  #kept: readonly KeptShard[];
  /** What is left at homes that it has moved on from. */
  #strays: readonly KeptShard[] = [];

  constructor(
    context: ObjectsContext,
    unit: { plan: UnitPlan; roots: UnitRoots; kept: readonly KeptShard[] },
  ) {
    this.#context = context;
    this.#plan = unit.plan;
    this.#roots = unit.roots;
    this.#kept = unit.kept;
  }

  /** What the commit says of the unit. */
  describe(): NewUnit {
    const { id, profile, homes, geometry, durableMin } = this.#plan;
    const encoding = {
      id: this.#plan.encoding,
      ...profile,
      matrix: matrixFor(profile),
      sliceSizeBytes: geometry.sliceSizeBytes,
      roots: [...this.#roots.shards],
    };
    const skipped = this.#skipped();
    const durableCount = homes.length - skipped.length;
    assert(durableCount >= durableMin, "O8: no unit is committed below the floor");
    return {
      id,
      lengthBytes: geometry.unitSizeBytes,
      contentRoot: this.#roots.content,
      encoding,
      homes: [...homes],
      skipped,
    };
  }

  /** Indexes of the shards that are not there, ascending. */
  #skipped(): number[] {
    const { homes } = this.#plan;
    if (this.#kept.length === homes.length) return [];
    const present = new Set(this.#kept.map(({ index }) => index));
    return [...homes.keys()].filter((index) => !present.has(index));
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
    const before = this.#kept;
    const after = await Promise.all(before.map((shard) => this.#follow(shard, homes[shard.index])));
    this.#plan = { ...this.#plan, homes };
    this.#kept = after.filter((shard) => shard !== undefined);
    this.#strays = [...this.#strays, ...before].filter(({ index, node }) => homes[index] !== node);
    return this.#kept.length >= durableMin;
  }

  /** Has the shard's home of now copy it, if it is another; undefined where that fails. */
  async #follow(shard: KeptShard, home: number | undefined): Promise<KeptShard | undefined> {
    const { index, node: from } = shard;
    const root = this.#roots.shards[index];
    assert(home !== undefined && root !== undefined, "every shard has a home and a root");
    if (home === from) return shard;
    try {
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
    return this.#remove(this.#strays);
  }

  /** Takes all of it back. */
  remove(): Promise<void> {
    return this.#remove([...this.#kept, ...this.#strays]);
  }

  #remove(shards: readonly KeptShard[]): Promise<void> {
    const removals = shards.map(({ index, node }) =>
      this.#context.shards.remove(node, [shardNameOf(this.#plan, index)]),
    );
    return everySettled(removals);
  }

  /**
   * Says that nothing more will be done under the encoding's name. Shards that no commit names are
   * garbage from then on.
   */
  release(): void {
    this.#context.replica.releaseNumber(this.#plan.encoding.number);
  }
}

/** Waits for all of them, whatever becomes of each, and then throws the first failure. */
export async function everySettled(tasks: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(tasks)) {
    if (outcome.status === "rejected") throw outcome.reason;
  }
}
