/*
 * A whole node below the gateway, on any ports: replica, shelf and coordinators, for tests.
 */
import { assert } from "#base/assert.ts";
import { concatBytes, kib, mib } from "#base/bytes.ts";
import type { ObjectHeaders } from "#format/index.ts";
import type { Ports } from "#ports/index.ts";
import { Replica } from "#replica/index.ts";
import { Shelf } from "#storage/index.ts";
import type { BodyBytes } from "./body-stream.ts";
import { localContext, type ObjectsContext } from "./context.ts";
import { findObject, readObject } from "./get.ts";
import { putObject, type PutObjectOutcome, type PutObjectRequest } from "./put.ts";
import { chunksOf } from "./rig.ts";

export interface NodeRig {
  readonly ports: Ports;
  readonly replica: Replica;
  readonly shelf: Shelf;
  readonly context: ObjectsContext;
}

export const never: AbortSignal = new AbortController().signal;
export const plainHeaders: ObjectHeaders = { system: [], user: [], storageClass: "" };

/** Starts a node: founds a cluster with the bucket `b`, or boots on what is there. */
export async function startNode(ports: Ports): Promise<NodeRig> {
  const shelf = await Shelf.open(ports, { packSizeBytes: mib, reserveBytesMin: mib });
  const replica = await Replica.open(ports, {
    nodeId: 1,
    founding: {
      clusterId: new Uint8Array(16),
      epoch: 1,
      featureLevel: 1,
      nodeId: 1,
      node: {
        raftId: 1,
        keyFingerprint: new Uint8Array(32),
        addresses: [],
        host: "h",
        zone: "z",
        weight: 1,
        state: "up",
        layoutVersionWalked: 0,
      },
      accessKeyId: "key",
      credential: { secretAccessKey: "secret", account: "account", createdUnixMs: 1 },
    },
    limits: { segmentSizeBytes: 256 * kib, checkpointLogBytesMin: mib },
  });
  const limits = { unitSizeBytes: mib, sliceSizeBytes: 64 * kib };
  const context = localContext({ ports, replica, shelf, node: 1, limits });
  const value = { bucket: "b", owner: "account", lockEnabled: false };
  await replica.propose({ kind: "createBucket", value });
  return { ports, replica, shelf, context };
}

/** Stops a node in good order. */
export async function stopNode({ replica, shelf }: NodeRig): Promise<void> {
  await replica.close();
  await shelf.close();
}

/** Puts bytes, in chunks, under a key of the bucket `b`. */
export function put(
  node: NodeRig,
  key: string,
  bytes: Uint8Array,
  more: Partial<PutObjectRequest> = {},
): Promise<PutObjectOutcome> {
  return putObject(node.context, {
    bucket: "b",
    key,
    sizeBytes: bytes.length,
    body: chunksOf(bytes, bytes.length),
    finish: () => Promise.resolve({ etag: `"${bytes.length}"`, checksums: [] }),
    headers: plainHeaders,
    signal: never,
    ...more,
  });
}

/** The bytes under a key of the bucket `b`; undefined where there is no object. */
export async function get(
  node: NodeRig,
  key: string,
  range?: { offsetBytes: number; lengthBytes: number },
): Promise<Uint8Array | undefined> {
  const found = await findObject(node.context, { bucket: "b", key, signal: never });
  if (found.kind !== "found") return undefined;
  return collect(await readObject(node.context, found, { range, signal: never }));
}

/** All bytes of a body. */
export async function collect(body: BodyBytes): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return concatBytes(parts);
}

/** Live bytes on the shelf, and what is being staged. */
export function heldBytes({ shelf }: NodeRig): number {
  const { packs, files, stagedBytes } = shelf.usage();
  assert(stagedBytes >= 0, "what is staged is counted once");
  return packs.liveBytes + files.bytes + stagedBytes;
}
