import { assert } from "#base/assert.ts";
import { concatBytes } from "#base/bytes.ts";
import { DiskError } from "#base/disk-error.ts";
import type { Disk, DiskFile } from "#ports/index.ts";
import type { Boot, OperationKind } from "./boot.ts";
import type { DiskMedia, FileNode } from "./disk-media.ts";
import { fingerprint } from "./trace.ts";

/** How long operations take, in microseconds: from, to, and more for each KiB. */
const delays: Partial<Record<OperationKind, { fromUs: number; toUs: number; perKibUs: number }>> = {
  read: { fromUs: 20, toUs: 200, perKibUs: 1 },
  write: { fromUs: 10, toUs: 100, perKibUs: 1 },
  sync: { fromUs: 150, toUs: 2000, perKibUs: 0 },
  syncDirectory: { fromUs: 150, toUs: 2000, perKibUs: 0 },
};
const otherDelay = { fromUs: 10, toUs: 200, perKibUs: 0 };

/** How slow the disk is: 1 as a rule, more while it ails. */
export interface DiskPace {
  slowness: number;
}

/** The Disk port of one boot over what the machine's disk holds. */
export function simulatedDisk(boot: Boot, media: DiskMedia, pace: DiskPace): Disk {
  const perform = <T>(kind: OperationKind, path: string, effect: () => T): Promise<T> =>
    boot.perform({
      kind,
      target: path,
      delayUs: drawDelay(boot, pace, kind, 0),
      effect,
      fail: () => {
        throw new DiskError("io", path, `injected ${kind} error`);
      },
    });

  return {
    open: (path, mode) =>
      perform(mode === "create" ? "create" : "open", path, () => {
        const file = mode === "create" ? media.createFile(path) : media.file(path);
        media.hold(file);
        return new SimulatedFile({ boot, media, pace, path, file, isWritable: mode !== "read" });
      }),
    rename: (from, to) =>
      boot.perform({
        kind: "rename",
        target: from,
        detail: to,
        delayUs: drawDelay(boot, pace, "rename", 0),
        effect: () => media.rename(from, to),
        fail: () => {
          throw new DiskError("io", from, "injected rename error");
        },
      }),
    remove: (path) => perform("remove", path, () => media.remove(path)),
    makeDirectory: (path) => perform("makeDirectory", path, () => media.makeDirectory(path)),
    removeDirectory: (path) => perform("remove", path, () => media.removeDirectory(path)),
    list: (path) => perform("stat", path, () => media.list(path)),
    syncDirectory: (path) => syncDirectory(boot, media, pace, path),
    space: () =>
      perform("stat", "", () => ({ totalBytes: media.totalBytes, freeBytes: media.freeBytes })),
  };
}

function syncDirectory(boot: Boot, media: DiskMedia, pace: DiskPace, path: string): Promise<void> {
  // Only what was done before the sync was asked for is sure to last.
  const covered = media.find(path)?.kind === "directory" ? media.unsyncedNames(path) : undefined;
  return boot.perform({
    kind: "syncDirectory",
    target: path,
    delayUs: drawDelay(boot, pace, "syncDirectory", 0),
    effect: () => media.syncNames(covered ?? media.unsyncedNames(path)),
    fail: () => {
      throw new DiskError("io", path, "injected directory sync error");
    },
  });
}

function drawDelay(boot: Boot, pace: DiskPace, kind: OperationKind, byteCount: number): number {
  const { fromUs, toUs, perKibUs } = delays[kind] ?? otherDelay;
  const drawn = fromUs + boot.prng.below(toUs - fromUs) + (byteCount / 1024) * perKibUs;
  // Now and then an operation takes very long.
  const tail = boot.prng.below(500) === 0 ? 20 : 1;
  return drawn * tail * pace.slowness;
}

class SimulatedFile implements DiskFile {
  readonly #boot: Boot;
  readonly #media: DiskMedia;
  readonly #pace: DiskPace;
  readonly #path: string;
  readonly #file: FileNode;
  readonly #isWritable: boolean;
  #isOpen = true;

