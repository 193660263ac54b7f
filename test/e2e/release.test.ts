import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { credentialsEnvironment, Server, testCredentials, withDataDir } from "./server.ts";

const build = fileURLToPath(new URL("../../release/build.ts", import.meta.url));
const platform = `${process.platform}-${process.arch}`;
let into = "";
let executable = "";
const environment = (): Record<string, string> => ({ HAMSTER_CACHE_DIR: join(into, "cache") });

before(() => {
  into = mkdtempSync(join(tmpdir(), "hamster-release-"));
  execFileSync(process.execPath, [build, "--platform", platform, "--into", into]);
  const name = readdirSync(into).find((file) => file.startsWith("hamster-"));
  assert.ok(name !== undefined, "one executable was made");
  executable = join(into, name);
});

after(() => {
  rmSync(into, { recursive: true, force: true });
});

function version(env: Record<string, string> = environment()): ReturnType<typeof spawnSync> {
  return spawnSync(executable, ["version"], { encoding: "utf8", env });
}

test("the executable says its version and commit, and has the checksum that is told", () => {
  assert.match(
    String(version().stdout),
    /^hamster \d+\.\d+\.\d+(\+[0-9a-f]{7,}(\.changed)?)? \(Node/,
  );
  const sum = createHash("sha256").update(readFileSync(executable)).digest("hex");
  assert.ok(readFileSync(join(into, "SHA256SUMS"), "utf8").startsWith(`${sum}  hamster-`));
});

test("the executable serves S3 by itself, and keeps what it is given", async () => {
  await withDataDir(async (dataDir) => {
    const env = { ...environment(), ...credentialsEnvironment(testCredentials) };
    const server = await Server.start({ dataDir, executable, env });
    const client = server.client();
    await client.send(new CreateBucketCommand({ Bucket: "bucket" }));
    const body = new Uint8Array(3_000_000).fill(7);
    await client.send(new PutObjectCommand({ Bucket: "bucket", Key: "key", Body: body }));
    await server.kill();
    const again = await Server.start({ dataDir, executable, env });
    const get = new GetObjectCommand({ Bucket: "bucket", Key: "key" });
    const answer = await again.client().send(get);
    assert.deepEqual(await answer.Body?.transformToByteArray(), body);
    assert.equal((await again.stop()).code, 0);
  });
});

test("what was unpacked and changed since is unpacked anew; a shared directory is refused", () => {
  const cache = join(into, "cache");
  const [unpacked = ""] = readdirSync(cache);
  const file = join(cache, unpacked, "src/cli/version.ts");
  writeFileSync(file, "throw new Error('tampered with');\n");
  assert.equal(version().status, 0);
  assert.doesNotMatch(readFileSync(file, "utf8"), /tampered/);
  chmodSync(cache, 0o777);
  const refused = version();
  assert.equal(refused.status, 8);
  assert.match(String(refused.stderr), /can be written to by other users/);
  chmodSync(cache, 0o700);
});
