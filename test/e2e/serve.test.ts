import assert from "node:assert/strict";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { signedHead } from "../../bench/s3/signer.ts";
import {
  Server,
  credentialsEnvironment,
  freePorts,
  testCredentials,
  withDataDir,
} from "./server.ts";

async function put(client: S3Client, key: string, body: string | Uint8Array): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: "bucket", Key: key, Body: body }));
}

async function get(client: S3Client, key: string): Promise<string> {
  const answer = await client.send(new GetObjectCommand({ Bucket: "bucket", Key: key }));
  return (await answer.Body?.transformToString("latin1")) ?? "";
}

test("an empty directory becomes a store; its credentials are shown once, and kept", async () => {
  await withDataDir(async (dataDir) => {
    const founding = await Server.start({ dataDir, env: {} });
    const [, accessKeyId = "", secretAccessKey = ""] =
      /AWS_ACCESS_KEY_ID=(\S+)\s+AWS_SECRET_ACCESS_KEY=(\S+)/.exec(founding.stdout) ?? [];
    assert.ok(accessKeyId.length >= 16 && secretAccessKey.length >= 32, founding.stdout);
    const client = founding.client({ accessKeyId, secretAccessKey });
    await client.send(new CreateBucketCommand({ Bucket: "bucket" }));
    await put(client, "a/key", "hello");
    assert.equal(await get(client, "a/key"), "hello");
    const ending = await founding.stop();
    assert.equal(ending.code, 0);
    assert.ok(!ending.stderr.includes(secretAccessKey), "the log holds no secret");
    assert.equal(statSync(dataDir).mode & 0o077, 0);

    const again = await Server.start({ dataDir, env: {} });
    assert.equal(again.stdout, "");
    assert.equal(await get(again.client({ accessKeyId, secretAccessKey }), "a/key"), "hello");
    await assert.rejects(again.client().send(new ListBucketsCommand()), {
      name: "InvalidAccessKeyId",
    });
    await again.stop();
  });
});

test("given credentials are the store's; later ones have to be the same", async () => {
  await withDataDir(async (dataDir) => {
    const first = await Server.start({ dataDir });
    assert.equal(first.stdout, "");
    await first.client().send(new CreateBucketCommand({ Bucket: "bucket" }));
    await first.stop();
    const secretAccessKey = "another-secret-of-this-test";
    const env = credentialsEnvironment({ ...testCredentials, secretAccessKey });
    const refused = await Server.fail({ dataDir, env });
    assert.equal(refused.code, 5, refused.stderr);
    assert.ok(!refused.stderr.includes(secretAccessKey));
    const half = await Server.fail({ dataDir, env: { HAMSTER_ACCESS_KEY_ID: "HALFAPAIR" } });
    assert.equal(half.code, 2);
    for (const same of [{}, credentialsEnvironment(testCredentials)]) {
      const server = await Server.start({ dataDir, env: same });
      const { Buckets } = await server.client().send(new ListBucketsCommand());
      assert.equal(Buckets?.length, 1);
      await server.stop();
    }
  });
});

test("a data directory is one node's", async () => {
  await withDataDir(async (dataDir) => {
    const server = await Server.start({ dataDir });
    const second = await Server.fail({ dataDir });
    assert.equal(second.code, 3);
    assert.match(second.stderr, new RegExp(`process ${server.process.pid}`));
    await server.kill();
    const third = await Server.start({ dataDir });
    await third.stop();
  });
});

test("a data directory of a newer Hamster is refused and stays as it is", async () => {
  await withDataDir(async (dataDir) => {
    await (await Server.start({ dataDir })).stop();
    const file = join(dataDir, "node.hamster");
    const bytes = readFileSync(file);
    // The format version follows the eight bytes of the magic.
    bytes[8] = 200;
    writeFileSync(file, bytes);
    const refused = await Server.fail({ dataDir });
    assert.equal(refused.code, 4, refused.stderr);
    assert.match(refused.stderr, /newer/i);
    assert.deepEqual(readFileSync(file), bytes);
  });
});

/** A PUT of `body` that the server has begun to take, and has not been given a byte of. */
async function startPut(server: Server, target: string, body: Uint8Array): Promise<RawAnswer> {
  const { host, port } = new URL(server.endpoint);
  const signer = { ...testCredentials, region: "us-east-1" };
  const head = signedHead(signer, { method: "PUT", target, host, body, signBody: false });
  const socket = connect(Number(port), "127.0.0.1").setEncoding("latin1");
  const answer = new RawAnswer(socket);
  socket.write(head.toString("latin1").replace(/\r\n$/, "expect: 100-continue\r\n\r\n"), "latin1");
  await answer.has(/^HTTP\/1.1 100 Continue\r\n\r\n/);
  return answer;
}

