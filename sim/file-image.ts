const pageSizeBytes = 4096;

/**
 * The bytes of a file. Pages are never written to in place, so that two images of one file (what a
 * reader sees, what lasts) share what they have in common; a page that is not there is all zeros.
 */
export class FileImage {
  readonly #pages = new Map<number, Uint8Array>();
  #sizeBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  clone(): FileImage {
    const copy = new FileImage();
    for (const [index, page] of this.#pages) copy.#pages.set(index, page);
    copy.#sizeBytes = this.#sizeBytes;
    return copy;
  }

  /**
   * Writes `bytes`, which must never change afterwards: whole pages of them are kept as they are.
   */
  write(offset: number, bytes: Uint8Array): void {
    let done = 0;
    while (done < bytes.length) {
      const index = Math.floor((offset + done) / pageSizeBytes);
      const within = (offset + done) % pageSizeBytes;
      const count = Math.min(pageSizeBytes - within, bytes.length - done);
      const part = bytes.subarray(done, done + count);
      if (count === pageSizeBytes) this.#pages.set(index, part);
      else {
        const page = new Uint8Array(pageSizeBytes);
        const old = this.#pages.get(index);
        if (old !== undefined) page.set(old);
        page.set(part, within);
        this.#pages.set(index, page);
      }
      done += count;
    }
    this.#sizeBytes = Math.max(this.#sizeBytes, offset + bytes.length);
  }

  /** Makes the image `sizeBytes` long: cuts it, or adds zeros. */
  resize(sizeBytes: number): void {
    if (sizeBytes < this.#sizeBytes) {
      const lastIndex = Math.floor(sizeBytes / pageSizeBytes);
      for (const index of this.#pages.keys()) if (index > lastIndex) this.#pages.delete(index);
      const last = this.#pages.get(lastIndex);
      if (last !== undefined) {
        const cut = last.slice();
        cut.fill(0, sizeBytes % pageSizeBytes);
        this.#pages.set(lastIndex, cut);
      }
    }
    this.#sizeBytes = sizeBytes;
  }

  /** Fills `target` from `offset` on, as far as the image goes. Returns the count. */
  read(target: Uint8Array, offset: number): number {
    const end = Math.min(this.#sizeBytes, offset + target.length);
    let at = offset;
    while (at < end) {
      const index = Math.floor(at / pageSizeBytes);
      const within = at % pageSizeBytes;
      const count = Math.min(pageSizeBytes - within, end - at);
      const page = this.#pages.get(index);
      if (page === undefined) target.fill(0, at - offset, at - offset + count);
      else target.set(page.subarray(within, within + count), at - offset);
      at += count;
    }
    return Math.max(0, end - offset);
  }

  /** All of it. */
  bytes(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#sizeBytes);
    this.read(whole, 0);
    return whole;
  }

  /** Flips one bit, which is as if it had always been so. */
  flipBit(offset: number, bit: number): void {
    const byte = new Uint8Array(1);
    if (this.read(byte, offset) === 0) return;
    byte[0] = (byte[0] ?? 0) ^ (1 << bit);
    this.write(offset, byte);
  }
}
