/**
 * Why the shelf did not do what it was asked: `full`: the disk has no room; `io`: the disk failed;
 * `conflict`: another shard was sealed under that name; `stopped`: the shelf is closed, or its
 * index failed and the node must start again.
 */
export type ShelfErrorCode = "full" | "io" | "conflict" | "stopped";

/** An operation of the shelf failed. */
export class ShelfError extends Error {
  override readonly name = "ShelfError";
  readonly code: ShelfErrorCode;

  constructor(code: ShelfErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