/** What a server sends over a connection. */
class RawAnswer {
  readonly socket: Socket;
  text = "";

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (text: string) => (this.text += text));
    socket.on("error", () => undefined);
  }

  async has(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.text)) {
      assert.ok(!this.socket.closed, `closed before ${pattern}: ${this.text}`);
      await new Promise((resolve) => {
        this.socket.once("data", resolve).once("close", resolve);
      });
    }
  }
}

test("SIGTERM lets a request end that is under way, and takes no more", async () => {
  await withDataDir(async (dataDir) => {
    const server = await Server.start({ dataDir });
    await server.client().send(new CreateBucketCommand({ Bucket: "bucket" }));
    const body = new Uint8Array(200_000).fill(97);
    const slow = await startPut(server, "/bucket/slow", body);
    slow.socket.write(body.subarray(0, 100_000));
    server.process.kill("SIGTERM");
    await server.logged(/"event":"stopping"/);
    slow.socket.write(body.subarray(100_000));
    await slow.has(/HTTP\/1.1 200 OK\r\n[^]*connection: close/i);
    const { code } = await server.ended;
    assert.equal(code, 0);
    assert.match(server.stderr, /"event":"stopped"/);

    const again = await Server.start({ dataDir });
    const head = await again
      .client()
      .send(new HeadObjectCommand({ Bucket: "bucket", Key: "slow" }));
    assert.equal(head.ContentLength, 200_000);
    await again.stop();
  });
});

test("a second signal stops at once", async () => {
  await withDataDir(async (dataDir) => {
    const server = await Server.start({ dataDir });
    await server.client().send(new CreateBucketCommand({ Bucket: "bucket" }));
    // A request that never ends: no byte of its body comes.
    const stuck = await startPut(server, "/bucket/stuck", new Uint8Array(10));
    server.process.kill("SIGINT");
    await server.logged(/"event":"stopping"/);
    // One that follows at once counts as the same: it may come by two ways.
    const again = setInterval(() => server.process.kill("SIGINT"), 50);
    const { code } = await server.ended;
    clearInterval(again);
    assert.equal(code, 130);
    stuck.socket.destroy();
  });
});

test("flags and variables say where and how it serves, and wrong ones are refused", async () => {
  await withDataDir(async (dataDir) => {
    const server = await Server.start({
      dataDir: join(dataDir, "given", "by-flag"),
      args: ["-s3", "127.0.0.1:0", "-listen=127.0.0.1:0", "-log-level=debug"],
      env: {
        ...credentialsEnvironment(testCredentials),
        HAMSTER_DATA_DIR: join(dataDir, "by-variable"),
        HAMSTER_REGION: "eu-north-1",
        HAMSTER_LOG_FORMAT: "text",
      },
    });
    assert.ok(existsSync(join(dataDir, "given", "by-flag")));
    assert.ok(!existsSync(join(dataDir, "by-variable")));
    assert.match(server.stderr, /serving .*region=eu-north-1/);
    await assert.rejects(server.client().send(new ListBucketsCommand()), {
      name: "AuthorizationHeaderMalformed",
    });
    await server.stop();

    for (const [args, env] of [
      [["--s3", "nonsense"], {}],
      [["--unknown"], {}],
      [[], { HAMSTER_LOG_LEVEL: "loud" }],
    ] as const) {
      assert.equal((await Server.fail({ dataDir, args, env })).code, 2);
    }
  });
});

test("an address or a directory that cannot be used is named, with what to do", async () => {
  await withDataDir(async (dataDir) => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    const taken = await Server.fail({ dataDir, args: ["--s3", `127.0.0.1:${port}`] });
    other.close();
    assert.equal(taken.code, 7);
    assert.match(taken.stderr, /--s3/);
    assert.ok(!existsSync(join(dataDir, "node.hamster")), "nothing was founded");

    mkdirSync(dataDir, { recursive: true });
    const file = join(dataDir, "file");
    writeFileSync(file, "");
    const noDirectory = await Server.fail({ dataDir: file, args: freePorts });
    assert.equal(noDirectory.code, 1);
    assert.match(noDirectory.stderr, /--data-dir/);
  });
});
