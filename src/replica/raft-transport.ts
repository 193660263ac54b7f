import { concatBytes } from "#base/bytes.ts";
import { decodeRaftFrame, encodeRaftFrame, FormatError, type RaftFrame } from "#format/index.ts";
import type { Peers } from "#peering/index.ts";
import type { Clock, Trace } from "#ports/index.ts";
import type { Message } from "#raft/index.ts";
import { decodeMessage, encodeMessage } from "./raft-wire.ts";
import type { RaftDirectory } from "./replica-config.ts";

/** A longer message goes in parts of this size, in bytes: a frame's limit with room to spare. */
const partBytesMax = 768 * 1024;

/** What a message in parts may have at most, in bytes: one entry of the longest, and others. */
const messageBytesMax = 32 * 1024 * 1024;

/** What came of the network. */
export interface Received {
  message: Message;
  logFirstIndex: number;
  /** The sender's wall clock when it left. */
  timeUnixMs: number;
}

/** Raft messages over the connections between nodes. */
export class RaftTransport {
  readonly #peers: Peers;
  readonly #directory: RaftDirectory;
  readonly #clock: Pick<Clock, "unixMs">;
  readonly #trace: Trace;
  /** The nodes that bear Raft ids, as they say: for a joiner, whose registry is empty yet. */
  readonly #told = new Map<number, number>();
  /** Parts of a message that is not whole yet, by node. */
  readonly #parts = new Map<number, Uint8Array[]>();

  constructor(
    ports: { clock: Pick<Clock, "unixMs">; trace: Trace },
    peers: Peers,
    directory: RaftDirectory,
  ) {
    this.#peers = peers;
    this.#directory = directory;
    this.#clock = ports.clock;
    this.#trace = ports.trace;
  }

  /** The node of a member; undefined where it is not known. */
  nodeOf(raftId: number): number | undefined {
    return this.#directory.nodeOf(raftId) ?? this.#told.get(raftId);
  }

  /** @returns false where the message was dropped */
  send(message: Message, logFirstIndex: number): boolean {
    const node = this.nodeOf(message.to);
    const bytes = encodeMessage(message, logFirstIndex);
    if (node === undefined || bytes === undefined) return false;
    const timeUnixMs = this.#clock.unixMs();
    for (let offset = 0, partIndex = 0; offset < bytes.length; partIndex++) {
      const part = bytes.subarray(offset, offset + partBytesMax);
      offset += part.length;
      const isLast = offset >= bytes.length;
      const frame = encodeRaftFrame({ part, partIndex, isLast, timeUnixMs });
      if (!this.#peers.sendRaft(node, frame)) return false;
    }
    return true;
  }

  /** Takes a frame in; undefined where it is not a message's last, or not what it should be. */
  receive(node: number, bytes: Uint8Array): Received | undefined {
    try {
      const frame = decodeRaftFrame(bytes);
      const whole = this.#join(node, frame);
      if (whole === undefined) return undefined;
      const { message, logFirstIndex } = decodeMessage(whole);
      const known = this.#directory.nodeOf(message.from);
      // Nobody speaks in another node's name.
      if (known !== undefined && known !== node) return undefined;
      this.#told.set(message.from, node);
      return { message, logFirstIndex, timeUnixMs: frame.timeUnixMs };
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.#trace.write("warn", "raftMessageRefused", { node, reason: error.message });
      return undefined;
    }
  }

  #join(node: number, { part, partIndex, isLast }: RaftFrame): Uint8Array | undefined {
    if (partIndex === 0 && isLast) return part;
    const parts = partIndex === 0 ? [] : this.#parts.get(node);
    // Where a part is missing, all that is left of its message is passed over.
    if (parts === undefined || parts.length !== partIndex) {
      this.#parts.delete(node);
      return undefined;
    }
    parts.push(part);
    this.#parts.set(node, parts);
    if (parts.length * partBytesMax > messageBytesMax) this.#parts.delete(node);
    if (!isLast) return undefined;
    this.#parts.delete(node);
    return concatBytes(parts);
  }
}
