import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "#base/bytes.ts";
import { DiskError } from "#base/disk-error.ts";
import type { Disk, Ports } from "#ports/index.ts";
import { type CrashScenario, enumerateCrashPoints } from "./index.ts";

/** What saving a file may leave out, which a crash then finds. */
interface Slips {
  withoutSync?: boolean;
  withoutDirectorySync?: boolean;
  inPlace?: boolean;
}

/** Replaces a small file so that a crash leaves the old one or the new one. */
async function save(disk: Disk, text: string, slips: Slips): Promise<void> {
  if (await exists(disk, "data/new")) await disk.remove("data/new");
  const path = slips.inPlace === true ? "data/file" : "data/new";
  const file = await disk.open(path, slips.inPlace === true ? "update" : "create");
  await file.write([utf8(text)], 0);
  if (slips.withoutSync !== true) await file.sync();
  await file.close();
  if (path === "data/new") await disk.rename("data/new", "data/file");
  if (slips.withoutDirectorySync !== true) await disk.syncDirectory("data");
}

async function exists(disk: Disk, path: string): Promise<boolean> {
  try {
    await disk.open(path, "read").then((file) => file.close());
    return true;
  } catch (error) {
    if (error instanceof DiskError && error.code === "not-found") return false;
    throw error;
  }
}

async function load(disk: Disk): Promise<string> {
  const file = await disk.open("data/file", "read");
  const bytes = new Uint8Array(await file.sizeBytes());
  await file.read(bytes, 0);
  return new TextDecoder().decode(bytes);
}

const oldText = "old".repeat(1000);
const newText = "new".repeat(1000);

function saving(slips: Slips): CrashScenario<{ isSaved: boolean }> {
  return {
    name: "saving a file",
    seed: 4,
    async prepare({ disk }) {
      await disk.makeDirectory("data");
      await disk.syncDirectory("");
      await (await disk.open("data/file", "create")).close();
      await save(disk, oldText, {});
      return { isSaved: false };
    },
    async run({ disk }, state) {
      await save(disk, newText, slips);
      state.isSaved = true;
    },
    async check({ disk }, state) {
      const text = await load(disk);
      if (state.isSaved) assert.equal(text, newText, "what was saved is there");
      assert.ok(text === newText || text === oldText, "the old text or the new one");
      await save(disk, text, {});
    },
  };
}

test("every crash point of a sound program is tried, and passes", async () => {
  const report = await enumerateCrashPoints(saving({}), { crashInCheck: true });
  assert.deepEqual(
    report.points.map((step) => step.kind),
    ["create", "write", "sync", "rename", "syncDirectory"],
  );
  assert.equal(report.trialCount, 5 * 6);
});

for (const slip of ["withoutSync", "withoutDirectorySync", "inPlace"] as const) {
  test(`a program that saves ${slip} is caught`, async () => {
    await assert.rejects(enumerateCrashPoints(saving({ [slip]: true }), { tornCount: 8 }));
  });
}

function settingTwoKeys(
  inOneBatch: boolean,
  isAwaited: boolean,
): CrashScenario<{ isSet: boolean }> {
  const openStore = (ports: Ports): ReturnType<Ports["stores"]["open"]> => ports.stores.open("s");
  const change = (key: string): { key: Uint8Array; value: Uint8Array } => ({
    key: utf8(key),
    value: utf8("1"),
  });
  return {
    name: "setting two keys",
    seed: 4,
    prepare: async (ports) => {
      await (await openStore(ports)).close();
      return { isSet: false };
    },
    async run(ports, state) {
      const store = await openStore(ports);
      const batches = inOneBatch ? [[change("a"), change("b")]] : [[change("a")], [change("b")]];
      const flushes = batches.map((batch) => store.write(batch).flushed);
      if (isAwaited) await Promise.all(flushes);
      state.isSet = true;
      await store.close();
    },
    async check(ports, state) {
      const store = await openStore(ports);
      const [a, b] = [store.get(utf8("a")), store.get(utf8("b"))];
      assert.equal(a === undefined, b === undefined, "both or none");
      if (state.isSet) assert.ok(a !== undefined, "what was flushed is there");
      await store.close();
    },
  };
}

test("W5 a store's batches come whole, in order, and flushed ones stay", async () => {
  const report = await enumerateCrashPoints(settingTwoKeys(true, true), { tornCount: 10 });
  assert.ok(report.points.some((step) => step.kind === "flush"));
  await assert.rejects(enumerateCrashPoints(settingTwoKeys(false, true), { tornCount: 20 }));
  await assert.rejects(enumerateCrashPoints(settingTwoKeys(true, false)));
});
