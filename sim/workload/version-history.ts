/** What keeps a version from being removed. Every retention ends at the same far time. */
export interface Lock {
  hold: boolean;
  mode: "none" | "governance" | "compliance";
}

export const noLock: Lock = { hold: false, mode: "none" };

/**
 * What a call does to the versions of a key, or shows of them. A name is an ETag, or `D:` and the id
 * of a delete marker.
 */
export type VersionAction =
  | { kind: "put"; name: string; lock: Lock }
  /** Puts a delete marker; its id may be known to nobody. */
  | { kind: "mark"; name: string | undefined }
  | VersionChange
  /** Shows that there is the version, and that its lock forbids this change. */
  | { kind: "refusal"; of: VersionChange }
  /** Shows what is newest; undefined: there is none. */
  | { kind: "top"; name: string | undefined }
  /** Shows all, the newest first. */
  | { kind: "list"; names: readonly string[] }
  /** Shows a version and its lock; undefined: there is no such version. */
  | { kind: "is"; name: string; lock: Lock | undefined };

/** A change of one version by its id. */
export type VersionChange =
  | { kind: "remove"; name: string; bypass: boolean }
  | { kind: "hold"; name: string; on: boolean }
  | { kind: "retain"; name: string; mode: Lock["mode"]; bypass: boolean };

/** Whether S3's rules allow a change of a version with this lock. */
export function versionMayBe(change: VersionChange, { hold, mode }: Lock): boolean {
  const isRetained = mode === "compliance" || mode === "governance";
  const yields = mode === "governance" && change.kind !== "hold" && change.bypass;
  if (change.kind === "hold") return true;
  if (change.kind === "retain") return !isRetained || change.mode === mode || yields;
  return !hold && (!isRetained || yields);
}
