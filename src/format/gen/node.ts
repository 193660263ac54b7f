// Generated from proto/hamster/node.proto by `npm run generate`. Do not edit.

import { encodeWith, joinUnknown, Reader, type Writer } from "#format/wire.ts";
import { readKnownPeers, type KnownPeers, writeKnownPeers } from "./join.ts";

/**
 * The file node.hamster: whose data directory this is. Written last when a cluster is founded or
 * joined, and anew when the node gets a fresh Raft id or its peers have changed.
 */
export interface NodeIdentity {
  /** Sixteen random bytes. */
  clusterId: Uint8Array;
  /** This node's number in the cluster; never given to another. */
  node: number;
  /** What it is in the log's group; 0 for the same number. It lives and dies with its log. */
  raftId: number;
  /** Whom to ask while the registry is not here. */
  known?: KnownPeers | undefined;
  /** A log was begun under this Raft id: where there is none, it was lost with what it had promised. */
  hasBegun: boolean;
  /** Fields of a newer program, carried along. */
  unknownFields?: Uint8Array | undefined;
}

export function writeNodeIdentity(writer: Writer, message: NodeIdentity): void {
  if (message.clusterId.length > 0) {
    writer.varint(10);
    writer.bytes(message.clusterId);
  }
  if (message.node !== 0) {
    writer.varint(16);
    writer.varint(message.node);
  }
  if (message.raftId !== 0) {
    writer.varint(24);
    writer.varint(message.raftId);
  }
  if (message.known !== undefined) {
    writer.varint(34);
    const start = writer.begin();
    writeKnownPeers(writer, message.known);
    writer.end(start);
  }
  if (message.hasBegun) {
    writer.varint(40);
    writer.varint(message.hasBegun ? 1 : 0);
  }
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readNodeIdentity(reader: Reader): NodeIdentity {
  let clusterId: Uint8Array = new Uint8Array(0);
  let node: number = 0;
  let raftId: number = 0;
  let known: KnownPeers | undefined;
  let hasBegun: boolean = false;
  let unknownFields: Uint8Array | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        clusterId = reader.bytes();
        break;
      case 16:
        node = reader.uint32();
        break;
      case 24:
        raftId = reader.varint();
        break;
      case 34:
        known = readKnownPeers(reader.nested());
        break;
      case 40:
        hasBegun = reader.bool();
        break;
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: NodeIdentity = { clusterId, node, raftId, hasBegun };
  if (known !== undefined) message.known = known;
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeNodeIdentity(message: NodeIdentity): Uint8Array<ArrayBuffer> {
  return encodeWith(writeNodeIdentity, message);
}

export function decodeNodeIdentity(bytes: Uint8Array): NodeIdentity {
  return readNodeIdentity(new Reader(bytes));
}
