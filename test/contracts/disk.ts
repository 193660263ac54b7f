import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "#base/bytes.ts";
import { DiskError, type DiskErrorCode } from "#base/disk-error.ts";
import type { Disk, DiskFile } from "#ports/index.ts";

/** Calls `use` with the Disk port of an empty data directory, and clears away behind it. */
export type WithDisk = (use: (disk: Disk) => Promise<void>) => Promise<void>;

/**
 * What every Disk does while power stays on; run for the real one and the simulated one.
 *
 * @param world named in the tests
 */
export function diskContract(world: string, withDisk: WithDisk): void {
  const diskTest = (name: string, use: (disk: Disk) => Promise<void>): void => {
    test(`disk (${world}): ${name}`, () => withDisk(use));
  };
  openingContract(diskTest);
  readingAndWritingContract(diskTest);
  namesContract(diskTest);
}

type DiskTest = (name: string, use: (disk: Disk) => Promise<void>) => void;

function openingContract(diskTest: DiskTest): void {
  diskTest("create makes a file, and fails where there is one", async (disk) => {
    const file = await disk.open("a", "create");
    assert.equal(await file.sizeBytes(), 0);
    await file.close();
    await rejectsWith("exists", disk.open("a", "create"));
    await disk.makeDirectory("d");
    await rejectsWith("exists", disk.open("d", "create"));
  });

  diskTest("read and update fail where there is no file", async (disk) => {
    await rejectsWith("not-found", disk.open("a", "read"));
    await rejectsWith("not-found", disk.open("a", "update"));
    await rejectsWith("not-found", disk.open("no/a", "create"));
    await rejectsWith("not-found", disk.open("no/a", "read"));
  });

  diskTest("a file opened for reading is not written to", async (disk) => {
    await put(disk, "a", "abc");
    const file = await disk.open("a", "read");
    await rejectsWith("io", file.write([utf8("x")], 0));
    assert.equal(await contents(file), "abc");
    await file.close();
  });

  diskTest("a closed file is not read or written any more", async (disk) => {
    const file = await disk.open("a", "create");
    await file.close();
    await rejectsWith("io", file.read(new Uint8Array(1), 0));
    await rejectsWith("io", file.write([utf8("x")], 0));
    await rejectsWith("io", file.sync());
  });

  diskTest("paths that leave the data directory are refused", async (disk) => {
    for (const path of ["../a", "a/../../b", "/etc/hostname", "./a", "a//b"]) {
      await rejectsWith("io", disk.open(path, "read"));
      await rejectsWith("io", disk.open(path, "create"));
      await rejectsWith("io", disk.list(path));
      await rejectsWith("io", disk.makeDirectory(path));
    }
  });
}

function readingAndWritingContract(diskTest: DiskTest): void {
  diskTest("a durable write writes, as any other does", async (disk) => {
    const file = await disk.open("a", "create");
    await file.write([utf8("begin")], 0);
    await file.writeDurably([utf8("hello"), utf8(" "), utf8("world")], 4);
    assert.equal(await contents(file), "begihello world");
    await disk.rename("a", "b");
    await file.writeDurably([utf8("!")], 15);
    assert.equal(await contents(file), "begihello world!");
    await file.close();
    await rejectsWith("io", file.writeDurably([utf8("x")], 0));
    const reader = await disk.open("b", "read");
    await rejectsWith("io", reader.writeDurably([utf8("x")], 0));
    await reader.close();
  });

  diskTest("parts are written one after another at the offset", async (disk) => {
    const file = await disk.open("a", "create");
    await file.write([utf8("hello"), utf8(""), utf8(" world")], 0);
    await file.write([utf8("J")], 0);
    await file.write([], 3);
    assert.equal(await contents(file), "Jello world");
    await file.sync();
    await file.close();
    assert.equal(await contents(await disk.open("a", "read")), "Jello world");
  });

  diskTest("many parts and many bytes are written and read whole", async (disk) => {
    const parts = Array.from({ length: 3000 }, (_, i) => new Uint8Array(700).fill(i % 251));
    const file = await disk.open("a", "create");
    await file.write(parts, 5);
    assert.equal(await file.sizeBytes(), 5 + 3000 * 700);
    const target = new Uint8Array(3000 * 700);
    assert.equal(await file.read(target, 5), target.length);
    for (let i = 0; i < 3000; i += 7) assert.equal(target[i * 700 + 3], i % 251);
    await file.close();
  });

  diskTest("a read ends where the file ends", async (disk) => {
    const file = await put(disk, "a", "abcdef");
    const target = new Uint8Array(10).fill(7);
    assert.equal(await file.read(target, 4), 2);
    assert.deepEqual([...target.subarray(0, 3)], [101, 102, 7]);
    assert.equal(await file.read(target, 6), 0);
    assert.equal(await file.read(target, 600), 0);
    assert.equal(await file.read(new Uint8Array(0), 0), 0);
    await file.close();
  });

  diskTest("a gap reads as zeros", async (disk) => {
    const file = await disk.open("a", "create");
    await file.write([utf8("end")], 5000);
    const target = new Uint8Array(5003).fill(9);
    assert.equal(await file.read(target, 0), 5003);
    assert.ok(target.subarray(0, 5000).every((byte) => byte === 0));
    await file.close();
  });

  diskTest("preallocated space is zeros, and does not shorten", async (disk) => {
    const file = await put(disk, "a", "abc");
    await file.preallocate(100_000);
    assert.equal(await file.sizeBytes(), 100_000);
    await file.preallocate(10);
    assert.equal(await file.sizeBytes(), 100_000);
    const target = new Uint8Array(100_000).fill(9);
    await file.read(target, 0);
    assert.deepEqual([...target.subarray(0, 4)], [97, 98, 99, 0]);
    assert.ok(target.subarray(3).every((byte) => byte === 0));
    await file.close();
  });

  diskTest("truncate cuts, and what grows again is zeros", async (disk) => {
    const file = await put(disk, "a", "abcdef");
    await file.truncate(2);
    assert.equal(await contents(file), "ab");
    await file.write([utf8("z")], 4);
    assert.equal(await contents(file), "ab\0\0z");
    await file.close();
  });

  diskTest("writes to different places may be under way at once", async (disk) => {
    const file = await disk.open("a", "create");
    const writes = Array.from({ length: 50 }, (_, i) =>
      file.write([new Uint8Array(1000).fill(i)], i * 1000),
    );
    await Promise.all(writes);
    const target = new Uint8Array(50_000);
    assert.equal(await file.read(target, 0), 50_000);
    for (let i = 0; i < 50_000; i++) assert.equal(target[i], Math.floor(i / 1000));
    await file.close();
  });

  diskTest("a handle outlives the removal and the replacement of its name", async (disk) => {
    const first = await put(disk, "a", "first");
    await disk.remove("a");
    assert.equal(await contents(first), "first");
    await first.write([utf8("F")], 0);
    const second = await put(disk, "a", "second");
    await put(disk, "b", "third").then((file) => file.close());
    await disk.rename("b", "a");
    assert.equal(await contents(first), "First");
    assert.equal(await contents(second), "second");
    assert.equal(await contents(await disk.open("a", "read")), "third");
    await first.close();
    await second.close();
  });
}

