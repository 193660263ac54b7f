/*
 * A gateway on a whole node below it, on any ports, and a client that signs: for tests.
 */
import { concatBytes, emptyBytes, mib, textOf, toBase64, toHex, utf8 } from "#base/bytes.ts";
import { hmacSha1, sha256 } from "#base/hash.ts";
import { localContext } from "#objects/index.ts";
import type { Ports } from "#ports/index.ts";
import { Replica } from "#replica/index.ts";
import { Shelf } from "#storage/index.ts";
import { formatAmzDate } from "./date.ts";
import { createGateway, type Gateway } from "./gateway.ts";
import type { HttpHeaders, HttpRequest, HttpResponse } from "./http.ts";
import { type ChunkChanges, encodeChunks } from "./rig-bodies.ts";
import { canonicalRequest, requestSignature, type Signer, signingKey } from "./sigv4.ts";
import type { Services } from "./services.ts";
import { parseTarget } from "./target.ts";

export const region = "us-east-1";
export const host = "s3.test";
export const accessKeyId = "AKIDEXAMPLE";
export const secretAccessKey = "secret/example";

/** A node with a gateway. */
export interface GatewayRig {
  readonly ports: Ports;
  readonly services: Services;
  readonly gateway: Gateway;
  readonly replica: Replica;
  readonly shelf: Shelf;
}

/** Starts a node with one account and no buckets, or boots on what is there. */
export async function startGateway(
  ports: Ports,
  options: { domains?: readonly string[]; region?: string } = {},
): Promise<GatewayRig> {
  const shelf = await Shelf.open(ports, { packSizeBytes: mib, reserveBytesMin: mib });
  const replica = await Replica.open(ports, {
    nodeId: 1,
    founding: {
      clusterId: new Uint8Array(16),
      epoch: 1,
      featureLevel: 1,
      nodeId: 1,
      node: {
        raftId: 1,
        keyFingerprint: new Uint8Array(32),
        addresses: [],
        host: "h",
        zone: "z",
        weight: 1,
        state: "up",
        layoutVersionWalked: 0,
      },
      accessKeyId,
      credential: { secretAccessKey, account: "account", createdUnixMs: 1 },
    },
    limits: { segmentSizeBytes: 2 * mib, checkpointLogBytesMin: mib },
  });
  const limits = { unitSizeBytes: mib, sliceSizeBytes: 2 ** 16 };
  const objects = localContext({ ports, replica, shelf, node: 1, limits });
  const services: Services = {
    ports,
    objects,
    region: options.region ?? region,
    domains: options.domains ?? [],
    hostId: "host-id",
  };
  return { ports, services, gateway: createGateway(services), replica, shelf };
}

/** Stops a node in good order. */
export async function stopGateway({ replica, shelf }: GatewayRig): Promise<void> {
  await replica.close();
  await shelf.close();
}

/** What a test asks for; what it leaves out is what an honest client would say. */
export interface TestRequest {
  readonly method: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Bytes or pieces as they go over the wire. */
  readonly body?: Uint8Array | string | readonly Uint8Array[] | AsyncIterable<Uint8Array>;
  /** In place of the body's SHA-256. */
  readonly payloadHash?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  /** How far the client's clock is ahead, in milliseconds. */
  readonly skewMs?: number;
  readonly scopeRegion?: string;
  /** Header fields that are changed after signing; an empty value takes the field away. */
  readonly tampered?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Cuts the body into pieces of these sizes, over and over. */
  readonly pieceSizes?: readonly number[];
  /** Makes the body once the request's own signature is known, in place of `body`. */
  readonly signedBody?: (signing: { signer: Signer; seedHex: string }) => Uint8Array;
}

async function* streamOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, void> {
  for (const piece of pieces) yield piece;
}

function cut(
  pieces: readonly Uint8Array[],
  sizes: readonly number[] | undefined,
): readonly Uint8Array[] {
  if (sizes === undefined) return pieces;
  const whole = concatBytes(pieces);
  const parts: Uint8Array[] = [];
  for (let at = 0, i = 0; at < whole.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    parts.push(whole.subarray(at, at + size));
    at += size;
  }
  return parts;
}

