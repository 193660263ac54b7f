// Who may do what with a bucket and what is in it: its owner, and whom its policy lets.
import type { Bucket } from "#format/index.ts";
import type { Call } from "./call.ts";
import type { OperationName } from "./endpoints.ts";
import { type BucketPolicy, decide, isPublicPolicy, parseBucketPolicy } from "./policy.ts";

/**
 * What one has to be allowed to do for an operation, as policies name it. Operations that are not
 * here are their account's alone.
 */
const actionsByOperation: Readonly<Partial<Record<OperationName, readonly string[]>>> = {
  AbortMultipartUpload: ["s3:AbortMultipartUpload"],
  CompleteMultipartUpload: ["s3:PutObject"],
  CopyObject: ["s3:PutObject"],
  CreateMultipartUpload: ["s3:PutObject"],
  DeleteBucket: ["s3:DeleteBucket"],
  DeleteBucketCors: ["s3:PutBucketCORS"],
  DeleteBucketEncryption: ["s3:PutEncryptionConfiguration"],
  DeleteBucketLifecycle: ["s3:PutLifecycleConfiguration"],
  DeleteBucketPolicy: ["s3:DeleteBucketPolicy"],
  DeleteBucketReplication: ["s3:PutReplicationConfiguration"],
  DeleteBucketTagging: ["s3:PutBucketTagging"],
  DeleteBucketWebsite: ["s3:DeleteBucketWebsite"],
  DeleteObject: ["s3:DeleteObject"],
  DeleteObjects: ["s3:DeleteObject"],
  DeleteObjectTagging: ["s3:DeleteObjectTagging"],
  DeletePublicAccessBlock: ["s3:PutBucketPublicAccessBlock"],
  GetBucketAccelerateConfiguration: ["s3:GetAccelerateConfiguration"],
  GetBucketAcl: ["s3:GetBucketAcl"],
  GetBucketCors: ["s3:GetBucketCORS"],
  GetBucketEncryption: ["s3:GetEncryptionConfiguration"],
  GetBucketLifecycleConfiguration: ["s3:GetLifecycleConfiguration"],
  GetBucketLocation: ["s3:GetBucketLocation"],
  GetBucketLogging: ["s3:GetBucketLogging"],
  GetBucketNotificationConfiguration: ["s3:GetBucketNotification"],
  GetBucketOwnershipControls: ["s3:GetBucketOwnershipControls"],
  GetBucketPolicy: ["s3:GetBucketPolicy"],
  GetBucketPolicyStatus: ["s3:GetBucketPolicyStatus"],
  GetBucketReplication: ["s3:GetReplicationConfiguration"],
  GetBucketRequestPayment: ["s3:GetBucketRequestPayment"],
  GetBucketTagging: ["s3:GetBucketTagging"],
  GetBucketVersioning: ["s3:GetBucketVersioning"],
  GetBucketWebsite: ["s3:GetBucketWebsite"],
  GetObject: ["s3:GetObject"],
  GetObjectAcl: ["s3:GetObjectAcl"],
  GetObjectAttributes: ["s3:GetObject", "s3:GetObjectAttributes"],
  GetObjectLegalHold: ["s3:GetObjectLegalHold"],
  GetObjectLockConfiguration: ["s3:GetBucketObjectLockConfiguration"],
  GetObjectRetention: ["s3:GetObjectRetention"],
  GetObjectTagging: ["s3:GetObjectTagging"],
  GetPublicAccessBlock: ["s3:GetBucketPublicAccessBlock"],
  HeadBucket: ["s3:ListBucket"],
  HeadObject: ["s3:GetObject"],
  ListMultipartUploads: ["s3:ListBucketMultipartUploads"],
  ListObjects: ["s3:ListBucket"],
  ListObjectsV2: ["s3:ListBucket"],
  ListObjectVersions: ["s3:ListBucketVersions"],
  ListParts: ["s3:ListMultipartUploadParts"],
  PostObject: ["s3:PutObject"],
  PutBucketAcl: ["s3:PutBucketAcl"],
  PutBucketCors: ["s3:PutBucketCORS"],
  PutBucketPolicy: ["s3:PutBucketPolicy"],
  PutBucketTagging: ["s3:PutBucketTagging"],
  PutBucketVersioning: ["s3:PutBucketVersioning"],
  PutObject: ["s3:PutObject"],
  PutObjectAcl: ["s3:PutObjectAcl"],
  PutObjectLegalHold: ["s3:PutObjectLegalHold"],
  PutObjectLockConfiguration: ["s3:PutBucketObjectLockConfiguration"],
  PutObjectRetention: ["s3:PutObjectRetention"],
  PutObjectTagging: ["s3:PutObjectTagging"],
  PutPublicAccessBlock: ["s3:PutBucketPublicAccessBlock"],
  UploadPart: ["s3:PutObject"],
  UploadPartCopy: ["s3:PutObject"],
};

