/**
 * Frames, calls and streams between nodes, over connections that prove keys.
 *
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
