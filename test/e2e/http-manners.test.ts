// What a real node does with the connections of clients that are wrong, slow or gone.
import assert from "node:assert/strict";
import { Agent, request, type IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { CreateBucketCommand, PutBucketPolicyCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { Server, withDataDir } from "./server.ts";

const Bucket = "bucket";

/** A node with a bucket in which everyone may do everything, so that requests need no signature. */
async function withNode(use: (server: Server) => Promise<void>): Promise<void> {
  await withDataDir(async (dataDir) => {
    const server = await Server.start({ dataDir });
    const client = server.client();
    await client.send(new CreateBucketCommand({ Bucket }));
    const Resource = [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`];
    const Statement = [{ Effect: "Allow", Principal: "*", Action: "s3:*", Resource }];
    await client.send(
      new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Statement }) }),
    );
    await client.send(new PutObjectCommand({ Bucket, Key: "key", Body: "hello" }));
    client.destroy();
    await use(server);
    await server.stop();
  });
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Whether it came over a connection that had carried a request before. */
  readonly isReused: boolean;
}

function ask(
  endpoint: string,
  agent: Agent,
  { method, path, headers, body }: Sent,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "content-length": body.length };
    const options = { method, agent, headers: { ...headers, ...length } };
    const sent = request(new URL(path, endpoint), options);
    sent.on("error", (error) =>
      reject(new Error(`${method} ${path.slice(0, 50)}`, { cause: error })),
    );
    sent.on("response", (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      answer.on("end", () => {
        const { statusCode: status = 0, headers: fields } = answer;
        resolve({ status, headers: fields, text, isReused: sent.reusedSocket });
      });
    });
    sent.end(body);
  });
}

const wrong: readonly (Sent & { status: number })[] = [
  { method: "GET", path: "/bucket/missing", status: 404 },
  { method: "HEAD", path: "/bucket/missing", status: 404 },
  { method: "GET", path: "/missing-bucket", status: 404 },
  { method: "GET", path: "/bucket/key", headers: { range: "bytes=9-" }, status: 416 },
  { method: "GET", path: "/bucket/key", headers: { "if-none-match": "*" }, status: 304 },
  { method: "GET", path: "/bucket/key", headers: { "if-match": "no" }, status: 412 },
  { method: "GET", path: "/", headers: { authorization: "nonsense" }, status: 400 },
  { method: "PUT", path: "/missing-bucket/key", body: "x".repeat(100_000), status: 404 },
  { method: "PUT", path: "/bucket/key", headers: { "content-md5": "x" }, body: "a", status: 400 },
  {
    method: "PUT",
    path: "/bucket/key",
    headers: { "content-md5": "rL0Y20zC+Fzt72VPzMSk2A==" },
    body: "x".repeat(200_000),
    status: 400,
  },
  { method: "PUT", path: "/bucket/key?tagging", body: "<Tagging", status: 400 },
  { method: "POST", path: "/bucket/key", body: "a=b", status: 405 },
  { method: "DELETE", path: "/bucket", body: "why not", status: 409 },
  { method: "PUT", path: `/bucket/${"k".repeat(1025)}`, body: "a", status: 400 },
];

test("after each error the connection serves the next request, or says that it will not", async () => {
  await withNode(async ({ endpoint }) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await ask(endpoint, agent, { method: "GET", path: "/bucket/key" });
    for (const { status, ...sent } of wrong) {
      const name = `${sent.method} ${sent.path.slice(0, 40)}`;
      const answer = await ask(endpoint, agent, sent);
      assert.equal(answer.status, status, `${name}: ${answer.text}`);
      assert.match(String(answer.headers["x-amz-request-id"]), /^[0-9A-F]{16}$/, name);
      if (sent.method === "HEAD" || status === 304) assert.equal(answer.text, "");
      assert.notEqual(answer.headers.connection, "close", name);
      const next = await ask(endpoint, agent, { method: "GET", path: "/bucket/key" });
      assert.equal(next.text, "hello", name);
      assert.ok(next.isReused, name);
    }
    const body = "x".repeat(8_000_000);
    const large = await ask(endpoint, agent, { method: "PUT", path: "/missing-bucket/key", body });
    assert.equal(large.status, 404);
    assert.equal(large.headers.connection, "close");
    const next = await ask(endpoint, agent, { method: "GET", path: "/bucket/key" });
    assert.equal(next.text, "hello");
    agent.destroy();
  });
});

test("who asks first is refused before the body, or told to go on", async () => {
  await withNode(async ({ endpoint }) => {
    const { port } = new URL(endpoint);
    const converse = (path: string, body: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connect(Number(port), "127.0.0.1").setEncoding("latin1");
        let text = "";
        socket.on("error", reject).on("close", () => resolve(text));
        socket.on("data", (piece) => {
          text += String(piece);
          if (text.endsWith("100 Continue\r\n\r\n")) socket.write(body);
          if (/HTTP\/1.1 [2-5]\d\d[^]*\r\n\r\n/.test(text)) socket.end();
        });
        const length = `Content-Length: ${body.length}\r\nExpect: 100-continue`;
        socket.write(`PUT ${path} HTTP/1.1\r\nHost: h\r\n${length}\r\n\r\n`);
      });
    assert.match(await converse("/missing-bucket/key", "hello"), /^HTTP\/1.1 404 /);
    assert.match(await converse("/bucket/other", "hello"), /^HTTP\/1.1 100 [^]*HTTP\/1.1 200 /);
  });
});

test("a node that is told to stop under load answers every request that it took", async () => {
  await withNode(async (server) => {
    const { endpoint } = server;
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    let answered = 0;
    const busy = Promise.withResolvers<void>();
    let isStopping = false;
    const works = Array.from({ length: 8 }, async (_, worker) => {
      for (let i = 0; ; i++) {
        const sent = { method: "PUT", path: `/bucket/${worker}-${i}`, body: "x".repeat(50_000) };
        try {
          const { status } = await ask(endpoint, agent, sent);
          assert.equal(status, 200);
          answered++;
          if (answered === 40) busy.resolve();
        } catch (error) {
          // Only a connection that was not taken, or that closed between requests, may fail so.
          const { code = "" } = (error as Error).cause as NodeJS.ErrnoException;
          assert.ok(isStopping && ["ECONNREFUSED", "ECONNRESET", "EPIPE"].includes(code), code);
          return;
        }
      }
    });
    await Promise.race([busy.promise, Promise.all(works)]);
    isStopping = true;
    assert.equal((await server.stop()).code, 0);
    await Promise.all(works);
    agent.destroy();
  });
});
