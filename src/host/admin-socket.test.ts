import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { askAdmin, listenAdmin, NoNodeError } from "./admin-socket.ts";

async function withDirectory(use: (dataDir: string) => Promise<void>): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), "hamster-admin-"));
  try {
    await use(dataDir);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
}

test("a node answers its owner's command lines, several at once, until it is closed", async () => {
  await withDirectory(async (dataDir) => {
    await assert.rejects(askAdmin(dataDir, "anyone?"), NoNodeError);
    const admin = await listenAdmin(dataDir, (line) => Promise.resolve(`${line}, indeed`));
    assert.equal(statSync(join(dataDir, "hamster.sock")).mode & 0o777, 0o600);
    const asked = ["one", "two", "three"].map((line) => askAdmin(dataDir, line));
    assert.deepEqual(await Promise.all(asked), ["one, indeed", "two, indeed", "three, indeed"]);
    const long = "x".repeat(200_000);
    assert.equal(await askAdmin(dataDir, long), `${long}, indeed`);
    await admin.close();
    assert.ok(!existsSync(join(dataDir, "hamster.sock")));
    await assert.rejects(askAdmin(dataDir, "anyone?"), NoNodeError);
  });
});

test("what an earlier process left behind is in nobody's way", async () => {
  await withDirectory(async (dataDir) => {
    writeFileSync(join(dataDir, "hamster.sock"), "");
    const admin = await listenAdmin(dataDir, () => Promise.resolve("here"));
    assert.equal(await askAdmin(dataDir, "anyone?"), "here");
    await admin.close();
  });
});

test("a path that is longer than sockets may have is said in another way", async () => {
  await withDirectory(async (root) => {
    const dataDir = join(root, "d".repeat(120));
    mkdirSync(dataDir);
    const before = process.cwd();
    process.chdir(dataDir);
    try {
      const admin = await listenAdmin(dataDir, () => Promise.resolve("here"));
      assert.equal(await askAdmin(dataDir, "anyone?"), "here");
      await admin.close();
    } finally {
      process.chdir(before);
    }
  });
});

test("a node that ends before it answers is told from one that answers nothing", async () => {
  await withDirectory(async (dataDir) => {
    const asked = Promise.withResolvers<void>();
    const admin = await listenAdmin(dataDir, async () => {
      asked.resolve();
      await new Promise<never>(() => undefined);
      return "";
    });
    const asking = assert.rejects(askAdmin(dataDir, "anyone?"), NoNodeError);
    await asked.promise;
    await admin.close();
    await asking;
  });
});

test("whoever hangs up in the middle of a line takes nothing with it", async () => {
  await withDirectory(async (dataDir) => {
    const admin = await listenAdmin(dataDir, (line) => Promise.resolve(line));
    const socket = connect(join(dataDir, "hamster.sock"));
    await new Promise((resolve) => socket.write("half a li", resolve));
    socket.destroy();
    assert.equal(await askAdmin(dataDir, "whole"), "whole");
    await admin.close();
  });
});
