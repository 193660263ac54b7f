// Continuation tokens: opaque to clients, and checked, so that a made-up one is told from a real
// one.
import { fromBase64, textOf, toBase64, utf8 } from "#base/bytes.ts";
import { crc32c } from "#base/hash.ts";
import { S3Error } from "./s3-error.ts";

const formatVersion = 1;
const headSizeBytes = 5;

/** A token for the name after which a listing goes on. */
export function makeToken(name: string): string {
  const bytes = utf8(name);
  const token = new Uint8Array(headSizeBytes + bytes.length);
  token[0] = formatVersion;
  new DataView(token.buffer).setUint32(1, crc32c(bytes));
  token.set(bytes, headSizeBytes);
  return toBase64(token);
}

/**
 * The name in a token.
 *
 * @throws S3Error InvalidArgument where this gateway did not make it
 */
export function readToken(text: string): string {
  const token = fromBase64(text);
  if (token !== undefined && token.length >= headSizeBytes && token[0] === formatVersion) {
    const bytes = token.subarray(headSizeBytes);
    const sum = new DataView(token.buffer, token.byteOffset).getUint32(1);
    const name = sum === crc32c(bytes) ? textOf(bytes) : undefined;
    if (name !== undefined) return name;
  }
  throw new S3Error("InvalidArgument", {
    message: "The continuation token provided is incorrect",
    details: { ArgumentName: "continuation-token" },
  });
}
