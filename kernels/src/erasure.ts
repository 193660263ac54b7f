// Arithmetic over GF(2^8) with the polynomial 0x11D, on whole slices in one linear memory.
// All lengths are multiples of 64 bytes and all addresses multiples of 16; the caller sees to both.

/**
 * Bytes that one turn of a loop works on: four vectors, so that tables are loaded once for them.
 */
const turn: usize = 64;

/** target = the sum (exclusive or) of `count` inputs, whose addresses stand at `inputs`. */
export function sum(target: usize, inputs: usize, count: i32, length: usize): void {
  for (let at: usize = 0; at < length; at += turn) {
    const first = load<usize>(inputs) + at;
    let a = v128.load(first);
    let b = v128.load(first, 16);
    let c = v128.load(first, 32);
    let d = v128.load(first, 48);
    for (let i = 1; i < count; i++) {
      const input = load<usize>(inputs + ((<usize>i) << 2)) + at;
      a = v128.xor(a, v128.load(input));
      b = v128.xor(b, v128.load(input, 16));
      c = v128.xor(c, v128.load(input, 32));
      d = v128.xor(d, v128.load(input, 48));
    }
    v128.store(target + at, a);
    v128.store(target + at, b, 16);
    v128.store(target + at, c, 32);
    v128.store(target + at, d, 48);
  }
}

/** Sixteen bytes, each times two: shifted left, and reduced where the top bit falls out. */
function double(x: v128): v128 {
  const carry = i8x16.shr_s(x, 7);
  return v128.xor(i8x16.add(x, x), v128.and(carry, i8x16.splat(0x1d)));
}

/**
 * p = the sum of all inputs; q = the sum of input i times 2^i, by Horner's rule from the last one.
 */
export function sumAndPowers(p: usize, q: usize, inputs: usize, count: i32, length: usize): void {
  for (let at: usize = 0; at < length; at += 32) {
    const last = load<usize>(inputs + ((<usize>(count - 1)) << 2)) + at;
    let p0 = v128.load(last);
    let p1 = v128.load(last, 16);
    let q0 = p0;
    let q1 = p1;
    for (let i = count - 2; i >= 0; i--) {
      const input = load<usize>(inputs + ((<usize>i) << 2)) + at;
      const x0 = v128.load(input);
      const x1 = v128.load(input, 16);
      p0 = v128.xor(p0, x0);
      p1 = v128.xor(p1, x1);
      q0 = v128.xor(double(q0), x0);
      q1 = v128.xor(double(q1), x1);
    }
    v128.store(p + at, p0);
    v128.store(p + at, p1, 16);
    v128.store(q + at, q0);
    v128.store(q + at, q1, 16);
  }
}

/**
 * target = the sum of input i times coefficient i. A coefficient is given by two tables of sixteen
 * products, of the low and of the high nibble: 32 bytes at `tables` for each input.
 */
export function combine(
  target: usize,
  tables: usize,
  inputs: usize,
  count: i32,
  length: usize,
): void {
  const nibble = i8x16.splat(0x0f);
  for (let at: usize = 0; at < length; at += turn) {
    let a = i8x16.splat(0);
    let b = a;
    let c = a;
    let d = a;
    for (let i = 0; i < count; i++) {
      const input = load<usize>(inputs + ((<usize>i) << 2)) + at;
      const table = tables + ((<usize>i) << 5);
      const low = v128.load(table);
      const high = v128.load(table, 16);
      let x = v128.load(input);
      a = v128.xor(a, product(x, low, high, nibble));
      x = v128.load(input, 16);
      b = v128.xor(b, product(x, low, high, nibble));
      x = v128.load(input, 32);
      c = v128.xor(c, product(x, low, high, nibble));
      x = v128.load(input, 48);
      d = v128.xor(d, product(x, low, high, nibble));
    }
    v128.store(target + at, a);
    v128.store(target + at, b, 16);
    v128.store(target + at, c, 32);
    v128.store(target + at, d, 48);
  }
}

/** Two targets at once from the same inputs: each input is loaded and taken apart only once. */
export function combineTwo(
  target: usize,
  second: usize,
  tables: usize,
  secondTables: usize,
  inputs: usize,
  count: i32,
  length: usize,
): void {
  const nibble = i8x16.splat(0x0f);
  for (let at: usize = 0; at < length; at += 32) {
    let a = i8x16.splat(0);
    let b = a;
    let c = a;
    let d = a;
    for (let i = 0; i < count; i++) {
      const input = load<usize>(inputs + ((<usize>i) << 2)) + at;
      const shift = (<usize>i) << 5;
      const x = v128.load(input);
      const y = v128.load(input, 16);
      const xLow = v128.and(x, nibble);
      const xHigh = i8x16.shr_u(x, 4);
      const yLow = v128.and(y, nibble);
      const yHigh = i8x16.shr_u(y, 4);
      let low = v128.load(tables + shift);
      let high = v128.load(tables + shift, 16);
      a = v128.xor(a, v128.xor(i8x16.swizzle(low, xLow), i8x16.swizzle(high, xHigh)));
      b = v128.xor(b, v128.xor(i8x16.swizzle(low, yLow), i8x16.swizzle(high, yHigh)));
      low = v128.load(secondTables + shift);
      high = v128.load(secondTables + shift, 16);
      c = v128.xor(c, v128.xor(i8x16.swizzle(low, xLow), i8x16.swizzle(high, xHigh)));
      d = v128.xor(d, v128.xor(i8x16.swizzle(low, yLow), i8x16.swizzle(high, yHigh)));
    }
    v128.store(target + at, a);
    v128.store(target + at, b, 16);
    v128.store(second + at, c);
    v128.store(second + at, d, 16);
  }
}

function product(x: v128, low: v128, high: v128, nibble: v128): v128 {
  return v128.xor(i8x16.swizzle(low, v128.and(x, nibble)), i8x16.swizzle(high, i8x16.shr_u(x, 4)));
}
