import type * as fc from "fast-check";

/** A reader of input that may be anything, and what is promised of it. */
export interface FuzzTarget {
  /** Names its file in `corpus/` as well: `s3-xml`. */
  readonly name: string;
  /** Inputs that are well-formed, or nearly so: what mutation starts from, beside the corpus. */
  readonly seeds: fc.Arbitrary<Uint8Array>;
  /** What means something to the reader; a character is a byte. Mutation writes them about. */
  readonly words: readonly string[];
  /**
   * Gives the reader an input, and throws where a promise is broken: the reader failed with
   * something else than the errors it has, believed what it should not have, or said one thing
   * where an independent reading of the same bytes says another.
   *
   * @returns a short name for what came of it: `read`, `MalformedXML`. A run shows how often each
   * came, and keeps an input for each that is new.
   */
  check(input: Uint8Array): string | Promise<string>;
}

/** Bytes as text in which a character is a byte. */
export function latin1Of(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

/** The bytes of text in which a character is a byte. */
export function bytesOf(latin1: string): Uint8Array {
  return new Uint8Array(Buffer.from(latin1, "latin1"));
}
