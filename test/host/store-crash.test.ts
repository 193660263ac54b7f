import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { lmdbStores } from "#host/index.ts";
import { utf8 } from "#base/bytes.ts";
import { batchOf, newestOf } from "./store-writer.ts";

const writer = fileURLToPath(import.meta.resolve("./store-writer.ts"));

/** Lets a writer run for a while, kills it, and gives the highest batch it said was flushed. */
async function writeAndKill(root: string, forMs: number): Promise<number> {
  const child = spawn(process.execPath, [writer, root], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  let isKilled = false;
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    if (isKilled) return;
    isKilled = true;
    setTimeout(() => child.kill("SIGKILL"), forMs);
  });
  await new Promise((resolve) => child.once("close", resolve));
  const lines = text.slice(0, text.lastIndexOf("\n")).split("\n");
  return Math.max(0, ...lines.map(Number));
}

/** Checks that a store holds exactly the batches up to some number, and gives it. */
async function assertPrefix(root: string): Promise<number> {
  const stores = lmdbStores(root);
  assert.equal(await stores.inspect("store", 10_000), "intact");
  const store = await stores.open("store");
  const newest = newestOf(store.get(utf8("newest")));
  const model = new Map<string, string>();
  const decoder = new TextDecoder();
  for (let n = 1; n <= newest; n++) {
    for (const { key, value } of batchOf(n)) {
      if (value === undefined) model.delete(decoder.decode(key));
      else model.set(decoder.decode(key), decoder.decode(value));
    }
  }
  const found = new Map<string, string>();
  for (const [key, value] of store.scan({ start: utf8("") })) {
    found.set(decoder.decode(key), decoder.decode(value));
  }
  assert.deepEqual(found, model);
  await store.close();
  return newest;
}

test("H3 a killed store holds a prefix of the batches with every flushed one", async () => {
  const root = mkdtempSync(join(tmpdir(), "hamster-crash-"));
  try {
    for (let cycle = 0; cycle < 12; cycle++) {
      const flushed = await writeAndKill(root, (cycle * 37) % 150);
      assert.ok(flushed > 0, "the writer said something");
      // Looked at in a copy: the next writer gets what the killed one left.
      const copy = `${root}-copy`;
      cpSync(root, copy, { recursive: true });
      const newest = await assertPrefix(copy);
      rmSync(copy, { recursive: true, force: true });
      assert.ok(newest >= flushed, `batch ${flushed} was flushed, the newest is ${newest}`);
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});

test("H3 after a failed flush all later ones fail, and the store holds those before", async () => {
  const root = mkdtempSync(join(tmpdir(), "hamster-full-"));
  try {
    const script = fileURLToPath(import.meta.resolve("./full-store-writer.ts"));
    const limited = ["-c", 'ulimit -f 4096; exec "$0" "$@"', process.execPath, script, root];
    const { stdout } = spawnSync("sh", limited, { encoding: "utf8", maxBuffer: 2 ** 20 });
    const said = JSON.parse(stdout.slice(stdout.lastIndexOf('{"outcomes'))) as {
      outcomes: string[];
      closed: string;
    };
    const flushedCount = said.outcomes.indexOf("DiskError");
    assert.ok(flushedCount > 0 && flushedCount < 200, `${flushedCount} were flushed`);
    assert.ok(said.outcomes.slice(flushedCount).every((outcome) => outcome === "DiskError"));
    assert.equal(said.outcomes.length, 400);
    assert.match(said.closed, /^DiskError/);
    const store = await lmdbStores(root).open("store");
    const kept = [...store.scan({ start: utf8("") })].length;
    await store.close();
    assert.equal(kept, flushedCount);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
