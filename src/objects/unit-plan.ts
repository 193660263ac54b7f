import { assert } from "#base/assert.ts";
import { partitionOf } from "#base/partition.ts";
import {
  matrixFor,
  type Profile,
  profileFor,
  type UnitGeometry,
  unitGeometry,
} from "#erasure/index.ts";
import type { EncodingId, ShardDescription, ShardName, Unit, UnitId } from "#format/index.ts";
import type { ObjectsContext } from "./context.ts";

/** Where a unit goes and how it is coded. */
export interface UnitPlan {
  readonly id: UnitId;
  /** Names this way of keeping it; one that is written for the first time lends its own name. */
  readonly encoding: EncodingId;
  readonly profile: Profile;
  /** By shard index. */
  readonly homes: readonly number[];
  /** Indexes of shards that are not written, because their homes cannot take them. */
  readonly skipped: ReadonlySet<number>;
  /** So many shards must be durable. */
  readonly durableMin: number;
  readonly geometry: UnitGeometry;
}

/** So many shards must be durable: one loss must not take the unit, unless nothing is spare. */
function durableMin({ k, m }: Profile): number {
  return Math.min(k + 1, k + m);
}

/** How a unit would be kept at the homes of one partition. */
interface Fit {
  readonly profile: Profile;
  readonly skipped: ReadonlySet<number>;
  /** Homes that answer slowly. */
  readonly slowCount: number;
}

/** At most so many numbers are drawn for one unit: a thousandth of a second. */
const drawsMax = 64;
const drawsMin = 4;

/**
 * How many numbers are worth drawing for a partition whose homes are all up, once there is one that
 * will do: fewer after there was none lately, as when every partition has a home on a node that is
 * down.
 */
export class Draws {
  #count = drawsMax;

  get count(): number {
    return this.#count;
  }

  note(found: boolean): void {
    this.#count = found ? drawsMax : Math.max(drawsMin, this.#count / 2);
  }
}

/**
 * Draws a name for a new unit, until its partition's homes can all take a shard; where there is no
 * such partition, shards are skipped, and below the floor a narrower profile is taken.
 *
 * @param options.objectSizeBytes the whole body's length: small ones are kept as copies
 * @param options.avoid nodes that have failed this unit before
 * @returns why not, where no profile fits the nodes that are up
 */
export function planUnit(
  context: Pick<ObjectsContext, "draws" | "limits" | "replica" | "shards" | "units">,
  options: { unitSizeBytes: number; objectSizeBytes: number; avoid: ReadonlySet<number> },
): UnitPlan | "full" | "unavailable" {
  const { replica, draws, units, shards } = context;
  const { epoch, session } = replica.session;
  let best: { number: number; homes: readonly number[]; fit: Fit } | undefined;
  let isFull = false;
  for (let drawn = 0; drawn < (best === undefined ? drawsMax : draws.count); drawn++) {
    const number = replica.allocateNumber();
    const homes = units.homes(partitionOf({ epoch, session, number }));
    const fit = fitOf(shards, homes, options);
    isFull ||= homes.some((node) => !shards.hasRoom(node));
    if (fit !== undefined && (best === undefined || isBetter(fit, best.fit))) {
      if (best !== undefined) replica.releaseNumber(best.number);
      best = { number, homes, fit };
    } else replica.releaseNumber(number);
    if (best !== undefined && isPerfect(best.fit, best.homes, options)) {
      draws.note(true);
      return planOf(context, best, options);
    }
  }
  draws.note(false);
  if (best === undefined) return isFull ? "full" : "unavailable";
  return planOf(context, best, options);
}

