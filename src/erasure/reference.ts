/*
 * The code again, as plainly as it can be said and sharing nothing with the fast one: what the
 * kernel is checked against, and what it computes written down.
 */
import { assert } from "#base/assert.ts";
import type { Matrix } from "#format/index.ts";
import type { Profile } from "./profile.ts";

/** The product of two polynomials over GF(2), modulo x^8 + x^4 + x^3 + x^2 + 1. */
export function referenceMultiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 0; bit < 8; bit++) {
    if (((b >> bit) & 1) === 1) product ^= a << bit;
  }
  for (let bit = 15; bit >= 8; bit--) {
    if (((product >> bit) & 1) === 1) product ^= 0x11d << (bit - 8);
  }
  return product;
}

function referenceInverse(a: number): number {
  for (let b = 1; b < 256; b++) if (referenceMultiply(a, b) === 1) return b;
  throw new RangeError("0 has no inverse");
}

/** The coefficient that data shard `column` has in parity shard `row`. */
export function referenceCoefficient(
  profile: Profile,
  matrix: Matrix,
  place: { row: number; column: number },
): number {
  const { row, column } = place;
  if (matrix !== "cauchy") {
    let power = 1;
    for (let i = 0; i < row * column; i++) power = referenceMultiply(power, 2);
    return power;
  }
  const cauchy = (i: number, j: number): number => referenceInverse((profile.k + i) ^ j);
  const above = referenceMultiply(cauchy(row, column), cauchy(0, 0));
  return referenceMultiply(
    above,
    referenceInverse(referenceMultiply(cauchy(row, 0), cauchy(0, column))),
  );
}

/**
 * The parity of data slices, each as long as the longest of them.
 *
 * @param data k slices; where one is shorter, zeros are taken for the rest
 */
export function referenceEncode(
  profile: Profile,
  matrix: Matrix,
  data: readonly Uint8Array[],
): Uint8Array[] {
  const length = Math.max(...data.map((slice) => slice.length));
  return Array.from({ length: profile.m }, (_, row) => {
    const parity = new Uint8Array(length);
    data.forEach((slice, column) => {
      addTimes(parity, slice, referenceCoefficient(profile, matrix, { row, column }));
    });
    return parity;
  });
}

/**
 * All data slices, from any k slices, by elimination on coefficients and bytes side by side.
 *
 * @param present k slices by shard index
 * @returns k slices, each as long as the longest of `present`
 */
export function referenceDecode(
  profile: Profile,
  matrix: Matrix,
  present: ReadonlyMap<number, Uint8Array>,
): Uint8Array[] {
  const { k } = profile;
  const length = Math.max(...[...present.values()].map((slice) => slice.length));
  const equations = [...present].map(([index, slice]) => {
    const coefficients = Uint8Array.from({ length: k }, (_, column) =>
      index < k
        ? Number(index === column)
        : referenceCoefficient(profile, matrix, { row: index - k, column }),
    );
    const bytes = new Uint8Array(length);
    bytes.set(slice);
    return { coefficients, bytes };
  });
  for (let column = 0; column < k; column++) {
    const at = equations.findIndex(({ coefficients }, i) => i >= column && coefficients[column]);
    const equation = equations[at];
    assert(equation !== undefined, "any k shards give back the rest");
    equations.splice(at, 1);
    equations.splice(column, 0, equation);
    const factor = referenceInverse(equation.coefficients[column] ?? 0);
    for (const side of [equation.coefficients, equation.bytes]) {
      side.forEach((value, i) => (side[i] = referenceMultiply(value, factor)));
    }
    for (const other of equations) {
      const head = other.coefficients[column] ?? 0;
      if (other === equation || head === 0) continue;
      addTimes(other.coefficients, equation.coefficients, head);
      addTimes(other.bytes, equation.bytes, head);
    }
  }
  return equations.map(({ bytes }) => bytes);
}

function addTimes(target: Uint8Array, source: Uint8Array, factor: number): void {
  source.forEach((value, i) => {
    target[i] = (target[i] ?? 0) ^ referenceMultiply(value, factor);
  });
}
