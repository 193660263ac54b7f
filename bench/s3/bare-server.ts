/**
 * The floor of HTTP: a bare node:http server that takes bodies and forgets them, and answers GETs
 * from memory. `node bench/s3/bare-server.ts` prints the port it listens on.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const bodies = new Map<number, Buffer>();

function bodyOf(sizeBytes: number): Buffer {
  const body = bodies.get(sizeBytes) ?? Buffer.alloc(sizeBytes, 0x61);
  bodies.set(sizeBytes, body);
  return body;
}

/** The size that a path asks for: `/bucket/4096-17` is 4,096 bytes. */
function sizeOf(path: string): number {
  return Number(/\/(\d+)-/.exec(path)?.[1] ?? "0");
}

const server = createServer((request, response) => {
  request.on("data", () => undefined);
  request.on("end", () => {
    if (request.method === "GET") {
      const body = bodyOf(sizeOf(request.url ?? ""));
      response.writeHead(200, { "content-length": body.length }).end(body);
    } else response.writeHead(200, { "content-length": 0 }).end();
  });
});
server.listen(0, "127.0.0.1", () => {
  console.log((server.address() as AddressInfo).port);
});
