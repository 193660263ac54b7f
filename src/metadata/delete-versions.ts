import type {
  Bucket,
  CommandResult,
  Deleted,
  Deletion,
  DeleteVersions,
  Refusal,
} from "#format/index.ts";
import { conditionRefusal } from "./conditions.ts";
import { deletionsMax } from "./limits.ts";
import { lockRefusal } from "./locks.ts";
import { isObjectKey } from "./names.ts";
import { carryOut, planVersion } from "./put-version.ts";
import { bucketOf } from "./queries.ts";
import { type Step, refusal, refused } from "./step.ts";
import { mendListing, newestVersion, removeVersionRow, versionNamed } from "./versions.ts";

/** Applies DeleteVersions: DeleteObject and DeleteObjects. Each deletion stands or falls alone. */
export function deleteVersions(step: Step, command: DeleteVersions): CommandResult {
  const { bucket, deletions, bypassGovernance } = command;
  const row = bucketOf(step.batch, bucket);
  if (row === undefined) return refused("no-such-bucket", bucket);
  if (deletions.length > deletionsMax) return refused("invalid-command", "too many deletions");
  const deleted = deletions.map((deletion) =>
    deleteOne(step, { row, bucket, deletion, bypassGovernance }),
  );
  return { outcome: { kind: "versionsDeleted", value: { versioning: row.versioning, deleted } } };
}

interface DeletionOf {
  row: Bucket;
  bucket: string;
  deletion: Deletion;
  bypassGovernance: boolean;
}

function deleteOne(step: Step, target: DeletionOf): Deleted {
  const { row, deletion } = target;
  if (!isObjectKey(deletion.key)) return failed(refusal("invalid-key", "the key breaks a rule"));
  if (deletion.versionId !== undefined) return removeVersion(step, target);
  return row.versioning === "off" ? removeOnly(step, target) : putMarker(step, target);
}

/** Removes the version that was named. That there is none is no failure. */
function removeVersion(
  step: Step,
  { row, bucket, deletion, bypassGovernance }: DeletionOf,
): Deleted {
  const { key, versionId, conditions } = deletion;
  const stored = versionNamed(step.batch, { row, bucket, key, versionId });
  const unmet = conditionRefusal(stored?.version, conditions);
  if (unmet !== undefined) return failed(unmet);
  if (stored === undefined) return nothing;
  const locked = lockRefusal(step, stored.version.lock, bypassGovernance);
  if (locked !== undefined) return failed(locked);
  removeVersionRow(step, { bucket, key, stored });
  mendListing(step, { row, bucket, key });
  const { isNull, object } = stored.version;
  return { versionId: stored.id, isNull, deleteMarker: object === undefined };
}

/** Removes the one version that a key has in a bucket whose versioning was never on. */
function removeOnly(step: Step, { row, bucket, deletion }: DeletionOf): Deleted {
  const { key, conditions } = deletion;
  const stored = newestVersion(step.batch, { row, bucket, key });
  const unmet = conditionRefusal(stored?.version, conditions);
  if (unmet !== undefined) return failed(unmet);
  if (stored === undefined) return nothing;
  const locked = lockRefusal(step, stored.version.lock, false);
  if (locked !== undefined) return failed(locked);
  removeVersionRow(step, { bucket, key, stored });
  mendListing(step, { row, bucket, key });
  return { versionId: stored.id, isNull: true, deleteMarker: false };
}

/** Puts a delete marker, also where there is nothing to hide. */
function putMarker(step: Step, { bucket, deletion }: DeletionOf): Deleted {
  const { key, markerId, conditions } = deletion;
  const { value: plan, refusal } = planVersion(step, {
    bucket,
    key,
    versionId: markerId,
    conditions,
  });
  if (refusal !== undefined) return failed(refusal);
  carryOut(step, plan, { body: undefined });
  return { versionId: plan.id, isNull: plan.isNull, deleteMarker: true };
}

const nothing: Deleted = { isNull: false, deleteMarker: false };

function failed(refusal: Refusal): Deleted {
  return { ...nothing, refusal };
}
