import type { Answer } from "./answer.ts";
import {
  deleteBucketPolicy,
  getBucketPolicy,
  getBucketPolicyStatus,
  putBucketPolicy,
} from "./bucket-policy.ts";
import {
  createBucket,
  deleteBucket,
  getBucketLocation,
  headBucket,
  listBuckets,
} from "./bucket-operations.ts";
import {
  deleteBucketCors,
  deletePublicAccessBlock,
  getBucketCors,
  getPublicAccessBlock,
  putBucketCors,
  putPublicAccessBlock,
} from "./bucket-settings.ts";
import type { Call } from "./call.ts";
import { completeMultipartUpload } from "./complete-upload.ts";
import { copyObjectOperation } from "./copy-object.ts";
import { deleteObjectsOperation } from "./delete-objects.ts";
import type { OperationName } from "./endpoints.ts";
import { fixedAnswers } from "./fixed-answers.ts";
import { listObjects, listObjectsV2 } from "./list-operations.ts";
import { getObjectAttributes } from "./object-attributes.ts";
import {
  getObjectLegalHold,
  getObjectLockConfiguration,
  getObjectRetention,
  putObjectLegalHold,
  putObjectLockConfiguration,
  putObjectRetention,
} from "./object-lock.ts";
import { getObject, headObject } from "./object-read.ts";
import { deleteObject, putObjectOperation } from "./object-write.ts";
import { uploadPartCopy } from "./part-copy.ts";
import { postObject } from "./post-object.ts";
import type { Services } from "./services.ts";
import {
  deleteBucketTagging,
  deleteObjectTagging,
  getBucketTagging,
  getObjectTagging,
  putBucketTagging,
  putObjectTagging,
} from "./tagging.ts";
import { listMultipartUploads, listParts } from "./upload-listings.ts";
import { abortMultipartUpload, createMultipartUpload, uploadPart } from "./upload-operations.ts";
import {
  getBucketVersioning,
  listObjectVersions,
  putBucketVersioning,
} from "./version-operations.ts";

/** Carries out one request. */
export type Operation = (call: Call, services: Services) => Promise<Answer>;

/** What this gateway does. The operations that are not here are answered NotImplemented. */
export const operations: Readonly<Partial<Record<OperationName, Operation>>> = {
  ...fixedAnswers,
  ListBuckets: listBuckets,
  CreateBucket: createBucket,
  HeadBucket: headBucket,
  DeleteBucket: deleteBucket,
  GetBucketLocation: getBucketLocation,
  ListObjects: listObjects,
  ListObjectsV2: listObjectsV2,
  PutObject: putObjectOperation,
  PostObject: postObject,
  GetObject: getObject,
  HeadObject: headObject,
  GetObjectAttributes: getObjectAttributes,
  DeleteObject: deleteObject,
  DeleteObjects: deleteObjectsOperation,
  CopyObject: copyObjectOperation,
  CreateMultipartUpload: createMultipartUpload,
  UploadPart: uploadPart,
  UploadPartCopy: uploadPartCopy,
  CompleteMultipartUpload: completeMultipartUpload,
  AbortMultipartUpload: abortMultipartUpload,
  ListParts: listParts,
  GetBucketVersioning: getBucketVersioning,
  PutBucketVersioning: putBucketVersioning,
  ListObjectVersions: listObjectVersions,
  ListMultipartUploads: listMultipartUploads,
  GetObjectLockConfiguration: getObjectLockConfiguration,
  PutObjectLockConfiguration: putObjectLockConfiguration,
  GetObjectRetention: getObjectRetention,
  PutObjectRetention: putObjectRetention,
  GetObjectLegalHold: getObjectLegalHold,
  PutObjectLegalHold: putObjectLegalHold,
  GetBucketPolicy: getBucketPolicy,
  GetBucketPolicyStatus: getBucketPolicyStatus,
  PutBucketPolicy: putBucketPolicy,
  DeleteBucketPolicy: deleteBucketPolicy,
  GetBucketCors: getBucketCors,
  PutBucketCors: putBucketCors,
  DeleteBucketCors: deleteBucketCors,
  GetPublicAccessBlock: getPublicAccessBlock,
  PutPublicAccessBlock: putPublicAccessBlock,
  DeletePublicAccessBlock: deletePublicAccessBlock,
  GetBucketTagging: getBucketTagging,
  PutBucketTagging: putBucketTagging,
  DeleteBucketTagging: deleteBucketTagging,
  GetObjectTagging: getObjectTagging,
  PutObjectTagging: putObjectTagging,
  DeleteObjectTagging: deleteObjectTagging,
};
