import type { Disk } from "#ports/index.ts";
import { fileDirectory } from "./shelf-paths.ts";

/** The directories of shard files, made when the first file comes. */
export class ShelfFolders {
  readonly #disk: Disk;
  readonly #made = new Map<string, Promise<void>>();

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** Resolves when the directory is there for good. */
  ensure(path: string): Promise<void> {
    let made = this.#made.get(path);
    if (made === undefined) {
      made = this.#make(path);
      this.#made.set(path, made);
      made.catch(() => this.#made.delete(path));
    }
    return made;
  }

  async #make(path: string): Promise<void> {
    await this.#disk.makeDirectory(path);
    await this.#disk.syncDirectory(fileDirectory);
  }
}
