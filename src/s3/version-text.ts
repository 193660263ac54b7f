import { emptyBytes, fromHex, toHex } from "#base/bytes.ts";
import type { Versioning } from "#format/index.ts";
import { versionIdSizeBytes } from "#objects/index.ts";
import { invalidArgument } from "./s3-error.ts";

/** A version's id as clients see it. */
export function versionText(versionId: Uint8Array, isNull: boolean): string {
  return isNull ? "null" : toHex(versionId);
}

/**
 * The version a request names: none is the current one, no bytes the null version.
 *
 * @throws S3Error InvalidArgument where it cannot be an id
 */
export function parseVersionId(text: string | undefined): Uint8Array | undefined {
  if (text === undefined) return undefined;
  if (text === "null") return emptyBytes;
  const id = fromHex(text);
  if (id !== undefined && id.length === versionIdSizeBytes) return id;
  throw invalidArgument("versionId", text, "Invalid version id specified");
}

/** The `x-amz-version-id` field of an answer; none where the bucket never had versions. */
export function versionHeaders(
  versionId: Uint8Array,
  isNull: boolean,
  versioning: Versioning,
): Record<string, string> {
  return versioning === "off" ? {} : { "x-amz-version-id": versionText(versionId, isNull) };
}
