import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { S3Client } from "@aws-sdk/client-s3";
import { ObjectSet } from "./cluster-objects.ts";
import { testCredentials, withDataDir } from "./server.ts";

const bin = fileURLToPath(new URL("../../bin/hamster.mjs", import.meta.url));

/** A playground that runs, and where its nodes serve. */
async function start(dataDir: string): Promise<{ process: ChildProcess; endpoints: string[] }> {
  const child = spawn(process.execPath, [bin, "playground", "3", "--data-dir", dataDir], {
    env: {
      PATH: process.env["PATH"],
      HAMSTER_ACCESS_KEY_ID: testCredentials.accessKeyId,
      HAMSTER_SECRET_ACCESS_KEY: testCredentials.secretAccessKey,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  const ended = once(child, "close");
  while (!said.includes("Ctrl-C stops")) {
    const news = await Promise.race([once(child.stdout, "data"), ended]);
    assert.ok(child.exitCode === null || news === undefined, said);
  }
  const endpoints = [...said.matchAll(/zone \w {2}process \d+ {2}(http:\S+)/g)];
  return { process: child, endpoints: endpoints.map(([, endpoint = ""]) => endpoint) };
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, "close");
  child.kill("SIGINT");
  await ended;
}

function clientOf(endpoint: string | undefined): S3Client {
  assert.ok(endpoint !== undefined);
  const credentials = testCredentials;
  return new S3Client({
    endpoint,
    region: "us-east-1",
    credentials,
    forcePathStyle: true,
    maxAttempts: 12,
  });
}

test("a playground that is kept has its objects and its addresses again", async () => {
  await withDataDir(async (dataDir) => {
    const objects = new ObjectSet();
    const first = await start(dataDir);
    try {
      assert.equal(first.endpoints.length, 3);
      await objects.createBucket(clientOf(first.endpoints[0]));
      await objects.grow(clientOf(first.endpoints[1]), 10);
    } finally {
      await stop(first.process);
    }
    const second = await start(dataDir);
    try {
      assert.deepEqual(second.endpoints, first.endpoints);
      await objects.check(clientOf(second.endpoints[2]));
    } finally {
      await stop(second.process);
    }
  });
});
