import { assert } from "#base/assert.ts";
import type { Matrix } from "#format/index.ts";
import type { StripeShape } from "./geometry.ts";
import { assertProfile, type Profile } from "./profile.ts";
import { StripePool, stripeSizeBytesMax } from "./stripe-pool.ts";

/** Gives lost slices back from those at hand, one stripe at a time, in memory of its own. */
export class Rebuilder {
  readonly #pool = new StripePool(stripeSizeBytesMax);

  /**
   * Computes slices.
   *
   * @param options.present slices by shard index, k or more of them, each as long as it is in the
   *   stripe
   * @param options.wanted shard indices that are not present, at most 8
   * @returns the wanted slices, in their order
   */
  rebuild(
    shape: StripeShape,
    options: {
      profile: Profile;
      matrix: Matrix;
      present: ReadonlyMap<number, Uint8Array>;
      wanted: readonly number[];
    },
  ): Uint8Array<ArrayBuffer>[] {
    const { profile, matrix, present, wanted } = options;
    assertProfile(profile);
    const stripe = this.#pool.take(shape, profile, matrix);
    assert(stripe !== undefined, "E5: one stripe is rebuilt at a time");
    try {
      const used = [...present.keys()].slice(0, profile.k);
      for (const index of used) {
        const bytes = present.get(index);
        const slice = stripe.slices[index];
        assert(bytes?.length === slice?.length, "E3: slices are as long as their stripe says");
        if (bytes !== undefined) slice?.set(bytes);
      }
      stripe.rebuild({ present: used, wanted });
      return wanted.map((index) => new Uint8Array(stripe.slices[index] ?? []));
    } finally {
      stripe.release();
    }
  }
}
