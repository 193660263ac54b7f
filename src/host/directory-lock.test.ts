import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { lockDirectory } from "./directory-lock.ts";

test("a directory is one process's until it lets go or is killed", async () => {
  const root = mkdtempSync(join(tmpdir(), "hamster-lock-"));
  const module = JSON.stringify(import.meta.resolve("./directory-lock.ts"));
  const script = `
    const { lockDirectory } = await import(${module});
    console.log(lockDirectory(${JSON.stringify(root)}, 17).kind);
    setInterval(() => {}, 1000);
  `;
  const args = ["--input-type=module", "-e", script];
  const other = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const said = await new Promise((resolve) => other.stdout.once("data", resolve));
    assert.equal(String(said), "held\n");
    const refused = lockDirectory(root, 18);
    assert.deepEqual(refused, { kind: "taken", owner: { pid: other.pid, sinceUnixMs: 17 } });

    other.kill("SIGKILL");
    await new Promise((resolve) => other.once("exit", resolve));
    const held = lockDirectory(root, 19);
    assert.ok(held.kind === "held");
    assert.equal(lockDirectory(root, 20).kind, "taken");
    held.release();
    const again = lockDirectory(root, 21);
    assert.ok(again.kind === "held");
    again.release();
  } finally {
    other.kill("SIGKILL");
    rmSync(root, { recursive: true, force: true });
  }
});
