import type { Answer } from "./answer.ts";
import {
  createBucket,
  deleteBucket,
  getBucketLocation,
  headBucket,
  listBuckets,
} from "./bucket-operations.ts";
import type { Call } from "./call.ts";
import type { OperationName } from "./endpoints.ts";
import { listObjects, listObjectsV2 } from "./list-operations.ts";
import { getObject, headObject } from "./object-read.ts";
import { deleteObject, putObjectOperation } from "./object-write.ts";
import type { Services } from "./services.ts";

/** Carries out one request. */
export type Operation = (call: Call, services: Services) => Promise<Answer>;

/** What this gateway does. The operations that are not here are answered NotImplemented. */
export const operations: Readonly<Partial<Record<OperationName, Operation>>> = {
  ListBuckets: listBuckets,
  CreateBucket: createBucket,
  HeadBucket: headBucket,
  DeleteBucket: deleteBucket,
  GetBucketLocation: getBucketLocation,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  PutObject: putObjectOperation,
  GetObject: getObject,
  HeadObject: headObject,
  DeleteObject: deleteObject,
};
