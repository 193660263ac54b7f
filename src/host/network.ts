import type { AddressInfo, Server, Socket } from "node:net";
import { type TLSSocket, type TlsOptions, connect, createServer } from "node:tls";
import { NetworkError, type NetworkErrorCode } from "#base/network-error.ts";
import type { Connection, KeyFingerprint, Listener, Network, Trace } from "#ports/index.ts";
import { type KeyFolder, keyFingerprint } from "./identity.ts";
import { TlsConnection } from "./tls-connection.ts";

/** A stranger has this long to prove a key. */
const handshakeMsMax = 5000;
/** Connections at once: six for each of many more nodes than a cluster has. */
const connectionsMax = 4096;
/** How long a connection is idle before the system asks whether the other end is there. */
const keepAliveAfterMs = 15_000;

/**
 * No chain of trust is looked at: the handshake proves the keys, and whose is welcome is decided
 * above. A session that is taken up again would prove nothing, and is refused.
 */
const tlsOptions = {
  minVersion: "TLSv1.3",
  maxVersion: "TLSv1.3",
  rejectUnauthorized: false,
} as const;

/** The Network port: frames over mutual TLS 1.3. */
export function tlsNetwork(identity: KeyFolder, trace: Trace): Network {
  return {
    listen: (options) => listen(identity, trace, options),
    dial: (options) => dial(identity, trace, options),
  };
}

async function listen(
  identity: KeyFolder,
  trace: Trace,
  { address, protocols, accept }: Parameters<Network["listen"]>[0],
): Promise<Listener> {
  const options: TlsOptions = {
    ...tlsOptions,
    ...(await identity.tlsIdentity()),
    requestCert: true,
    ALPNProtocols: [...protocols],
    handshakeTimeout: handshakeMsMax,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveAfterMs,
  };
  const server = createServer(options);
  server.maxConnections = connectionsMax;
  const refuse = (socket: Socket, reason: string): void => {
    const remoteAddress = remoteAddressOf(socket);
    trace.write("warn", "connectionRefused", { remoteAddress, reason });
    socket.destroy();
  };
  const greeting = new Greeting(server);
  server.on("drop", (dropped) => {
    const reason = "too many connections are open";
    trace.write("warn", "connectionRefused", { remoteAddress: dropped?.remoteAddress, reason });
  });
  server.on("tlsClientError", (error, socket) => refuse(socket, error.message));
  server.on("secureConnection", (socket) => {
    greeting.done(socket);
    const proven = provenBy(socket);
    if (typeof proven === "string") refuse(socket, proven);
    else accept(new TlsConnection(socket, { ...proven, trace }));
  });
  await listening(server, address);
  const stopRotation = identity.whenRotated(() => {
    identity.tlsIdentity().then(
      (renewed) => server.setSecureContext({ ...options, ...renewed }),
      (error: unknown) => trace.write("error", "keyNotRead", { reason: String(error) }),
    );
  });
  return {
    address: addressOf(server),
    close: () => {
      stopRotation();
      greeting.end();
      server.close();
      // The system has the address back at once; the connections live on.
      return new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** Connections whose handshake is not done; they end with their listener. */
class Greeting {
  readonly #sockets = new Map<string, Socket>();

  constructor(server: Server) {
    server.on("connection", (socket: Socket) => {
      const name = remoteAddressOf(socket);
      this.#sockets.set(name, socket);
      socket.once("close", () => {
        if (this.#sockets.get(name) === socket) this.#sockets.delete(name);
      });
    });
  }

  done(socket: Socket): void {
    this.#sockets.delete(remoteAddressOf(socket));
  }

  end(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }
}

function listening(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(new NetworkError("address-in-use", `${address}: ${error.message}`, { cause: error }));
    });
    server.listen(splitAddress(address), resolve);
  });
}

async function dial(
  identity: KeyFolder,
  trace: Trace,
  { address, protocol, signal }: Parameters<Network["dial"]>[0],
): Promise<Connection> {
  const proof = await identity.tlsIdentity();
  return new Promise((resolve, reject) => {
    const aborted = (): NetworkError => new NetworkError("aborted", `${address}: given up`);
    if (signal.aborted) return reject(aborted());
    const socket = connect({
      ...tlsOptions,
      ...proof,
      ...splitAddress(address),
      servername: "",
      ALPNProtocols: [protocol],
      checkServerIdentity: () => undefined,
    });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepAliveAfterMs);
    const leave = (): void => {
      signal.removeEventListener("abort", giveUp);
      socket.off("close", onClose);
    };
    const fail = (error: NetworkError): void => {
      leave();
      socket.destroy();
      reject(error);
    };
    const giveUp = (): void => fail(aborted());
    const onClose = (): void =>
      fail(new NetworkError("unreachable", `${address}: the connection was closed`));
    signal.addEventListener("abort", giveUp, { once: true });
    socket.once("close", onClose);
    socket.on("error", (error: NodeJS.ErrnoException) => {
      fail(new NetworkError(codeOf(error), `${address}: ${error.message}`, { cause: error }));
    });
    socket.once("secureConnect", () => {
      const proven = provenBy(socket);
      if (typeof proven === "string") return fail(new NetworkError("refused", proven));
      leave();
      socket.removeAllListeners("error");
      resolve(new TlsConnection(socket, { ...proven, trace }));
    });
  });
}

/** What a handshake has proven, or what it lacks. */
function provenBy(
  socket: TLSSocket,
): { peer: KeyFingerprint; protocol: string; remoteAddress: string } | string {
  const certificate = socket.getPeerX509Certificate();
  const protocol = socket.alpnProtocol;
  if (certificate === undefined) return "no key was proven";
  if (socket.isSessionReused()) return "an earlier session was taken up";
  if (typeof protocol !== "string") return "no protocol was agreed on";
  const remoteAddress = remoteAddressOf(socket);
  return { peer: keyFingerprint(certificate.publicKey), protocol, remoteAddress };
}

/** An alert of TLS is the other end's refusal; all else never came as far as that. */
function codeOf(error: NodeJS.ErrnoException): NetworkErrorCode {
  return error.code?.startsWith("ERR_SSL_") === true ? "refused" : "unreachable";
}

function remoteAddressOf({ remoteAddress = "unknown", remotePort }: Socket): string {
  return joinAddress(remoteAddress, remotePort ?? 0);
}

function addressOf(server: Server): string {
  const { address, port } = server.address() as AddressInfo;
  return joinAddress(address, port);
}

function joinAddress(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function splitAddress(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(":");
  const host = address.slice(0, at).replace(/^\[(.*)\]$/, "$1");
  return { host, port: Number(address.slice(at + 1)) };
}
