/**
 * The node's data directory. Paths are relative to it, with `/` between names, no `.` or `..`.
 *
 * What a crash may take: whatever was written since the file's last `sync` returned (each write
 * whole, in part, or torn at any byte, in any order), a file's new size with it, and every create,
 * rename and remove since the last `syncDirectory` of the directory that holds the name. What it
 * never takes: bytes that were synced and not written since.
 *
 * Every method rejects with a `DiskError` (`#base/disk-error.ts`). After a failed `sync` nothing is
 * known about the file, and a second sync may lie: the caller must stop using it.
 */
export interface Disk {
  /**
   * Opens a file. `create` makes it and fails with `exists` where there is one; `update` and `read`
   * fail with `not-found` where there is none.
   */
  open(path: string, mode: "read" | "create" | "update"): Promise<DiskFile>;
  /** Moves a file or directory, replacing a file at `to`, atomically. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file. An open handle to it goes on working, and its bytes go when that is closed. */
  remove(path: string): Promise<void>;
  /** Makes a directory and those above it; nothing happens where it exists. */
  makeDirectory(path: string): Promise<void>;
  /** Removes an empty directory. */
  removeDirectory(path: string): Promise<void>;
  /** Names in a directory, in code unit order; `not-found` where there is none. */
  list(path: string): Promise<DiskEntry[]>;
  /** Makes the creates, renames and removes in a directory durable. */
  syncDirectory(path: string): Promise<void>;
  /** Space on the file system that holds the data directory, in bytes. */
  space(): Promise<{ totalBytes: number; freeBytes: number }>;
}

/** One name in a directory. */
export interface DiskEntry {
  name: string;
  kind: "file" | "directory";
}

/** An open file. */
export interface DiskFile {
  /** The file's length now. */
  sizeBytes(): Promise<number>;
  /**
   * Reads at `offset` until `target` is full or the file ends.
   *
   * @returns how many bytes were read
   */
  read(target: Uint8Array, offset: number): Promise<number>;
  /**
   * Writes the parts one after another at `offset`, growing the file where needed. The parts must
   * not be changed until the promise settles.
   */
  write(parts: readonly Uint8Array[], offset: number): Promise<void>;
  /**
   * Writes as `write` does. These bytes, and a length of the file that takes them in, are durable
   * when it resolves, as is every `truncate` before; of earlier writes it says nothing. One call of
   * the system where there is one. After a failure that is not `full` nothing is known about the
   * file, as after a failed `sync`.
   */
  writeDurably(parts: readonly Uint8Array[], offset: number): Promise<void>;
  /**
   * Makes the file `sizeBytes` long with written zeros, so that later writes there need no new
   * space.
   */
  preallocate(sizeBytes: number): Promise<void>;
  /** Cuts the file to `sizeBytes`. */
  truncate(sizeBytes: number): Promise<void>;
  /** Makes everything written so far durable, with the file's size, but not its name. */
  sync(): Promise<void>;
  /** Lets go of the file. Does not sync. */
  close(): Promise<void>;
}