function piecesOf(body: TestRequest["body"]): readonly Uint8Array[] | undefined {
  if (body === undefined) return [];
  if (typeof body === "string") return [utf8(body)];
  if (body instanceof Uint8Array) return body.length === 0 ? [] : [body];
  return Array.isArray(body) ? (body as readonly Uint8Array[]) : undefined;
}

/** A request with a signature in its Authorization header. */
export function signedRequest(ports: Pick<Ports, "clock">, test: TestRequest): HttpRequest {
  const pieces = piecesOf(test.body);
  const whole = pieces === undefined ? undefined : concatBytes(pieces);
  const payloadHash =
    test.payloadHash ?? (whole === undefined ? "UNSIGNED-PAYLOAD" : toHex(sha256(whole)));
  const amzDate = formatAmzDate(ports.clock.unixMs() + (test.skewMs ?? 0));
  const fields: Record<string, string> = {
    host,
    "x-amz-content-sha256": payloadHash,
    "x-amz-date": amzDate,
    ...(whole === undefined || test.body === undefined
      ? {}
      : { "content-length": `${whole.length}` }),
    ...test.headers,
  };
  const toSign: HttpHeaders = Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, [value]]),
  );
  const signedHeaders = Object.keys(fields)
    .filter((name) => name === "host" || name.startsWith("x-amz-"))
    .sort();
  const scope = { date: amzDate.slice(0, 8), region: test.scopeRegion ?? region };
  const key = signingKey(test.secretAccessKey ?? secretAccessKey, scope);
  const { method, target } = test;
  const signed = { method, ...parseTarget(target), headers: toSign, signedHeaders, payloadHash };
  const signer: Signer = { key, amzDate, scope };
  const signature = requestSignature(signer, canonicalRequest(signed));
  const late = test.signedBody?.({ signer, seedHex: signature });
  fields["authorization"] =
    `AWS4-HMAC-SHA256 Credential=${test.accessKeyId ?? accessKeyId}/${scope.date}/` +
    `${scope.region}/s3/aws4_request, SignedHeaders=${signedHeaders.join(";")}, ` +
    `Signature=${signature}`;
  Object.assign(fields, test.tampered);
  return {
    method,
    target,
    headers: headersOf(fields),
    body:
      pieces === undefined
        ? (test.body as AsyncIterable<Uint8Array>)
        : streamOf(cut(late === undefined ? pieces : [late], test.pieceSizes)),
    signal: test.signal ?? new AbortController().signal,
    remoteAddress: "127.0.0.1",
  };
}

/** Fields as a listener hands them on; empty ones are left out. */
export function headersOf(fields: Readonly<Record<string, string>>): HttpHeaders {
  const sent = Object.entries(fields).filter(([, value]) => value !== "");
  return Object.fromEntries(sent.map(([name, value]) => [name, [value]]));
}

/** A presigned target. */
export function presignedTarget(
  ports: Pick<Ports, "clock">,
  test: { method: string; target: string; expiresSeconds: string; skewMs?: number },
): string {
  const amzDate = formatAmzDate(ports.clock.unixMs() + (test.skewMs ?? 0));
  const scope = { date: amzDate.slice(0, 8), region };
  const credential = `${accessKeyId}/${scope.date}/${region}/s3/aws4_request`;
  const target =
    `${test.target}${test.target.includes("?") ? "&" : "?"}X-Amz-Algorithm=AWS4-HMAC-SHA256` +
    `&X-Amz-Credential=${encodeURIComponent(credential)}&X-Amz-Date=${amzDate}` +
    `&X-Amz-Expires=${test.expiresSeconds}&X-Amz-SignedHeaders=host`;
  const canonical = canonicalRequest({
    method: test.method,
    ...parseTarget(target),
    headers: { host: [host] },
    signedHeaders: ["host"],
    payloadHash: "UNSIGNED-PAYLOAD",
  });
  const key = signingKey(secretAccessKey, scope);
  return `${target}&X-Amz-Signature=${requestSignature({ key, amzDate, scope }, canonical)}`;
}

