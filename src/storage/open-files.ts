import { assert } from "#base/assert.ts";
import type { Disk, DiskFile } from "#ports/index.ts";
import { ShelfError } from "./shelf-error.ts";

/** A file that is open for reading, with what its readers found out about it. */
export class OpenFile<Facts> {
  readonly path: string;
  readonly file: DiskFile;
  /** Kept with the file, so that the next reader need not find it out again. */
  facts: Facts | undefined;
  userCount = 0;
  isForgotten = false;

  constructor(path: string, file: DiskFile) {
    this.path = path;
    this.file = file;
  }
}

/** Files kept open for the next reader, the least recently used let go of first. */
export class OpenFiles<Facts> {
  readonly #disk: Pick<Disk, "open">;
  readonly #filesMax: number;
  /** In the order of use: a Map keeps the order of insertion. */
  readonly #open = new Map<string, OpenFile<Facts>>();
  readonly #opening = new Map<string, Promise<OpenFile<Facts>>>();
  #latest: OpenFile<Facts> | undefined;
  #isClosed = false;

  /** @param filesMax files that are kept open while nobody reads them */
  constructor(disk: Pick<Disk, "open">, filesMax: number) {
    this.#disk = disk;
    this.#filesMax = filesMax;
  }

  /**
   * Opens a file, or takes the one that is open; the caller must `release` it.
   *
   * @throws DiskError `not-found` where there is none
   */
  acquire(path: string): OpenFile<Facts> | Promise<OpenFile<Facts>> {
    const open = this.#open.get(path);
    if (open === undefined) return this.#acquireNew(path);
    if (open !== this.#latest) {
      this.#open.delete(path);
      this.#open.set(path, open);
      this.#latest = open;
    }
    open.userCount++;
    return open;
  }

  async release(open: OpenFile<Facts>): Promise<void> {
    assert(open.userCount > 0, "an open file is released once for each time it was acquired");
    open.userCount--;
    if (open.userCount > 0) return;
    if (open.isForgotten) await open.file.close();
    else if (this.#open.size > this.#filesMax) await this.#closeIdle();
  }

  /** Lets go of a file as soon as nobody reads it, and opens it anew for the next reader. */
  async forget(path: string): Promise<void> {
    await this.#opening.get(path)?.catch(() => undefined);
    const open = this.#open.get(path);
    if (open === undefined) return;
    this.#open.delete(path);
    open.isForgotten = true;
    if (open.userCount === 0) await open.file.close();
  }

  /** Lets go of all files; those that are being read follow when they are released. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const path of Array.from(this.#open.keys())) await this.forget(path);
  }

  async #acquireNew(path: string): Promise<OpenFile<Facts>> {
    let opening = this.#opening.get(path);
    if (opening === undefined) {
      opening = this.#openNew(path).finally(() => this.#opening.delete(path));
      this.#opening.set(path, opening);
    }
    const open = await opening;
    // It may have been forgotten, and closed, while this waited for the promise.
    if (open.isForgotten && open.userCount === 0) return this.acquire(path);
    open.userCount++;
    return open;
  }

  async #openNew(path: string): Promise<OpenFile<Facts>> {
    const open = new OpenFile<Facts>(path, await this.#disk.open(path, "read"));
    if (this.#isClosed) {
      await open.file.close();
      throw new ShelfError("stopped", "the shelf is closed");
    }
    this.#open.set(path, open);
    return open;
  }

  async #closeIdle(): Promise<void> {
    for (const [path, open] of this.#open) {
      if (this.#open.size <= this.#filesMax) return;
      if (open.userCount === 0) await this.forget(path);
    }
  }
}
