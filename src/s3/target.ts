import { S3Error } from "./s3-error.ts";

/** One query parameter, decoded. */
export interface QueryParameter {
  readonly name: string;
  /** Empty where there was no `=`. */
  readonly value: string;
}

/** A request target, split but not normalized. */
export interface RequestTarget {
  /** From the first `/` to the query, as sent. */
  readonly rawPath: string;
  /** In the order they were sent, repeated ones too. */
  readonly query: readonly QueryParameter[];
}

const slash = 0x2f;

/** Whether a character needs no percent-encoding: A-Z a-z 0-9 `-` `.` `_` `~` (RFC 3986). */
const unreserved: readonly boolean[] = Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9\-._~]/.test(String.fromCharCode(code)),
);

function isPlain(text: string, alsoSlash: boolean): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (unreserved[code] !== true && !(alsoSlash && code === slash)) return false;
  }
  return true;
}

/**
 * Percent-encodes all but unreserved characters, in UTF-8 and upper-case hexadecimal, as SigV4 and
 * S3's `encoding-type=url` have it.
 */
export function uriEncode(text: string): string {
  if (isPlain(text, false)) return text;
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** `uriEncode`, leaving `/` as it is. */
export function uriEncodePath(text: string): string {
  if (isPlain(text, true)) return text;
  return uriEncode(text).replaceAll("%2F", "/");
}

/**
 * Decodes percent-encoding and nothing else: `+` stays, `//`, `.` and `..` stay. Bytes that were
 * sent bare are taken as the UTF-8 they are.
 *
 * @throws S3Error InvalidURI where an escape is broken or the bytes are not UTF-8
 */
export function uriDecode(text: string): string {
  if (isPlain(text, true)) return text;
  // eslint-disable-next-line no-control-regex -- what is not ASCII is meant
  const escaped = text.replace(/[^\u0000-\u007f]/g, (byte) =>
    byte.charCodeAt(0) > 0xff ? "%FF" : `%${byte.charCodeAt(0).toString(16)}`,
  );
  try {
    return decodeURIComponent(escaped);
  } catch (cause) {
    throw new S3Error("InvalidURI", { cause });
  }
}

function parseQuery(raw: string): QueryParameter[] {
  const parameters: QueryParameter[] = [];
  for (const pair of raw.split("&")) {
    if (pair === "") continue;
    // In a query, unlike in a path, a bare plus is a space: forms are encoded so.
    const text = pair.includes("+") ? pair.replaceAll("+", "%20") : pair;
    const equals = text.indexOf("=");
    const name = equals < 0 ? text : text.slice(0, equals);
    const value = equals < 0 ? "" : text.slice(equals + 1);
    parameters.push({ name: uriDecode(name), value: uriDecode(value) });
  }
  return parameters;
}

const noParameters: readonly QueryParameter[] = [];

/**
 * Splits a request target in origin form or absolute form (RFC 9112 section 3.2).
 *
 * @throws S3Error InvalidURI where it is neither, or its query is not well encoded
 */
export function parseTarget(target: string): RequestTarget {
  let origin = target;
  if (target.charCodeAt(0) !== slash) {
    const authority = /^https?:\/\/[^/?]*/i.exec(target);
    if (authority === null) throw new S3Error("InvalidURI");
    origin = target.slice(authority[0].length);
    if (origin.charCodeAt(0) !== slash) origin = `/${origin}`;
  }
  const mark = origin.indexOf("?");
  if (mark < 0) return { rawPath: origin, query: noParameters };
  return { rawPath: origin.slice(0, mark), query: parseQuery(origin.slice(mark + 1)) };
}

/** The first value of a query parameter, or undefined where it does not occur. */
export function queryValue(query: readonly QueryParameter[], name: string): string | undefined {
  for (const parameter of query) if (parameter.name === name) return parameter.value;
  return undefined;
}
