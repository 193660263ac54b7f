// What clients ask of every bucket and object, and what is true of all of them here: the answers
// that AWS gives of a bucket nobody has configured.
import type { Bucket } from "#format/index.ts";
import { type Answer, emptyAnswer, xmlAnswer } from "./answer.ts";
import { type Call, configurationSizeBytesMax } from "./call.ts";
import type { OperationName } from "./endpoints.ts";
import { locateObject, namedObject } from "./object-read.ts";
import { ownerElement } from "./owner.ts";
import { S3Error, type S3ErrorCode } from "./s3-error.ts";
import { usableBucket, type Services } from "./services.ts";
import { refuseUnsupported } from "./unsupported.ts";
import { child, childText, type XmlElement } from "./xml-reader.ts";
import { xmlDocument } from "./xml-writer.ts";

type Operation = (call: Call, services: Services) => Promise<Answer>;

async function checkBucket(call: Call, services: Services): Promise<Bucket> {
  await services.objects.replica.readBarrier({ signal: call.signal });
  return usableBucket(call, services);
}

/** Answers with the document, where the bucket is there and the client's. */
function ofBucket(root: string, content: string): Operation {
  return async (call, services) => {
    await checkBucket(call, services);
    return xmlAnswer(xmlDocument(root, content));
  };
}

/** Answers that the bucket has no such thing. */
function without(code: S3ErrorCode): Operation {
  return async (call, services) => {
    await checkBucket(call, services);
    throw new S3Error(code, { details: { BucketName: call.bucket } });
  };
}

/** Takes away what is not there, which is no failure. */
const nothingToRemove: Operation = async (call, services) => {
  await checkBucket(call, services);
  return emptyAnswer(204);
};

/** The access control list of everything: its owner may do all, nobody else anything. */
function ownersAlone(account: string): Answer {
  const xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"';
  const grantee = ownerElement(account, "Grantee").replace("<Grantee>", `<Grantee ${xsi}>`);
  const grant = `<Grant>${grantee}<Permission>FULL_CONTROL</Permission></Grant>`;
  const content = `${ownerElement(account)}<AccessControlList>${grant}</AccessControlList>`;
  return xmlAnswer(xmlDocument("AccessControlPolicy", content));
}

const getBucketAcl: Operation = async (call, services) => {
  const { owner } = await checkBucket(call, services);
  return ownersAlone(owner);
};

const getObjectAcl: Operation = async (call, services) => {
  const { bucket } = await locateObject(call, services, namedObject(call));
  return ownersAlone(bucket.owner);
};

/** Whether an access control document gives its owner everything and nobody else anything. */
function isOwnersAlone(document: XmlElement, account: string): boolean {
  const list = child(document, "AccessControlList");
  return (
    list !== undefined &&
    list.children.length > 0 &&
    list.children.every((grant) => {
      const grantee = child(grant, "Grantee");
      const isOwner = grantee !== undefined && childText(grantee, "ID") === account;
      return isOwner && childText(grant, "Permission") === "FULL_CONTROL";
    })
  );
}

/** Takes the one access control list there is; there can be no other. */
async function putAcl(call: Call, { owner }: Bucket): Promise<Answer> {
  refuseUnsupported(call.headers);
  const document = await call.document(configurationSizeBytesMax);
  if (document === undefined && call.header("x-amz-acl") === undefined) {
    throw new S3Error("MissingSecurityHeader", { details: { MissingHeaderName: "x-amz-acl" } });
  }
  if (document !== undefined) {
    if (document.name !== "AccessControlPolicy") throw new S3Error("MalformedXML");
    if (!isOwnersAlone(document, owner)) throw new S3Error("AccessControlListNotSupported");
  }
  return emptyAnswer(200);
}

const putBucketAcl: Operation = async (call, services) => {
  return putAcl(call, await checkBucket(call, services));
};

const putObjectAcl: Operation = async (call, services) => {
  const { bucket } = await locateObject(call, services, namedObject(call));
  return putAcl(call, bucket);
};

/** Operations whose answer never changes. */
export const fixedAnswers: Readonly<Partial<Record<OperationName, Operation>>> = {
  DeleteBucketEncryption: nothingToRemove,
  DeleteBucketLifecycle: nothingToRemove,
  DeleteBucketReplication: nothingToRemove,
  DeleteBucketWebsite: nothingToRemove,
  GetBucketAccelerateConfiguration: ofBucket("AccelerateConfiguration", ""),
  GetBucketAcl: getBucketAcl,
  GetBucketEncryption: without("ServerSideEncryptionConfigurationNotFoundError"),
  GetBucketLifecycleConfiguration: without("NoSuchLifecycleConfiguration"),
  GetBucketLogging: ofBucket("BucketLoggingStatus", ""),
  GetBucketNotificationConfiguration: ofBucket("NotificationConfiguration", ""),
  GetBucketOwnershipControls: ofBucket(
    "OwnershipControls",
    "<Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>",
  ),
  GetBucketReplication: without("ReplicationConfigurationNotFoundError"),
  GetBucketRequestPayment: ofBucket("RequestPaymentConfiguration", "<Payer>BucketOwner</Payer>"),
  GetBucketWebsite: without("NoSuchWebsiteConfiguration"),
  GetObjectAcl: getObjectAcl,
  PutBucketAcl: putBucketAcl,
  PutObjectAcl: putObjectAcl,
};