/** A target presigned with Signature Version 2. */
export function presignedV2Target(
  ports: Pick<Ports, "clock">,
  test: { method: string; target: string; inSeconds: number },
): string {
  const expires = Math.floor(ports.clock.unixMs() / 1000) + test.inSeconds;
  const text = `${test.method}\n\n\n${expires}\n${test.target}`;
  const signature = toBase64(hmacSha1(utf8(secretAccessKey), utf8(text)));
  return (
    `${test.target}?AWSAccessKeyId=${accessKeyId}&Signature=${encodeURIComponent(signature)}` +
    `&Expires=${expires}`
  );
}

/** A PUT whose body is sent in chunks. */
export function chunkedBody(
  content: {
    target: string;
    chunks: readonly Uint8Array[];
    trailer?: { name: string; value: string };
    isSigned?: boolean;
  },
  changes: ChunkChanges = {},
): TestRequest {
  const { target, chunks, trailer } = content;
  const isSigned = content.isSigned ?? true;
  const sizeBytes = chunks.reduce((sum, { length }) => sum + length, 0);
  const mode = isSigned ? "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" : "STREAMING-UNSIGNED-PAYLOAD";
  return {
    method: "PUT",
    target,
    payloadHash: trailer === undefined ? mode : `${mode}-TRAILER`,
    headers: {
      "content-encoding": "aws-chunked",
      "x-amz-decoded-content-length": `${changes.declaredSizeBytes ?? sizeBytes}`,
      ...(trailer === undefined ? {} : { "x-amz-trailer": trailer.name }),
    },
    signedBody: (signing) =>
      encodeChunks({ chunks, trailer, signing: isSigned ? signing : undefined }, changes),
  };
}

/** Sends a request as it stands. */
export function sendRaw(
  rig: GatewayRig,
  request: Pick<HttpRequest, "method" | "target" | "headers"> & { body?: readonly Uint8Array[] },
): Promise<HttpResponse> {
  // As a listener's: what it has may stand in its prototype.
  const { signal } = new AbortController();
  const body = streamOf(request.body ?? []);
  const whole: HttpRequest = { ...request, body, signal, remoteAddress: "127.0.0.1" };
  return rig.gateway.handle(Object.create(whole) as HttpRequest);
}

/** Bytes that the shelf holds or is being given. */
export function heldBytes({ shelf }: GatewayRig): number {
  const { packs, files, stagedBytes } = shelf.usage();
  return packs.liveBytes + files.bytes + stagedBytes;
}

/** An answer with its body read to the end. */
export interface TestResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** The body as text. */
  readonly text: string;
  readonly requestBody: HttpResponse["requestBody"];
}

/** Reads an answer to its end. */
export async function collect(response: HttpResponse): Promise<TestResponse> {
  const parts: Uint8Array[] = [];
  if (response.body instanceof Uint8Array) parts.push(response.body);
  else if (response.body !== undefined) for await (const part of response.body) parts.push(part);
  const body = parts.length === 0 ? emptyBytes : concatBytes(parts);
  const { status, headers, requestBody } = response;
  return { status, headers, body, text: textOf(body) ?? "", requestBody };
}

/** Sends a signed request. */
export async function send(rig: GatewayRig, test: TestRequest): Promise<TestResponse> {
  return collect(await rig.gateway.handle(signedRequest(rig.ports, test)));
}

/** The code in an error document. */
export function codeOf(response: TestResponse): string {
  return /<Code>([^<]*)<\/Code>/.exec(response.text)?.[1] ?? "";
}

/** The text of every element `name`, as it stands in the document. */
export function textsOf(response: TestResponse, name: string): string[] {
  const found = response.text.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, "g"));
  return [...found].map((match) => match[1] ?? "");
}
