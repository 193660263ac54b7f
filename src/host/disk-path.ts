import { join } from "node:path";
import { DiskError, type DiskErrorCode } from "#base/disk-error.ts";

/**
 * The real path of a path of the Disk port; the empty one is the data directory itself.
 *
 * @throws DiskError when the path could lead out of the data directory
 */
export function realPath(root: string, path: string): string {
  if (path === "") return root;
  for (const name of path.split("/")) {
    if (name === "" || name === "." || name === ".." || name.includes("\0")) {
      throw new DiskError("io", path, "not a path of this disk");
    }
  }
  return join(root, path);
}

/** A file system call's failure in the words of the Disk port. */
export function diskErrorOf(path: string, error: unknown): DiskError {
  const failure: NodeJS.ErrnoException = error instanceof Error ? error : new Error(String(error));
  const { code, message } = failure;
  return new DiskError(codes[code ?? ""] ?? "io", path, message, { cause: error });
}

const codes: Readonly<Record<string, DiskErrorCode>> = {
  ENOENT: "not-found",
  EEXIST: "exists",
  ENOSPC: "full",
  EDQUOT: "full",
  EFBIG: "full",
};
