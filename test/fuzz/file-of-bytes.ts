import assert from "node:assert/strict";
import { DiskError } from "#base/disk-error.ts";
import type { Disk, DiskFile } from "#ports/index.ts";

/** A file that holds an input. Who reads it may ask for no more memory than it could fill. */
export function fileOf(bytes: Uint8Array): DiskFile {
  const refuse = (): never => assert.fail("a reader does not write");
  return {
    sizeBytes: () => Promise.resolve(bytes.length),
    read: (target, offset) => {
      const smallBytes = 64;
      assert.ok(target.length <= Math.max(bytes.length, smallBytes), `${target.length} bytes`);
      const part = bytes.subarray(offset, offset + target.length);
      target.set(part);
      return Promise.resolve(part.length);
    },
    write: refuse,
    preallocate: refuse,
    truncate: refuse,
    writeDurably: refuse,
    sync: refuse,
    close: () => Promise.resolve(),
  };
}

/** A disk with one file. */
export function diskWith(path: string, bytes: Uint8Array): Disk {
  const refuse = (): never => assert.fail("a reader only opens");
  return {
    open: (wanted, mode) => {
      assert.equal(mode, "read");
      if (wanted !== path) return Promise.reject(new DiskError("not-found", wanted, "none"));
      return Promise.resolve(fileOf(bytes));
    },
    rename: refuse,
    remove: refuse,
    makeDirectory: refuse,
    removeDirectory: refuse,
    list: refuse,
    syncDirectory: refuse,
    space: refuse,
  };
}
