import type { ObjectsContext } from "./context.ts";
import type { StripeRead } from "./stripe-cursor.ts";
import { StripeFetch } from "./stripe-fetch.ts";
import { UnitShards } from "./unit-shards.ts";

/** Reads a body's stripes, whatever units they are of; what is open of a unit stays so. */
export class UnitReader {
  readonly #context: ObjectsContext;
  #shards: UnitShards | undefined;

  constructor(context: ObjectsContext) {
    this.#context = context;
  }

  /**
   * Reads the pieces of one stripe. One read at a time.
   *
   * @param signal gives it up
   * @returns verified bytes, piece by piece
   * @throws UnreadableError where a piece cannot be had; the signal's reason
   */
  async read(stripe: StripeRead, signal: AbortSignal): Promise<Uint8Array[]> {
    let shards = this.#shards;
    if (shards?.isOf(stripe.unit, stripe.row) !== true) {
      if (shards !== undefined) await shards.close();
      shards = this.#shards = new UnitShards(this.#context, stripe);
    }
    shards.resolve();
    const [only, ...others] = stripe.pieces;
    if (only !== undefined && others.length === 0 && shards.standing(only.shardIndex) === "here") {
      const { shardIndex, shardOffsetBytes: offsetBytes, lengthBytes } = only;
      const bytes = await shards.fetch(shardIndex, { offsetBytes, lengthBytes });
      if (bytes !== undefined) return [bytes];
    }
    return new StripeFetch(this.#context, shards, stripe).run(signal);
  }

  /** Closes what is open. No read may be under way. */
  async close(): Promise<void> {
    const shards = this.#shards;
    this.#shards = undefined;
    await shards?.close();
  }
}
