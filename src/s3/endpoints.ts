// Every operation of the S3 API, as data. The handlers are found by name in operations.ts.
import type { QueryParameter } from "./target.ts";

type Method = "GET" | "HEAD" | "PUT" | "POST" | "DELETE" | "OPTIONS";

/**
 * An operation, and how its requests are told from others of the same method and scope: query
 * parameters that must occur, joined by `&` (`name=value` where the value decides too), and a
 * header field that must occur (`name=start` where the start of its value decides too).
 */
type EndpointRow = readonly [
  operation: string,
  method: Method,
  scope: "service" | "bucket" | "object",
  query?: string,
  header?: string,
];

/**
 * The first row that fits is the operation, so that those that ask for more come before those that
 * ask for less, and a request without any marker comes to the last row of its method and scope.
 *
 * Source:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html
 */
export const endpoints = [
  ["WriteGetObjectResponse", "POST", "service", "", "x-amz-request-route"],
  ["ListDirectoryBuckets", "GET", "service", "x-id=ListDirectoryBuckets"],
  ["ListBuckets", "GET", "service"],

  ["GetBucketAbac", "GET", "bucket", "abac"],
  ["GetBucketAccelerateConfiguration", "GET", "bucket", "accelerate"],
  ["GetBucketAcl", "GET", "bucket", "acl"],
  ["GetBucketAnalyticsConfiguration", "GET", "bucket", "analytics&id"],
  ["ListBucketAnalyticsConfigurations", "GET", "bucket", "analytics"],
  ["GetBucketCors", "GET", "bucket", "cors"],
  ["GetBucketEncryption", "GET", "bucket", "encryption"],
  ["GetBucketIntelligentTieringConfiguration", "GET", "bucket", "intelligent-tiering&id"],
  ["ListBucketIntelligentTieringConfigurations", "GET", "bucket", "intelligent-tiering"],
  ["GetBucketInventoryConfiguration", "GET", "bucket", "inventory&id"],
  ["ListBucketInventoryConfigurations", "GET", "bucket", "inventory"],
  ["GetBucketLifecycleConfiguration", "GET", "bucket", "lifecycle"],
  ["GetBucketLocation", "GET", "bucket", "location"],
  ["GetBucketLogging", "GET", "bucket", "logging"],
  ["GetBucketMetadataConfiguration", "GET", "bucket", "metadataConfiguration"],
  ["GetBucketMetadataTableConfiguration", "GET", "bucket", "metadataTable"],
  ["GetBucketMetricsConfiguration", "GET", "bucket", "metrics&id"],
  ["ListBucketMetricsConfigurations", "GET", "bucket", "metrics"],
  ["GetBucketNotificationConfiguration", "GET", "bucket", "notification"],
  ["GetObjectLockConfiguration", "GET", "bucket", "object-lock"],
  ["GetBucketOwnershipControls", "GET", "bucket", "ownershipControls"],
  ["GetBucketPolicy", "GET", "bucket", "policy"],
  ["GetBucketPolicyStatus", "GET", "bucket", "policyStatus"],
  ["GetPublicAccessBlock", "GET", "bucket", "publicAccessBlock"],
  ["GetBucketReplication", "GET", "bucket", "replication"],
  ["GetBucketRequestPayment", "GET", "bucket", "requestPayment"],
  ["CreateSession", "GET", "bucket", "session"],
  ["GetBucketTagging", "GET", "bucket", "tagging"],
  ["ListMultipartUploads", "GET", "bucket", "uploads"],
  ["GetBucketVersioning", "GET", "bucket", "versioning"],
  ["ListObjectVersions", "GET", "bucket", "versions"],
  ["GetBucketWebsite", "GET", "bucket", "website"],
  ["ListObjectsV2", "GET", "bucket", "list-type=2"],
  ["ListObjects", "GET", "bucket"],
  ["HeadBucket", "HEAD", "bucket"],

  ["PutBucketAbac", "PUT", "bucket", "abac"],
  ["PutBucketAccelerateConfiguration", "PUT", "bucket", "accelerate"],
  ["PutBucketAcl", "PUT", "bucket", "acl"],
  ["PutBucketAnalyticsConfiguration", "PUT", "bucket", "analytics"],
  ["PutBucketCors", "PUT", "bucket", "cors"],
  ["PutBucketEncryption", "PUT", "bucket", "encryption"],
  ["PutBucketIntelligentTieringConfiguration", "PUT", "bucket", "intelligent-tiering"],
  ["PutBucketInventoryConfiguration", "PUT", "bucket", "inventory"],
  ["PutBucketLifecycleConfiguration", "PUT", "bucket", "lifecycle"],
  ["PutBucketLogging", "PUT", "bucket", "logging"],
  ["UpdateBucketMetadataInventoryTableConfiguration", "PUT", "bucket", "metadataInventoryTable"],
  ["UpdateBucketMetadataJournalTableConfiguration", "PUT", "bucket", "metadataJournalTable"],
  ["PutBucketMetricsConfiguration", "PUT", "bucket", "metrics"],
  ["PutBucketNotificationConfiguration", "PUT", "bucket", "notification"],
  ["PutObjectLockConfiguration", "PUT", "bucket", "object-lock"],
  ["PutBucketOwnershipControls", "PUT", "bucket", "ownershipControls"],
  ["PutBucketPolicy", "PUT", "bucket", "policy"],
  ["PutPublicAccessBlock", "PUT", "bucket", "publicAccessBlock"],
  ["PutBucketReplication", "PUT", "bucket", "replication"],
  ["PutBucketRequestPayment", "PUT", "bucket", "requestPayment"],
  ["PutBucketTagging", "PUT", "bucket", "tagging"],
  ["PutBucketVersioning", "PUT", "bucket", "versioning"],
  ["PutBucketWebsite", "PUT", "bucket", "website"],
  ["CreateBucket", "PUT", "bucket"],

  ["DeleteBucketAnalyticsConfiguration", "DELETE", "bucket", "analytics"],
  ["DeleteBucketCors", "DELETE", "bucket", "cors"],
  ["DeleteBucketEncryption", "DELETE", "bucket", "encryption"],
  ["DeleteBucketIntelligentTieringConfiguration", "DELETE", "bucket", "intelligent-tiering"],
  ["DeleteBucketInventoryConfiguration", "DELETE", "bucket", "inventory"],
  ["DeleteBucketLifecycle", "DELETE", "bucket", "lifecycle"],
  ["DeleteBucketMetadataConfiguration", "DELETE", "bucket", "metadataConfiguration"],
  ["DeleteBucketMetadataTableConfiguration", "DELETE", "bucket", "metadataTable"],
  ["DeleteBucketMetricsConfiguration", "DELETE", "bucket", "metrics"],
  ["DeleteBucketOwnershipControls", "DELETE", "bucket", "ownershipControls"],
  ["DeleteBucketPolicy", "DELETE", "bucket", "policy"],
  ["DeletePublicAccessBlock", "DELETE", "bucket", "publicAccessBlock"],
  ["DeleteBucketReplication", "DELETE", "bucket", "replication"],
  ["DeleteBucketTagging", "DELETE", "bucket", "tagging"],
  ["DeleteBucketWebsite", "DELETE", "bucket", "website"],
  ["DeleteBucket", "DELETE", "bucket"],

  ["DeleteObjects", "POST", "bucket", "delete"],
  ["CreateBucketMetadataConfiguration", "POST", "bucket", "metadataConfiguration"],
  ["CreateBucketMetadataTableConfiguration", "POST", "bucket", "metadataTable"],
  ["PostObject", "POST", "bucket", "", "content-type=multipart/form-data"],

  ["GetObjectAcl", "GET", "object", "acl"],
  ["GetObjectAttributes", "GET", "object", "attributes"],
  ["GetObjectLegalHold", "GET", "object", "legal-hold"],
  ["GetObjectRetention", "GET", "object", "retention"],
  ["GetObjectTagging", "GET", "object", "tagging"],
  ["GetObjectTorrent", "GET", "object", "torrent"],
  ["ListParts", "GET", "object", "uploadId"],
  ["GetObject", "GET", "object"],
  ["HeadObject", "HEAD", "object"],

  ["PutObjectAcl", "PUT", "object", "acl"],
  ["UpdateObjectEncryption", "PUT", "object", "encryption"],
  ["PutObjectLegalHold", "PUT", "object", "legal-hold"],
  ["PutObjectRetention", "PUT", "object", "retention"],
  ["PutObjectTagging", "PUT", "object", "tagging"],
  ["RenameObject", "PUT", "object", "renameObject"],
  ["UploadPartCopy", "PUT", "object", "partNumber&uploadId", "x-amz-copy-source"],
  ["UploadPart", "PUT", "object", "partNumber&uploadId"],
  ["CopyObject", "PUT", "object", "", "x-amz-copy-source"],
  ["PutObject", "PUT", "object"],

  ["CompleteMultipartUpload", "POST", "object", "uploadId"],
  ["CreateMultipartUpload", "POST", "object", "uploads"],
  ["RestoreObject", "POST", "object", "restore"],
  ["SelectObjectContent", "POST", "object", "select"],

  ["AbortMultipartUpload", "DELETE", "object", "uploadId"],
  ["DeleteObjectTagging", "DELETE", "object", "tagging"],
  ["DeleteObject", "DELETE", "object"],

  ["Preflight", "OPTIONS", "bucket"],
  ["Preflight", "OPTIONS", "object"],
] as const;

