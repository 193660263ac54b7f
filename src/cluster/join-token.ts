import { concatBytes, equalBytes } from "#base/bytes.ts";
import { crc32c } from "#base/hash.ts";
import {
  decodeTokenContent,
  encodeTokenContent,
  FormatError,
  type TokenContent,
} from "#format/index.ts";

/*
 * A token as people carry it from one terminal to another: one line of letters, digits, - and _.
 *
 *   hamster1-<base64url of: CRC32C of the rest (4, little-endian) | TokenContent>
 */

const family = "hamster";
const prefix = "hamster1-";
const checksumSizeBytes = 4;
/** A longer text is no token: three members with some addresses each fill a tenth of it. */
const textLengthMax = 8_192;
const fingerprintSizeBytes = 32;
export const tokenSecretSizeBytes = 32;

/** Why a text is not a token that can be used here, for people. */
export class JoinTokenError extends Error {
  override readonly name = "JoinTokenError";
}

export function joinTokenText(token: TokenContent): string {
  const body = encodeTokenContent(token);
  const text = concatBytes([checksumOf(body), body]).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
  return prefix + text;
}

/**
 * Reads a token's text; white space around it does no harm.
 *
 * @throws JoinTokenError that says what is wrong with it, never with what is in it
 */
export function parseJoinToken(text: string): TokenContent {
  const trimmed = text.trim();
  if (!trimmed.startsWith(prefix)) throw new JoinTokenError(reasonOfPrefix(trimmed));
  const bytes = bytesOf(trimmed.slice(prefix.length));
  const body = bytes?.subarray(checksumSizeBytes);
  if (bytes === undefined || body === undefined || bytes.length <= checksumSizeBytes) {
    throw new JoinTokenError("it is cut off, or has characters that no token has");
  }
  if (!equalBytes(bytes.subarray(0, checksumSizeBytes), checksumOf(body))) {
    throw new JoinTokenError("it is not whole: a part is missing or was changed");
  }
  const token = decode(body);
  const areMembersWhole = token.members.every(
    ({ addresses, keyFingerprint }) =>
      addresses.length > 0 && keyFingerprint.length === fingerprintSizeBytes,
  );
  if (!areMembersWhole || token.members.length === 0) {
    throw new JoinTokenError("it names no member that could be asked");
  }
  if (token.secret.length !== tokenSecretSizeBytes) throw new JoinTokenError("it has no secret");
  return token;
}

function reasonOfPrefix(text: string): string {
  if (text === "") return "it is empty";
  if (new RegExp(`^${family}\\d+-`).test(text)) return "a newer Hamster made it";
  return `a token begins with ${prefix}`;
}

function bytesOf(text: string): Uint8Array | undefined {
  if (text.length > textLengthMax) return undefined;
  try {
    return Uint8Array.fromBase64(text, { alphabet: "base64url" });
  } catch {
    return undefined;
  }
}

function decode(body: Uint8Array): TokenContent {
  try {
    return decodeTokenContent(body);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new JoinTokenError("it cannot be read", { cause: error });
  }
}

function checksumOf(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(checksumSizeBytes);
  new DataView(bytes.buffer).setUint32(0, crc32c(body), true);
  return bytes;
}
