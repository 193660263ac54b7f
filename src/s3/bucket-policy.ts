// A bucket's policy as its owner sets and sees it.
import { textOf, utf8 } from "#base/bytes.ts";
import type { Bucket } from "#format/index.ts";
import { policyLengthMax } from "#metadata/index.ts";
import { type Answer, emptyAnswer, xmlAnswer } from "./answer.ts";
import type { Call } from "./call.ts";
import { readWhole } from "./payload.ts";
import { isPublicPolicy, parseBucketPolicy } from "./policy.ts";
import { malformedPolicy } from "./policy-text.ts";
import { S3Error } from "./s3-error.ts";
import { commit, type Services, usableBucket } from "./services.ts";
import { element, xmlDocument } from "./xml-writer.ts";

async function currentBucket(call: Call, services: Services): Promise<Bucket> {
  await services.objects.replica.readBarrier({ signal: call.signal });
  return usableBucket(call, services);
}

/** The policy in a request's body, which was understood. */
async function policyTextOf(call: Call): Promise<string> {
  const payload = call.payload();
  if (payload.sizeBytes > policyLengthMax) {
    throw malformedPolicy(`A policy has at most ${policyLengthMax} bytes.`);
  }
  const text = textOf(await readWhole(payload));
  if (text === undefined || text === "") throw malformedPolicy("Policies must be valid JSON.");
  return text;
}

export async function putBucketPolicy(call: Call, services: Services): Promise<Answer> {
  const { publicAccessBlock } = await currentBucket(call, services);
  const policy = await policyTextOf(call);
  const parsed = parseBucketPolicy(policy, call.bucket);
  if (publicAccessBlock?.blockPublicPolicy === true && isPublicPolicy(parsed)) {
    throw new S3Error("AccessDenied", {
      message: "Access Denied because public policies are blocked by BlockPublicPolicy.",
    });
  }
  await commit(services, { kind: "setBucketPolicy", value: { bucket: call.bucket, policy } });
  return emptyAnswer(204);
}

function noPolicy(call: Call): S3Error {
  return new S3Error("NoSuchBucketPolicy", { details: { BucketName: call.bucket } });
}

export async function getBucketPolicy(call: Call, services: Services): Promise<Answer> {
  const { policy } = await currentBucket(call, services);
  if (policy === undefined) throw noPolicy(call);
  const body = utf8(policy);
  const headers = { "content-type": "application/json", "content-length": `${body.length}` };
  return { status: 200, headers, body };
}

export async function deleteBucketPolicy(call: Call, services: Services): Promise<Answer> {
  await currentBucket(call, services);
  await commit(services, { kind: "setBucketPolicy", value: { bucket: call.bucket } });
  return emptyAnswer(204);
}

export async function getBucketPolicyStatus(call: Call, services: Services): Promise<Answer> {
  const { policy } = await currentBucket(call, services);
  if (policy === undefined) throw noPolicy(call);
  const isPublic = isPublicPolicy(parseBucketPolicy(policy, call.bucket));
  return xmlAnswer(xmlDocument("PolicyStatus", element("IsPublic", isPublic)));
}
