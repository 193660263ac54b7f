import { availableParallelism } from "node:os";
import { assert } from "#base/assert.ts";
import { kib } from "#base/bytes.ts";
import { Slab } from "#base/slab.ts";
import type { Compute, DigestAlgorithm, RunningDigest } from "#ports/index.ts";
import { DigestThread, type ThreadStream } from "./digest-thread.ts";
import { digestOf } from "./digest.ts";

/** Streams up to this size are hashed at their end, in place: a thread costs more than it saves. */
const inPlaceSizeBytesMax: number = 128 * kib;

/** Bytes go to a thread in pieces of this size: large enough that messages do not count. */
const chunkSizeBytes: number = 512 * kib;

/** Of one stream this many chunks wait for its threads at once, which then never idle. */
const chunksUnderWayMax = 2;

/** One for MD5, which is slowest, and one for what else is asked for. */
const threadsMax = 2;

/**
 * Chunks of all streams together: as many keep the threads busy. Beyond them a stream has one only,
 * so that none waits for another, whose client may be slow.
 */
const chunksMax = 24;

const settled: Promise<void> = Promise.resolve();

/** The Compute port: large streams are hashed by threads, beside the one that handles requests. */
export class ThreadedCompute implements Compute {
  readonly #threads: DigestThread[] = [];
  readonly #idleChunks: SharedArrayBuffer[] = [];
  /** Chunks that streams have. */
  #usedChunkCount = 0;
  /** What small streams hold until their end. */
  readonly slab: Slab = new Slab();
  #isOpen = true;

