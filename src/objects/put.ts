import type {
  Checksum,
  Conditions,
  Lock,
  ObjectHeaders,
  PartPut,
  TagSet,
  VersionPut,
} from "#format/index.ts";
import { type Refused, runCommand } from "./commands.ts";
import type { ObjectsContext } from "./context.ts";
import { type Full, storeBody, type Unavailable } from "./store-body.ts";
import { newVersionId } from "./version-id.ts";

/** What is known of a body once its last byte has been seen. */
export interface BodyFacts {
  /** Without quotes. */
  readonly etag: string;
  readonly checksums: Checksum[];
}

/** Bytes on their way in. */
interface IncomingBody {
  /** The declared length, 0 or more; a body of another length is not stored. */
  readonly sizeBytes: number;
  /** Pulled with back pressure. Throws to give up; nothing is stored then. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Called once after the last byte and before anything is durable for good. Throws to give up. */
  finish(): Promise<BodyFacts>;
  /**
   * Ends the wait for memory and for bytes. Once the commit is proposed it is not looked at again.
   */
  readonly signal: AbortSignal;
}

export interface PutObjectRequest extends IncomingBody {
  readonly bucket: string;
  readonly key: string;
  readonly headers: ObjectHeaders;
  readonly conditions?: Conditions | undefined;
  readonly lock?: Lock | undefined;
  readonly tags?: TagSet | undefined;
}

export type PutObjectOutcome = { kind: "done"; value: VersionPut } | Refused | Full | Unavailable;

/**
 * Stores an object and makes it the key's newest version.
 *
 * @throws whatever the body or `finish` throws; BodySizeError; a ReplicaError
 */
export function putObject(
  context: ObjectsContext,
  request: PutObjectRequest,
): Promise<PutObjectOutcome> {
  const { bucket, key, sizeBytes, headers, conditions, lock, tags } = request;
  return storeBody(context, bodyOf(request), (units, { etag, checksums }) => {
    const object = { sizeBytes, etag, checksums, headers, partCount: 0 };
    const versionId = newVersionId(context.ports);
    const value = { bucket, key, versionId, object, units, conditions, lock, tags };
    return runCommand(context, { kind: "putVersion", value }, "versionPut");
  });
}

export interface PutPartRequest extends IncomingBody {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: Uint8Array;
  /** From 1 to 10,000. */
  readonly partNumber: number;
}

export type PutPartOutcome = { kind: "done"; value: PartPut } | Refused | Full | Unavailable;

/**
 * Stores a part of an upload, in place of an earlier one with its number.
 *
 * @throws as `putObject` does
 */
export function putPart(context: ObjectsContext, request: PutPartRequest): Promise<PutPartOutcome> {
  const { bucket, key, uploadId, partNumber } = request;
  return storeBody(context, bodyOf(request), (units, { etag, checksums }) => {
    const value = { bucket, key, uploadId, partNumber, etag, checksums, units };
    return runCommand(context, { kind: "putPart", value }, "partPut");
  });
}

function bodyOf(request: IncomingBody): {
  sizeBytes: number;
  bytes: AsyncIterable<Uint8Array>;
  finish: () => Promise<BodyFacts>;
  signal: AbortSignal;
} {
  const { sizeBytes, body, signal } = request;
  return { sizeBytes, bytes: body, finish: () => request.finish(), signal };
}
