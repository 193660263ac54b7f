import { frameSizeBytesMax } from "#ports/index.ts";

/*
 * Frames as they go over a stream of bytes:
 *
 * | length (4, little-endian) | that many bytes | ... | 0 (4): the orderly end |
 */

export const lengthSizeBytes = 4;

/** What the bytes so far came to. */
export type Decoded =
  | { kind: "frames"; frames: readonly Uint8Array[] }
  /** Frames, and then the orderly end. */
  | { kind: "end"; frames: readonly Uint8Array[] }
  /** No frames: whoever sent that does not keep to the rules. */
  | { kind: "garbage"; reason: string };

/** Cuts a stream of bytes into frames, each with bytes of its own. */
export class FrameDecoder {
  readonly #head = new Uint8Array(lengthSizeBytes);
  #headFilled = 0;
  /** The frame that is not whole yet. */
  #frame: Uint8Array | undefined;
  #frameFilled = 0;
  #hasEnded = false;

  /** Takes the next bytes, in pieces of any size. */
  push(chunk: Uint8Array): Decoded {
    const frames: Uint8Array[] = [];
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#hasEnded) return { kind: "garbage", reason: "there are bytes after the end" };
      if (this.#frame === undefined) {
        offset += this.#fillHead(chunk, offset);
        if (this.#headFilled < lengthSizeBytes) break;
        const length = this.#takeLength();
        if (length > frameSizeBytesMax) {
          return { kind: "garbage", reason: `a frame of ${length} bytes is too large` };
        }
        if (length === 0) this.#hasEnded = true;
        else this.#frame = emptyFrame(length);
      } else offset += this.#fillFrame(this.#frame, chunk, offset, frames);
    }
    return { kind: this.#hasEnded ? "end" : "frames", frames };
  }

  #fillHead(chunk: Uint8Array, offset: number): number {
    const count = Math.min(lengthSizeBytes - this.#headFilled, chunk.length - offset);
    for (let i = 0; i < count; i++) this.#head[this.#headFilled + i] = chunk[offset + i] ?? 0;
    this.#headFilled += count;
    return count;
  }

  #takeLength(): number {
    this.#headFilled = 0;
    const [a = 0, b = 0, c = 0, d = 0] = this.#head;
    return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
  }

  #fillFrame(frame: Uint8Array, chunk: Uint8Array, offset: number, frames: Uint8Array[]): number {
    const count = Math.min(frame.length - this.#frameFilled, chunk.length - offset);
    frame.set(chunk.subarray(offset, offset + count), this.#frameFilled);
    this.#frameFilled += count;
    if (this.#frameFilled === frame.length) {
      frames.push(frame);
      this.#frame = undefined;
      this.#frameFilled = 0;
    }
    return count;
  }
}

/** Above this, zeros are worth not being written. */
const zeroedBytesMax = 4096;

/**
 * Room for a frame. What comes is written over all of it before anybody sees it. It is no Buffer:
 * the `slice` of one is no copy, and whoever changed that would change the frame.
 */
function emptyFrame(length: number): Uint8Array {
  if (length <= zeroedBytesMax) return new Uint8Array(length);
  const { buffer, byteOffset } = Buffer.allocUnsafeSlow(length);
  return new Uint8Array(buffer, byteOffset, length);
}
