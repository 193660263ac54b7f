import { assert } from "#base/assert.ts";
import { emptyBytes } from "#base/bytes.ts";
import { blockSizeBytes } from "#erasure/index.ts";
import type { Segment } from "#format/index.ts";
import type { ObjectsContext } from "./context.ts";
import { StripeCursor, type StripeRead } from "./stripe-cursor.ts";
import { UnitReader } from "./unit-reader.ts";

/**
 * A body's bytes: a short one whole, a longer one as it is read. A stream must be iterated to its
 * end or ended by `return()`; where it throws, bytes are missing and none in their place was given.
 */
export type BodyBytes = Uint8Array | AsyncIterableIterator<Uint8Array>;

/** Shorter bodies are given whole: they are not worth a stream. */
const wholeSizeBytesMax = blockSizeBytes;

/** What is to be read of a body. */
export interface BodyRange {
  /** Runs of units that make it up, none empty, in order. */
  readonly segments: Iterable<Segment>;
  /** Their length together. */
  readonly sizeBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Opens the bytes of a body. The first stripe has been read and verified when it resolves, so that
 * a body that cannot be read at all is known before anything is answered.
 *
 * @throws UnreadableError where the first stripe cannot be had; the signal's reason
 */
export async function openBody(context: ObjectsContext, range: BodyRange): Promise<BodyBytes> {
  if (range.sizeBytes === 0) return emptyBytes;
  const cursor = new StripeCursor(context, range.segments);
  if (range.sizeBytes <= wholeSizeBytesMax) {
    const whole = await readWhole(context, cursor, range);
    if (whole !== undefined) return whole;
  }
  const stripes = readStripes(context, cursor, range.signal);
  // Begun, so that `return` runs its clean-up even if nobody iterates.
  const first = await stripes.next();
  return new BegunStream(first, stripes);
}

/** The body in one piece, or undefined where it is not in one. */
async function readWhole(
  context: ObjectsContext,
  cursor: StripeCursor,
  { sizeBytes, signal }: BodyRange,
): Promise<Uint8Array | undefined> {
  const read = cursor.peek();
  if (read === undefined || read.pieces.length !== 1 || read.sizeBytes !== sizeBytes) {
    return undefined;
  }
  const reader = new UnitReader(context);
  try {
    const [bytes] = await reader.read(read, signal);
    return bytes;
  } finally {
    await reader.close();
  }
}

/** A stripe that is being read, and what it takes of the budget until it has been given out. */
interface Ahead {
  readonly pieces: Promise<Uint8Array[]>;
  readonly sizeBytes: number;
}

/** Reads one stripe ahead of what is given out, where the budget has room for it. */
async function* readStripes(
  context: ObjectsContext,
  cursor: StripeCursor,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, undefined> {
  const { reads } = context;
  const reader = new UnitReader(context);
  let ahead: Ahead | undefined;
  try {
    for (;;) {
      const current = ahead ?? (await begin(context, { cursor, reader, signal }));
      if (current === undefined) return undefined;
      ahead = undefined;
      try {
        const pieces = await current.pieces;
        signal.throwIfAborted();
        const next = cursor.peek();
        if (next !== undefined && reads.tryTake(next.sizeBytes)) {
          ahead = startRead(next, { cursor, reader, signal });
        }
        yield* pieces;
      } finally {
        reads.release(current.sizeBytes);
      }
    }
  } finally {
    if (ahead !== undefined) {
      await Promise.allSettled([ahead.pieces]);
      reads.release(ahead.sizeBytes);
    }
    await reader.close();
  }
}

/** Where stripes come from. */
interface Source {
  readonly cursor: StripeCursor;
  readonly reader: UnitReader;
  readonly signal: AbortSignal;
}

async function begin(context: ObjectsContext, source: Source): Promise<Ahead | undefined> {
  const read = source.cursor.peek();
  if (read === undefined) return undefined;
  await context.reads.take(read.sizeBytes, source.signal);
  return startRead(read, source);
}

function startRead(read: StripeRead, { cursor, reader, signal }: Source): Ahead {
  cursor.advance(read);
  const pieces = reader.read(read, signal);
  // Whoever takes the stripe awaits it and meets the failure then; until then it must not count as
  // one that nobody looks at.
  pieces.catch(() => undefined);
  return { pieces, sizeBytes: read.sizeBytes };
}

/** A stream whose first bytes have been read. */
class BegunStream implements AsyncIterableIterator<Uint8Array> {
  #first: IteratorResult<Uint8Array, undefined> | undefined;
  readonly #rest: AsyncGenerator<Uint8Array, undefined>;

  constructor(
    first: IteratorResult<Uint8Array, undefined>,
    rest: AsyncGenerator<Uint8Array, undefined>,
  ) {
    assert(first.done !== true, "O3: a body that is not empty has first bytes");
    this.#first = first;
    this.#rest = rest;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const first = this.#first;
    if (first === undefined) return this.#rest.next();
    this.#first = undefined;
    return Promise.resolve(first);
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#first = undefined;
    return this.#rest.return(undefined);
  }
}
