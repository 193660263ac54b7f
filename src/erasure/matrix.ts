import { assert, unreachable } from "#base/assert.ts";
import type { Matrix } from "#format/index.ts";
import { inverse, multiply, powerOfTwo } from "./gf256.ts";
import type { Profile } from "./profile.ts";

/**
 * Coefficients by which shards are summed to give another: one for each shard they stand beside.
 */
export type Row = readonly number[];

/**
 * The rows that make parity out of data: parity shard i is the sum of data shard j times row i,
 * place j.
 *
 * Any k of the rows below an identity matrix are independent: for `xor` and `pq` as RAID 5 and 6
 * show, for `cauchy` because every square part of a Cauchy matrix 1 / (x_i + y_j) can be inverted,
 * and scaling rows and columns (here so that the first ones hold only ones) keeps that. With k = 1
 * every row is a 1, so that parity is a copy.
 *
 * @param matrix `xor` fits m up to 1 and `pq` m up to 2
 */
export function parityRows(profile: Profile, matrix: Matrix): Row[] {
  const { k, m } = profile;
  const columns = Array.from({ length: k }, (_, j) => j);
  switch (matrix) {
    case "xor":
      assert(m <= 1, "E3: xor gives one parity shard");
      return m === 0 ? [] : [columns.map(() => 1)];
    case "pq":
      assert(m <= 2, "E3: P/Q gives two parity shards");
      return [columns.map(() => 1), columns.map((j) => powerOfTwo(j))].slice(0, m);
    case "cauchy": {
      const cauchy = (i: number, j: number): number => inverse((k + i) ^ j);
      const scaled = (i: number, j: number): number =>
        multiply(
          multiply(cauchy(i, j), cauchy(0, 0)),
          inverse(multiply(cauchy(i, 0), cauchy(0, j))),
        );
      return Array.from({ length: m }, (_, i) => columns.map((j) => scaled(i, j)));
    }
    default:
      return unreachable(matrix);
  }
}

/**
 * How to compute lost shards from those at hand.
 *
 * @param present exactly k different shard indices
 * @param wanted the shard indices to compute
 * @returns for each wanted shard a row of coefficients, one for each shard of `present`, in its
 * order
 */
export function rebuildRows(
  profile: Profile,
  matrix: Matrix,
  present: readonly number[],
  wanted: readonly number[],
): Row[] {
  const { k } = profile;
  assert(
    new Set(present).size === k && present.length === k,
    "E3: any k shards give back the rest",
  );
  const parity = parityRows(profile, matrix);
  const rowOf = (index: number): Row =>
    index < k
      ? Array.from({ length: k }, (_, j) => (j === index ? 1 : 0))
      : (parity[index - k] ?? []);
  const inverted = invert(present.map(rowOf));
  return wanted.map((index) => timesMatrix(rowOf(index), inverted));
}

function timesMatrix(row: Row, matrix: readonly Row[]): Row {
  return row.map((_, column) =>
    row.reduce((sum, factor, i) => sum ^ multiply(factor, matrix[i]?.[column] ?? 0), 0),
  );
}

// Gauss and Jordan: the same row operations turn the matrix into the identity and that into the
// inverse.
function invert(matrix: readonly Row[]): Row[] {
  const size = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let column = 0; column < size; column++) {
    const at = rows.findIndex((row, i) => i >= column && row[column] !== 0);
    const pivot = rows[at];
    const displaced = rows[column];
    assert(pivot !== undefined && displaced !== undefined, "E3: any k rows are independent");
    rows[at] = displaced;
    const factor = inverse(pivot[column] ?? 0);
    const unit = pivot.map((value) => multiply(value, factor));
    rows[column] = unit;
    for (let i = 0; i < size; i++) {
      const row = rows[i] ?? [];
      const head = row[column] ?? 0;
      if (i === column || head === 0) continue;
      rows[i] = row.map((value, j) => value ^ multiply(head, unit[j] ?? 0));
    }
  }
  return rows.map((row) => row.slice(size));
}
