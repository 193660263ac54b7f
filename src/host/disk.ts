import fs from "node:fs";
import type { Disk, DiskEntry } from "#ports/index.ts";
import { openedFile } from "./disk-file.ts";
import { diskErrorOf, realPath } from "./disk-path.ts";

/** What is kept is nobody else's to read. */
const fileMode = 0o600;
const directoryMode = 0o700;

const openFlags = {
  read: fs.constants.O_RDONLY,
  create: fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_EXCL,
  update: fs.constants.O_RDWR,
} as const;

/**
 * The Disk port over a directory of the file system. The callback functions of `node:fs` are
 * wrapped by hand: a read costs two thirds of the processor time that `fs.promises` takes.
 *
 * @param root the data directory, which exists
 */
export function directoryDisk(root: string): Disk {
  return {
    async open(path, mode) {
      const fd = await result<number>(path, (done) => {
        fs.open(realPath(root, path), openFlags[mode], fileMode, done);
      });
      return openedFile(fd, path, mode !== "read");
    },
    rename: (from, to) =>
      finished(from, (done) => fs.rename(realPath(root, from), realPath(root, to), done)),
    remove: (path) => finished(path, (done) => fs.unlink(realPath(root, path), done)),
    async makeDirectory(path) {
      await result<string | undefined>(path, (done) => {
        fs.mkdir(realPath(root, path), { recursive: true, mode: directoryMode }, done);
      });
    },
    removeDirectory: (path) => finished(path, (done) => fs.rmdir(realPath(root, path), done)),
    async list(path) {
      const found = await result<fs.Dirent[]>(path, (done) => {
        fs.readdir(realPath(root, path), { withFileTypes: true }, done);
      });
      return found.flatMap(entryOf).sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    syncDirectory: async (path) => syncDirectory(realPath(root, path), path),
    async space() {
      const stats = await result<fs.StatsFs>("", (done) => fs.statfs(root, done));
      return {
        totalBytes: stats.blocks * stats.bsize,
        freeBytes: stats.bavail * stats.bsize,
      };
    },
  };
}

/**
 * Makes the names in a directory durable.
 *
 * @param real the directory's path in the file system
 * @param path the name that errors give it
 */
export async function syncDirectory(real: string, path: string): Promise<void> {
  const fd = await result<number>(path, (done) => fs.open(real, fs.constants.O_RDONLY, done));
  try {
    await finished(path, (done) => fs.fsync(fd, done));
  } finally {
    await finished(path, (done) => fs.close(fd, done));
  }
}

/** Sockets and the like are none of the core's business. */
function entryOf(entry: fs.Dirent): DiskEntry[] {
  if (entry.isDirectory()) return [{ name: entry.name, kind: "directory" }];
  return entry.isFile() ? [{ name: entry.name, kind: "file" }] : [];
}

function result<T>(
  path: string,
  start: (done: (error: Error | null, value: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => {
      if (error === null || error === undefined) resolve(value);
      else reject(diskErrorOf(path, error));
    });
  });
}

function finished(
  path: string,
  start: (done: (error: Error | null) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => {
      if (error === null || error === undefined) resolve();
      else reject(diskErrorOf(path, error));
    });
  });
}
