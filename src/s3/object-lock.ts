// Object lock: which buckets have it, and the retention and legal hold of each version. What a lock
// forbids is decided where versions are removed, in metadata.
import type { Command, DefaultRetention, Version } from "#format/index.ts";
import { retentionDaysMax } from "#metadata/index.ts";
import { type Answer, emptyAnswer, xmlAnswer } from "./answer.ts";
import { type Call, configurationSizeBytesMax } from "./call.ts";
import { formatIsoDate, parseHttpDate } from "./date.ts";
import { checkFuture, lacksLock, modeTexts, retentionModeOf } from "./lock-headers.ts";
import { locateObject, namedObject } from "./object-read.ts";
import { S3Error } from "./s3-error.ts";
import { commit, usableBucket, type Services } from "./services.ts";
import { child, childText, type XmlElement } from "./xml-reader.ts";
import { element, xmlDocument } from "./xml-writer.ts";

/** S3 counts years so. */
const daysPerYear = 365;

type SetVersionLock = Extract<Command["body"], { kind: "setVersionLock" }>["value"];

/** The root of the request's document. */
async function documentNamed(call: Call, name: string): Promise<XmlElement> {
  const document = await call.document(configurationSizeBytesMax);
  if (document === undefined) throw new S3Error("MissingRequestBodyError");
  if (document.name !== name) throw new S3Error("MalformedXML");
  return document;
}

/** The length of a default retention, in days or in years and not in both. */
function periodOf(retention: XmlElement): Pick<DefaultRetention, "days" | "inYears"> {
  const daysText = childText(retention, "Days");
  const yearsText = childText(retention, "Years");
  const text = (daysText ?? yearsText)?.trim() ?? "";
  const isOne = (daysText === undefined) !== (yearsText === undefined);
  if (!isOne || !/^-?\d{1,9}$/.test(text)) throw new S3Error("MalformedXML");
  const inYears = daysText === undefined;
  const days = Number(text) * (inYears ? daysPerYear : 1);
  if (days >= 1 && days <= retentionDaysMax) return { days, inYears };
  throw new S3Error("InvalidRetentionPeriod");
}

function defaultRetentionOf(document: XmlElement): DefaultRetention | undefined {
  const rule = child(document, "Rule");
  if (rule === undefined) return undefined;
  const retention = child(rule, "DefaultRetention");
  const mode = retention === undefined ? undefined : retentionModeOf(childText(retention, "Mode"));
  if (retention === undefined || mode === undefined) throw new S3Error("MalformedXML");
  return { mode, ...periodOf(retention) };
}

export async function putObjectLockConfiguration(call: Call, services: Services): Promise<Answer> {
  await services.objects.replica.readBarrier({ signal: call.signal });
  usableBucket(call, services);
  const document = await documentNamed(call, "ObjectLockConfiguration");
  if (childText(document, "ObjectLockEnabled") !== "Enabled") throw new S3Error("MalformedXML");
  const defaultRetention = defaultRetentionOf(document);
  const value = { bucket: call.bucket, defaultRetention };
  await commit(services, { kind: "setBucketLock", value });
  return emptyAnswer(200);
}

export async function getObjectLockConfiguration(call: Call, services: Services): Promise<Answer> {
  await services.objects.replica.readBarrier({ signal: call.signal });
  const { lockEnabled, defaultRetention } = usableBucket(call, services);
  if (!lockEnabled) {
    throw new S3Error("ObjectLockConfigurationNotFoundError", {
      details: { BucketName: call.bucket },
    });
  }
  let rule = "";
  if (defaultRetention !== undefined) {
    const { mode, days, inYears } = defaultRetention;
    const period = inYears === true ? element("Years", days / daysPerYear) : element("Days", days);
    const retention = element("Mode", modeTexts[mode]) + period;
    rule = `<Rule><DefaultRetention>${retention}</DefaultRetention></Rule>`;
  }
  const content = element("ObjectLockEnabled", "Enabled") + rule;
  return xmlAnswer(xmlDocument("ObjectLockConfiguration", content));
}

/**
 * The version that a request is about, in a bucket that has locks.
 *
 * @throws S3Error InvalidRequest where the bucket has none; as `locateObject` does
 */
async function lockable(call: Call, services: Services): Promise<Version> {
  const { found, bucket } = await locateObject(call, services, namedObject(call));
  if (!bucket.lockEnabled) throw lacksLock();
  return found.version;
}

async function setLock(
  call: Call,
  services: Services,
  change: SetVersionLock["change"],
): Promise<Answer> {
  const bypassGovernance =
    call.header("x-amz-bypass-governance-retention")?.toLowerCase() === "true";
  const value = { ...namedObject(call), change, bypassGovernance };
  await commit(services, { kind: "setVersionLock", value });
  return emptyAnswer(200);
}

export async function putObjectRetention(call: Call, services: Services): Promise<Answer> {
  await lockable(call, services);
  const document = await documentNamed(call, "Retention");
  const modeText = childText(document, "Mode");
  const untilText = childText(document, "RetainUntilDate");
  if (modeText === undefined && untilText === undefined) {
    return setLock(call, services, { kind: "noRetention", value: {} });
  }
  const mode = retentionModeOf(modeText);
  const untilUnixMs = untilText === undefined ? undefined : parseHttpDate(untilText.trim());
  if (mode === undefined || untilUnixMs === undefined) throw new S3Error("MalformedXML");
  checkFuture(untilUnixMs, services.ports.clock.unixMs());
  return setLock(call, services, { kind: "retention", value: { mode, untilUnixMs } });
}

export async function getObjectRetention(call: Call, services: Services): Promise<Answer> {
  const { lock } = await lockable(call, services);
  if (lock?.retention === undefined) throw new S3Error("NoSuchObjectLockConfiguration");
  const { mode, untilUnixMs } = lock.retention;
  const content =
    element("Mode", modeTexts[mode]) + element("RetainUntilDate", formatIsoDate(untilUnixMs));
  return xmlAnswer(xmlDocument("Retention", content));
}

export async function putObjectLegalHold(call: Call, services: Services): Promise<Answer> {
  await lockable(call, services);
  const document = await documentNamed(call, "LegalHold");
  const status = childText(document, "Status");
  if (status !== "ON" && status !== "OFF") throw new S3Error("MalformedXML");
  return setLock(call, services, { kind: "legalHold", value: status === "ON" });
}

export async function getObjectLegalHold(call: Call, services: Services): Promise<Answer> {
  const { lock } = await lockable(call, services);
  if (lock === undefined) throw new S3Error("NoSuchObjectLockConfiguration");
  return xmlAnswer(xmlDocument("LegalHold", element("Status", lock.legalHold ? "ON" : "OFF")));
}
