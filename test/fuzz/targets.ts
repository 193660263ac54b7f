import { checkpoint } from "./checkpoint.ts";
import { formatMessages } from "./format-messages.ts";
import { logSegment } from "./log-segment.ts";
import { packScan } from "./pack.ts";
import { peerFrame } from "./peer-frame.ts";
import { s3Address } from "./s3-address.ts";
import { s3BucketPolicy } from "./s3-bucket-policy.ts";
import { s3ChunkedBody } from "./s3-chunked-body.ts";
import { s3Conditions } from "./s3-conditions.ts";
import { s3Cors } from "./s3-cors.ts";
import { s3Date } from "./s3-date.ts";
import { s3Form } from "./s3-form.ts";
import { s3Policy } from "./s3-policy.ts";
import { s3Range } from "./s3-range.ts";
import { s3Signature } from "./s3-signature.ts";
import { s3Tags } from "./s3-tags.ts";
import { s3Xml } from "./s3-xml.ts";
import { shard } from "./shard.ts";
import type { FuzzTarget } from "./target.ts";

/** Everything that reads what others wrote, one entry each. */
export const targets: readonly FuzzTarget[] = [
  s3Signature,
  s3ChunkedBody,
  s3Xml,
  s3Range,
  s3Conditions,
  s3Address,
  s3Date,
  s3Form,
  s3Policy,
  s3BucketPolicy,
  s3Tags,
  s3Cors,
  formatMessages,
  shard,
  packScan,
  logSegment,
  checkpoint,
  peerFrame,
];
