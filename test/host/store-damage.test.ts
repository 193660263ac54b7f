import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { closeSync, openSync, readSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { utf8 } from "#base/bytes.ts";
import { seededPrng } from "#base/prng.ts";
import { lmdbStores } from "#host/index.ts";
import type { KeyValueChange } from "#ports/index.ts";
import { CheckedStore } from "#storage/index.ts";

const reader = fileURLToPath(import.meta.resolve("./damaged-store-reader.ts"));

test("one flipped bit anywhere: inspection survives it, and nothing wrong is read", async () => {
  const root = mkdtempSync(join(tmpdir(), "hamster-damage-"));
  try {
    const stores = lmdbStores(root, { isChecked: true });
    await fill(new CheckedStore(await stores.open("store"), "store"));
    const sound = join(root, "store", "data.mdb");
    const copy = join(root, "copy", "data.mdb");
    mkdirSync(join(root, "copy"));
    const prng = seededPrng(23);
    const found = { damaged: 0, harmless: 0 };
    for (let round = 0; round < 16; round++) {
      copyFileSync(sound, copy);
      const size = statSync(copy).size;
      // Some of them in the head, where little room holds much.
      flipBit(copy, prng.below(round % 3 === 0 ? 8_192 : size), prng.below(8));
      const verdict = await stores.inspect("copy", 20_000);
      if (verdict === "damaged") found.damaged++;
      else {
        // What passes may still kill LMDB, or fail to be read; it must not read wrong.
        const { stdout } = spawnSync(process.execPath, [reader, root, "copy"], {
          encoding: "utf8",
        });
        assert.doesNotMatch(stdout, /wrong/);
        found.harmless++;
      }
    }
    assert.ok(found.damaged > 3 && found.harmless > 3, JSON.stringify(found));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

async function fill(store: CheckedStore): Promise<void> {
  const pair = (n: number): KeyValueChange => ({
    key: utf8(`key-${String(n).padStart(5, "0")}`),
    value: utf8(`value-${String(n).padStart(5, "0")}`.repeat(9)),
  });
  await store.write(Array.from({ length: 3000 }, (_, n) => pair(n))).flushed;
  // Later commits replace and remove some, so that there are free pages.
  for (let first = 0; first < 1000; first += 300) {
    const removals = [5, 6, 7].map((n) => ({ ...pair(first + n), value: undefined }));
    await store.write([pair(first + 1), ...removals]).flushed;
  }
  await store.close();
}

function flipBit(file: string, offset: number, bit: number): void {
  const fd = openSync(file, "r+");
  const byte = new Uint8Array(1);
  readSync(fd, byte, 0, 1, offset);
  byte[0] = (byte[0] ?? 0) ^ (1 << bit);
  writeSync(fd, byte, 0, 1, offset);
  closeSync(fd);
}
