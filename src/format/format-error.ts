/** Bytes that do not say what they should: damaged, cut short, or newer than this program. */
export class FormatError extends Error {
  override readonly name = "FormatError";
  /** `newer`: written by a newer program; `malformed`: everything else. */
  readonly code: "malformed" | "newer";

  constructor(code: "malformed" | "newer", message: string) {
    super(message);
    this.code = code;
  }
}
