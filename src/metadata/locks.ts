import type {
  Bucket,
  CommandResult,
  Lock,
  Refusal,
  Retention,
  SetVersionLock,
} from "#format/index.ts";
import { bucketOf } from "./queries.ts";
import { dayMs } from "./limits.ts";
import { type Step, done, refusal, refused, resultOf } from "./step.ts";
import { putLock, versionNamed } from "./versions.ts";

/** Whether a retention's time is not over. In doubt it is not. */
function isRetained(step: Step, retention: Retention | undefined): retention is Retention {
  if (retention === undefined) return false;
  return step.timeInDoubt || retention.untilUnixMs > step.nowUnixMs;
}

/**
 * Says whether a version may be removed.
 *
 * @param bypassGovernance the caller may, and wants to, override a retention in governance mode
 * @returns why not, or undefined
 */
export function lockRefusal(
  step: Step,
  lock: Lock | undefined,
  bypassGovernance: boolean,
): Refusal | undefined {
  if (lock === undefined) return undefined;
  if (lock.legalHold) return refusal("locked", "a legal hold is on");
  if (!isRetained(step, lock.retention)) return undefined;
  if (lock.retention.mode === "governance" && bypassGovernance) return undefined;
  return refusal("locked", `retained in ${lock.retention.mode} mode`);
}

/**
 * The lock of a new version: what it brings, or else what its bucket has for those that bring none.
 *
 * @returns the lock, `undefined` for none, or why it may not be
 */
export function newLock(
  step: Step,
  bucket: Bucket,
  given: Lock | undefined,
): { value: Lock | undefined; refusal?: undefined } | { value?: undefined; refusal: Refusal } {
  if (given !== undefined && !bucket.lockEnabled) {
    return { refusal: refusal("invalid-bucket-state", "the bucket has no object lock") };
  }
  const rule = bucket.defaultRetention;
  if (rule === undefined || given?.retention !== undefined) return { value: given };
  const retention = { mode: rule.mode, untilUnixMs: step.nowUnixMs + rule.days * dayMs };
  return { value: { legalHold: given?.legalHold ?? false, retention } };
}

/** Applies SetVersionLock: PutObjectRetention and PutObjectLegalHold. */
export function setVersionLock(step: Step, command: SetVersionLock): CommandResult {
  const { bucket, key, versionId, change } = command;
  const row = bucketOf(step.batch, bucket);
  if (row === undefined) return refused("no-such-bucket", bucket);
  if (!row.lockEnabled) return refused("invalid-bucket-state", "the bucket has no object lock");
  const stored = versionNamed(step.batch, { row, bucket, key, versionId });
  if (stored === undefined) {
    return refused(versionId === undefined ? "no-such-key" : "no-such-version", key);
  }
  if (stored.version.object === undefined) return refused("delete-marker", key);
  if (change === undefined) return refused("invalid-command", "the lock's change is missing");
  const lock: Lock = stored.version.lock ?? { legalHold: false };
  if (change.kind === "legalHold") {
    putLock(step, { bucket, key, stored, lock: { ...lock, legalHold: change.value } });
    return done();
  }
  const retention = change.kind === "retention" ? change.value : undefined;
  const fault = retentionRefusal(step, lock.retention, retention, command.bypassGovernance);
  if (fault !== undefined) return resultOf(fault);
  putLock(step, { bucket, key, stored, lock: { ...lock, retention } });
  return done();
}

/**
 * Whether one retention may take another's place: longer always, weaker only where it may be
 * lifted.
 */
function retentionRefusal(
  step: Step,
  before: Retention | undefined,
  after: Retention | undefined,
  bypassGovernance: boolean,
): Refusal | undefined {
  if (!isRetained(step, before)) return undefined;
  const isAsStrong =
    after !== undefined && after.mode === before.mode && after.untilUnixMs >= before.untilUnixMs;
  if (isAsStrong) return undefined;
  if (before.mode === "governance" && bypassGovernance) return undefined;
  return refusal("locked", `retained in ${before.mode} mode`);
}
