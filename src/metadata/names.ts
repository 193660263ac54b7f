import { utf8 } from "#base/bytes.ts";
import { bucketNameLengthMax, objectKeySizeBytesMax } from "./limits.ts";

// What names may hold is the gateway's to say; here they must keep the keyspace in order.
const bucketName = /^[a-z0-9][a-z0-9.-]*$/;

/** Whether a bucket may have this name. */
export function isBucketName(name: string): boolean {
  return name.length <= bucketNameLengthMax && bucketName.test(name);
}

/** Whether an object may have this key: 1 to 1,024 bytes of UTF-8 without a NUL. */
export function isObjectKey(key: string): boolean {
  if (key === "" || key.length > objectKeySizeBytesMax || key.includes("\0")) return false;
  // A UTF-16 unit takes at most three bytes.
  const mayBeTooLong = key.length * 3 > objectKeySizeBytesMax;
  return key.isWellFormed() && !(mayBeTooLong && utf8(key).length > objectKeySizeBytesMax);
}
