// Requests as text, a line for the method and target and one for each field, and Signature Version
// 4 a second time: from AWS's description, on bytes, with nothing of the gateway's.
import { createHash, createHmac } from "node:crypto";
import type { HttpHeaders } from "#s3/http.ts";

/** What of a request is signed. */
export interface TextRequest {
  readonly method: string;
  readonly target: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** The request in a text; odd lines are left out. */
export function requestOf(text: string): TextRequest {
  const [first = "", ...lines] = text.split("\n");
  const [method = "", ...target] = first.split(" ");
  const fields = lines.flatMap((line) => {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    // A listener hands on only names that are tokens (RFC 9110 section 5.6.2).
    return /^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name)
      ? [[name, line.slice(colon + 1).trim()] as const]
      : [];
  });
  return { method, target: target.join(" "), fields };
}

export function textOfRequest({ method, target, fields }: TextRequest): string {
  return [`${method} ${target}`, ...fields.map(([name, value]) => `${name}: ${value}`)].join("\n");
}

/** Fields as a listener hands them on. */
export function headersOf({ fields }: TextRequest): HttpHeaders {
  const headers = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of fields) (headers[name] ??= []).push(value);
  return headers;
}

function decodePercent(text: string): Buffer {
  const bytes = text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, "latin1");
}

function encodePercent(bytes: Buffer, kept: RegExp): string {
  return [...bytes]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      const hex = byte.toString(16).toUpperCase().padStart(2, "0");
      return kept.test(character) ? character : `%${hex}`;
    })
    .join("");
}

const unreserved = /[A-Za-z0-9._~-]/;
const unreservedOrSlash = /[A-Za-z0-9._~/-]/;

/** A query's pairs, decoded to bytes in which a character is a byte. */
export function pairsOf(target: string): [name: string, value: string][] {
  const query = /\?(.*)$/s.exec(target)?.[1] ?? "";
  return query
    .split("&")
    .filter((pair) => pair !== "")
    .map((pair) => {
      const equals = pair.indexOf("=");
      const sides = equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
      const [name = "", value = ""] = sides.map((side) =>
        decodePercent(side.replaceAll("+", " ")).toString("latin1"),
      );
      return [name, value];
    });
}

export interface SignedWith {
  readonly secret: string;
  readonly amzDate: string;
  readonly scope: string;
  readonly signedHeaders: string;
  readonly payloadHash: string;
}

/** The signature that a request must have. */
export function signatureOf(request: TextRequest, signed: SignedWith): string {
  const { secret, amzDate, scope, signedHeaders, payloadHash } = signed;
  const origin = request.target.replace(/^https?:\/\/[^/?]*/i, "");
  const path = encodePercent(
    decodePercent(origin.replace(/\?.*$/s, "").replace(/^(?!\/)/, "/")),
    unreservedOrSlash,
  );
  const query = pairsOf(request.target)
    .filter(([name]) => name !== "X-Amz-Signature")
    .map((pair) => pair.map((side) => encodePercent(Buffer.from(side, "latin1"), unreserved)))
    .sort(([a = "", x = ""], [b = "", y = ""]) =>
      a === b ? (x < y ? -1 : Number(x > y)) : a < b ? -1 : 1,
    )
    .map((pair) => pair.join("="))
    .join("&");
  const headers = signedHeaders.split(";").map((name) => {
    const values = request.fields.flatMap(([given, value]) => (given === name ? [value] : []));
    return `${name}:${values.map((value) => value.trim().replace(/[ \t]+/g, " ")).join(",")}\n`;
  });
  const canonical = [request.method, path, query, headers.join(""), signedHeaders, payloadHash];
  const hash = createHash("sha256").update(canonical.join("\n"), "latin1").digest("hex");
  let key: Buffer = Buffer.from(`AWS4${secret}`);
  for (const part of scope.split("/")) key = createHmac("sha256", key).update(part).digest();
  return createHmac("sha256", key)
    .update(`AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${hash}`)
    .digest("hex");
}