/** The name of an operation, as AWS has it. */
export type OperationName = (typeof endpoints)[number][0];

/** What must occur in a request, taken apart once. */
interface Marker {
  readonly name: string;
  readonly value: string | undefined;
}

interface Route {
  readonly operation: OperationName;
  readonly query: readonly Marker[];
  readonly header: Marker | undefined;
}

function markerOf(text: string): Marker {
  const equals = text.indexOf("=");
  return equals < 0
    ? { name: text, value: undefined }
    : { name: text.slice(0, equals), value: text.slice(equals + 1) };
}

const rows: readonly EndpointRow[] = endpoints;

const routes: ReadonlyMap<string, readonly Route[]> = Map.groupBy(
  rows.map(([operation, method, scope, query = "", header = ""]) => ({
    place: `${method} ${scope}`,
    operation: operation as OperationName,
    query: query === "" ? [] : query.split("&").map(markerOf),
    header: header === "" ? undefined : markerOf(header),
  })),
  (route) => route.place,
);

/** What of a request tells its operation. */
export interface RoutedRequest {
  readonly method: string;
  readonly scope: "service" | "bucket" | "object";
  readonly query: readonly QueryParameter[];
  readonly header: (name: string) => string | undefined;
}

function fits(route: Route, request: RoutedRequest): boolean {
  for (const { name, value } of route.query) {
    const found = request.query.find((parameter) => parameter.name === name);
    if (found === undefined || (value !== undefined && found.value !== value)) return false;
  }
  if (route.header === undefined) return true;
  const sent = request.header(route.header.name);
  return sent !== undefined && sent.startsWith(route.header.value ?? "");
}

/** The operation that a request asks for, or undefined where S3 has none for it. */
export function operationOf(request: RoutedRequest): OperationName | undefined {
  const candidates = routes.get(`${request.method} ${request.scope}`) ?? [];
  for (const route of candidates) if (fits(route, request)) return route.operation;
  return undefined;
}
