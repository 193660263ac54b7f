import { assert } from "#base/assert.ts";
import { multiply } from "./gf256.ts";
import { kernelWasm } from "./kernel.wasm.ts";
import type { Row } from "./matrix.ts";
import { dataShardsMax, parityShardsMax } from "./profile.ts";

const pageSizeBytes = 65_536;

/** Lengths that the kernel works on are multiples of this many bytes. */
export const kernelStepBytes = 64;

/** The first page is the kernel's own: addresses of inputs, and the tables of each output. */
const addressesAt = 1024;
const tablesAt = 4096;
const tableSizeBytes = 32;
const arenaAt: number = pageSizeBytes;

/** The functions of `kernels/src/erasure.ts`, whose arguments are addresses and lengths. */
interface KernelFunctions {
  sum(target: number, inputs: number, count: number, length: number): void;
  sumAndPowers(p: number, q: number, inputs: number, count: number, length: number): void;
  combine(target: number, tables: number, inputs: number, count: number, length: number): void;
  combineTwo(
    ...args: [
      target: number,
      second: number,
      tables: number,
      secondTables: number,
      inputs: number,
      count: number,
      length: number,
    ]
  ): void;
}

let compiled: WebAssembly.Module | undefined;

/** The WASM arithmetic, and the arena it works in: places are byte offsets in the arena. */
export class Kernel {
  /** Never grows, so that views of it stay attached. Pages that are not used take no memory. */
  readonly arena: Uint8Array;
  readonly #functions: KernelFunctions;
  readonly #addresses: Uint32Array;
  readonly #tables: Uint8Array;

  /** @param arenaSizeBytes how much there is to work in, a multiple of 64 KiB */
  constructor(arenaSizeBytes: number) {
    const pages = arenaSizeBytes / pageSizeBytes + 1;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    compiled ??= new WebAssembly.Module(kernelWasm);
    const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
    this.#functions = exports as unknown as KernelFunctions;
    this.#addresses = new Uint32Array(memory.buffer, addressesAt, dataShardsMax);
    const tablesSizeBytes = parityShardsMax * dataShardsMax * tableSizeBytes;
    this.#tables = new Uint8Array(memory.buffer, tablesAt, tablesSizeBytes);
    this.arena = new Uint8Array(memory.buffer, arenaAt, arenaSizeBytes);
  }

  /** Writes P, the sum of the inputs, and Q, the sum of input i times 2^i. */
  sumAndPowers(inputs: readonly number[], p: number, q: number, lengthBytes: number): void {
    this.#setInputs(inputs, lengthBytes);
    const { length } = inputs;
    this.#functions.sumAndPowers(arenaAt + p, arenaAt + q, addressesAt, length, lengthBytes);
  }

  /** Writes to each target the sum of the inputs times the coefficients of its row. */
  combine(
    inputs: readonly number[],
    targets: readonly { place: number; row: Row }[],
    lengthBytes: number,
  ): void {
    this.#setInputs(inputs, lengthBytes);
    const { length } = inputs;
    const weighted: number[] = [];
    for (const { place, row } of targets) {
      if (row.every((factor) => factor === 1)) {
        this.#functions.sum(arenaAt + place, addressesAt, length, lengthBytes);
      } else {
        this.#setTables(weighted.length, row);
        weighted.push(arenaAt + place);
      }
    }
    const stride = dataShardsMax * tableSizeBytes;
    for (let i = 0; i < weighted.length; i += 2) {
      const target = weighted[i] ?? 0;
      const second = weighted[i + 1];
      const tables = tablesAt + i * stride;
      if (second === undefined) {
        this.#functions.combine(target, tables, addressesAt, length, lengthBytes);
      } else {
        const more = [tables, tables + stride, addressesAt, length, lengthBytes] as const;
        this.#functions.combineTwo(target, second, ...more);
      }
    }
  }

  #setInputs(inputs: readonly number[], lengthBytes: number): void {
    assert(lengthBytes % kernelStepBytes === 0, "E3: the kernel works on whole steps");
    assert(inputs.length >= 1 && inputs.length <= dataShardsMax, "E1: k is from 1 to 16");
    inputs.forEach((place, i) => {
      this.#addresses[i] = arenaAt + place;
    });
  }

  #setTables(slot: number, row: Row): void {
    let at = slot * dataShardsMax * tableSizeBytes;
    for (const factor of row) {
      for (let nibble = 0; nibble < 16; nibble++) {
        this.#tables[at + nibble] = multiply(factor, nibble);
        this.#tables[at + 16 + nibble] = multiply(factor, nibble << 4);
      }
      at += tableSizeBytes;
    }
  }
}
