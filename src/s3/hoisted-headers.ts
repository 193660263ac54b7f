import type { HttpHeaders } from "./http.ts";
import type { QueryParameter } from "./target.ts";

/** Query parameters that belong to the signature itself, in lower case. */
const ownParameters: ReadonlySet<string> = new Set([
  "x-amz-algorithm",
  "x-amz-credential",
  "x-amz-date",
  "x-amz-expires",
  "x-amz-signedheaders",
  "x-amz-signature",
  "x-amz-security-token",
  "x-amz-content-sha256",
]);

/**
 * The header fields of a presigned request: SDKs move `x-amz-` fields into the query that is
 * signed, so that whoever uses the URL need not send them. A field that is sent as well must be
 * signed too, and wins.
 */
export function hoistedHeaders(
  headers: HttpHeaders,
  query: readonly QueryParameter[],
): HttpHeaders {
  let merged: Record<string, readonly string[] | undefined> | undefined;
  for (const parameter of query) {
    const name = parameter.name.toLowerCase();
    if (!name.startsWith("x-amz-") || ownParameters.has(name)) continue;
    if (headers[name] !== undefined) continue;
    merged ??= Object.assign(Object.create(null) as typeof merged & object, headers);
    merged[name] = [...(merged[name] ?? []), parameter.value];
  }
  return merged ?? headers;
}
