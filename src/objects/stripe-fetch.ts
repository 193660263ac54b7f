import { emptyBytes } from "#base/bytes.ts";
import { type SlicePiece, stripePart } from "#erasure/index.ts";
import type { ObjectsContext } from "./context.ts";
import { type SideBySide, slicesOf, type StripeRead } from "./stripe-cursor.ts";
import { nearestFirst, type UnitShards } from "./unit-shards.ts";

/** Bytes within slices that lie side by side: from where to where in each. */
interface Part {
  readonly startBytes: number;
  readonly endBytes: number;
}

/** What has been read of a slice. */
interface Fetched {
  readonly part: Part;
  readonly bytes: Uint8Array;
}

/**
 * One read of slices that lie side by side: those that are wanted, and where some of them are lost
 * or late, others that they are computed from. What comes first counts.
 *
 * Everything is decided in `#step`, which is called after each thing that happens.
 */
export class StripeFetch {
  readonly #context: Pick<ObjectsContext, "ports" | "pace" | "rebuilder" | "rebuilds">;
  readonly #shards: UnitShards;
  readonly #read: StripeRead;
  readonly #slices: SideBySide;
  /** Where the pieces lie in their slices. */
  readonly #wanted: ReadonlyMap<number, Part>;
  /** What takes in all of them: others are read so far. */
  readonly #hull: Part;
  readonly #fetched = new Map<number, Fetched>();
  readonly #underWay = new Map<number, Promise<void>>();
  /** Shards that cannot be had. */
  readonly #lost = new Set<number>();
  /** Shards that are not waited for any more, or not begun because they would be. */
  readonly #late = new Set<number>();
  readonly #over = new AbortController();
  readonly #result = Promise.withResolvers<Uint8Array[]>();
  /** For what is read besides the pieces; a copy in place of another is as long as that. */
  #memory: "none" | "asked" | "taken" | "needless";
  #haveAllBeenAsked = false;
  #isOver = false;

