import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import type { Trace } from "#ports/index.ts";
import type { HttpRequest, HttpResponse } from "#s3/index.ts";
import type { Handle } from "./http-exchange.ts";
import { type HttpListener, listenHttp } from "./http-listener.ts";

const silent = { write: (): void => undefined };
const ok: HttpResponse = { status: 200, headers: {}, requestBody: "read" };

async function withListener(
  handle: Handle,
  use: (listener: HttpListener) => Promise<void>,
  idleMs = 5_000,
): Promise<void> {
  const listener = await listenHttp(handle, { host: "127.0.0.1", port: 0, trace: silent, idleMs });
  try {
    await use(listener);
  } finally {
    await listener.close(0);
  }
}

/** A connection whose bytes are read as text, as they come. */
class RawClient {
  readonly socket: Socket;
  text = "";
  isClosed = false;

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1").setEncoding("latin1");
    this.socket.on("data", (chunk) => (this.text += chunk));
    this.socket.on("error", () => undefined);
    this.socket.on("close", () => (this.isClosed = true));
  }

  send(text: string): void {
    this.socket.write(text, "latin1");
  }

  /** Waits until the text so far has what is asked for, and cuts that off. */
  async read(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.text);
      if (found !== null) {
        const end = found.index + found[0].length;
        const taken = this.text.slice(0, end);
        this.text = this.text.slice(end);
        return taken;
      }
      assert.ok(!this.isClosed, `closed before ${pattern}: ${JSON.stringify(this.text)}`);
      await this.#news();
    }
  }

  /** Waits for so many bytes, and cuts them off. */
  async readSize(size: number): Promise<string> {
    while (this.text.length < size) {
      assert.ok(!this.isClosed, `closed after ${this.text.length} of ${size} bytes`);
      await this.#news();
    }
    const taken = this.text.slice(0, size);
    this.text = this.text.slice(size);
    return taken;
  }

  async closed(): Promise<string> {
    while (!this.isClosed) await this.#news();
    return this.text;
  }

  /** Waits for bytes or the end. */
  #news(): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.socket.off("data", wake).off("close", wake);
        resolve();
      };
      this.socket.on("data", wake).on("close", wake);
    });
  }
}

async function bodyOf(request: HttpRequest): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request.body) chunks.push(chunk.slice());
  return new Uint8Array(Buffer.concat(chunks));
}

test("H1 a request comes as it was sent: method, target and headers, byte for byte", async () => {
  let seen: HttpRequest | undefined;
  const handle: Handle = async (request) => {
    seen = request;
    return { ...ok, headers: { "x-back": "\u00e4" } };
  };
  await withListener(handle, async ({ port }) => {
    const client = new RawClient(port);
    client.send(
      "PUT /b/../a%20b//c?x=%2f&y HTTP/1.1\r\nHost: h\r\n" +
        "X-Amz-Meta-A: 1\r\nx-amz-meta-a:  \u00e4 \r\n__proto__: p\r\nContent-Length: 0\r\n\r\n",
    );
    const head = await client.read(/\r\n\r\n/);
    assert.match(head, /^HTTP\/1.1 200 OK\r\n/);
    assert.match(head, /x-back: \u00e4\r\n/);
    assert.equal(seen?.method, "PUT");
    assert.equal(seen?.target, "/b/../a%20b//c?x=%2f&y");
    assert.deepEqual(seen?.headers["x-amz-meta-a"], ["1", "\u00e4"]);
    assert.deepEqual(seen?.headers["__proto__"], ["p"]);
    assert.equal(seen?.headers["constructor"], undefined);
    assert.equal(seen?.remoteAddress, "127.0.0.1");
    client.socket.destroy();
  });
});

