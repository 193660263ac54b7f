// Inputs for a target: well-formed ones, and those with a few bytes changed, as hostile clients and
// bad disks change them. Made by fast-check, so that one that fails shrinks to few changes.
import * as fc from "fast-check";
import { concatBytes } from "#base/bytes.ts";
import { bytesOf, type FuzzTarget } from "./target.ts";

/** A change of some bytes. Places are drawn without a size, and taken modulo it. */
type Mutation =
  | { readonly kind: "flipBit"; readonly at: number; readonly bit: number }
  | { readonly kind: "setByte"; readonly at: number; readonly byte: number }
  | { readonly kind: "remove"; readonly at: number; readonly count: number }
  | { readonly kind: "repeat"; readonly at: number; readonly count: number }
  | { readonly kind: "insert"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "overwrite"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "cut"; readonly at: number };

/** Counts and offsets at which readers go wrong, in the widths and orders that formats have. */
const integers: readonly Uint8Array[] = [0, 1, 0x7f, 0x80, 0xff, 0x7fff_ffff, 0xffff_ffff].flatMap(
  (value) => {
    const wide = new DataView(new ArrayBuffer(16));
    wide.setUint32(0, value, true);
    wide.setUint32(4, value, false);
    wide.setBigUint64(8, BigInt(value), true);
    return [0, 4, 8].map((at) => new Uint8Array(wide.buffer, at, at === 8 ? 8 : 4));
  },
);

function mutations(words: readonly string[]): fc.Arbitrary<Mutation> {
  const at = fc.nat();
  const count = fc.oneof({ weight: 4, arbitrary: fc.nat(16) }, fc.nat(4096));
  const pieces: fc.Arbitrary<Uint8Array>[] = [
    fc.uint8Array({ minLength: 1, maxLength: 8 }),
    fc.constantFrom(...integers),
  ];
  if (words.length > 0) pieces.unshift(fc.constantFrom(...words).map(bytesOf));
  const bytes = fc.oneof(...pieces);
  return fc.oneof(
    fc.record({ kind: fc.constant("flipBit"), at, bit: fc.nat(7) }),
    fc.record({ kind: fc.constant("setByte"), at, byte: fc.nat(255) }),
    fc.record({ kind: fc.constant("remove"), at, count }),
    fc.record({ kind: fc.constant("repeat"), at, count }),
    fc.record({ kind: fc.constant("insert"), at, bytes }),
    fc.record({ kind: fc.constant("overwrite"), at, bytes }),
    fc.record({ kind: fc.constant("cut"), at }),
  ) as fc.Arbitrary<Mutation>;
}

/** What changes let an input grow to; readers have limits below it that are to be met. */
const inputSizeBytesMax = 2 ** 20;

function mutate(input: Uint8Array, mutation: Mutation): Uint8Array {
  const at = mutation.at % (input.length + 1);
  const before = input.subarray(0, at);
  const after = input.subarray(at);
  switch (mutation.kind) {
    case "flipBit":
    case "setByte": {
      const changed = input.slice();
      const old = changed[at] ?? 0;
      const isFlip = mutation.kind === "flipBit";
      if (at < changed.length) changed[at] = isFlip ? old ^ (1 << mutation.bit) : mutation.byte;
      return changed;
    }
    case "remove":
      return concatBytes([before, after.subarray(mutation.count)]);
    case "repeat":
      return concatBytes([before, after.subarray(0, mutation.count), after]);
    case "insert":
      return concatBytes([before, mutation.bytes, after]);
    case "overwrite":
      return concatBytes([before, mutation.bytes, after.subarray(mutation.bytes.length)]);
    case "cut":
      break;
  }
  return before;
}

/** Inputs for a target: its seeds, its corpus, and what a few changes make of them. */
export function inputsFor(
  target: FuzzTarget,
  corpus: readonly Uint8Array[],
): fc.Arbitrary<Uint8Array> {
  const bases =
    corpus.length === 0 ? target.seeds : fc.oneof(target.seeds, fc.constantFrom(...corpus));
  const changes = fc.array(mutations(target.words), { maxLength: 6 });
  return fc.tuple(bases, changes).map(([base, list]) =>
    list.reduce((input, change) => {
      const changed = mutate(input, change);
      return changed.length > inputSizeBytesMax ? input : changed;
    }, base),
  );
}
