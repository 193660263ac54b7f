import type { UnitId } from "#format/index.ts";

/**
 * What became of the shards that a reader lacks: `unavailable`: nodes that may have them cannot be
 * reached, so that it is worth trying again; `corrupt`, `missing`: they are damaged or gone.
 */
export type LossKind = "missing" | "corrupt" | "unavailable";

/** Bytes that should be there cannot be had: nothing was sent in their place. */
export class UnreadableError extends Error {
  override readonly name = "UnreadableError";
  readonly code: LossKind;

  constructor(code: LossKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A unit's name, for logs. */
export function unitText(id: UnitId): string {
  return `${id.epoch}.${id.session}.${id.number}`;
}