test("bodies stream both ways, and the connection is used again", async () => {
  const handle: Handle = async (request) => {
    const bytes = await bodyOf(request);
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
    }
    const headers: Record<string, string> =
      request.method === "POST" ? {} : { "content-length": String(bytes.length) };
    return { ...ok, headers, body: pieces() };
  };
  await withListener(handle, async ({ port }) => {
    const client = new RawClient(port);
    for (let round = 0; round < 3; round++) {
      const body = String(round).repeat(300_000);
      client.send(`PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
      await client.read(/content-length: 300000\r\n[^]*?\r\n\r\n/);
      assert.equal(await client.readSize(body.length), body);
    }
    client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    client.send("3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
    await client.read(/transfer-encoding: chunked\r\n[^]*7\r\nabcdefg\r\n0\r\n\r\n/i);
    client.socket.destroy();
  });
});

test("a piece of a body is taken back when the next is asked for", async () => {
  const lengths: number[] = [];
  const handle: Handle = async (request) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of request.body) pieces.push(piece);
    lengths.push(...pieces.map((piece) => piece.length));
    return { ...ok, body: new Uint8Array(0) };
  };
  await withListener(handle, async ({ port }) => {
    const client = new RawClient(port);
    const body = "x".repeat(1_000_000);
    client.send(`PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await client.read(/\r\n\r\n/);
    client.socket.destroy();
  });
  // Whoever kept them sees nothing of other requests: there is nothing left to see.
  const leftBytes = lengths.reduce((sum, length) => sum + length, 0);
  assert.ok(leftBytes < 100_000, `${leftBytes} bytes are left`);
});

test("a piece of an answer is taken back once it is sent, unless others share its buffer", async () => {
  const pieces = [new Uint8Array(100_000).fill(0x61), new Uint8Array(100_000).subarray(1)];
  async function* body(): AsyncGenerator<Uint8Array> {
    yield* pieces;
  }
  const handle: Handle = async ({ method }) =>
    method === "HEAD" ? ok : { ...ok, headers: { "content-length": "199999" }, body: body() };
  await withListener(handle, async ({ port }) => {
    const client = new RawClient(port);
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await client.read(/content-length: 199999\r\n[^]*?\r\n\r\n/);
    assert.equal((await client.readSize(199_999)).lastIndexOf("a"), 99_999);
    // The answer to a second request says that the first was over.
    client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
    await client.read(/200 OK[^]*?\r\n\r\n/);
    assert.deepEqual(
      pieces.map(({ length }) => length),
      [0, 99_999],
    );
    client.socket.destroy();
  });
});

test("100 Continue goes out with the first pull, and only then", async () => {
  const handle: Handle = async (request) => {
    if (request.target === "/refused") return { ...ok, status: 403, requestBody: "unread" };
    const body = await bodyOf(request);
    return { ...ok, body };
  };
  await withListener(handle, async ({ port }) => {
    const head = (target: string): string =>
      `PUT ${target} HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n`;
    const client = new RawClient(port);
    client.send(head("/"));
    assert.match(await client.read(/\r\n\r\n/), /^HTTP\/1.1 100 /);
    client.send("hello");
    assert.match(await client.read(/hello/), /^HTTP\/1.1 200 /);
    client.send(head("/refused"));
    const answer = await client.read(/\r\n\r\n/);
    assert.match(answer, /^HTTP\/1.1 403 /);
    assert.match(answer, /connection: close/i);
    client.socket.end();
    assert.equal(await client.closed(), "");
  });
});

test("HEAD has the length and no body", async () => {
  const handle: Handle = async () => ({ ...ok, headers: { "content-length": "12345" } });
  await withListener(handle, async ({ port }) => {
    const client = new RawClient(port);
    for (let i = 0; i < 2; i++) {
      client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
      assert.match(await client.read(/\r\n\r\n/), /content-length: 12345/);
    }
    client.socket.destroy();
  });
});

test("a short unread body is drained, a long one ends the connection after it", async () => {
  const handle: Handle = async (request) => {
    if (request.target === "/some") {
      for await (const _ of request.body) break;
    }
    return { ...ok, status: 403, body: new Uint8Array([110, 111]), requestBody: "unread" };
  };
  await withListener(handle, async ({ port }) => {
    const client = new RawClient(port);
    for (const target of ["/none", "/some", "/none"]) {
      const size = 150_000;
      client.send(`PUT ${target} HTTP/1.1\r\nHost: h\r\nContent-Length: ${size}\r\n\r\n`);
      client.send("x".repeat(size));
      assert.doesNotMatch(await client.read(/\r\n\r\nno/), /connection: close/i);
    }
    const size = 8_000_000;
    client.send(`PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: ${size}\r\n\r\n`);
    client.send("x".repeat(size));
    // The client gets the whole answer although it is still sending.
    assert.match(await client.read(/\r\n\r\nno/), /HTTP\/1.1 403 [^]*connection: close/i);
    await client.closed();
  });
});

test("H4 a client that goes away ends the body, the answer and the signal", async () => {
  const seen: string[] = [];
  const begun = Promise.withResolvers<void>();
  const broken = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const handle: Handle = async (request) => {
    request.signal.addEventListener("abort", () => seen.push("aborted"));
    if (request.method === "PUT") {
      await request.body[Symbol.asyncIterator]().next();
      begun.resolve();
      await bodyOf(request).catch((error: Error) => seen.push(error.name));
      broken.resolve();
      return ok;
    }
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield new Uint8Array(100_000);
      } finally {
        seen.push("returned");
        ended.resolve();
      }
    }
    return { ...ok, body: endless() };
  };
  await withListener(handle, async ({ port }) => {
    const writer = new RawClient(port);
    writer.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nabc");
    await begun.promise;
    writer.socket.destroy();
    await broken.promise;
    assert.deepEqual(seen.splice(0), ["aborted", "BodyCutShortError"]);
    const reader = new RawClient(port);
    reader.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    await reader.read(/\r\n\r\n/);
    reader.socket.destroy();
    await ended.promise;
    assert.deepEqual(seen, ["aborted", "returned"]);
  });
});

