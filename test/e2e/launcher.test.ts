import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Server, withDataDir } from "./server.ts";

const bin = fileURLToPath(new URL("../../bin/hamster.mjs", import.meta.url));

/** Makes the Node that runs the launcher believe that it is an old one. */
const posesAsOld = [
  "--import",
  'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.11.1"});' +
    "delete process.execve;",
];

test("on an old Node the launcher runs the one that the install brought", () => {
  const { stdout, status } = spawnSync(process.execPath, [...posesAsOld, bin, "version"], {
    encoding: "utf8",
  });
  assert.equal(status, 0);
  assert.match(stdout, /^hamster \d+\.\d+\.\d+ \(Node\.js v(2[6-9]|[3-9]\d)\./);
  const wrong = spawnSync(process.execPath, [...posesAsOld, bin, "serve", "--nonsense"]);
  assert.equal(wrong.status, 2);
});

test("without a Node that is new enough the launcher says what to do", () => {
  const env = { ...process.env, HAMSTER_RELAUNCHED: "1" };
  const { stderr, status } = spawnSync(process.execPath, [...posesAsOld, bin, "version"], {
    encoding: "utf8",
    env,
  });
  assert.equal(status, 8);
  assert.match(stderr, /needs Node 26 or newer; this is .*npm ci/s);
});

test("the launcher hands signals on, and its child does not outlive it", async () => {
  await withDataDir(async (dataDir) => {
    const server = await Server.start({ dataDir, nodeArgs: posesAsOld });
    const { code, stderr } = await server.stop();
    assert.equal(code, 0);
    assert.match(stderr, /"event":"stopped"/);

    const orphan = await Server.start({ dataDir, nodeArgs: posesAsOld });
    // Its pipes close when the child has ended too.
    await orphan.kill();
    const next = await Server.start({ dataDir });
    await next.stop();
  });
});
