import { credentialOf } from "#metadata/index.ts";
import { canBeLet } from "./access.ts";
import { type Address, parseAddress } from "./address.ts";
import { type Answer, emptyAnswer, errorAnswer } from "./answer.ts";
import { authenticate, type Authority } from "./authenticate.ts";
import { Call } from "./call.ts";
import { corsHeaders, preflight } from "./cors.ts";
import { operationOf } from "./endpoints.ts";
import { headerValue } from "./headers.ts";
import { hoistedHeaders } from "./hoisted-headers.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";
import { operations } from "./operations.ts";
import { RequestLog } from "./request-log.ts";
import { S3Error } from "./s3-error.ts";
import type { Services } from "./services.ts";
import { s3ErrorOf } from "./failure.ts";
import { SigningKeys } from "./sigv4.ts";
import { admitForm, isForm } from "./post-form.ts";
import { parseTarget } from "./target.ts";

/** The S3 gateway of one node. Keeps between requests signing keys and the last id. */
export interface Gateway {
  /** Answers a request. Never rejects. */
  handle(request: HttpRequest): Promise<HttpResponse>;
}

/** Makes the gateway of a node. */
export function createGateway(services: Services): Gateway {
  const signingKeys = new SigningKeys();
  const requestIds = new RequestIds(services.ports.random);
  return { handle: (request) => handle(services, { signingKeys, requestIds }, request) };
}

async function handle(
  services: Services,
  { signingKeys, requestIds }: { signingKeys: SigningKeys; requestIds: RequestIds },
  request: HttpRequest,
): Promise<HttpResponse> {
  const requestId = requestIds.next();
  const log = new RequestLog(services.ports, request, requestId);
  let call: Call | undefined;
  let answer: Answer;
  try {
    if (services.isReady?.() === false) throw new S3Error("ServiceUnavailable");
    if (request.method === "OPTIONS") {
      answer = await preflight(request, services);
    } else {
      const admitted = admit(services, signingKeys, request, requestId);
      call = admitted instanceof Call ? admitted : await admitted;
      log.identify(call.operation, call.authenticated.accessKeyId);
      const operation = operations[call.operation];
      if (call.isAnonymous && !canBeLet(call.operation)) throw new S3Error("AccessDenied");
      if (operation === undefined) throw notImplemented(call.operation);
      answer = await operation(call, services);
    }
  } catch (error) {
    const known = s3ErrorOf(error, request.signal);
    log.fail(known.code);
    if (known.status >= 500) log.report("requestFailed", error);
    const resource = request.target.split("?", 1)[0] ?? "";
    answer = errorAnswer(known, { resource, requestId, hostId: services.hostId });
  } finally {
    call?.release();
  }
  const isBodyRead = call?.isBodyRead === true || !hasBody(request);
  const isAsked = request.headers["origin"] !== undefined;
  const cors = isAsked ? corsHeaders(request, services) : undefined;
  return respond(request, answer, { log, requestId, hostId: services.hostId, isBodyRead, cors });
}

/** Takes a request apart and finds out who it is from. */
function admit(
  services: Services,
  signingKeys: SigningKeys,
  request: HttpRequest,
  requestId: string,
): Call | Promise<Call> {
  const { method } = request;
  const { rawPath, query } = parseTarget(request.target);
  const address = parseAddress(rawPath, headerValue(request.headers, "host"), services.domains);
  const hostedBucket = "isHosted" in address && address.isHosted ? address.bucket : undefined;
  const authority: Authority = {
    region: services.region,
    nowUnixMs: services.ports.clock.unixMs(),
    signingKeys,
    credential: (accessKeyId) => credentialOf(services.objects.replica.reader, accessKeyId),
  };
  if (address.scope === "bucket" && query.length === 0 && isForm(request)) {
    return admitForm(request, { bucket: address.bucket, requestId }, { authority, services });
  }
  const authenticated = authenticate(
    { method, rawPath, query, headers: request.headers, hostedBucket },
    authority,
  );
  const headers = hoistedHeaders(request.headers, query);
  const operation = operationOf({
    method,
    scope: address.scope,
    query,
    header: (name) => headerValue(headers, name),
  });
  if (operation === undefined || operation === "PostObject") throw notThere(method, address.scope);
  const bucket = address.scope === "service" ? "" : address.bucket;
  const key = address.scope === "object" ? address.key : "";
  const parts = { operation, bucket, key, query, headers, authenticated, requestId };
  return new Call(parts, request, services.ports.compute);
}

/** The error for what S3 has no operation for. A form says itself who it is from. */
function notThere(method: string, scope: Address["scope"]): S3Error {
  if (method === "POST" && scope === "bucket") {
    return new S3Error("PreconditionFailed", {
      details: { Condition: "Bucket POST must be of the enclosure-type multipart/form-data" },
    });
  }
  return new S3Error("MethodNotAllowed", {
    details: { Method: method, ResourceType: scope.toUpperCase() },
  });
}

function notImplemented(operation: string): S3Error {
  return new S3Error("NotImplemented", {
    message: "A header or query you provided implies functionality that is not implemented",
    details: { Operation: operation },
  });
}

/**
 * Names for requests, sixteen hexadecimal digits each: eight that the gateway draws once, and then
 * a number. Enough to find one request in a log.
 */
class RequestIds {
  readonly #series: string;
  #number: number;

  constructor(random: Services["ports"]["random"]) {
    this.#series = eightDigits(random.below(2 ** 32));
    this.#number = random.below(2 ** 32);
  }

  next(): string {
    this.#number = (this.#number + 1) >>> 0;
    return this.#series + eightDigits(this.#number);
  }
}

function eightDigits(number: number): string {
  return number.toString(16).toUpperCase().padStart(8, "0");
}

/** Whether a request has a body (RFC 9112 section 6.3). */
function hasBody(request: HttpRequest): boolean {
  if (request.headers["transfer-encoding"] !== undefined) return true;
  const length = headerValue(request.headers, "content-length");
  return length !== undefined && length !== "0";
}

interface Response {
  readonly log: RequestLog;
  readonly requestId: string;
  readonly hostId: string;
  readonly isBodyRead: boolean;
  /** For the browser, where one asks. */
  readonly cors: Readonly<Record<string, string>> | undefined;
}

/** Adds what every answer carries. */
function respond(request: HttpRequest, answer: Answer, response: Response): HttpResponse {
  const { log, requestId, hostId } = response;
  const { status } = answer;
  const headers: Record<string, string> = {
    ...answer.headers,
    ...response.cors,
    "x-amz-request-id": requestId,
    "x-amz-id-2": hostId,
    server: "Hamster",
  };
  const requestBody = response.isBodyRead ? "read" : "unread";
  const { body } = request.method === "HEAD" ? emptyAnswer(status) : answer;
  if (body === undefined || body instanceof Uint8Array) {
    if (body === undefined && request.method !== "HEAD" && status !== 204 && status !== 304) {
      headers["content-length"] ??= "0";
    }
    log.write(status, body?.length ?? 0);
    return { status, headers, body, requestBody };
  }
  return { status, headers, body: log.following(body, status), requestBody };
}
