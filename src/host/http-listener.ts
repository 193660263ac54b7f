import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { kib } from "#base/bytes.ts";
import type { Trace } from "#ports/index.ts";
import { Exchange, type ExchangeSettings, type Handle } from "./http-exchange.ts";

/** S3 allows 8 KiB of headers; signatures and presigned targets come on top. */
const headerSizeBytesMax: number = 16 * kib;
/** A client has this long for a request's head. */
const headMsMax = 30_000;
/** A connection without a request is kept this long: longer than SDKs keep theirs idle. */
const keepAliveMs = 65_000;
/** A client that neither sends nor takes a byte for this long is given up. */
const idleMsDefault = 60_000;
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
  options: { host: string; port: number; trace: Trace; idleMs?: number },
): Promise<HttpListener> {
  const { trace, idleMs = idleMsDefault } = options;
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
    headersTimeout: headMsMax,
    requestTimeout: 0, // A large body takes as long as it takes.
    keepAliveTimeout: keepAliveMs,
    highWaterMark: writeBufferSizeBytes,
    keepAlive: true,
  });
  // None is dropped unseen, since signatures cover them; their size is what is limited.
  server.maxHeadersCount = 0;
  server.maxConnections = connectionsMax;
  server.timeout = idleMs;
  const take = (isHeldBack: boolean) => (message: IncomingMessage, response: ServerResponse) => {
    const exchange = new Exchange(message, response, isHeldBack);
    connections.begin(exchange);
    void exchange.run(settings);
  };
  server.on("request", take(false));
  server.on("checkContinue", take(true));
  server.on("timeout", (socket) => connections.silent(socket, idleMs));
  server.on("clientError", (error, socket) => {
    // What came before it is answered, or waits for its body in vain.
    if (connections.isBusy(socket)) socket.destroy();
    else refuse(error, socket);
  });
  await listening(server, options.host, options.port);
  const { address, port } = server.address() as AddressInfo;
  return {
    host: address,
    port,
    close: (graceMs) => {
      isStopping = true;
      return closed(server, graceMs);
    },
  };
}

/** Which requests each connection carries: one as a rule, more where a client does not wait. */
class Connections {
  readonly #exchanges = new WeakMap<Duplex, Set<Exchange>>();

  begin(exchange: Exchange): void {
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
    this.#exchanges.get(exchange.socket)?.delete(exchange);
  }

  isBusy(socket: Duplex): boolean {
    return (this.#exchanges.get(socket)?.size ?? 0) > 0;
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

/** What is no HTTP request gets S3's answer to it, which the gateway never sees. */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const { code, message } = refusals[error.code ?? ""] ?? badRequest;
  const body =
    `<?xml version="1.0" encoding="UTF-8"?>\n` +
    `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  socket.end(
    "HTTP/1.1 400 Bad Request\r\ncontent-type: application/xml\r\nconnection: close\r\n" +
      `content-length: ${body.length}\r\n\r\n${body}`,
  );
}

const badRequest = { code: "BadRequest", message: "This is not a valid HTTP request." };

const refusals: Readonly<Record<string, { code: string; message: string }>> = {
  HPE_HEADER_OVERFLOW: {
    code: "RequestHeaderSectionTooLarge",
    message: "Your request header section exceeds the maximum allowed size.",
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    code: "RequestTimeout",
    message: "Your request was not received within the timeout period.",
  },
};
