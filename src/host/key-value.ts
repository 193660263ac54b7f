import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { assert } from "#base/assert.ts";
import { StoreDamagedError } from "#base/store-damaged-error.ts";
import type { KeyValue, KeyValueStores } from "#ports/index.ts";
import { syncDirectory } from "./disk.ts";
import { diskErrorOf } from "./disk-path.ts";
import { lmdbErrorOf } from "./lmdb-error.ts";
import { readLmdbHeader } from "./lmdb-header.ts";
import { LmdbStore } from "./lmdb-store.ts";
import { type LmdbDatabase, openLmdb } from "./lmdb.ts";
import { inspectInChild } from "./store-inspection.ts";

/** LMDB's files in a store's directory: what it holds, and its table of readers. */
const dataFile = "data.mdb";

/** A store whose file looks too short may be walked this long before it is opened. */
const shortFile = { budgetMs: 60_000, isChecked: false };

/**
 * The KeyValueStores port: each store is an LMDB database in a directory of its own.
 *
 * @param options.isChecked whether CheckedStores alone write to the stores: `inspect` then checks
 *   the values' checksums too
 */
export function lmdbStores(
  root: string,
  options: { isChecked: boolean } = { isChecked: false },
): KeyValueStores {
  const { isChecked } = options;
  /** Those that are open. LMDB allows each file once in a process. */
  const open = new Set<string>();
  const directoryOf = (name: string): string => {
    assert(/^[a-z][a-z0-9-]{0,62}$/.test(name), "a store's name is a short kebab-case word");
    return join(root, name);
  };
  const closedDirectoryOf = (name: string): string => {
    const directory = directoryOf(name);
    assert(!open.has(name), `the store is closed: ${name}`);
    return directory;
  };

  return {
    async open(name) {
      const directory = closedDirectoryOf(name);
      open.add(name);
      try {
        return await openStore(name, directory, () => open.delete(name));
      } catch (error) {
        open.delete(name);
        throw error;
      }
    },
    exists: async (name) => existsSync(join(directoryOf(name), dataFile)),
    inspect: async (name, budgetMs) => {
      const directory = closedDirectoryOf(name);
      const file = join(directory, dataFile);
      if (!existsSync(file)) return "missing";
      const header = await onDisk(name, () => readLmdbHeader(file));
      if (header.kind === "damaged") return "damaged";
      return inspectInChild(directory, { budgetMs, isChecked });
    },
    rename: async (from, to) => {
      const source = closedDirectoryOf(from);
      const target = closedDirectoryOf(to);
      await onDisk(to, () => replaceStore(source, target));
    },
    remove: async (name) => {
      const directory = closedDirectoryOf(name);
      await onDisk(name, () => removeStore(directory));
    },
  };
}

async function openStore(name: string, directory: string, onClosed: () => void): Promise<KeyValue> {
  const file = join(directory, dataFile);
  const isNew = !existsSync(file);
  if (isNew) await onDisk(name, () => mkdir(directory, { recursive: true, mode: 0o700 }));
  else await mustBeReadable(name, directory);
  let db: LmdbDatabase;
  try {
    db = openLmdb(directory);
  } catch (error) {
    throw await lmdbErrorOf(name, error);
  }
  if (isNew) {
    await syncDirectory(directory, name);
    await syncDirectory(dirname(directory), name);
  }
  return new LmdbStore({ name, db, file, onClosed });
}

/** Refuses what LMDB would die of. */
async function mustBeReadable(name: string, directory: string): Promise<void> {
  const header = await onDisk(name, () => readLmdbHeader(join(directory, dataFile)));
  if (header.kind === "damaged") throw new StoreDamagedError(name, header.reason);
  if (header.isWhole) return;
  // Pages past the file's end kill the process that reads them, so another one looks first.
  if ((await inspectInChild(directory, shortFile)) === "damaged") {
    throw new StoreDamagedError(name, "its file is cut short");
  }
}

/** Moves the data file over the other store's, which is what makes the exchange atomic. */
async function replaceStore(source: string, target: string): Promise<void> {
  await mkdir(target, { recursive: true, mode: 0o700 });
  await rename(join(source, dataFile), join(target, dataFile));
  await syncDirectory(target, target);
  await syncDirectory(dirname(target), target);
  await rm(source, { recursive: true, force: true });
  await syncDirectory(dirname(source), source);
}

/** The data file goes first: without it there is no store, whatever else a crash leaves. */
async function removeStore(directory: string): Promise<void> {
  if (!existsSync(directory)) return;
  await rm(join(directory, dataFile), { force: true });
  await syncDirectory(directory, directory);
  await rm(directory, { recursive: true, force: true });
  await syncDirectory(dirname(directory), directory);
}

async function onDisk<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskErrorOf(name, error);
  }
}
