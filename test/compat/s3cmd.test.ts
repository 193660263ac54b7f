import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { mib } from "#base/bytes.ts";
import { testCredentials } from "../e2e/server.ts";
import { clientTest, digestOfFile, writeRandom } from "./clients.ts";

const none = (): Record<string, string> => ({});

clientTest("s3cmd", "put, get, sync, cp, del", none, async ({ run, address, directory }) => {
  const config = [
    "[default]",
    `access_key = ${testCredentials.accessKeyId}`,
    `secret_key = ${testCredentials.secretAccessKey}`,
    `host_base = ${address}`,
    `host_bucket = ${address}`,
    "use_https = False",
  ];
  writeFileSync(join(directory, ".s3cfg"), `${config.join("\n")}\n`);
  const s3cmd = (...words: string[]): Promise<string> => run("s3cmd", "--no-progress", ...words);
  // Past s3cmd's part size of 15 MiB.
  const large = writeRandom(directory, "tree/large", 100 * mib);
  writeRandom(directory, "tree/b/ü +%", 1000);
  await s3cmd("mb", "s3://photos");
  await s3cmd("put", "tree/large", "s3://photos/large");
  await s3cmd("get", "s3://photos/large", "back");
  assert.equal(await digestOfFile(join(directory, "back")), await digestOfFile(large));
  await s3cmd("cp", "s3://photos/large", "s3://photos/copy");
  await s3cmd("sync", "tree/", "s3://photos/tree/");
  await s3cmd("sync", "s3://photos/tree/", "synced/");
  const name = "b/ü +%";
  const synced = await digestOfFile(join(directory, "synced", name));
  assert.equal(synced, await digestOfFile(join(directory, "tree", name)));
  const info = await s3cmd("info", "s3://photos/copy");
  assert.match(info, /FULL_CONTROL/);
  const listed = await s3cmd("ls", "--recursive", "s3://photos");
  assert.match(listed, /s3:\/\/photos\/tree\/b\/ü \+%/);
  await s3cmd("del", "--recursive", "--force", "s3://photos");
  await s3cmd("rb", "s3://photos");
  assert.equal(await s3cmd("ls"), "");
});
