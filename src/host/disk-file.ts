import fs from "node:fs";
import { assert } from "#base/assert.ts";
import { mib } from "#base/bytes.ts";
import { DiskError } from "#base/disk-error.ts";
import type { DiskFile } from "#ports/index.ts";
import { diskErrorOf } from "./disk-path.ts";

/** One system call takes no more parts than this on Linux and macOS (IOV_MAX). */
const partsPerWriteMax = 1024;

/** Zeros are written in pieces of this size: large enough that calls do not count. */
const zeros: Uint8Array = new Uint8Array(mib);

const durableFlags = fs.constants.O_WRONLY | fs.constants.O_DSYNC;

/** An open file descriptor as a file of the Disk port, which owns it from now on. */
export function openedFile(fd: number, path: string, isWritable: boolean): DiskFile {
  return new DescriptorFile(fd, path, isWritable);
}

class DescriptorFile implements DiskFile {
  readonly #fd: number;
  readonly #path: string;
  /** Calls the system is working on. The descriptor must outlive them: its number is used again. */
  #running = 0;
  #closing: Promise<void> | undefined;
  #whenIdle: (() => void) | undefined;
  /** After a failed sync nothing is known about the file, and a second one may lie. */
  #syncFailure: DiskError | undefined;
  /** The same file again, each write to it a durable one; null where the system has no such. */
  #durable: Promise<number | null> | undefined;
  #durableFd: number | null | undefined;

  constructor(fd: number, path: string, isWritable: boolean) {
    this.#fd = fd;
    this.#path = path;
    // Opened anew by its descriptor, a file would be writable whatever it was before.
    if (!isWritable) this.#durableFd = null;
  }

  async sizeBytes(): Promise<number> {
    const stats = await this.#call<fs.Stats>((done) => fs.fstat(this.#fd, done));
    return stats.size;
  }

  async read(target: Uint8Array, offset: number): Promise<number> {
    let filled = 0;
    while (filled < target.length) {
      const count = await this.#call<number>((done) => {
        fs.read(this.#fd, target, filled, target.length - filled, offset + filled, done);
      });
      if (count === 0) break;
      filled += count;
    }
    return filled;
  }

  async write(parts: readonly Uint8Array[], offset: number): Promise<void> {
    let position = offset;
    for (let first = 0; first < parts.length; first += partsPerWriteMax) {
      const some =
        parts.length <= partsPerWriteMax ? parts : parts.slice(first, first + partsPerWriteMax);
      position += await this.#writeAll(some, position);
    }
  }

  async writeDurably(parts: readonly Uint8Array[], offset: number): Promise<void> {
    if (this.#syncFailure !== undefined) throw this.#syncFailure;
    const fd = this.#durableFd === undefined ? await this.#openDurable() : this.#durableFd;
    if (fd === null || parts.length > partsPerWriteMax) {
      await this.write(parts, offset);
      await this.sync();
      return;
    }
    try {
      await this.#writeAll(parts, offset, fd);
    } catch (error) {
      assert(error instanceof DiskError, "a call fails with a DiskError");
      if (error.code !== "full") this.#syncFailure = error;
      throw error;
    }
  }

  /** Opens the file once more by its descriptor, whatever its name is by now. */
  async #openDurable(): Promise<number | null> {
    this.#durable ??= this.#call<number | null>((done) => {
      fs.open(`/proc/self/fd/${this.#fd}`, durableFlags, (error, fd) => {
        // Without Linux's /proc there is no such name: then a write and a sync do.
        done(null, error === null ? fd : null);
      });
    });
    this.#durableFd = await this.#durable;
    return this.#durableFd;
  }

  async preallocate(sizeBytes: number): Promise<void> {
    let end = await this.sizeBytes();
    while (end < sizeBytes) {
      end += await this.#writeAll(
        [zeros.subarray(0, Math.min(zeros.length, sizeBytes - end))],
        end,
      );
    }
  }

  async truncate(sizeBytes: number): Promise<void> {
    if (sizeBytes >= (await this.sizeBytes())) return;
    await this.#call<void>((done) => fs.ftruncate(this.#fd, sizeBytes, done));
  }

  async sync(): Promise<void> {
    if (this.#syncFailure !== undefined) throw this.#syncFailure;
    try {
      await this.#call<void>((done) => fs.fdatasync(this.#fd, done));
    } catch (error) {
      assert(error instanceof DiskError, "a call fails with a DiskError");
      this.#syncFailure = error;
      throw error;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#running > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    }
    if (typeof this.#durableFd === "number") await closed(this.#durableFd, this.#path);
    await closed(this.#fd, this.#path);
  }

  /** Writes all parts at `offset`, however little the system takes at once; gives their length. */
  async #writeAll(
    parts: readonly Uint8Array[],
    offset: number,
    fd: number = this.#fd,
  ): Promise<number> {
    let length = 0;
    for (const part of parts) length += part.length;
    let rest = parts;
    for (let written = 0; written < length;) {
      const count = await this.#writeSome(fd, rest, offset + written);
      if (count === 0) throw new DiskError("io", this.#path, "the system took no bytes");
      written += count;
      if (written < length) rest = withoutFirst(rest, count);
    }
    return length;
  }

  #writeSome(fd: number, parts: readonly Uint8Array[], offset: number): Promise<number> {
    const only = parts.length === 1 ? parts[0] : undefined;
    return this.#call<number>((done) => {
      if (only === undefined) fs.writev(fd, parts, offset, done);
      else fs.write(fd, only, 0, only.length, offset, done);
    });
  }

  #call<T>(start: (done: (error: Error | null, value: T) => void) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#closing !== undefined) {
        reject(new DiskError("io", this.#path, "the file is closed"));
        return;
      }
      this.#running++;
      start((error, value) => {
        this.#running--;
        if (this.#running === 0) this.#whenIdle?.();
        if (error === null || error === undefined) resolve(value);
        else reject(diskErrorOf(this.#path, error));
      });
    });
  }
}

function closed(fd: number, path: string): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    fs.close(fd, (error) => {
      if (error === null || error === undefined) resolve();
      else reject(diskErrorOf(path, error));
    });
  });
}

/** What is left of the parts once the first `count` bytes are gone. */
function withoutFirst(parts: readonly Uint8Array[], count: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let skip = count;
  for (const part of parts) {
    if (skip >= part.length) {
      skip -= part.length;
    } else {
      rest.push(skip === 0 ? part : part.subarray(skip));
      skip = 0;
    }
  }
  return rest;
}