  constructor(
    context: Pick<ObjectsContext, "ports" | "pace" | "rebuilder" | "rebuilds">,
    shards: UnitShards,
    read: StripeRead,
  ) {
    this.#context = context;
    this.#shards = shards;
    this.#read = read;
    this.#memory = this.#k === 1 ? "needless" : "none";
    this.#slices = slicesOf(read);
    const start = this.#slices.shape.shardOffsetBytes;
    const wanted = new Map(read.pieces.map((piece) => [piece.shardIndex, partOf(piece, start)]));
    this.#wanted = wanted;
    const parts = [...wanted.values()];
    this.#hull = {
      startBytes: Math.min(...parts.map(({ startBytes }) => startBytes)),
      endBytes: Math.max(...parts.map(({ endBytes }) => endBytes)),
    };
  }

  /**
   * Reads.
   *
   * @param signal gives up
   * @returns the pieces of the stripe, in order
   * @throws UnreadableError where fewer shards than it takes can be had; the signal's reason
   */
  async run(signal: AbortSignal): Promise<Uint8Array[]> {
    signal.throwIfAborted();
    const leave = (): void => this.#fail(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    try {
      this.#begin();
      return await this.#result.promise;
    } finally {
      this.#isOver = true;
      signal.removeEventListener("abort", leave);
      this.#over.abort();
      await Promise.allSettled(this.#underWay.values());
      if (this.#memory === "taken") this.#context.rebuilds.release(this.#memoryBytes());
    }
  }

  #begin(): void {
    for (const [index, part] of this.#wanted) {
      const standing = this.#shards.standing(index);
      if (standing === undefined) this.#lost.add(index);
      // Of copies the nearest is read, whichever it is.
      else if (standing === "down" || standing === "slow" || this.#k === 1) this.#late.add(index);
      else this.#start(index, part);
    }
    this.#watch().catch((error: unknown) => this.#fail(error));
    this.#step();
  }

  /** As long as shards are slower than others were, more are read in their stead. */
  async #watch(): Promise<void> {
    const { ports, pace } = this.#context;
    while (!this.#isOver) {
      try {
        await ports.clock.sleep(pace.hedgeDelayMs, this.#over.signal);
      } catch {
        return;
      }
      if (this.#isOver || !this.#isWaiting() || !pace.tryHedge()) continue;
      for (const index of this.#underWay.keys()) {
        this.#late.add(index);
        this.#shards.noteLate(index);
      }
      ports.trace.write("debug", "readHedged");
      this.#step();
    }
  }

  /** Whether shards are waited for, rather than memory. */
  #isWaiting(): boolean {
    return this.#memory !== "asked" && this.#underWay.size > 0;
  }

  #start(index: number, part: Part): void {
    const endBytes = Math.min(part.endBytes, this.#slices.lengthBytes(index));
    const clipped = { startBytes: part.startBytes, endBytes };
    const range = {
      offsetBytes: this.#slices.shape.shardOffsetBytes + part.startBytes,
      lengthBytes: endBytes - part.startBytes,
    };
    const fetching = async (): Promise<void> => {
      try {
        const bytes = await this.#shards.fetch(index, range, this.#over.signal);
        if (bytes === undefined) this.#lost.add(index);
        else this.#fetched.set(index, { part: clipped, bytes });
      } catch (error) {
        this.#fail(error);
      } finally {
        this.#underWay.delete(index);
        this.#late.delete(index);
      }
      this.#step();
    };
    this.#underWay.set(index, fetching());
  }

  /** Decides what comes next. */
  #step(): void {
    if (this.#isOver) return;
    const missing = [...this.#wanted.keys()].filter((index) => !this.#fetched.has(index));
    if (missing.length === 0) return this.#finish(new Map());
    if (!missing.some((index) => this.#lost.has(index) || this.#late.has(index))) return;
    const inputs = this.#inputs();
    if (inputs.size >= this.#k) {
      this.#context.ports.trace.write("debug", "readRebuilt");
      return this.#finish(this.#rebuild(inputs, missing));
    }
    if (this.#memory === "none" || this.#memory === "asked") return this.#takeMemory();
    this.#startMore(inputs);
  }

  get #k(): number {
    return this.#read.row.encoding.k;
  }

  /** Slices that are at hand as far as the hull goes; those that end before it are. */
  #inputs(): Map<number, Uint8Array> {
    const { startBytes } = this.#hull;
    const inputs = new Map<number, Uint8Array>();
    for (const index of this.#indexes()) {
      const endBytes = Math.min(this.#hull.endBytes, this.#slices.lengthBytes(index));
      const fetched = this.#fetched.get(index);
      if (endBytes <= startBytes) inputs.set(index, emptyBytes);
      else if (fetched !== undefined && covers(fetched.part, { startBytes, endBytes })) {
        // The hull takes in what was read, so that both begin at the same byte.
        inputs.set(index, fetched.bytes.subarray(0, endBytes - startBytes));
      }
    }
    return inputs;
  }

  #indexes(): number[] {
    const { k, m } = this.#read.row.encoding;
    return Array.from({ length: k + m }, (_, index) => index);
  }

  /** Reads more slices, as many as are needed besides those that are on their way. */
  #startMore(inputs: ReadonlyMap<number, Uint8Array>): void {
    const coming = [...this.#underWay.keys()].filter(
      (index) => !this.#late.has(index) && this.#willDo(index),
    );
    const needed = this.#k - inputs.size - coming.length;
    const others = this.#indexes().filter(
      (index) => !inputs.has(index) && !this.#underWay.has(index) && !this.#lost.has(index),
    );
    const some = nearestFirst(this.#shards, others)
      .filter((index) => this.#shards.standing(index) !== undefined)
      .slice(0, Math.max(0, needed));
    for (const index of some) {
      this.#late.delete(index);
      this.#start(index, this.#hull);
    }
    if (this.#underWay.size > 0) return;
    if (this.#haveAllBeenAsked) this.#fail(this.#shards.unreadable());
    else this.#askAll();
  }

  /** Whether what is on its way of a wanted slice takes in the hull. */
  #willDo(index: number): boolean {
    const part = this.#wanted.get(index);
    if (part === undefined) return true;
    const endBytes = Math.min(this.#hull.endBytes, this.#slices.lengthBytes(index));
    return covers(part, { startBytes: this.#hull.startBytes, endBytes });
  }

  /** The last resort, before anything is called lost. */
  #askAll(): void {
    this.#haveAllBeenAsked = true;
    this.#context.ports.trace.write("debug", "homesAskedAnew");
    this.#lost.clear();
    this.#shards.askAll().then(
      () => {
        for (const index of this.#wanted.keys()) {
          if (!this.#fetched.has(index) && !this.#underWay.has(index)) this.#late.add(index);
        }
        this.#step();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  #takeMemory(): void {
    if (this.#memory === "asked") return;
    this.#memory = "asked";
    this.#context.rebuilds.take(this.#memoryBytes(), this.#over.signal).then(
      () => {
        if (this.#isOver) return this.#context.rebuilds.release(this.#memoryBytes());
        this.#memory = "taken";
        this.#step();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  /** What is read and computed besides the pieces, at the most. */
  #memoryBytes(): number {
    const { k } = this.#read.row.encoding;
    return (k + this.#wanted.size) * (this.#hull.endBytes - this.#hull.startBytes);
  }

  /** Computes wanted slices. With one data shard every shard is the same. */
  #rebuild(
    inputs: ReadonlyMap<number, Uint8Array>,
    missing: readonly number[],
  ): Map<number, Fetched> {
    const { k, m, matrix } = this.#read.row.encoding;
    const profile = { k, m };
    const rebuilt =
      k === 1
        ? [...inputs.values()].slice(0, 1)
        : this.#context.rebuilder.rebuild(stripePart(this.#slices.shape, profile, this.#hull), {
            profile,
            matrix,
            present: inputs,
            wanted: missing,
          });
    return new Map(
      missing.map((index, i) => {
        const bytes = rebuilt[i] ?? emptyBytes;
        const endBytes = this.#hull.startBytes + bytes.length;
        return [index, { part: { ...this.#hull, endBytes }, bytes }];
      }),
    );
  }

  #finish(rebuilt: ReadonlyMap<number, Fetched>): void {
    this.#isOver = true;
    const pieces = [...this.#wanted].map(([index, { startBytes, endBytes }]) => {
      const { part, bytes } = rebuilt.get(index) ?? this.#fetched.get(index) ?? nothing;
      return bytes.subarray(startBytes - part.startBytes, endBytes - part.startBytes);
    });
    this.#result.resolve(pieces);
  }

  #fail(error: unknown): void {
    this.#isOver = true;
    this.#result.reject(error);
  }
}

const nothing: Fetched = { part: { startBytes: 0, endBytes: 0 }, bytes: emptyBytes };

function partOf({ shardOffsetBytes, lengthBytes }: SlicePiece, sliceStartBytes: number): Part {
  const startBytes = shardOffsetBytes - sliceStartBytes;
  return { startBytes, endBytes: startBytes + lengthBytes };
}

function covers(part: Part, other: Part): boolean {
  return part.startBytes <= other.startBytes && part.endBytes >= other.endBytes;
}
