import assert from "node:assert/strict";
import { join } from "node:path";
import { mib } from "#base/bytes.ts";
import { awsEnvironment, clientTest, digestOfFile, writeRandom } from "./clients.ts";

const environment = (endpoint: string): Record<string, string> => ({
  ...awsEnvironment(endpoint),
  RESTIC_REPOSITORY: `s3:${endpoint}/backups/host`,
  RESTIC_PASSWORD: "password",
});

clientTest("restic", "init, backup, check, restore and forget", environment, async (client) => {
  const { run, directory } = client;
  const names = ["a", "b/c", "large"];
  for (const name of names)
    writeRandom(directory, `tree/${name}`, name === "large" ? 100 * mib : 900);
  const digests = await Promise.all(
    names.map((name) => digestOfFile(join(directory, "tree", name))),
  );
  await run("restic", "init");
  await run("restic", "backup", "tree");
  writeRandom(directory, "tree/a", 901);
  await run("restic", "backup", "tree");
  await run("restic", "check", "--read-data");
  const snapshots = JSON.parse(await run("restic", "snapshots", "--json")) as { id: string }[];
  assert.equal(snapshots.length, 2);
  await run("restic", "restore", snapshots[0]?.id ?? "", "--target", "back");
  for (const [i, name] of names.entries()) {
    assert.equal(await digestOfFile(join(directory, "back/tree", name)), digests[i], name);
  }
  await run("restic", "forget", "--keep-last", "1", "--prune");
  await run("restic", "check", "--read-data");
});