  constructor(parts: {
    boot: Boot;
    media: DiskMedia;
    pace: DiskPace;
    path: string;
    file: FileNode;
    isWritable: boolean;
  }) {
    this.#boot = parts.boot;
    this.#media = parts.media;
    this.#pace = parts.pace;
    this.#path = parts.path;
    this.#file = parts.file;
    this.#isWritable = parts.isWritable;
  }

  sizeBytes(): Promise<number> {
    return this.#perform("stat", () => this.#file.seen.sizeBytes);
  }

  read(target: Uint8Array, offset: number): Promise<number> {
    const effect = (): number => {
      const image = this.#media.misread?.(this.#path, offset) ?? this.#file.seen;
      return image.read(target, offset);
    };
    return this.#perform("read", effect, {
      detail: `${offset}+${target.length}`,
      byteCount: target.length,
    });
  }

  write(parts: readonly Uint8Array[], offset: number): Promise<void> {
    let byteCount = 0;
    for (const part of parts) byteCount += part.length;
    const given = fingerprint(parts);
    const takeBytes = (): Uint8Array => {
      assert(fingerprint(parts) === given, "the parts of a write do not change before it settles");
      return concatBytes(parts);
    };
    const effect = (): void => {
      this.#mustBeWritable();
      this.#media.write(this.#path, this.#file, offset, takeBytes());
    };
    return this.#perform("write", effect, {
      detail: `${offset}+${given}`,
      byteCount,
      fail: () => {
        // Some of it may have reached the file before the error.
        const cut = this.#boot.prng.below(byteCount + 1);
        this.#media.write(this.#path, this.#file, offset, takeBytes().subarray(0, cut));
        throw new DiskError("io", this.#path, "injected write error");
      },
    });
  }

  async writeDurably(parts: readonly Uint8Array[], offset: number): Promise<void> {
    await this.write(parts, offset);
    const { changeCount } = this.#file;
    await this.#perform("sync", () => this.#media.syncWrite(this.#file, changeCount), {
      fail: () => {
        this.#media.failSync(this.#file, changeCount);
        throw new DiskError("io", this.#path, "injected sync error");
      },
    });
  }

  preallocate(sizeBytes: number): Promise<void> {
    return this.#perform("resize", () => {
      this.#mustBeWritable();
      if (sizeBytes <= this.#file.seen.sizeBytes) return;
      this.#media.resize(this.#path, this.#file, sizeBytes);
    });
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#perform("resize", () => {
      this.#mustBeWritable();
      if (sizeBytes >= this.#file.seen.sizeBytes) return;
      this.#media.resize(this.#path, this.#file, sizeBytes);
    });
  }

  sync(): Promise<void> {
    // Only what was written before the sync was asked for is sure to last.
    const { changeCount } = this.#file;
    return this.#perform("sync", () => this.#media.sync(this.#file, changeCount), {
      fail: () => {
        this.#media.failSync(this.#file, changeCount);
        throw new DiskError("io", this.#path, "injected sync error");
      },
    });
  }

  close(): Promise<void> {
    return this.#perform("close", () => {
      this.#isOpen = false;
      this.#media.release(this.#file);
    });
  }

  #perform<T>(
    kind: OperationKind,
    effect: () => T,
    more: { detail?: string; byteCount?: number; fail?: () => never } = {},
  ): Promise<T> {
    return this.#boot.perform({
      kind,
      target: this.#path,
      detail: more.detail,
      delayUs: drawDelay(this.#boot, this.#pace, kind, more.byteCount ?? 0),
      effect: () => {
        if (!this.#isOpen) throw new DiskError("io", this.#path, "the file is closed");
        return effect();
      },
      fail:
        more.fail ??
        (() => {
          throw new DiskError("io", this.#path, `injected ${kind} error`);
        }),
    });
  }

  #mustBeWritable(): void {
    if (!this.#isWritable) throw new DiskError("io", this.#path, "opened for reading");
  }
}
