import assert from "node:assert/strict";
import { test } from "node:test";
import { kib, mib } from "#base/bytes.ts";
import { FormatError } from "#format/index.ts";
import type { Ports } from "#ports/index.ts";
import type { HttpResponse } from "#s3/index.ts";
import { signedRequest } from "#s3/rig.ts";
import { simulate, simulateTwice } from "#sim/index.ts";
import {
  createNode,
  type Credentials,
  CredentialsDifferError,
  type Node,
  type NodeConfig,
} from "./index.ts";

const given: Credentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "a-secret-of-some-length",
};

function configOf(credentials?: Credentials): NodeConfig {
  return {
    region: "us-east-1",
    domains: [],
    credentials,
    cluster: {
      listen: "0.0.0.0:9001",
      advertise: (bound) => [bound],
      host: "host",
      zone: "",
      name: "",
      mayFound: true,
    },
    limits: {
      shelf: { packSizeBytes: mib, reserveBytesMin: mib },
      replica: { segmentSizeBytes: 256 * kib },
    },
  };
}

function start(ports: Ports, credentials?: Credentials): Promise<Node> {
  return createNode(ports, configOf(credentials));
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** Asks for something without any signature. */
async function statusOfAnonymous(node: Node): Promise<number> {
  const { status } = await node.handle({
    method: "GET",
    target: "/",
    headers: { host: ["s3.test"] },
    body: nothing(),
    signal: new AbortController().signal,
    remoteAddress: "",
  });
  return status;
}

test("N1 a node founds on an empty directory and recovers on its own", async () => {
  await simulateTwice(1, async ({ machine }) => {
    const first = await start(machine.boot(), given);
    assert.equal(first.madeCredentials, undefined);
    await first.close();
    await machine.shutDown();
    const second = await start(machine.boot());
    assert.equal(second.madeCredentials, undefined, "it is founded once");
    await machine.crash();
    await (await start(machine.boot(), given)).close();
  });
});

test("N2 credentials are made where none are given, unguessable and well formed", async () => {
  await simulate(2, async ({ machine }) => {
    const node = await start(machine.boot());
    const made = node.madeCredentials;
    assert.ok(made !== undefined);
    assert.match(made.accessKeyId, /^[A-Z2-7]{20}$/);
    assert.match(made.secretAccessKey, /^[\w-]{40}$/);
    assert.equal(await statusOfAnonymous(node), 403);
    await node.close();
    await machine.shutDown();
    const again = await start(machine.boot(), made);
    assert.equal(again.madeCredentials, undefined);
    await again.close();
  });
});

test("N2 a later start with other credentials is refused and changes nothing", async () => {
  await simulate(3, async ({ machine }) => {
    await (await start(machine.boot(), given)).close();
    for (const other of [
      { ...given, secretAccessKey: "another-secret-of-length" },
      { ...given, accessKeyId: "ANOTHERKEY" },
    ]) {
      await machine.shutDown();
      await assert.rejects(start(machine.boot(), other), CredentialsDifferError);
    }
    await machine.shutDown();
    await (await start(machine.boot(), given)).close();
  });
});

test("N1 a directory of a newer format, or a damaged identity, is refused by name", async () => {
  for (const [offset, code] of [
    [8, "newer"],
    [20, "malformed"],
  ] as const) {
    await simulate(4, async ({ machine }) => {
      await (await start(machine.boot(), given)).close();
      await machine.shutDown();
      machine.disk.flipBit("node.hamster", offset, 1);
      await assert.rejects(
        start(machine.boot(), given),
        (error) => error instanceof FormatError && error.code === code,
      );
    });
  }
});

test("N3 a node whose log can no longer be written says so, and stops answering", async () => {
  await simulate(5, async ({ machine }) => {
    const ports = machine.boot();
    const node = await start(ports, given);
    const create = (bucket: string): Promise<HttpResponse> =>
      node.handle(signedRequest(ports, { method: "PUT", target: `/${bucket}`, ...given }));
    assert.equal((await create("before")).status, 200);
    machine.faults.failNext("sync", /^log\//);
    assert.equal((await create("meanwhile")).status, 503);
    assert.ok((await node.failure) instanceof Error);
    assert.equal((await create("after")).status, 503);
    await node.close();
  });
});
