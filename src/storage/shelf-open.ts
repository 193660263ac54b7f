import { DiskError } from "#base/disk-error.ts";
import { StoreDamagedError } from "#base/store-damaged-error.ts";
import type { Disk, KeyValue, Ports } from "#ports/index.ts";
import { CheckedStore } from "./checked-store.ts";
import { ShelfIndex } from "./shelf-index.ts";
import {
  fileDirectory,
  indexDamagedPath,
  packDirectory,
  shelfDirectory,
  stagedDirectory,
} from "./shelf-paths.ts";
import {
  listPacks,
  missesPacks,
  recoverFiles,
  recoverPacks,
  settlePending,
} from "./shelf-recovery.ts";

/** The name of the shelf's own index among the node's stores. */
const indexStoreName = "shelf-index";

type OpeningPorts = Pick<Ports, "clock" | "disk" | "stores" | "trace">;

/**
 * Opens the index and brings it up to date with packs and files, or builds it anew.
 *
 * @param inspectBudgetMs how long to look for damage that would take the whole process down
 */
export async function openIndex(ports: OpeningPorts, inspectBudgetMs: number): Promise<ShelfIndex> {
  const { disk, trace } = ports;
  await makeDirectories(disk);
  await removeStaged(disk);
  const packs = await listPacks(disk);
  const index = await loadIndex(ports, inspectBudgetMs, packs);
  if (index === undefined) return buildIndex(ports, packs);
  try {
    await recoverPacks({ disk, trace, index }, packs);
    await settlePending({ disk, trace, index });
    return index;
  } catch (error) {
    await index.close().catch(() => undefined);
    if (!(error instanceof StoreDamagedError)) throw error;
    trace.write("error", "shelfIndexDamaged", { error: error.message });
    return buildIndex(ports, packs);
  }
}

async function makeDirectories(disk: Disk): Promise<void> {
  for (const path of [packDirectory, fileDirectory, stagedDirectory]) {
    await disk.makeDirectory(path);
  }
  await disk.syncDirectory(fileDirectory);
  await disk.syncDirectory(shelfDirectory);
  await disk.syncDirectory("");
}

/** What was never sealed is nobody's. */
async function removeStaged(disk: Disk): Promise<void> {
  for (const { name } of await disk.list(stagedDirectory)) {
    await disk.remove(`${stagedDirectory}/${name}`);
  }
}

/** The index as it was left, or undefined where it must be built. */
async function loadIndex(
  ports: OpeningPorts,
  inspectBudgetMs: number,
  packs: readonly number[],
): Promise<ShelfIndex | undefined> {
  const { disk, stores, trace } = ports;
  const isMarked = await isMarkedDamaged(disk);
  const state = isMarked ? "damaged" : await stores.inspect(indexStoreName, inspectBudgetMs);
  if (state !== "intact") {
    if (state === "damaged") trace.write("error", "shelfIndexDamaged", { isMarked });
    return undefined;
  }
  let store: KeyValue | undefined;
  try {
    store = await openStore(ports);
    const index = ShelfIndex.load({ store, clock: ports.clock });
    if (index !== undefined && !missesPacks(index, packs)) return index;
    if (index !== undefined) trace.write("error", "packsMissing");
  } catch (error) {
    if (!(error instanceof StoreDamagedError)) {
      await store?.close();
      throw error;
    }
    trace.write("error", "shelfIndexDamaged", { error: error.message });
  }
  await store?.close();
  return undefined;
}

/**
 * Opens the store. A damaged value that a later read meets leaves a mark, so that the next start
 * builds the index anew.
 */
async function openStore({ disk, stores, trace }: OpeningPorts): Promise<KeyValue> {
  const store = await stores.open(indexStoreName);
  let isMarked = false;
  return new CheckedStore(store, indexStoreName, (damage) => {
    if (isMarked) return;
    isMarked = true;
    markDamaged(disk).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      trace.write("error", "shelfIndexNotMarked", { damage: damage.message, reason });
    });
  });
}

async function isMarkedDamaged(disk: Disk): Promise<boolean> {
  const entries = await disk.list(shelfDirectory);
  return entries.some(({ name }) => `${shelfDirectory}/${name}` === indexDamagedPath);
}

async function markDamaged(disk: Disk): Promise<void> {
  try {
    await (await disk.open(indexDamagedPath, "create")).close();
  } catch (error) {
    if (!(error instanceof DiskError && error.code === "exists")) throw error;
  }
  await disk.syncDirectory(shelfDirectory);
}

/** Builds the index from every pack and file. Until it is whole a crash has it built again. */
async function buildIndex(ports: OpeningPorts, packs: readonly number[]): Promise<ShelfIndex> {
  const { disk, stores, trace } = ports;
  await stores.remove(indexStoreName);
  const index = ShelfIndex.empty({ store: await openStore(ports), clock: ports.clock });
  const parts = { disk, trace, index };
  trace.write("info", "shelfIndexBuilding", { packCount: packs.length });
  try {
    await recoverFiles(parts);
    await recoverPacks(parts, packs);
    await settlePending(parts);
    index.finish();
    await index.flushed();
  } catch (error) {
    await index.close().catch(() => undefined);
    throw error;
  }
  if (await isMarkedDamaged(disk)) await disk.remove(indexDamagedPath);
  return index;
}
