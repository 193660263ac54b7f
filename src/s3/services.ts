import type { Bucket, Command, CommandResult } from "#format/index.ts";
import { bucketOf } from "#metadata/index.ts";
import type { ObjectsContext } from "#objects/index.ts";
import type { Ports } from "#ports/index.ts";
import { isLet, type Wanted, wantedOf } from "./access.ts";
import type { Call } from "./call.ts";
import { refusalError } from "./refusal.ts";
import { S3Error } from "./s3-error.ts";

/** What the gateway works with. */
export interface Services {
  readonly ports: Pick<Ports, "clock" | "random" | "compute" | "trace">;
  readonly objects: ObjectsContext;
  /** The region that credentials and buckets are for: `us-east-1`. */
  readonly region: string;
  /** Domains whose subdomains are buckets, lower case, without port. */
  readonly domains: readonly string[];
  /** Names this node in answers. */
  readonly hostId: string;
  /** Whether the node has its state; until then clients are told to come again. */
  readonly isReady?: () => boolean;
}

type Outcome = NonNullable<CommandResult["outcome"]>;

/**
 * Has a command committed and applied.
 *
 * @throws S3Error where it is refused; ReplicaError where it is not known what became of it
 */
export async function commit(
  services: Services,
  body: NonNullable<Command["body"]>,
): Promise<Exclude<Outcome, { kind: "refusal" }>> {
  const { outcome } = await services.objects.replica.propose(body);
  if (outcome === undefined) throw new S3Error("InternalError");
  if (outcome.kind === "refusal") throw refusalError(outcome.value);
  return outcome;
}

/** What a coordinator's outcome comes to, or the error it means. */
export function valueOf<Value>(
  outcome:
    | { readonly kind: "done"; readonly value: Value }
    | { readonly kind: "refused"; readonly refusal: Parameters<typeof refusalError>[0] }
    | { readonly kind: "full" }
    | { readonly kind: "unavailable" },
): Value {
  if (outcome.kind === "done") return outcome.value;
  if (outcome.kind === "refused") throw refusalError(outcome.refusal);
  throw new S3Error(outcome.kind === "full" ? "InsufficientStorage" : "SlowDown");
}

/**
 * A bucket, whoever asks.
 *
 * @throws S3Error NoSuchBucket; AccessDenied where it is not whose the request takes it to be
 */
export function knownBucket(call: Call, services: Services, bucket: string = call.bucket): Bucket {
  const row = bucketOf(services.objects.replica.reader, bucket);
  if (row === undefined) throw new S3Error("NoSuchBucket", { details: { BucketName: bucket } });
  const expected = call.header("x-amz-expected-bucket-owner") ?? row.owner;
  if (row.owner !== expected) throw new S3Error("AccessDenied");
  return row;
}

/**
 * The bucket that a request is about, if the client may do with it what it wants to. Not
 * linearizable on its own: what must see the newest state makes a read barrier first.
 *
 * @throws S3Error NoSuchBucket or AccessDenied
 */
export function usableBucket(
  call: Call,
  services: Services,
  wanted: Wanted = wantedOf(call),
): Bucket {
  const row = knownBucket(call, services, wanted.bucket);
  if (!isLet(call, row, wanted)) throw new S3Error("AccessDenied");
  return row;
}

/**
 * Makes sure that the bucket of a call that a command decides, which needs no barrier as a rule, is
 * seen: one that may have been made by way of another node a moment ago is looked for behind one.
 * What others may do is seen as of now.
 */
export async function seeBucket(call: Call, services: Services): Promise<void> {
  const { replica } = services.objects;
  const row = bucketOf(replica.reader, call.bucket);
  if (row?.owner !== call.account) await replica.readBarrier({ signal: call.signal });
}

/**
 * As `usableBucket`, for calls that a command decides.
 *
 * @throws S3Error NoSuchBucket or AccessDenied; ReplicaError
 */
export async function bucketToChange(call: Call, services: Services): Promise<Bucket> {
  await seeBucket(call, services);
  return usableBucket(call, services);
}