test("an answer whose body fails or comes short breaks the connection", async () => {
  const handle: Handle = async (request) => {
    async function* short(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10).fill(97);
      if (request.target === "/throws") throw new Error("a block is corrupt");
    }
    return { ...ok, headers: { "content-length": "20" }, body: short() };
  };
  await withListener(handle, async ({ port }) => {
    for (const target of ["/throws", "/short"]) {
      const client = new RawClient(port);
      client.send(`GET ${target} HTTP/1.1\r\nHost: h\r\n\r\n`);
      assert.ok(!(await client.closed()).includes("a".repeat(11)));
    }
  });
});

test("a slow reader holds back the source of the answer", async () => {
  let given = 0;
  async function* source(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 500; i++) {
      given++;
      yield new Uint8Array(100_000);
    }
  }
  await withListener(
    async () => ({ ...ok, headers: { "content-length": "50000000" }, body: source() }),
    async ({ port }) => {
      const client = new RawClient(port);
      client.socket.pause();
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      await new Promise((resolve) => setTimeout(resolve, 200));
      assert.ok(given < 200, `${given} of 500 chunks were taken with nobody reading`);
      client.socket.resume();
      await client.read(/\r\n\r\n/);
      await client.readSize(50_000_000);
      assert.equal(given, 500);
      client.socket.destroy();
    },
  );
});

test("a slow handler holds back the client", async () => {
  const received = Promise.withResolvers<void>();
  const handle: Handle = async (request) => {
    const body = request.body[Symbol.asyncIterator]();
    await body.next();
    await received.promise;
    let size = 0;
    for (let next = await body.next(); next.done !== true; next = await body.next()) {
      size += next.value.length;
    }
    return { ...ok, headers: { "x-size": String(size > 29_000_000) } };
  };
  await withListener(handle, async ({ port }) => {
    const client = new RawClient(port);
    client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 30000000\r\n\r\n");
    client.send("x".repeat(30_000_000));
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.ok(client.socket.writableLength > 10_000_000, "most of it waits at the client");
    received.resolve();
    assert.match(await client.read(/\r\n\r\n/), /x-size: true/);
    client.socket.destroy();
  });
});

