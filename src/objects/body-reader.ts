import { emptyBytes } from "#base/bytes.ts";

/** A body is not as long as was declared. */
export class BodySizeError extends Error {
  override readonly name = "BodySizeError";
  readonly code: "short" | "long";

  constructor(code: "short" | "long") {
    super(`the body is ${code === "short" ? "shorter" : "longer"} than was declared`);
    this.code = code;
  }
}

/** Pulls a body into buffers of the caller's, whatever the chunks it comes in. */
export class BodyReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = emptyBytes;
  #ended = false;

  constructor(body: AsyncIterable<Uint8Array>) {
    this.#chunks = body[Symbol.asyncIterator]();
  }

  /** Resolves when bytes are at hand, or the body has ended. Throws whatever the body throws. */
  async ready(): Promise<void> {
    while (this.#chunk.length === 0 && (await this.#pull()));
  }

  /**
   * Fills `target` with the next bytes.
   *
   * @throws BodySizeError `short` where the body ends before; whatever the body throws
   */
  async readInto(target: Uint8Array): Promise<void> {
    let filled = 0;
    while (filled < target.length) {
      if (this.#chunk.length === 0 && !(await this.#pull())) throw new BodySizeError("short");
      const piece = this.#chunk.subarray(0, target.length - filled);
      target.set(piece, filled);
      filled += piece.length;
      this.#chunk = this.#chunk.subarray(piece.length);
    }
  }

  /**
   * Pulls until the body says that it has ended: what it checks at its end has been checked then.
   *
   * @throws BodySizeError `long` where there are more bytes; whatever the body throws
   */
  async finish(): Promise<void> {
    while (this.#chunk.length === 0) if (!(await this.#pull())) return;
    throw new BodySizeError("long");
  }

  /** Tells the body that nobody will pull any more. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#chunks.return?.();
  }

  async #pull(): Promise<boolean> {
    if (this.#ended) return false;
    const next = await this.#chunks.next();
    if (next.done === true) {
      this.#ended = true;
      return false;
    }
    this.#chunk = next.value;
    return true;
  }
}
