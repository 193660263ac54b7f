import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mib } from "#base/bytes.ts";
import { awsEnvironment, clientTest, digestOfFile, writeRandom } from "./clients.ts";

clientTest("aws", "cp of small and large files, both ways", awsEnvironment, async (client) => {
  const { run, directory } = client;
  const large = writeRandom(directory, "large", 100 * mib);
  writeRandom(directory, "small", 1000);
  writeRandom(directory, "empty", 0);
  await run("aws", "s3", "mb", "s3://photos");
  for (const name of ["large", "small", "empty"]) {
    await run("aws", "s3", "cp", "--no-progress", name, `s3://photos/a b/${name}`);
    await run("aws", "s3", "cp", "--no-progress", `s3://photos/a b/${name}`, `${name}.back`);
    const back = await digestOfFile(join(directory, `${name}.back`));
    assert.equal(back, await digestOfFile(join(directory, name)), name);
  }
  const listed = await run("aws", "s3", "ls", "--recursive", "s3://photos");
  assert.match(listed, new RegExp(`${100 * mib} a b/large`));
  assert.equal((await digestOfFile(large)).length, 64);
});

clientTest("aws", "sync, mv, rm and rb", awsEnvironment, async ({ run, directory }) => {
  for (const name of ["a", "b/c", "b/d e", "b/ü+%"]) writeRandom(directory, `tree/${name}`, 5000);
  writeRandom(directory, "tree/large", 20 * mib);
  await run("aws", "s3", "mb", "s3://photos");
  await run("aws", "s3", "sync", "--no-progress", "tree", "s3://photos/tree");
  assert.equal(await run("aws", "s3", "sync", "tree", "s3://photos/tree"), "");
  await run("aws", "s3", "mv", "--no-progress", "s3://photos/tree/large", "s3://photos/moved");
  await run("aws", "s3", "mv", "--recursive", "s3://photos/tree/b", "s3://photos/other");
  await run("aws", "s3", "sync", "--no-progress", "s3://photos", "back");
  for (const [from, to] of [
    ["tree/a", "back/tree/a"],
    ["tree/b/ü+%", "back/other/ü+%"],
    ["tree/large", "back/moved"],
  ] as const) {
    const digests = await Promise.all(
      [from, to].map((name) => digestOfFile(join(directory, name))),
    );
    assert.equal(digests[0], digests[1], from);
  }
  assert.ok(!existsSync(join(directory, "back/tree/large")));
  await assert.rejects(run("aws", "s3", "rb", "s3://photos"), /BucketNotEmpty/);
  await run("aws", "s3", "rm", "--recursive", "s3://photos");
  await run("aws", "s3", "rb", "s3://photos");
  assert.equal(await run("aws", "s3", "ls"), "");
});

clientTest("aws", "presign, for which the holder needs no key", awsEnvironment, async (client) => {
  const { run, directory, endpoint } = client;
  writeFileSync(join(directory, "note"), "hello");
  await run("aws", "s3", "mb", "s3://photos");
  await run("aws", "s3", "cp", "note", "s3://photos/a note+");
  const url = (await run("aws", "s3", "presign", "s3://photos/a note+")).trim();
  const read = await fetch(url);
  assert.equal(read.status, 200);
  assert.equal(await read.text(), "hello");
  const other = await fetch(url.replace("note", "nose"));
  assert.equal(other.status, 403);
  const unsigned = await fetch(`${endpoint}/photos/a%20note%2B`);
  assert.equal(unsigned.status, 403);
  assert.equal(readFileSync(join(directory, "note"), "utf8"), "hello");
});

clientTest("aws", "s3api, with every checksum", awsEnvironment, async ({ run, directory }) => {
  writeFileSync(join(directory, "note"), "hello");
  const api = (...words: string[]): Promise<string> => run("aws", "s3api", ...words);
  await api("create-bucket", "--bucket", "photos");
  for (const algorithm of ["CRC32", "SHA1", "SHA256"]) {
    const object = ["--bucket", "photos", "--key", algorithm];
    await api("put-object", ...object, "--body", "note", "--checksum-algorithm", algorithm);
    const head = await api("head-object", ...object, "--checksum-mode", "ENABLED");
    assert.ok(head.includes(`"Checksum${algorithm}"`), head);
    await api("get-object", ...object, "--checksum-mode", "ENABLED", "back");
    assert.equal(readFileSync(join(directory, "back"), "utf8"), "hello");
  }
  const range = ["--bucket", "photos", "--key", "SHA1", "--range", "bytes=1-3"];
  await api("get-object", ...range, "part");
  assert.equal(readFileSync(join(directory, "part"), "utf8"), "ell");
  const keys = "Objects=[{Key=CRC32},{Key=SHA1}]";
  await api("delete-objects", "--bucket", "photos", "--delete", keys);
  const list = await api("list-objects-v2", "--bucket", "photos", "--query", "Contents[].Key");
  assert.deepEqual(JSON.parse(list), ["SHA256"]);
});
