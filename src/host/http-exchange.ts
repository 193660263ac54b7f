import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { kib, mib } from "#base/bytes.ts";
import type { Trace } from "#ports/index.ts";
import type { HttpHeaders, HttpRequest, HttpResponse } from "#s3/index.ts";
import { ClientGoneError, sendAnswer } from "./http-answer.ts";
import { BodyCutShortError, RequestBody } from "./http-body.ts";

/** Answers one request. It does not throw. */
export type Handle = (request: HttpRequest) => Promise<HttpResponse>;

/** What all exchanges of a listener share. */
export interface ExchangeSettings {
  handle: Handle;
  trace: Trace;
  /** A client that neither sends nor takes a byte for this long is given up. */
  idleMs: number;
  /** Whether connections are to end after their answer. */
  isStopping: () => boolean;
}

/** Connections that carry a request right now. */
const busySockets = new WeakSet<Duplex>();

/** Whether the connection carries a request right now, answered or to be answered. */
export function isBusy(socket: Duplex): boolean {
  return busySockets.has(socket);
}

/** So much of a body's rest is read and dropped, so that the connection can be used again. */
const drainedSizeBytesMax: number = 256 * kib;

/**
 * Before a connection is closed that the client still sends on, this much is read and dropped, for
 * this long: closed at once, it would be reset, and the client might never see the answer.
 */
const lingerSizeBytesMax: number = 16 * mib;
const lingerMsMax = 2_000;

/** The request as the gateway sees it. What it may not ask for is made when it does. */
class ListenerRequest implements HttpRequest {
  readonly #message: IncomingMessage;
  readonly body: RequestBody;
  #controller: AbortController | undefined;
  #isAborted = false;

  constructor(message: IncomingMessage, body: RequestBody) {
    this.#message = message;
    this.body = body;
  }

  get method(): string {
    return this.#message.method ?? "";
  }

  get target(): string {
    return this.#message.url ?? "";
  }

  get headers(): HttpHeaders {
    return this.#message.headersDistinct;
  }

  get remoteAddress(): string {
    return this.#message.socket.remoteAddress ?? "";
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isAborted) this.#controller.abort();
    }
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#isAborted = true;
    this.#controller?.abort(reason);
    this.body.fail(reason);
  }
}

/**
 * Carries one request to the gateway and its answer back.
 *
 * @param waitsForContinue the client sends its body only once it is told to
 */
export async function exchange(
  message: IncomingMessage,
  response: ServerResponse,
  waitsForContinue: boolean,
  settings: ExchangeSettings,
): Promise<void> {
  const goOn = waitsForContinue ? (): void => response.writeContinue() : undefined;
  const body = new RequestBody(message, goOn);
  const request = new ListenerRequest(message, body);
  const { socket } = message;
  let isSending = false;
  busySockets.add(socket);
  response.on("close", () => {
    busySockets.delete(socket);
    if (!response.writableFinished) request.abort(new BodyCutShortError("the client went away"));
  });
  response.on("timeout", () => {
    if (isSending) response.destroy();
    // Once more for the answer that says so.
    else response.socket?.setTimeout(settings.idleMs);
    if (body.isAwaited) {
      request.abort(new BodyCutShortError("the client sent nothing for too long"));
    }
  });
  try {
    const answer = await settings.handle(request);
    const rest = restOfBody(message, body, waitsForContinue && !body.isPulled, answer);
    await sendAnswer(response, answer, {
      closes: rest === "large" || settings.isStopping(),
      staysUnended: rest === "large",
      waiting: (isWaiting) => {
        isSending = isWaiting;
      },
    });
    if (rest === "small") message.resume();
    if (rest === "large" && !response.writableEnded) {
      await linger(message);
      response.destroy();
    }
  } catch (error) {
    failed(response, error, settings.trace);
  }
}

/** What is left of the request's body once the answer is known. */
function restOfBody(
  message: IncomingMessage,
  body: RequestBody,
  isHeldBack: boolean,
  answer: HttpResponse,
): "none" | "small" | "large" {
  if (message.complete && answer.requestBody === "read") return "none";
  const { "content-length": length, "transfer-encoding": coding } = message.headers;
  if (coding === undefined && (length === undefined || Number(length) === 0)) return "none";
  // Who was not told to go on may send the body or not: the next request cannot be told from it.
  if (isHeldBack || coding !== undefined) return "large";
  const left = Number(length) - body.receivedSizeBytes;
  return left <= drainedSizeBytesMax ? "small" : "large";
}

/** Ends the sending side, and drops what the client still sends, within limits. */
function linger(message: IncomingMessage): Promise<void> {
  message.socket.end();
  return new Promise((resolve) => {
    let sizeBytes = 0;
    const finish = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(finish, lingerMsMax);
    message.on("data", (chunk: Uint8Array) => {
      sizeBytes += chunk.length;
      if (sizeBytes > lingerSizeBytesMax) finish();
    });
    message.on("end", finish);
    message.on("close", finish);
    message.resume();
  });
}

function failed(response: ServerResponse, error: unknown, trace: Trace): void {
  if (!(error instanceof ClientGoneError)) {
    trace.write("error", "answerFailed", { error: String(error) });
  }
  if (response.headersSent) response.destroy();
  else response.writeHead(500, { connection: "close", "content-length": 0 }).end();
}
