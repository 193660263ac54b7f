import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { utf8 } from "#base/bytes.ts";
import { lockDirectory } from "./directory-lock.ts";
import { directoryDisk } from "./disk.ts";
import { lmdbStores } from "./key-value.ts";

test("H2 no file or directory is for others to read", async () => {
  const root = mkdtempSync(join(tmpdir(), "hamster-modes-"));
  const before = process.umask(0);
  try {
    const disk = directoryDisk(root);
    await disk.makeDirectory("a/b");
    await disk.open("a/b/file", "create").then((file) => file.close());
    const store = await lmdbStores(root).open("store");
    await store.write([{ key: utf8("a"), value: utf8("b") }]).flushed;
    await store.close();
    const lock = lockDirectory(root, 0);
    const names = readdirSync(root, { recursive: true, encoding: "utf8" });
    assert.ok(names.length >= 7, names.join());
    for (const name of names) {
      assert.equal(statSync(join(root, name)).mode & 0o077, 0, name);
    }
    if (lock.kind === "held") lock.release();
  } finally {
    process.umask(before);
    rmSync(root, { recursive: true, force: true });
  }
});
