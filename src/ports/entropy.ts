/** Chance for secrets (keys, tokens, identifiers nobody may guess). */
export interface Entropy {
  /** `count` unpredictable bytes. */
  bytes(count: number): Uint8Array<ArrayBuffer>;
}
