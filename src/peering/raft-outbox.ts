import type { PeerFrame } from "./frames.ts";
import { raftBytesMax, raftMessagesMax } from "./limits.ts";
import { type FrameHandler, type PeerConnection, misplaced } from "./peer-connection.ts";

const raftFrame: PeerFrame = { kind: "raft", value: {} };

/** Raft messages on their way to one node: in order, or not at all. */
export class RaftOutbox implements FrameHandler {
  #connection: PeerConnection | undefined;
  /** Wait for the connection that is being made. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  /** @returns false where there is no room */
  send(message: Uint8Array): boolean {
    const connection = this.#connection;
    if (connection !== undefined) {
      if (connection.queuedBytes + message.length > raftBytesMax) return false;
      connection.expect();
      connection.send(raftFrame, message);
      return true;
    }
    if (
      this.#waiting.length >= raftMessagesMax ||
      this.#waitingBytes + message.length > raftBytesMax
    ) {
      return false;
    }
    this.#waiting.push(message);
    this.#waitingBytes += message.length;
    return true;
  }

  connected(connection: PeerConnection): void {
    this.#connection = connection;
    const waiting = this.#waiting;
    this.#drop();
    for (const message of waiting) this.send(message);
  }

  receive(frame: PeerFrame): void {
    throw misplaced(frame);
  }

  ended(): void {
    this.#connection = undefined;
    this.#drop();
  }

  #drop(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
  }
}
