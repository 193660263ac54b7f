import { S3Error } from "#s3/s3-error.ts";

/** What a reader came to: a value, or the S3 error it refused the input with. */
export type Reading<T> =
  | { readonly kind: "read"; readonly value: T }
  | { readonly kind: "refused"; readonly code: string };

/** Reads, and takes S3 errors for an answer. Whatever else is thrown is a broken promise. */
export function reading<T>(read: () => T): Reading<T> {
  try {
    return { kind: "read", value: read() };
  } catch (error) {
    if (error instanceof S3Error) return { kind: "refused", code: error.code };
    throw error;
  }
}

/** A short name for a reading. */
export function outcomeOf(reading: Reading<unknown>): string {
  return reading.kind === "read" ? "read" : reading.code;
}
