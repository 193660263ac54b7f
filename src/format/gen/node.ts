// Generated from proto/hamster/node.proto by `npm run generate`. Do not edit.

import { encodeWith, joinUnknown, Reader, type Writer } from "#format/wire.ts";

/** The file node.hamster: whose data directory this is. Written once, before anything else. */
export interface NodeIdentity {
  /** Sixteen random bytes. */
  clusterId: Uint8Array;
  /** This node's number in the cluster; never given to another. */
  node: number;
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
  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);
}

export function readNodeIdentity(reader: Reader): NodeIdentity {
  let clusterId: Uint8Array = new Uint8Array(0);
  let node: number = 0;
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
      default:
        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));
    }
  }
  const message: NodeIdentity = { clusterId, node };
  if (unknownFields !== undefined) message.unknownFields = unknownFields;
  return message;
}

export function encodeNodeIdentity(message: NodeIdentity): Uint8Array<ArrayBuffer> {
  return encodeWith(writeNodeIdentity, message);
}

export function decodeNodeIdentity(bytes: Uint8Array): NodeIdentity {
  return readNodeIdentity(new Reader(bytes));
}