/** Actions that have another name where a version is named. */
const versionActions: ReadonlyMap<string, string> = new Map(
  ["GetObject", "DeleteObject"].flatMap((start) =>
    ["", "Acl", "Attributes", "Tagging"].map((end) => [
      `s3:${start}${end}`,
      `s3:${start}Version${end}`,
    ]),
  ),
);

/** Header fields with which a request asks for more than its operation does. */
const furtherActions: readonly (readonly [field: string, action: string])[] = [
  ["x-amz-tagging", "s3:PutObjectTagging"],
  ["x-amz-object-lock-mode", "s3:PutObjectRetention"],
  ["x-amz-object-lock-retain-until-date", "s3:PutObjectRetention"],
  ["x-amz-object-lock-legal-hold", "s3:PutObjectLegalHold"],
  ["x-amz-bypass-governance-retention", "s3:BypassGovernanceRetention"],
];

/** What a policy cannot take from the bucket's owner, who could never mend it otherwise. */
const ownersAlways: ReadonlySet<string> = new Set([
  "s3:GetBucketPolicy",
  "s3:PutBucketPolicy",
  "s3:DeleteBucketPolicy",
]);

/** Something to be done. */
export interface Wanted {
  readonly bucket: string;
  /** Empty where it is about the bucket. */
  readonly key: string;
  readonly actions: readonly string[];
}

/** Actions upon a version by its id, where one is named. */
export function actionsOnVersion(actions: readonly string[], isNamed: boolean): readonly string[] {
  return isNamed ? actions.map((action) => versionActions.get(action) ?? action) : actions;
}

/** Whether others than a bucket's owner can be let do this. */
export function canBeLet(operation: OperationName): boolean {
  return actionsByOperation[operation] !== undefined;
}

/** What a request wants to do with the bucket and the object in its address. */
export function wantedOf(call: Call): Wanted {
  const { bucket, key, operation } = call;
  const isNamed = call.parameter("versionId") !== undefined;
  const actions = actionsOnVersion(actionsByOperation[operation] ?? [], isNamed);
  const further = furtherActions.filter(([field]) => call.header(field) !== undefined);
  if (operation === "PostObject" && call.parameter("tagging") !== undefined) {
    further.push(["tagging", "s3:PutObjectTagging"]);
  }
  return { bucket, key, actions: [...actions, ...further.map(([, action]) => action)] };
}

function factOf(call: Call, key: string): string | undefined {
  switch (key) {
    case "aws:sourceip":
      return call.remoteAddress;
    case "aws:referer":
      return call.header("referer");
    case "aws:useragent":
      return call.header("user-agent");
    case "s3:versionid":
      return call.parameter("versionId");
    case "s3:prefix":
    case "s3:delimiter":
    case "s3:max-keys":
      return call.parameter(key.slice("s3:".length));
    default:
      return call.header(key.slice("s3:".length));
  }
}

/** Whether a request that is not from the bucket's owner is let by a policy that lets everyone. */
function isShutOut(row: Bucket, policy: BucketPolicy): boolean {
  return row.publicAccessBlock?.restrictPublicBuckets === true && isPublicPolicy(policy);
}

/** Whether who sent a request may do what it wants. */
export function isLet(call: Call, row: Bucket, { bucket, key, actions }: Wanted): boolean {
  const isOwner = call.account === row.owner;
  if (row.policy === undefined) return isOwner;
  if (isOwner && actions.every((action) => ownersAlways.has(action))) return true;
  const policy = parseBucketPolicy(row.policy, bucket);
  if (!isOwner && isShutOut(row, policy)) return false;
  const resource = key === "" ? bucket : `${bucket}/${key}`;
  const facts = (name: string): string | undefined => factOf(call, name);
  const { account } = call;
  return actions.every((action) => {
    const verdict = decide(policy, { account, action, resource, facts });
    return verdict === "Allow" || (verdict === undefined && isOwner);
  });
}