  digest(algorithms: readonly DigestAlgorithm[]): RunningDigest {
    assert(this.#isOpen, "compute is not closed");
    return new StreamDigest(algorithms, this);
  }

  /** Ends the threads. Digests under way fail. */
  async close(): Promise<void> {
    this.#isOpen = false;
    await Promise.all(this.#threads.splice(0).map((thread) => thread.close()));
  }

  /** @param isFirst the stream has no other; one that has may be refused */
  takeChunk(isFirst: boolean): SharedArrayBuffer | undefined {
    if (!isFirst && this.#usedChunkCount >= chunksMax) return undefined;
    this.#usedChunkCount++;
    return this.#idleChunks.pop() ?? new SharedArrayBuffer(chunkSizeBytes);
  }

  giveBackChunk(chunk: SharedArrayBuffer): void {
    this.#usedChunkCount--;
    if (this.#idleChunks.length < chunksMax) this.#idleChunks.push(chunk);
  }

  /** Chunks that a thread had that died. */
  loseChunks(count: number): void {
    this.#usedChunkCount -= count;
  }

  /** Threads that are not hashing for more streams than they must, `count` of them at most. */
  leastBusy(count: number): DigestThread[] {
    const wanted = Math.min(threadsMax, availableParallelism());
    while (this.#threads.length < wanted) this.#threads.push(new DigestThread());
    return this.#threads.toSorted((a, b) => a.streamCount - b.streamCount).slice(0, count);
  }
}

/** Bytes that came while there was no room for them. */
interface Waiting {
  bytes: Uint8Array;
  resolve: () => void;
  reject: (error: Error) => void;
}

/** A digest over a stream: held back while it is small, then cut into chunks for the threads. */
class StreamDigest implements RunningDigest {
  readonly #algorithms: readonly DigestAlgorithm[];
  readonly #compute: ThreadedCompute;
  #isOpen = true;
  /** All bytes so far, while they are few. */
  #held: Uint8Array[] = [];
  #heldSizeBytes = 0;
  /** The stream's counterparts in the threads, once it is large; each hashes all of it. */
  #streams: ThreadStream[] = [];
  #chunk: SharedArrayBuffer | undefined;
  #filled = 0;
  #underWayCount = 0;
  #waiting: Waiting[] = [];
  #failure: Error | undefined;

  constructor(algorithms: readonly DigestAlgorithm[], compute: ThreadedCompute) {
    this.#algorithms = algorithms;
    this.#compute = compute;
  }

  update(bytes: Uint8Array): Promise<void> {
    assert(this.#isOpen, "a digest is not added to once it is finished or abandoned");
    if (this.#streams.length === 0) {
      if (this.#heldSizeBytes + bytes.length <= inPlaceSizeBytesMax) {
        this.#held.push(this.#compute.slab.copy(bytes));
        this.#heldSizeBytes += bytes.length;
        return settled;
      }
      this.#moveToThreads();
    }
    return this.#add(bytes);
  }

  async finish(): Promise<ReadonlyMap<DigestAlgorithm, Uint8Array>> {
    assert(this.#isOpen, "a digest is finished once");
    this.#isOpen = false;
    if (this.#streams.length === 0) {
      const parts = this.#held;
      this.#held = [];
      return new Map(this.#algorithms.map((each) => [each, digestOf(each, parts)]));
    }
    await this.#add(new Uint8Array(0));
    this.#post();
    const digests = await Promise.all(this.#streams.map((stream) => stream.finish()));
    return new Map(digests.flat());
  }

  abandon(): void {
    this.#isOpen = false;
    this.#held = [];
    for (const stream of this.#streams) stream.abandon();
    if (this.#chunk !== undefined) this.#compute.giveBackChunk(this.#chunk);
    this.#chunk = undefined;
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  #moveToThreads(): void {
    const others = this.#algorithms.filter((algorithm) => algorithm !== "md5");
    const groups: DigestAlgorithm[][] = this.#algorithms.includes("md5") ? [["md5"]] : [];
    if (others.length > 0) groups.push(others);
    const threads = this.#compute.leastBusy(groups.length);
    this.#streams = threads.map((thread, i) => {
      // With a single thread it does all.
      const algorithms = threads.length === groups.length ? groups[i] : this.#algorithms;
      return thread.start(algorithms ?? [], (error) => this.#fail(error));
    });
    for (const bytes of this.#held) void this.#add(bytes);
    this.#held = [];
  }

  #add(bytes: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const taken = this.#waiting.length > 0 ? 0 : this.#take(bytes);
    if (taken === bytes.length && this.#waiting.length === 0) return settled;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ bytes: bytes.subarray(taken), resolve, reject });
    });
  }

  /** Copies bytes into chunks as far as there is room; gives how many. */
  #take(bytes: Uint8Array): number {
    let taken = 0;
    while (taken < bytes.length) {
      if (this.#chunk === undefined) {
        if (this.#underWayCount >= chunksUnderWayMax) break;
        this.#chunk = this.#compute.takeChunk(this.#underWayCount === 0);
        if (this.#chunk === undefined) break;
        this.#filled = 0;
      }
      const piece = bytes.subarray(taken, taken + chunkSizeBytes - this.#filled);
      new Uint8Array(this.#chunk, this.#filled).set(piece);
      this.#filled += piece.length;
      taken += piece.length;
      if (this.#filled === chunkSizeBytes) this.#post();
    }
    return taken;
  }

  /** Gives the chunk to the stream's threads; once the last is done with it there is room. */
  #post(): void {
    const chunk = this.#chunk;
    if (chunk === undefined) return;
    this.#chunk = undefined;
    this.#underWayCount++;
    let users = this.#streams.length;
    for (const stream of this.#streams) {
      stream.add(chunk, this.#filled, () => {
        users--;
        if (users > 0 || this.#failure !== undefined) return;
        this.#underWayCount--;
        this.#compute.giveBackChunk(chunk);
        this.#drain();
      });
    }
  }

  #drain(): void {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const taken = this.#take(first.bytes);
      if (taken < first.bytes.length) {
        first.bytes = first.bytes.subarray(taken);
        return;
      }
      this.#waiting.shift();
      first.resolve();
    }
  }

  #fail(error: Error): void {
    if (this.#failure === undefined) this.#compute.loseChunks(this.#underWayCount);
    this.#failure ??= error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