function namesContract(diskTest: DiskTest): void {
  diskTest("directories are made with those above them, and again", async (disk) => {
    await disk.makeDirectory("a/b/c");
    await disk.makeDirectory("a/b/c");
    await disk.syncDirectory("a/b");
    await disk.syncDirectory("");
    assert.deepEqual(await disk.list("a/b"), [{ name: "c", kind: "directory" }]);
    assert.deepEqual(await disk.list("a/b/c"), []);
    await rejectsWith("not-found", disk.list("a/x"));
    await rejectsWith("not-found", disk.syncDirectory("a/x"));
  });

  diskTest("names are listed in code unit order, with their kind", async (disk) => {
    for (const name of ["b", "B", "a", "10", "9", "ab", "a-b"]) {
      await put(disk, name, name).then((file) => file.close());
    }
    await disk.makeDirectory("aa");
    const names = (await disk.list("")).map((entry) => entry.name);
    assert.deepEqual(names, ["10", "9", "B", "a", "a-b", "aa", "ab", "b"]);
    assert.equal((await disk.list("")).find((entry) => entry.name === "aa")?.kind, "directory");
  });

  diskTest("rename moves and replaces files", async (disk) => {
    await disk.makeDirectory("d");
    await put(disk, "a", "1").then((file) => file.close());
    await put(disk, "d/b", "2").then((file) => file.close());
    await disk.rename("a", "d/b");
    assert.deepEqual(await disk.list(""), [{ name: "d", kind: "directory" }]);
    assert.equal(await contents(await disk.open("d/b", "read")), "1");
    await disk.rename("d", "e");
    assert.equal(await contents(await disk.open("e/b", "read")), "1");
    await rejectsWith("not-found", disk.rename("gone", "x"));
  });

  diskTest("remove takes files, removeDirectory empty directories", async (disk) => {
    await disk.makeDirectory("d");
    await put(disk, "d/a", "1").then((file) => file.close());
    await rejectsWith("not-found", disk.remove("x"));
    await rejectsWith("io", disk.remove("d"));
    await rejectsWith("io", disk.removeDirectory("d"));
    await disk.remove("d/a");
    await disk.removeDirectory("d");
    await rejectsWith("not-found", disk.removeDirectory("d"));
    assert.deepEqual(await disk.list(""), []);
  });

  diskTest("space is told in bytes", async (disk) => {
    const { totalBytes, freeBytes } = await disk.space();
    assert.ok(Number.isSafeInteger(totalBytes) && Number.isSafeInteger(freeBytes));
    assert.ok(totalBytes > 0 && freeBytes >= 0 && freeBytes <= totalBytes);
  });
}

async function put(disk: Disk, path: string, text: string): Promise<DiskFile> {
  const file = await disk.open(path, "create");
  await file.write([utf8(text)], 0);
  return file;
}

async function contents(file: DiskFile): Promise<string> {
  const target = new Uint8Array(await file.sizeBytes());
  await file.read(target, 0);
  return new TextDecoder().decode(target);
}

async function rejectsWith(code: DiskErrorCode, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof DiskError, `${String(error)} is a DiskError`);
    assert.equal(error.code, code);
    return true;
  });
}
