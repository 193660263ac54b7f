/**
 * The real world: the ports on Node.js, and the listener that hands HTTP to the gateway.
 *
 * H1. It decides nothing: what is stored, answered and retried is decided above the ports.
 * H2. Nothing is kept that others may read: files 0600, directories 0700.
 * H3. What a port's `sync` or `flushed` said is durable survives a power cut, as far as the disk
 *     keeps its own word.
 * H4. No handle, reader, thread or connection outlives its owner.
 * H5. Nodes speak over TLS 1.3 alone, and each proves its key; what is no frame ends a connection.
 */
export { type AdminSocket, askAdmin, listenAdmin, NoNodeError } from "./admin-socket.ts";
export { directoryDisk } from "./disk.ts";
export { lmdbStores } from "./key-value.ts";
export { KeyDamagedError, KeyFolder } from "./identity.ts";
export { tlsNetwork } from "./network.ts";
export { ThreadedCompute } from "./compute.ts";
export { systemClock } from "./clock.ts";
export { systemEntropy, systemRandom } from "./chance.ts";
export { type DirectoryLock, lockDirectory } from "./directory-lock.ts";
export { type LogFormat, type LogLevel, logLevels, logTrace } from "./trace.ts";
export type { Handle } from "./http-exchange.ts";
export { type HttpListener, listenHttp } from "./http-listener.ts";
