/**
 * Frames, calls and streams between nodes, over connections that prove keys.
 *
 * Q1. A peer is heard only while the registry names its key, and only of this cluster and epoch.
 * Q2. Raft messages, calls and bulk have connections of their own: none holds up another.
 * Q3. Every queue, window and wait has a bound; a slow peer costs its own callers alone.
 * Q4. A call is answered once or fails by its deadline; it is never sent twice.
 *
 * Each node dials what it asks on: two connections between two nodes never stand for one another.
 * It does not know what messages mean.
 */
export {
  type CallHandler,
  callBytesMax,
  type Liveness,
  PeerError,
  type PeerErrorCode,
  type PeerRecord,
  type PeerRegistry,
  type PeerStream,
  type Peers,
  type StreamHandler,
  streamMessageBytesMax,
} from "./peers.ts";
export { type OtherProtocol, PeerNetwork, type PeerNetworkPorts } from "./peer-network.ts";
