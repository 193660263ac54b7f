import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { S3Client } from "@aws-sdk/client-s3";
import { TestCluster } from "../e2e/cluster.ts";
import { Server, testCredentials, withDataDir } from "../e2e/server.ts";

/** What clients are tried on: one node, or a cluster behind one address. */
export interface Target {
  readonly endpoint: string;
  readonly client: () => S3Client;
}

/**
 * Calls `use` with something that serves S3: a node, or, where `HAMSTER_TEST_CLUSTER` is a number of
 * nodes, a cluster of so many behind an address that gives each call to another of them.
 */
export async function withTarget(use: (target: Target) => Promise<void>): Promise<void> {
  const count = Number(process.env["HAMSTER_TEST_CLUSTER"] ?? 1);
  if (count > 1) return withClusterOf(count, use);
  await withDataDir(async (dataDir) => {
    const server = await Server.start({ dataDir });
    await use({ endpoint: server.endpoint, client: () => server.client() });
    await server.stop();
  });
}

async function withClusterOf(count: number, use: (target: Target) => Promise<void>): Promise<void> {
  const cluster = new TestCluster();
  try {
    await cluster.found();
    for (let node = 2; node <= count; node++) await cluster.join();
    await cluster.untilSettled();
    await cluster.until("all have their part", ({ nodes }) =>
      nodes.every(({ state }) => state === "up"),
    );
    const inTurn = await serveInTurn(cluster.nodes.map(({ server }) => server.endpoint));
    try {
      await use(targetAt(inTurn.endpoint));
    } finally {
      inTurn.close();
    }
  } finally {
    await cluster.close();
  }
}

function targetAt(endpoint: string): Target {
  const place = { endpoint, region: "us-east-1", forcePathStyle: true, maxAttempts: 1 };
  return { endpoint, client: () => new S3Client({ ...place, credentials: testCredentials }) };
}

/** Hands each request on as it is to the next of the endpoints. */
async function serveInTurn(
  endpoints: readonly string[],
): Promise<{ endpoint: string; close: () => void }> {
  let count = 0;
  const handOn = (incoming: IncomingMessage, answer: ServerResponse): void => {
    const { hostname, port } = new URL(endpoints[count++ % endpoints.length] ?? "");
    const { method, url: path, rawHeaders } = incoming;
    const outgoing = request({ hostname, port, method, path, headers: rawHeaders, agent: false });
    outgoing.on("response", (answered) => {
      answer.writeHead(answered.statusCode ?? 502, answered.rawHeaders);
      answered.pipe(answer);
      answered.on("error", () => answer.destroy());
    });
    outgoing.on("error", () => answer.destroy());
    answer.on("close", () => outgoing.destroy());
    incoming.pipe(outgoing);
  };
  const server = createServer(handOn);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
