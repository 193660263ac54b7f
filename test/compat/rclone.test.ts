import assert from "node:assert/strict";
import { join } from "node:path";
import { mib } from "#base/bytes.ts";
import { testCredentials } from "../e2e/server.ts";
import { clientTest, digestOfFile, writeRandom } from "./clients.ts";

const environment = (endpoint: string): Record<string, string> => ({
  RCLONE_CONFIG: "rclone.conf",
  RCLONE_CONFIG_HAMSTER_TYPE: "s3",
  RCLONE_CONFIG_HAMSTER_PROVIDER: "Other",
  RCLONE_CONFIG_HAMSTER_ENDPOINT: endpoint,
  RCLONE_CONFIG_HAMSTER_ACCESS_KEY_ID: testCredentials.accessKeyId,
  RCLONE_CONFIG_HAMSTER_SECRET_ACCESS_KEY: testCredentials.secretAccessKey,
});

clientTest("rclone", "copy, check, sync and large files", environment, async (client) => {
  const { run, directory } = client;
  for (const name of ["a", "b/c", "b/d e", "b/ü+%", "empty"]) {
    writeRandom(directory, `tree/${name}`, name === "empty" ? 0 : 5000);
  }
  // Past rclone's cutoff, so that it goes up in parts.
  const large = writeRandom(directory, "tree/large", 250 * mib);
  await run("rclone", "mkdir", "hamster:photos");
  await run("rclone", "copy", "tree", "hamster:photos/tree");
  await run("rclone", "check", "tree", "hamster:photos/tree");
  await run("rclone", "check", "--download", "tree", "hamster:photos/tree");
  await run("rclone", "copyto", "hamster:photos/tree/large", "hamster:photos/copy");
  await run("rclone", "copyto", "hamster:photos/copy", "back");
  assert.equal(await digestOfFile(join(directory, "back")), await digestOfFile(large));
  await run("rclone", "moveto", "hamster:photos/copy", "hamster:photos/moved");
  await run("rclone", "sync", "tree/b", "hamster:photos/tree");
  await run("rclone", "check", "tree/b", "hamster:photos/tree");
  const names = await run("rclone", "lsf", "--recursive", "hamster:photos");
  const expected = ["moved", "tree/", "tree/c", "tree/d e", "tree/ü+%"];
  assert.deepEqual(names.trim().split("\n").toSorted(), expected);
  await run("rclone", "purge", "hamster:photos");
  assert.equal(await run("rclone", "lsf", "hamster:"), "");
});
