import { unreachable } from "#base/assert.ts";
import type { Command, CommandResult } from "#format/index.ts";
import { releaseBodies } from "./bodies.ts";
import {
  createBucket,
  deleteBucket,
  setBucketCors,
  setBucketLock,
  setBucketPolicy,
  setBucketVersioning,
  setPublicAccessBlock,
} from "./buckets.ts";
import { changeLayout, reportWalk, undoLayout } from "./change-layout.ts";
import { foundCluster, putCredential, setFeatureLevel, UnknownCommandError } from "./cluster.ts";
import { completeUpload } from "./complete-upload.ts";
import { deleteVersions } from "./delete-versions.ts";
import { setVersionLock } from "./locks.ts";
import { clearMarks } from "./marks.ts";
import { beginOperation, endOperation, pauseUpkeep } from "./operations.ts";
import { addKey, joinNode, removeNode, renewRaftId, retireKey, updateNode } from "./nodes.ts";
import { copyVersion, putVersion } from "./put-version.ts";
import { confirmRecovery, recoverCluster } from "./recovery.ts";
import { admit, closeSession, keepResult, openSession } from "./sessions.ts";
import type { StateBatch } from "./state-batch.ts";
import { done, refused, type Step } from "./step.ts";
import { swapEncodings } from "./swap-encodings.ts";
import { setBucketTags, setVersionTags } from "./tags.ts";
import { createToken } from "./tokens.ts";
import { forgetUnits } from "./units.ts";
import { abortUpload, copyPart, createUpload, expireUploads, putPart } from "./uploads.ts";

/** What the log says of a command besides its bytes. */
export interface ApplyContext {
  /** Its index in the log. Of commands applied one after another it rises. */
  index: number;
}

const noSession = { epoch: 0, session: 0 };

/**
 * Applies one command. What comes of it depends on nothing but the state and the command.
 *
 * @param batch takes the changes; a refused command makes none but to its session
 * @param command its bytes must not be changed until the batch has given its changes
 * @returns what its proposer is told, the same again if it is seen twice
 * @throws UnknownCommandError for a command of a newer program: the node must stop
 */
export function applyCommand(
  batch: StateBatch,
  command: Command,
  context: ApplyContext,
): CommandResult {
  const { body, session: id, number, timeUnixMs: nowUnixMs, timeInDoubt } = command;
  if (body === undefined)
    throw new UnknownCommandError("the log holds a command of a newer program");
  const step = { batch, index: context.index, nowUnixMs, timeInDoubt, number };
  if (id === undefined) return run({ ...step, session: noSession, unitLowWater: 0 }, body, false);

  const admission = admit(batch, id, command);
  if (admission.kind === "answer") return admission.result;
  const { session } = admission;
  const result = run({ ...step, session: id, unitLowWater: session.unitLowWater }, body, true);
  keepResult(batch, id, { session, number, result });
  return result;
}

type Body = NonNullable<Command["body"]>;

function run(step: Step, body: Body, hasSession: boolean): CommandResult {
  if (body.kind === "foundCluster") return foundCluster(step, body.value);
  if (body.kind === "openSession") return openSession(step, body.value);
  if (!hasSession) {
    if (body.kind === "recoverCluster") return recoverCluster(step, body.value);
    return refused("stale-session", "none was given");
  }
  return runInSession(step, body);
}

type SessionBody = Exclude<Body, { kind: "foundCluster" | "openSession" }>;

function runInSession(step: Step, body: SessionBody): CommandResult {
  return isForCluster(body) ? runForCluster(step, body) : runForObjects(step, body);
}

/** Commands about nodes and the layout. */
const clusterKinds = [
  "createToken",
  "joinNode",
  "updateNode",
  "addKey",
  "retireKey",
  "renewRaftId",
  "removeNode",
  "changeLayout",
  "undoLayout",
  "reportWalk",
  "beginOperation",
  "endOperation",
  "pauseUpkeep",
] as const;

type ClusterBody = Extract<SessionBody, { kind: (typeof clusterKinds)[number] }>;

function isForCluster(body: SessionBody): body is ClusterBody {
  return clusterKinds.some((kind) => kind === body.kind);
}

function runForObjects(step: Step, body: Exclude<SessionBody, ClusterBody>): CommandResult {
  switch (body.kind) {
    case "closeSession":
      return closeSession(step, body.value);
    case "setFeatureLevel":
      return setFeatureLevel(step, body.value);
    case "recoverCluster":
      return refused("invalid-command", "a cluster that runs needs no recovery");
    case "checkReplicas":
      return done();
    case "confirmRecovery":
      return confirmRecovery(step);
    case "putCredential":
      return putCredential(step, body.value);
    case "createBucket":
      return createBucket(step, body.value);
    case "deleteBucket":
      return deleteBucket(step, body.value);
    case "setBucketVersioning":
      return setBucketVersioning(step, body.value);
    case "setBucketLock":
      return setBucketLock(step, body.value);
    case "setBucketCors":
      return setBucketCors(step, body.value);
    case "setPublicAccessBlock":
      return setPublicAccessBlock(step, body.value);
    case "setBucketPolicy":
      return setBucketPolicy(step, body.value);
    case "setBucketTags":
      return setBucketTags(step, body.value);
    case "putVersion":
      return putVersion(step, body.value);
    case "copyVersion":
      return copyVersion(step, body.value);
    case "deleteVersions":
      return deleteVersions(step, body.value);
    case "setVersionLock":
      return setVersionLock(step, body.value);
    case "setVersionTags":
      return setVersionTags(step, body.value);
    case "createUpload":
      return createUpload(step, body.value);
    case "putPart":
      return putPart(step, body.value);
    case "copyPart":
      return copyPart(step, body.value);
    case "completeUpload":
      return completeUpload(step, body.value);
    case "abortUpload":
      return abortUpload(step, body.value);
    case "releaseBodies":
      return upkeepDone(releaseBodies(step, body.value.units));
    case "forgetUnits":
      return upkeepDone(forgetUnits(step, body.value.units));
    case "expireUploads":
      return upkeepDone(expireUploads(step, body.value.uploads));
    case "swapEncodings":
      return swapEncodings(step, body.value);
    case "clearMarks":
      return clearMarks(step, body.value);
    default:
      return unreachable(body);
  }
}

function runForCluster(step: Step, body: ClusterBody): CommandResult {
  switch (body.kind) {
    case "createToken":
      return createToken(step, body.value);
    case "joinNode":
      return joinNode(step, body.value);
    case "updateNode":
      return updateNode(step, body.value);
    case "addKey":
      return addKey(step, body.value);
    case "retireKey":
      return retireKey(step, body.value);
    case "renewRaftId":
      return renewRaftId(step, body.value);
    case "removeNode":
      return removeNode(step, body.value);
    case "changeLayout":
      return changeLayout(step, body.value);
    case "undoLayout":
      return undoLayout(step, body.value);
    case "reportWalk":
      return reportWalk(step, body.value);
    case "beginOperation":
      return beginOperation(step, body.value);
    case "endOperation":
      return endOperation(step, body.value);
    case "pauseUpkeep":
      return pauseUpkeep(step, body.value);
    default:
      return unreachable(body);
  }
}

function upkeepDone(count: number): CommandResult {
  return { outcome: { kind: "upkeepDone", value: { count } } };
}
