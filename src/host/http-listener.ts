import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { kib } from "#base/bytes.ts";
import type { Trace } from "#ports/index.ts";
import { Exchange, type ExchangeSettings, type Handle } from "./http-exchange.ts";

/** S3 allows 8 KiB of headers; signatures and presigned targets come on top. */
const headerSizeBytesMax: number = 16 * kib;
/** A client has this long for a request's head. */
const headMsDefault = 30_000;
/** Heads that take too long are looked for so often in that time. */
const headLooksCount = 6;
/** A connection without a request is kept this long: longer than SDKs keep theirs idle. */
const keepAliveMs = 65_000;
/** A client that neither sends nor takes a byte for this long is given up. */
const idleMsDefault = 60_000;
/** A client that is waited for moves this much in each such time, or is given up as well. */
const paceSizeBytesMin: number = 1 * kib;
/** More connections at once are refused: each holds a socket and some buffers. */
const connectionsMax = 8_192;
/** What is buffered of an answer before its source has to wait: a slice of an object. */
const writeBufferSizeBytes: number = 256 * kib;

/** A listener that takes requests. */
export interface HttpListener {
  host: string;
  port: number;
  /**
   * Takes no more connections, lets requests under way end, then closes.
   *
   * @param graceMs after this long the rest is cut off
   * @returns whether all ended by themselves
   */
  close(graceMs: number): Promise<boolean>;
}

/**
 * Listens for HTTP and hands each request to `handle`.
 *
 * @param options.port 0 for any that is free
 * @throws what `node:net` throws where the address cannot be listened on
 */
export async function listenHttp(
  handle: Handle,
  options: { host: string; port: number; trace: Trace; idleMs?: number; headMs?: number },
): Promise<HttpListener> {
  const { trace, idleMs = idleMsDefault, headMs = headMsDefault } = options;
  let isStopping = false;
  const connections = new Connections();
  const settings: ExchangeSettings = {
    handle,
    trace,
    isStopping: () => isStopping,
    ended: (exchange) => connections.end(exchange),
  };
  const server = createServer({
    maxHeaderSize: headerSizeBytesMax,
    headersTimeout: headMs,
    connectionsCheckingInterval: Math.ceil(headMs / headLooksCount),
    requestTimeout: 0, // A large body takes as long as it takes.
    keepAliveTimeout: keepAliveMs,
    highWaterMark: writeBufferSizeBytes,
    keepAlive: true,
    requireHostHeader: false, // Node would answer for itself, in words that are not S3's.
  });
  // None is dropped unseen, since signatures cover them; their size is what is limited.
  server.maxHeadersCount = 0;
  server.maxConnections = connectionsMax;
  server.timeout = idleMs;
  const turnAway = (socket: Duplex, refusal: Refusal): void => {
    // What came before it is answered, or waits for its body in vain.
    if (connections.isBusy(socket)) socket.destroy();
    else refuse(socket, refusal, trace);
  };
  const take = (isHeldBack: boolean) => (message: IncomingMessage, response: ServerResponse) => {
    if (message.httpVersion === "1.1" && message.headers.host === undefined) {
      turnAway(message.socket, missingHost);
      return;
    }
    const exchange = new Exchange(message, response, isHeldBack);
    connections.begin(exchange);
    void exchange.run(settings);
  };
  server.on("request", take(false));
  server.on("checkContinue", take(true));
  // Who expects something else gets the answer that it would get without, as with AWS.
  server.on("checkExpectation", take(false));
  server.on("connect", (_, socket) => turnAway(socket, notAllowed));
  server.on("timeout", (socket) => connections.silent(socket, idleMs));
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (error.code === "ECONNRESET") socket.destroy();
    else turnAway(socket, refusals[error.code ?? ""] ?? badRequest);
  });
  await listening(server, options.host, options.port);
  const sweep = setInterval(() => connections.giveUpIdlers(), idleMs).unref();
  const { address, port } = server.address() as AddressInfo;
  return {
    host: address,
    port,
    close: (graceMs) => {
      isStopping = true;
      return closed(server, graceMs).finally(() => clearInterval(sweep));
    },
  };
}

/** Which requests each connection carries: one as a rule, more where a client does not wait. */
class Connections {
  readonly #exchanges = new WeakMap<Duplex, Set<Exchange>>();
  /** Exchanges that wait for their client, and how much had moved when they were last seen to. */
  #waiting = new Map<Exchange, number>();
  readonly #all = new Set<Exchange>();

  begin(exchange: Exchange): void {
    this.#all.add(exchange);
    const { socket } = exchange;
    const exchanges = this.#exchanges.get(socket);
    if (exchanges !== undefined) {
      exchanges.add(exchange);
      return;
    }
    const first = new Set([exchange]);
    this.#exchanges.set(socket, first);
    socket.once("close", () => {
      for (const each of first) each.clientGone();
    });
  }

  end(exchange: Exchange): void {
    this.#all.delete(exchange);
    this.#exchanges.get(exchange.socket)?.delete(exchange);
  }

  isBusy(socket: Duplex): boolean {
    return (this.#exchanges.get(socket)?.size ?? 0) > 0;
  }

  /** Gives up on clients that move next to nothing from one call to the next, silent or not. */
  giveUpIdlers(): void {
    const waiting = new Map<Exchange, number>();
    for (const exchange of this.#all) {
      if (!exchange.isWaiting) continue;
      const movedBytes = exchange.socket.bytesRead + exchange.socket.bytesWritten;
      const before = this.#waiting.get(exchange);
      if (before !== undefined && movedBytes - before < paceSizeBytesMin) exchange.clientSilent();
      else waiting.set(exchange, movedBytes);
    }
    this.#waiting = waiting;
  }

  /** Nothing was sent or taken for `idleMs`. */
  silent(socket: Socket, idleMs: number): void {
    if (!this.isBusy(socket)) {
      socket.destroy();
      return;
    }
    // The gateway may be at work, or has to tell the client; who is silent then again is given up.
    socket.setTimeout(idleMs);
    for (const exchange of this.#exchanges.get(socket) ?? []) exchange.clientSilent();
  }
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function closed(server: Server, graceMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    let isPatient = true;
    const timer = setTimeout(() => {
      isPatient = false;
      server.closeAllConnections();
    }, graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve(isPatient);
    });
  });
}

interface Refusal {
  readonly status: string;
  readonly code: string;
  readonly message: string;
}

/** What is no HTTP request gets S3's answer to it, which the gateway never sees. */
function refuse(socket: Duplex, { status, code, message }: Refusal, trace: Trace): void {
  const requestId = randomBytes(8).toString("hex").toUpperCase();
  trace.write("info", "requestRefused", { requestId, code });
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body =
    `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<Error><Code>${code}</Code><Message>${message}</Message><RequestId>${requestId}</RequestId></Error>`;
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/xml\r\nconnection: close\r\n` +
      `x-amz-request-id: ${requestId}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
}

const status = "400 Bad Request";

const badRequest = { status, code: "BadRequest", message: "This is not a valid HTTP request." };

const missingHost = {
  status,
  code: "MissingSecurityHeader",
  message: "Your request was missing a required header: host",
};

const notAllowed = {
  status: "405 Method Not Allowed",
  code: "MethodNotAllowed",
  message: "The specified method is not allowed against this resource.",
};

const refusals: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: {
    status,
    code: "RequestHeaderSectionTooLarge",
    message: "Your request header section exceeds the maximum allowed size.",
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status,
    code: "RequestTimeout",
    message: "Your request was not received within the timeout period.",
  },
};
