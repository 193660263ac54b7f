import { InvariantError } from "#base/assert.ts";
import { hashSizeBytes } from "#base/hash.ts";
import {
  blockCount,
  checksumBlocks,
  encodeShardFooter,
  rootOf,
  smallObjectSizeBytes,
} from "#erasure/index.ts";
import type { NewUnit } from "#format/index.ts";
import { BodySizeError } from "./body-reader.ts";
import type { Body, WrittenBody } from "./body-writer.ts";
import type { ObjectsContext } from "./context.ts";
import { isNoRoom } from "./shard-store.ts";
import { type KeptShard, KeptUnit } from "./unit-kept.ts";
import { planUnit, shardOf, type UnitPlan } from "./unit-plan.ts";
import { plansMax, TooFewShardsError } from "./unit-stage.ts";

/** Whether a body is kept as copies of one slice each, and so can go to its nodes in one step. */
export function isSmallBody({ limits }: ObjectsContext, sizeBytes: number): boolean {
  return sizeBytes < smallObjectSizeBytes && sizeBytes <= limits.sliceSizeBytes;
}

/**
 * A small body on its way to its only unit, whose shards are all the body itself: read into memory,
 * and then sealed on each home in one step, without stripes and stages.
 */
export class SmallBodyWriter implements WrittenBody {
  readonly #context: ObjectsContext;
  #unit: KeptUnit | undefined;

  constructor(context: ObjectsContext) {
    this.#context = context;
  }

  /** As `BodyWriter.write`. */
  async write<Facts>(body: Body<Facts>): Promise<{ units: NewUnit[]; facts: Facts }> {
    const { stripes } = this.#context;
    const { sizeBytes, signal } = body;
    let memory: Uint8Array | undefined;
    let filledBytes = 0;
    try {
      for await (const piece of body.bytes) {
        // No sooner: a client that sends nothing must not hold memory that others wait for.
        memory ??= stripes.tryTakeBytes(sizeBytes) ?? (await stripes.takeBytes(sizeBytes, signal));
        if (filledBytes + piece.length > sizeBytes) throw new BodySizeError("long");
        memory.set(piece, filledBytes);
        filledBytes += piece.length;
      }
      if (filledBytes < sizeBytes) throw new BodySizeError("short");
      const facts = await body.finish();
      signal.throwIfAborted();
      if (memory !== undefined && sizeBytes > 0) {
        const data = memory.subarray(0, sizeBytes);
        this.#unit = await keepCopies(this.#context, data, signal);
      }
      return { units: this.describe(), facts };
    } finally {
      if (memory !== undefined) stripes.releaseBytes(memory);
    }
  }

  describe(): NewUnit[] {
    return this.#unit === undefined ? [] : [this.#unit.describe()];
  }

  async rehome(): Promise<boolean> {
    return this.#unit === undefined || (await this.#unit.rehome());
  }

  async removeStrays(): Promise<void> {
    await this.#unit?.removeStrays();
  }

  async discard(): Promise<void> {
    try {
      await this.#unit?.remove();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#context.ports.trace.write("warn", "shardsLeftBehind", { reason });
    } finally {
      this.release();
    }
  }

  release(): void {
    this.#unit?.release();
  }
}

/** The body as all of its shards have it. */
interface Copy {
  readonly data: Uint8Array;
  readonly footer: Uint8Array;
}

/**
 * Makes a unit of a body's bytes: draws a name for it and seals its shards on their nodes. Where
 * too many homes fail, others are chosen.
 *
 * @throws TooFewShardsError; what the only home of a unit fails of
 */
async function keepCopies(
  context: ObjectsContext,
  data: Uint8Array,
  signal: AbortSignal,
): Promise<KeptUnit> {
  const checksums = new Uint8Array(blockCount(data.length) * hashSizeBytes);
  checksumBlocks(data, checksums);
  const copy = { data, footer: encodeShardFooter(checksums) };
  const root = rootOf(checksums);
  const avoid = new Set<number>();
  const options = { unitSizeBytes: data.length, objectSizeBytes: data.length, avoid };
  let cause: unknown;
  for (let attempt = 1; ; attempt++) {
    const plan = planUnit(context, options);
    if (typeof plan === "string") {
      throw new TooFewShardsError(isNoRoom(cause) ? "full" : plan, { cause });
    }
    const { kept, failures } = await sealAll(context, plan, copy, signal);
    const unit = new KeptUnit(context, {
      plan,
      roots: { content: root, shards: plan.homes.map(() => root) },
      kept,
    });
    if (kept.length >= plan.durableMin) return unit;
    await unit.remove().catch(() => undefined); // What is left is garbage.
    unit.release();
    signal.throwIfAborted();
    for (const { node } of failures) avoid.add(node);
    cause = failures.find(({ error }) => isNoRoom(error))?.error ?? failures[0]?.error;
    if (plan.homes.length === 1 && !isNoRoom(cause)) throw cause;
    if (attempt === plansMax) {
      throw new TooFewShardsError(isNoRoom(cause) ? "full" : "unavailable", { cause });
    }
  }
}

/** Seals a copy on every home that is not skipped. */
async function sealAll(
  { shards }: ObjectsContext,
  plan: UnitPlan,
  copy: Copy,
  signal: AbortSignal,
): Promise<{ kept: KeptShard[]; failures: { node: number; error: unknown }[] }> {
  const kept: KeptShard[] = [];
  const failures: { node: number; error: unknown }[] = [];
  const sealOn = async (node: number, index: number): Promise<void> => {
    if (plan.skipped.has(index)) return;
    try {
      await shards.put(node, { description: shardOf(plan, index), ...copy }, signal);
      kept.push({ index, node });
    } catch (error) {
      if (error instanceof InvariantError) throw error;
      failures.push({ node, error });
    }
  };
  const [first, ...others] = plan.homes.map(sealOn);
  // A lone node seals by itself.
  await (others.length === 0 ? first : Promise.all([first, ...others]));
  return { kept, failures };
}
