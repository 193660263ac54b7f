import { createHash } from "node:crypto";
import { concatBytes, toHex, utf8 } from "#base/bytes.ts";
import type { Prng } from "#base/prng.ts";
import type { HttpRequest, HttpResponse } from "#s3/index.ts";
import { type ClientCredentials, authorizationOf, timestampOf } from "./signature.ts";

/** What answers S3 requests: a node, or what stands in for one. */
export interface Server {
  handle(request: HttpRequest): Promise<HttpResponse>;
}

/** The world around a client. */
export interface Surroundings {
  prng: Prng;
  /** The wall clock that requests are dated by. */
  unixMs(): number;
  sleep(ms: number): Promise<void>;
}

/** An S3 request before it is signed. */
export interface Call {
  method: "GET" | "PUT" | "HEAD" | "DELETE" | "POST";
  path: string;
  query?: Record<string, string> | undefined;
  headers?: Record<string, string> | undefined;
  body?: Uint8Array | undefined;
  /**
   * How the body travels. `signed` names its SHA-256, `trailer` sends chunks and a CRC32 after
   * them.
   */
  payload?: "signed" | "unsigned" | "trailer" | undefined;
  /** The client goes away when it has sent so many bytes of the body as it travels. */
  vanishAfterBytes?: number | undefined;
  /** One bit of the body differs from what was signed or summed. */
  isDamaged?: boolean | undefined;
  /** The client stops reading the answer after so many bytes. */
  stopReadingAfterBytes?: number | undefined;
  /** The client pauses so long before each further part that it sends, in milliseconds. */
  sendPauseMs?: number | undefined;
  /** The client pauses so long behind each part of the answer, in milliseconds. */
  readPauseMs?: number | undefined;
}

/** What came back. */
export type Reply =
  | { kind: "answer"; status: number; headers: Readonly<Record<string, string>>; body: Uint8Array }
  /** The answer began, and broke off; or the client stopped reading. */
  | { kind: "broken"; status: number; body: Uint8Array }
  /** The node died. */
  | { kind: "died" };

/** The path of a bucket, or of an object in it, encoded. */
export function pathOf(bucket: string, key?: string): string {
  return key === undefined ? `/${bucket}` : `/${bucket}/${key.split("/").map(encode).join("/")}`;
}

/**
 * Sends a call and reads the whole answer, unless the node dies meanwhile.
 *
 * @param died resolves when the node's machine dies
 */
export async function send(
  server: Server,
  call: Call,
  credentials: ClientCredentials,
  surroundings: Surroundings,
  died: Promise<void>,
): Promise<Reply> {
  const abort = new AbortController();
  const request = requestOf(call, credentials, surroundings, abort);
  const gone = died.then((): Reply => ({ kind: "died" }));
  return Promise.race([gone, exchange(server, request, { call, abort, surroundings })]);
}

async function exchange(
  server: Server,
  request: HttpRequest,
  { call, abort, surroundings }: { call: Call; abort: AbortController; surroundings: Surroundings },
): Promise<Reply> {
  const { status, headers, body } = await server.handle(request);
  if (body === undefined) return { kind: "answer", status, headers, body: new Uint8Array(0) };
  if (body instanceof Uint8Array) return { kind: "answer", status, headers, body };
  const parts: Uint8Array[] = [];
  let byteCount = 0;
  try {
    for await (const part of body) {
      // The sender may use its buffer anew once it is asked for more.
      parts.push(part.slice());
      byteCount += part.length;
      if (call.readPauseMs !== undefined) await surroundings.sleep(call.readPauseMs);
      if (byteCount >= (call.stopReadingAfterBytes ?? Infinity)) {
        abort.abort(new Error("the client stopped reading"));
        return { kind: "broken", status, body: concatBytes(parts) };
      }
    }
  } catch {
    return { kind: "broken", status, body: concatBytes(parts) };
  }
  return { kind: "answer", status, headers, body: concatBytes(parts) };
}

function requestOf(
  call: Call,
  credentials: ClientCredentials,
  surroundings: Surroundings,
  abort: AbortController,
): HttpRequest {
  const query = Object.entries(call.query ?? {})
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
  const target = query === "" ? call.path : `${call.path}?${query}`;
  const { headers, sent } = dress(call);
  headers["x-amz-date"] = [timestampOf(surroundings.unixMs())];
  const authorization = authorizationOf({ method: call.method, target, headers }, credentials);
  return {
    method: call.method,
    target,
    headers: { ...headers, authorization: [authorization] },
    body: bodyOf(call, sent, surroundings, abort),
    signal: abort.signal,
    remoteAddress: "127.0.0.1",
  };
}

/** The headers of a call, and the bytes of its body as they travel. */
function dress(call: Call): { headers: Record<string, readonly string[]>; sent: Uint8Array } {
  const headers: Record<string, readonly string[]> = { host: ["127.0.0.1:9000"] };
  for (const [name, value] of Object.entries(call.headers ?? {})) headers[name] = [value];
  const body = call.body ?? new Uint8Array(0);
  let sent = body;
  if (call.isDamaged === true && body.length > 0) {
    sent = body.slice();
    sent[body.length >> 1] = (sent[body.length >> 1] ?? 0) ^ 1;
  }
  if (call.payload === "trailer") {
    headers["x-amz-content-sha256"] = ["STREAMING-UNSIGNED-PAYLOAD-TRAILER"];
    headers["x-amz-trailer"] = ["x-amz-checksum-sha256"];
    headers["content-encoding"] = ["aws-chunked"];
    headers["x-amz-decoded-content-length"] = [String(body.length)];
    const sum = createHash("sha256").update(body).digest("base64");
    sent = inChunks(sent, `x-amz-checksum-sha256:${sum}\r\n`);
  } else if (call.payload === "unsigned") {
    headers["x-amz-content-sha256"] = ["UNSIGNED-PAYLOAD"];
    if (call.body !== undefined) {
      headers["content-md5"] = [createHash("md5").update(body).digest("base64")];
    }
  } else {
    headers["x-amz-content-sha256"] = [toHex(createHash("sha256").update(body).digest())];
  }
  if (call.body !== undefined) headers["content-length"] = [String(sent.length)];
  return { headers, sent };
}

/** The body as `aws-chunked` with a trailer has it. */
function inChunks(body: Uint8Array, trailer: string): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < body.length; at += 65_536) {
    const part = body.subarray(at, at + 65_536);
    parts.push(utf8(`${part.length.toString(16)}\r\n`), part, utf8("\r\n"));
  }
  parts.push(utf8(`0\r\n${trailer}\r\n`));
  return concatBytes(parts);
}

async function* bodyOf(
  call: Call,
  sent: Uint8Array,
  surroundings: Surroundings,
  abort: AbortController,
): AsyncGenerator<Uint8Array> {
  const { prng } = surroundings;
  const vanishAt = call.vanishAfterBytes ?? Infinity;
  let at = 0;
  while (at < sent.length) {
    if (prng.below(4) === 0) await surroundings.sleep(prng.below(20));
    if (at >= vanishAt) {
      const reason = new Error("the client went away");
      abort.abort(reason);
      throw reason;
    }
    const count = prng.below(8) === 0 ? 1 + prng.below(500) : 1 + prng.below(100_000);
    const end = Math.min(at + count, vanishAt);
    yield sent.slice(at, end);
    at = end;
    if (call.sendPauseMs !== undefined) await surroundings.sleep(call.sendPauseMs);
  }
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
