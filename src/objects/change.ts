import type { Conditions, Deletion, Done, VersionPut, VersionsDeleted } from "#format/index.ts";
import type { CommandBody } from "#replica/index.ts";
import { type Refused, runCommand } from "./commands.ts";
import type { ObjectsContext } from "./context.ts";
import { newVersionId } from "./version-id.ts";

/*
 * Changes that move no bytes: each is one command, and its commit is when it happens.
 */

/** The fields of a command, without those that a coordinator fills in. */
type Fields<Kind extends CommandBody["kind"], Filled extends string = never> = Omit<
  Extract<CommandBody, { kind: Kind }>["value"],
  Filled | "unknownFields"
>;

export interface DeleteRequest {
  readonly bucket: string;
  /** Up to 1,000. */
  readonly deletions: readonly {
    readonly key: string;
    /** None: by the bucket's versioning. No bytes: the null version. */
    readonly versionId?: Uint8Array | undefined;
    readonly conditions?: Conditions | undefined;
  }[];
  readonly bypassGovernance: boolean;
}

/**
 * Removes versions or puts delete markers, all in one step; each deletion has an outcome of its
 * own.
 */
export function deleteObjects(
  context: ObjectsContext,
  request: DeleteRequest,
): Promise<{ kind: "done"; value: VersionsDeleted } | Refused> {
  const deletions = request.deletions.map((deletion): Deletion => ({
    ...deletion,
    markerId: newVersionId(context.ports),
  }));
  const value = { ...request, deletions };
  return runCommand(context, { kind: "deleteVersions", value }, "versionsDeleted");
}

/** Makes a version of another's body, without reading it. */
export function copyObject(
  context: ObjectsContext,
  request: Fields<"copyVersion", "versionId">,
): Promise<{ kind: "done"; value: VersionPut } | Refused> {
  const value = { ...request, versionId: newVersionId(context.ports) };
  return runCommand(context, { kind: "copyVersion", value }, "versionPut");
}

/**
 * Begins an upload in parts.
 *
 * @returns the upload's id
 */
export async function createUpload(
  context: ObjectsContext,
  request: Fields<"createUpload", "uploadId">,
): Promise<{ kind: "done"; value: { uploadId: Uint8Array } } | Refused> {
  const uploadId = newVersionId(context.ports);
  const value = { ...request, uploadId };
  const result = await runCommand(context, { kind: "createUpload", value }, "done");
  return result.kind === "refused" ? result : { kind: "done", value: { uploadId } };
}

/** Makes a part of a range of a version's bytes, without reading them. */
export function copyPart(
  context: ObjectsContext,
  request: Fields<"copyPart">,
): ReturnType<typeof runCommand<"partPut">> {
  return runCommand(context, { kind: "copyPart", value: { ...request } }, "partPut");
}

/** Makes a version of an upload's parts, or gives the answer again where that was done before. */
export function completeUpload(
  context: ObjectsContext,
  request: Fields<"completeUpload", "versionId">,
): Promise<{ kind: "done"; value: VersionPut } | Refused> {
  const value = { ...request, versionId: newVersionId(context.ports) };
  return runCommand(context, { kind: "completeUpload", value }, "versionPut");
}

/** Drops an upload and its parts. */
export function abortUpload(
  context: ObjectsContext,
  request: Fields<"abortUpload">,
): Promise<{ kind: "done"; value: Done } | Refused> {
  return runCommand(context, { kind: "abortUpload", value: { ...request } }, "done");
}
