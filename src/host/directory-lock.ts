import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The file whose lock is held, and the one that says by whom. */
const lockFile = "lock";
const ownerFile = "lock.owner";

/** SQLite's code for a database that another connection has locked. */
const busyCode = 5;

/** A data directory, taken by this process, or in use by another. */
export type DirectoryLock =
  | { kind: "held"; release: () => void }
  | { kind: "taken"; owner: { pid: number; sinceUnixMs: number } | undefined };

/**
 * Takes a data directory for this process, until it releases it or ends in whatever way: the kernel
 * keeps the lock. Node.js has no call for file locks, so SQLite takes one, on a file that stays
 * empty. Nothing else may open that file: closing it would drop the lock.
 *
 * @throws what `node:fs` throws when the directory cannot be written to
 */
export function lockDirectory(root: string, nowUnixMs: number): DirectoryLock {
  const path = join(root, lockFile);
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
  const database = new DatabaseSync(path);
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    const isBusy = error instanceof Error && "errcode" in error && error.errcode === busyCode;
    if (!isBusy) throw error;
    return { kind: "taken", owner: readOwner(root) };
  }
  const owner = JSON.stringify({ pid: process.pid, sinceUnixMs: nowUnixMs });
  writeFileSync(join(root, ownerFile), `${owner}\n`, { mode: 0o600 });
  return {
    kind: "held",
    release: () => {
      rmSync(join(root, ownerFile), { force: true });
      database.close();
    },
  };
}

/** Who has the lock, as far as it is told. */
function readOwner(root: string): { pid: number; sinceUnixMs: number } | undefined {
  try {
    const said: unknown = JSON.parse(readFileSync(join(root, ownerFile), "utf8"));
    const { pid, sinceUnixMs } = said as Record<string, unknown>;
    return typeof pid === "number" && typeof sinceUnixMs === "number"
      ? { pid, sinceUnixMs }
      : undefined;
  } catch {
    // The owner is between taking the lock and saying so, or has just let go.
    return undefined;
  }
}
