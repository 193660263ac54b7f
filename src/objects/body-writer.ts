import type { NewUnit } from "#format/index.ts";
import { BodyReader } from "./body-reader.ts";
import type { ObjectsContext } from "./context.ts";
import { InFlight } from "./in-flight.ts";
import { UnitWriter } from "./unit-writer.ts";

/** Stripes of one body that are written at a time, while the next is filled. */
const stripesInFlightMax = 3;

/** Units of one body that are made durable at a time, while the next is filled. */
const sealsInFlightMax = 2;

/** A body that is to be stored. */
export interface Body<Facts> {
  /** Its length, 0 or more. */
  readonly sizeBytes: number;
  /** Its bytes; throws to give up. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /**
   * Called once after the last byte: what is known of the body then. Throws where it must not be
   * stored.
   */
  finish(): Promise<Facts>;
  readonly signal: AbortSignal;
}

/**
 * One body on its way to durable units. Either `write` is followed by `release`, when it is known
 * or left open what became of the commit, or `discard` takes everything back.
 */
export class BodyWriter {
  readonly #context: ObjectsContext;
  readonly #units: UnitWriter[] = [];
  readonly #writes = new InFlight(stripesInFlightMax);
  readonly #seals = new InFlight(sealsInFlightMax);

  constructor(context: ObjectsContext) {
    this.#context = context;
  }

  /**
   * Cuts the body into units, and stores them durably.
   *
   * @returns the units in order, and what `finish` said
   * @throws NoRoomError, BodySizeError, or whatever the body, `finish` or the shelf throws; then it
   * is for the caller to `discard`
   */
  async write<Facts>(body: Body<Facts>): Promise<{ units: NewUnit[]; facts: Facts }> {
    const reader = new BodyReader(body.bytes);
    const { unitSizeBytes } = this.#context.limits;
    try {
      for (let offset = 0; offset < body.sizeBytes; offset += unitSizeBytes) {
        const size = Math.min(unitSizeBytes, body.sizeBytes - offset);
        const unit = await this.#writeUnit(reader, body, size);
        // The last one waits until it is known that the body is to be stored at all.
        if (offset + size < body.sizeBytes) await this.#seals.add(unit.seal());
      }
      await reader.finish();
    } finally {
      await reader.close();
    }
    const facts = await body.finish();
    await this.#writes.finish();
    await this.#units.at(-1)?.seal();
    await this.#seals.finish();
    return { units: this.#units.map((unit) => unit.describe()), facts };
  }

  /** Takes everything back. What cannot be taken back is garbage, which reclaim finds. */
  async discard(): Promise<void> {
    await this.#writes.settle();
    await this.#seals.settle();
    for (const unit of this.#units) {
      try {
        await unit.discard();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#context.ports.trace.write("warn", "shardsLeftBehind", { reason });
      }
    }
  }

  /** Ends the use of the units' names. */
  release(): void {
    for (const unit of this.#units) unit.release();
  }

  async #writeUnit(
    reader: BodyReader,
    body: { sizeBytes: number; signal: AbortSignal },
    unitSizeBytes: number,
  ): Promise<UnitWriter> {
    const objectSizeBytes = body.sizeBytes;
    const unit = new UnitWriter(this.#context, { unitSizeBytes, objectSizeBytes });
    this.#units.push(unit);
    await unit.stage();
    for (let index = 0; index < unit.stripeCount; index++) {
      // A client that sends nothing must not hold memory that others wait for.
      await reader.ready();
      const stripe = await unit.takeStripe(index, body.signal);
      try {
        await reader.readInto(stripe.data);
        body.signal.throwIfAborted();
      } catch (error) {
        this.#context.stripes.release(stripe);
        throw error;
      }
      await this.#writes.add(unit.write(stripe));
    }
    return unit;
  }
}
