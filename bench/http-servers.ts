// One of the servers that are compared, in a process of its own: prints its port.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { listenHttp } from "#host/index.ts";
import type { HttpRequest, HttpResponse } from "#s3/index.ts";

const small: Uint8Array = new Uint8Array(4096);
const slice: Uint8Array = new Uint8Array(256 * 1024);
const largeSizeBytes = 16 * 1024 * 1024;

/** As little as node:http can do for the same answers. */
async function bareServer(): Promise<number> {
  const server = createServer((request, response) => {
    if (request.method === "PUT") {
      request.on("data", () => undefined);
      request.on("end", () => response.writeHead(200, { "content-length": 0 }).end());
      return;
    }
    if (request.url === "/small") {
      response.writeHead(200, { "content-length": small.length }).end(small);
      return;
    }
    response.writeHead(200, { "content-length": largeSizeBytes });
    let rest = largeSizeBytes;
    const more = (): void => {
      while (rest > 0) {
        rest -= slice.length;
        if (!response.write(slice)) {
          response.once("drain", more);
          return;
        }
      }
      response.end();
    };
    more();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function answer(request: HttpRequest): Promise<HttpResponse> {
  // What the gateway always looks at.
  void request.headers["authorization"];
  void request.signal;
  if (request.method === "PUT") {
    for await (const _ of request.body);
    return { status: 200, headers: { "content-length": "0" }, requestBody: "read" };
  }
  const isSmall = request.target === "/small";
  const length = isSmall ? small.length : largeSizeBytes;
  const headers = { "content-length": String(length) };
  return { status: 200, headers, body: isSmall ? small : slices(), requestBody: "read" };
}

async function* slices(): AsyncGenerator<Uint8Array> {
  for (let rest = largeSizeBytes; rest > 0; rest -= slice.length) yield slice;
}

async function listenerServer(): Promise<number> {
  const trace = { write: (): void => undefined };
  return (await listenHttp(answer, { host: "127.0.0.1", port: 0, trace })).port;
}

console.log(await (process.argv[2] === "bare" ? bareServer() : listenerServer()));
