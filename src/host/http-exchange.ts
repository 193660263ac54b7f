import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { kib, mib } from "#base/bytes.ts";
import type { Trace } from "#ports/index.ts";
import type { HttpHeaders, HttpRequest, HttpResponse } from "#s3/index.ts";
import { ClientGoneError, headersOf, sendStream } from "./http-answer.ts";
import { BodyCutShortError, RequestBody } from "./http-body.ts";

/** Answers one request. It does not throw. */
export type Handle = (request: HttpRequest) => Promise<HttpResponse>;

/** What all exchanges of a listener share. */
export interface ExchangeSettings {
  handle: Handle;
  trace: Trace;
  /** Whether connections are to end after their answer. */
  isStopping: () => boolean;
  /** Told when an exchange is over: its answer was handed over, or could not be. */
  ended: (exchange: Exchange) => void;
}

/** So much of a body's rest is read and dropped, so that the connection can be used again. */
const drainedSizeBytesMax: number = 256 * kib;

/**
 * Before a connection is closed that the client still sends on, this much is read and dropped, for
 * this long: closed at once, it would be reset, and the client might never see the answer.
 */
const lingerSizeBytesMax: number = 16 * mib;
const lingerMsMax = 2_000;

/**
 * One request on its way to the gateway, and the answer back. It is the request that the gateway
 * sees; what may not be asked for is made when it is.
 */
export class Exchange implements HttpRequest {
  readonly #message: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #waitsForContinue: boolean;
  #body: RequestBody | undefined;
  #controller: AbortController | undefined;
  #abortion: Error | undefined;
  #isSending = false;

  /** @param waitsForContinue the client sends its body only once it is told to */
  constructor(message: IncomingMessage, response: ServerResponse, waitsForContinue: boolean) {
    this.#message = message;
    this.#response = response;
    this.#waitsForContinue = waitsForContinue;
  }

  get socket(): Socket {
    return this.#message.socket;
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

  get body(): RequestBody {
    if (this.#body === undefined) {
      const goOn = this.#waitsForContinue ? () => this.#response.writeContinue() : undefined;
      this.#body = new RequestBody(this.#message, goOn);
      if (this.#abortion !== undefined) this.#body.fail(this.#abortion);
    }
    return this.#body;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abortion !== undefined) this.#controller.abort(this.#abortion);
    }
    return this.#controller.signal;
  }

  /** Carries the request to the gateway and its answer back. Does not throw. */
  async run(settings: ExchangeSettings): Promise<void> {
    let answer: HttpResponse | undefined;
    try {
      answer = await settings.handle(this);
      const sending = this.#send(answer, this.#restOfBody(answer), settings);
      if (sending !== undefined) await sending;
    } catch (error) {
      failed(this.#response, answer, error, settings.trace);
    } finally {
      settings.ended(this);
    }
  }

  /** Whether it waits for its client, to send or to take. */
  get isWaiting(): boolean {
    return this.#isSending || this.#body?.isAwaited === true;
  }

  /** The client is gone. */
  clientGone(): void {
    this.#abort("the client went away");
  }

  /** The client neither sends nor takes what is worth waiting for. */
  clientSilent(): void {
    if (this.#isSending) this.#response.destroy();
    if (this.#body?.isAwaited === true) this.#abort("the client sent nothing for too long");
  }

  #abort(reason: string): void {
    this.#abortion = new BodyCutShortError(reason);
    this.#controller?.abort(this.#abortion);
    this.#body?.fail(this.#abortion);
  }

  /** What is left of the request's body once the answer is known. */
  #restOfBody(answer: HttpResponse): "none" | "small" | "large" {
    const message = this.#message;
    if (message.complete && answer.requestBody === "read") return "none";
    const { "content-length": length, "transfer-encoding": coding } = message.headers;
    if (coding === undefined && (length === undefined || Number(length) === 0)) return "none";
    // Who was not told to go on may send the body or not: the next request cannot be told from it.
    const isHeldBack = this.#waitsForContinue && this.#body?.isPulled !== true;
    if (isHeldBack || coding !== undefined) return "large";
    const left = Number(length) - (this.#body?.receivedSizeBytes ?? 0);
    return left <= drainedSizeBytesMax ? "small" : "large";
  }

  /** Hands the answer over: at once where it is whole, else by the promise. */
  #send(
    answer: HttpResponse,
    rest: "none" | "small" | "large",
    settings: ExchangeSettings,
  ): Promise<void> | undefined {
    const response = this.#response;
    const { body } = answer;
    const headers = headersOf(answer, rest === "large" || settings.isStopping());
    response.writeHead(answer.status, headers);
    if (rest === "small") this.#message.resume();
    if (body !== undefined && !(body instanceof Uint8Array)) {
      return sendStream(response, body, headers["content-length"], (isWaiting) => {
        this.#isSending = isWaiting;
      });
    }
    if (rest === "large") return this.#sendAndLinger(body);
    response.end(body);
    return undefined;
  }

  /** Sends all of the answer, but does not end it: with that Node would close the connection. */
  async #sendAndLinger(body: Uint8Array | undefined): Promise<void> {
    if (body === undefined) this.#response.flushHeaders();
    else this.#response.write(body);
    await linger(this.#message);
    this.#response.destroy();
  }
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

/** The answer could not be handed over. Who has nothing of it yet is told so. */
function failed(
  response: ServerResponse,
  answer: HttpResponse | undefined,
  error: unknown,
  trace: Trace,
): void {
  const requestId = answer?.headers["x-amz-request-id"];
  if (!(error instanceof ClientGoneError)) {
    trace.write("error", "answerFailed", { requestId, error: String(error) });
  }
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const headers = requestId === undefined ? {} : { "x-amz-request-id": requestId };
  response.writeHead(500, { ...headers, connection: "close", "content-length": 0 }).end();
}
