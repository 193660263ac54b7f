import type { NewUnit } from "#format/index.ts";
import { BodyReader } from "./body-reader.ts";
import type { ObjectsContext } from "./context.ts";
import { InFlight } from "./in-flight.ts";
import { fillUnit, stripesInFlightMax } from "./unit-fill.ts";
import { UnitWriter } from "./unit-writer.ts";

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

/** A body whose units are durable, until it is known what becomes of the commit that names them. */
export interface WrittenBody {
  /** What a commit says of the units, in order. */
  describe(): NewUnit[];
  /**
   * Follows a layout change that has overtaken the body.
   *
   * @returns whether all of it can be committed with the homes of now
   */
  rehome(): Promise<boolean>;
  /** Removes what was left behind by `rehome`. */
  removeStrays(): Promise<void>;
  /** Takes everything back. What cannot be taken back is garbage, which reclaim finds. */
  discard(): Promise<void>;
  /** Ends the use of the units' names. */
  release(): void;
}

/**
 * One body on its way to durable units. Either `write` is followed by `release`, when it is known
 * or left open what became of the commit, or `discard` takes everything back.
 */
export class BodyWriter implements WrittenBody {
  readonly #context: ObjectsContext;
  readonly #units: UnitWriter[] = [];
  /** Nodes that have failed it: it waits for none of them twice. */
  readonly #avoid = new Set<number>();
  readonly #writes = new InFlight(stripesInFlightMax);
  readonly #seals = new InFlight(sealsInFlightMax);

  constructor(context: ObjectsContext) {
    this.#context = context;
  }

  /**
   * Cuts the body into units, and stores them durably.
   *
   * @returns the units in order, and what `finish` said
   * @throws TooFewShardsError, BodySizeError, or whatever the body, `finish` or the shelf throws; then it
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
    return { units: this.describe(), facts };
  }

  describe(): NewUnit[] {
    return this.#units.map((unit) => unit.kept.describe());
  }

  async rehome(): Promise<boolean> {
    for (const unit of this.#units) if (!(await unit.kept.rehome())) return false;
    return true;
  }

  removeStrays(): Promise<void> {
    return this.#onUnits((unit) => unit.kept.removeStrays());
  }

  async discard(): Promise<void> {
    await this.#writes.settle();
    await this.#seals.settle();
    await this.#onUnits((unit) => unit.discard());
  }

  async #onUnits(removeSome: (unit: UnitWriter) => Promise<void>): Promise<void> {
    for (const unit of this.#units) {
      try {
        await removeSome(unit);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#context.ports.trace.write("warn", "shardsLeftBehind", { reason });
      }
    }
  }

  release(): void {
    for (const unit of this.#units) unit.kept.release();
  }

  async #writeUnit(
    reader: BodyReader,
    body: { sizeBytes: number; signal: AbortSignal },
    unitSizeBytes: number,
  ): Promise<UnitWriter> {
    const objectSizeBytes = body.sizeBytes;
    const { signal } = body;
    const avoid = this.#avoid;
    const options = { unitSizeBytes, objectSizeBytes, avoid, signal };
    const unit = await UnitWriter.stage(this.#context, options);
    this.#units.push(unit);
    const writes = this.#writes;
    await fillUnit(this.#context, unit, { reader, writes, signal });
    return unit;
  }
}