/** The widest profile that the homes have nodes for. */
function fitOf(
  shards: ObjectsContext["shards"],
  homes: readonly number[],
  { objectSizeBytes, avoid }: { objectSizeBytes: number; avoid: ReadonlySet<number> },
): Fit | undefined {
  assert(new Set(homes).size === homes.length, "O7: no node has two shards of a unit");
  const standings = homes.map((node) =>
    avoid.has(node) || !shards.hasRoom(node) ? "down" : shards.standing(node),
  );
  // With nothing to spare there is nothing to choose either.
  const narrowest = Math.min(homes.length, 2);
  for (let width = homes.length; width >= narrowest; width--) {
    const profile = profileFor(width, objectSizeBytes);
    const used = standings.slice(0, profile.k + profile.m);
    const skipped = new Set(used.keys().filter((index) => used[index] === "down"));
    if (used.length - skipped.size < durableMin(profile)) continue;
    const slowCount = used.filter((standing) => standing === "slow").length;
    return { profile, skipped, slowCount };
  }
  return undefined;
}

function isBetter(one: Fit, other: Fit): boolean {
  const width = ({ profile }: Fit): number => profile.k + profile.m;
  if (width(one) !== width(other)) return width(one) > width(other);
  if (one.skipped.size !== other.skipped.size) return one.skipped.size < other.skipped.size;
  return one.slowCount < other.slowCount;
}

function isPerfect(
  fit: Fit,
  homes: readonly number[],
  { objectSizeBytes }: { objectSizeBytes: number },
): boolean {
  const { k, m } = profileFor(homes.length, objectSizeBytes);
  const isWidest = fit.profile.k === k && fit.profile.m === m;
  return isWidest && fit.skipped.size === 0 && fit.slowCount === 0;
}

function planOf(
  { replica, limits }: Pick<ObjectsContext, "limits" | "replica">,
  chosen: { number: number; homes: readonly number[]; fit: Fit },
  { unitSizeBytes }: { unitSizeBytes: number },
): UnitPlan {
  const { profile, skipped } = chosen.fit;
  const { sliceSizeBytes } = limits;
  const { epoch, session } = replica.session;
  const id = { epoch, session, number: chosen.number };
  return {
    id,
    encoding: id,
    profile,
    homes: chosen.homes.slice(0, profile.k + profile.m),
    skipped,
    durableMin: durableMin(profile),
    geometry: unitGeometry({ unitSizeBytes, profile, sliceSizeBytes }),
  };
}

/**
 * Says how a unit that there is would be kept by another profile: under a fresh name, at the homes
 * that its partition has now.
 *
 * @returns why not, where too few of them can take a shard
 */
export function planRecoding(
  context: Pick<ObjectsContext, "limits" | "replica" | "shards" | "units">,
  { id, row, profile }: { id: UnitId; row: Unit; profile: Profile },
): UnitPlan | "full" | "unavailable" {
  const { replica, limits, shards, units } = context;
  const { k, m } = profile;
  const homes = units.homes(partitionOf(id)).slice(0, k + m);
  assert(new Set(homes).size === homes.length, "O7: no node has two shards of a unit");
  // All of them, unless fewer still leave more to spare than it has.
  const durableMin = Math.min(k + m, k + row.encoding.m + 1);
  const away = new Set(homes.keys().filter((i) => shards.standing(homes[i] ?? 0) === "down"));
  if (homes.length < k + m || homes.length - away.size < durableMin) return "unavailable";
  const full = new Set(homes.keys().filter((i) => !shards.hasRoom(homes[i] ?? 0)));
  const skipped = away.union(full);
  if (homes.length - skipped.size < durableMin) return "full";
  const { epoch, session } = replica.session;
  return {
    id,
    encoding: { epoch, session, number: replica.allocateNumber() },
    profile,
    homes,
    skipped,
    durableMin,
    geometry: unitGeometry({
      unitSizeBytes: row.lengthBytes,
      profile,
      sliceSizeBytes: limits.sliceSizeBytes,
    }),
  };
}

export function shardNameOf({ id, encoding }: UnitPlan, index: number): ShardName {
  return { unit: id, encoding, index };
}

export function shardOf(plan: UnitPlan, index: number): ShardDescription {
  const { profile, geometry } = plan;
  return {
    ...shardNameOf(plan, index),
    ...profile,
    matrix: matrixFor(profile),
    sliceSizeBytes: geometry.sliceSizeBytes,
    unitSizeBytes: geometry.unitSizeBytes,
  };
}
