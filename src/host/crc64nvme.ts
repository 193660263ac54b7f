import { kernelWasm } from "./crc64nvme.wasm.ts";

// Where things lie in the kernel's memory.
const stateAt = 0;
const tablesAt = 64;
const tablesSizeBytes = 16 * 256 * 8;
const inputAt: number = tablesAt + tablesSizeBytes;
const memoryPageBytes = 65_536;
/** The kernel works on a copy of this much at a time, which stays in the processor's cache. */
const inputSizeBytes = 2 * memoryPageBytes - inputAt;

interface Kernel {
  fillTables(tables: number): void;
  update(state: number, tables: number, start: number, end: number): void;
}

const memory = new WebAssembly.Memory({ initial: 2, maximum: 2 });
const kernel = new WebAssembly.Instance(new WebAssembly.Module(kernelWasm), { env: { memory } })
  .exports as unknown as Kernel;
kernel.fillTables(tablesAt);
const state: Uint8Array = new Uint8Array(memory.buffer, stateAt, 8);
const input: Uint8Array = new Uint8Array(memory.buffer, inputAt, inputSizeBytes);

/** A running CRC-64/NVME. */
export class Crc64Nvme {
  /** Little-endian, as the kernel keeps it. */
  readonly #state: Uint8Array = new Uint8Array(8).fill(0xff);

  update(bytes: Uint8Array): void {
    state.set(this.#state);
    for (let start = 0; start < bytes.length; start += inputSizeBytes) {
      const piece = bytes.subarray(start, start + inputSizeBytes);
      input.set(piece);
      kernel.update(stateAt, tablesAt, inputAt, inputAt + piece.length);
    }
    this.#state.set(state);
  }

  /** The sum so far: eight bytes, big-endian. */
  digest(): Uint8Array {
    return this.#state.map((byte) => ~byte).reverse();
  }
}