test("what is no request is answered in S3's words, with an id that is in the log", async () => {
  const logged: unknown[] = [];
  const trace: Trace = { write: (_, event, fields) => logged.push([event, fields?.["requestId"]]) };
  const listener = await listenHttp(async () => ok, { host: "127.0.0.1", port: 0, trace });
  const { port } = listener;
  for (const [request, status, code] of [
    [`GET / HTTP/1.1\r\nHost: h\r\nX-A: ${"a".repeat(20_000)}\r\n\r\n`, 400, "RequestHeader"],
    ["hello\r\n\r\n", 400, "BadRequest"],
    ["GET / HTTP/1.1\r\n\r\n", 400, "MissingSecurityHeader"],
    ["CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n", 405, "MethodNotAllowed"],
    [
      "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
      400,
      "BadRequest",
    ],
  ] as const) {
    const client = new RawClient(port);
    client.send(request);
    const answer = await client.closed();
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} [^]*<Code>${code}`));
    const [, id] = /x-amz-request-id: ([0-9A-F]{16})\r\n/.exec(answer) ?? [];
    assert.deepEqual(logged.pop(), ["requestRefused", id]);
  }
  await listener.close(0);
});

test("an expectation that nobody knows is passed over", async () => {
  await withListener(
    async () => ({ ...ok, headers: { "content-length": "0" } }),
    async ({ port }) => {
      const client = new RawClient(port);
      for (const expectation of ["200", "", "nonsense"]) {
        client.send(`GET / HTTP/1.1\r\nHost: h\r\nExpect: ${expectation}\r\n\r\n`);
        assert.match(await client.read(/\r\n\r\n/), /^HTTP\/1.1 200 /);
      }
      client.socket.destroy();
    },
  );
});

test("an answer that cannot be sent keeps its id", async () => {
  const headers = { "x-amz-request-id": "0123456789ABCDEF", "x-bad": "a\nb" };
  await withListener(
    async () => ({ ...ok, headers }),
    async ({ port }) => {
      const client = new RawClient(port);
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      assert.match(await client.closed(), /^HTTP\/1.1 500 [^]*id: 0123456789ABCDEF\r\n/);
    },
  );
});

test("a client that falls silent in its body is told so, then given up", async () => {
  const handle: Handle = async (request) => {
    const error = await bodyOf(request).catch((reason: Error) => reason);
    return { ...ok, status: 400, headers: { "x-why": String(error) }, requestBody: "unread" };
  };
  const use = async ({ port }: HttpListener): Promise<void> => {
    const client = new RawClient(port);
    client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nabc");
    assert.match(await client.read(/\r\n\r\n/), /x-why: .*nothing for too long/);
    await client.closed();
  };
  await withListener(handle, use, 100);
});

test("a client that takes too long over its head, or its body, is given up", async () => {
  const seen: string[] = [];
  const handle: Handle = async (request) => {
    const error = await bodyOf(request).catch((reason: Error) => reason);
    seen.push(String(error));
    return { ...ok, status: 400, body: new Uint8Array(0), requestBody: "unread" };
  };
  const options = { host: "127.0.0.1", port: 0, trace: silent, idleMs: 400, headMs: 200 };
  const listener = await listenHttp(handle, options);
  for (const [start, code] of [
    ["PUT / HTTP/1.1\r\nHost: h\r\n", "RequestTimeout"],
    ["PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n", "400 Bad Request"],
  ] as const) {
    const client = new RawClient(listener.port);
    client.send(start);
    // It says something all the time, but it gets nowhere.
    const drip = setInterval(() => client.send("x"), 20);
    assert.match(await client.closed(), new RegExp(code));
    clearInterval(drip);
  }
  assert.match(seen.join(), /nothing for too long/);
  await listener.close(0);
});

test("requests that come at once are answered in their order", async () => {
  const first = Promise.withResolvers<void>();
  const handle: Handle = async (request) => {
    if (request.target === "/1") await first.promise;
    else first.resolve();
    const body = await bodyOf(request);
    return { ...ok, headers: { "x-target": request.target }, body };
  };
  await withListener(handle, async ({ port }) => {
    const client = new RawClient(port);
    const put = (path: string, body: string): string =>
      `PUT ${path} HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    client.send(`${put("/1", "one")}${put("/2", "two")}GET /3 HTTP/1.1\r\nHost: h\r\n\r\n`);
    await client.read(/x-target: \/1\r\n[^]*\r\n\r\none/);
    await client.read(/x-target: \/2\r\n[^]*\r\n\r\ntwo/);
    await client.read(/x-target: \/3\r\n[^]*\r\n\r\n/);
    client.socket.destroy();
  });
});

test("H4 closing lets requests under way end, and cuts off what does not", async () => {
  const release = Promise.withResolvers<void>();
  let arrived = Promise.withResolvers<void>();
  const handle: Handle = async (request) => {
    arrived.resolve();
    await (request.target === "/stuck" ? new Promise(() => undefined) : release.promise);
    return { ...ok, body: new Uint8Array([111, 107]) };
  };
  const listener = await listenHttp(handle, { host: "127.0.0.1", port: 0, trace: silent });
  const idle = new RawClient(listener.port);
  const busy = new RawClient(listener.port);
  busy.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  await arrived.promise;
  const closing = listener.close(10_000);
  await idle.closed();
  release.resolve();
  assert.match(await busy.closed(), /connection: close[^]*ok$/i);
  assert.equal(await closing, true);

  const other = await listenHttp(handle, { host: "127.0.0.1", port: 0, trace: silent });
  const stuck = new RawClient(other.port);
  arrived = Promise.withResolvers();
  stuck.send("GET /stuck HTTP/1.1\r\nHost: h\r\n\r\n");
  await arrived.promise;
  assert.equal(await other.close(50), false);
  await stuck.closed();
});
