/** Nodes over real connections: what works, and what is refused at the port. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { X509Certificate } from "node:crypto";
import { connect as connectPlain } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { type TLSSocket, connect as connectTls } from "node:tls";
import { emptyBytes, equalBytes, utf8 } from "#base/bytes.ts";
import { KeyFolder, systemClock, systemRandom, tlsNetwork } from "#host/index.ts";
import { PeerNetwork, type PeerRecord, type PeerRegistry } from "#peering/index.ts";
import type { KeyFingerprint, TraceFields } from "#ports/index.ts";

const timeoutMs = 10_000;
const callProtocol = "hamster-call/1";

class Registry implements PeerRegistry {
  readonly clusterId: Uint8Array = utf8("one of sixteen..");
  readonly records: Map<number, PeerRecord> = new Map<number, PeerRecord>();

  epoch(): number {
    return 1;
  }

  nodes(): readonly number[] {
    return [...this.records.keys()];
  }

  peer(node: number): PeerRecord | undefined {
    return this.records.get(node);
  }

  nodeOf(fingerprint: KeyFingerprint): number | undefined {
    const records = [...this.records.values()];
    return records.find(({ fingerprints }) =>
      fingerprints.some((key) => equalBytes(key, fingerprint)),
    )?.node;
  }
}

/** A node with a folder of its own, and what it wrote to its log. */
class TestNode {
  readonly root: string = mkdtempSync(join(tmpdir(), "hamster-peering-"));
  readonly identity: KeyFolder = new KeyFolder(this.root);
  readonly peers: PeerNetwork;
  readonly self: number;
  readonly #lines: { event: string; fields: TraceFields }[] = [];
  #onLine: () => void = () => undefined;
  address = "";

  constructor(self: number, registry: Registry) {
    this.self = self;
    const trace = {
      write: (_level: string, event: string, fields: TraceFields = {}): void => {
        this.#lines.push({ event, fields });
        this.#onLine();
      },
    };
    const ports = {
      clock: systemClock,
      random: systemRandom(),
      network: tlsNetwork(this.identity, trace),
      trace,
    };
    this.peers = new PeerNetwork(ports, { self, registry });
    this.peers.serve("echo", async (_from, body) => body);
    this.peers.serveStream("echo", async (_from, _header, stream) => {
      for (let got = await stream.read(); got !== undefined; got = await stream.read()) {
        await stream.write(got);
      }
    });
  }

  /** Waits for a line of the log, which may be there already. */
  async line(event: string): Promise<TraceFields> {
    for (;;) {
      const found = this.#lines.find((line) => line.event === event);
      if (found !== undefined) return found.fields;
      await new Promise<void>((resolve) => (this.#onLine = resolve));
    }
  }
}

/** Two nodes that know each other. */
async function withNodes(
  use: (a: TestNode, b: TestNode, registry: Registry) => Promise<void>,
): Promise<void> {
  const registry = new Registry();
  const nodes = [new TestNode(1, registry), new TestNode(2, registry)] as const;
  try {
    for (const node of nodes) {
      node.address = await node.peers.listen("127.0.0.1:0");
      const fingerprints = [await node.identity.fingerprint()];
      registry.records.set(node.self, {
        node: node.self,
        fingerprints,
        addresses: [node.address],
      });
    }
    await use(...nodes, registry);
    const answer = await nodes[1].peers.call(1, "echo", utf8("well"), { timeoutMs });
    assert.deepEqual(answer, utf8("well"), "it serves on");
  } finally {
    for (const { peers, root } of nodes) {
      await peers.close();
      rmSync(root, { recursive: true, force: true });
    }
  }
}

/** A TLS connection of somebody's to a node; resolves when the handshake is done here. */
async function tlsTo(
  node: TestNode,
  who: KeyFolder | undefined,
  session?: Buffer,
): Promise<TLSSocket> {
  const proof = who === undefined ? {} : await who.tlsIdentity();
  const [host = "", port] = node.address.split(":");
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      ...proof,
      ...(session === undefined ? {} : { session }),
      host,
      port: Number(port),
      rejectUnauthorized: false,
      ALPNProtocols: [callProtocol],
    });
    socket.on("error", reject);
    socket.once("secureConnect", () => resolve(socket));
  });
}

/** All that a socket is sent until it is closed. */
function heardBy(socket: TLSSocket): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.once("close", () => resolve(Buffer.concat(chunks)));
    socket.resume();
  });
}

test("two nodes call each other and stream over TLS", async () => {
  await withNodes(async (a) => {
    const calls = Array.from({ length: 200 }, (_, i) =>
      a.peers.call(2, "echo", new Uint8Array(i * 100).fill(i), { timeoutMs }),
    );
    for (const [i, answer] of (await Promise.all(calls)).entries()) {
      assert.equal(Buffer.compare(answer, new Uint8Array(i * 100).fill(i)), 0);
    }
    const stream = await a.peers.openStream(2, "echo", emptyBytes, { timeoutMs });
    const write = async (): Promise<void> => {
      for (let i = 0; i < 64; i++) await stream.write(new Uint8Array(262_144).fill(i));
      await stream.end();
    };
    const read = async (): Promise<void> => {
      for (let i = 0; i < 64; i++) {
        const message = await stream.read();
        assert.equal(Buffer.compare(message ?? emptyBytes, new Uint8Array(262_144).fill(i)), 0);
      }
      assert.equal(await stream.read(), undefined);
    };
    await Promise.all([write(), read()]);
  });
});

test("H5 plaintext on the port is refused with a line in the log", async () => {
  await withNodes(async (a) => {
    const [host = "", port] = a.address.split(":");
    const socket = connectPlain({ host, port: Number(port) });
    socket.on("error", () => undefined);
    socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    const closed = new Promise((resolve) => socket.once("close", resolve));
    const { remoteAddress, reason } = await a.line("connectionRefused");
    assert.match(String(remoteAddress), /^127\.0\.0\.1:\d+$/);
    assert.match(String(reason), /http request|wrong version/i);
    socket.resume();
    await closed;
  });
});

test("H5 who proves no key is refused, and a stranger's key hears not a byte", async () => {
  await withNodes(async (a) => {
    assert.equal((await heardBy(await tlsTo(a, undefined))).length, 0);
    assert.equal((await a.line("connectionRefused"))["reason"], "no key was proven");
    const root = mkdtempSync(join(tmpdir(), "hamster-stranger-"));
    const stranger = new KeyFolder(root);
    assert.equal((await heardBy(await tlsTo(a, stranger))).length, 4, "an end, and nothing before");
    const { key, reason } = await a.line("peerRefused");
    assert.equal(key, Buffer.from(await stranger.fingerprint()).toString("hex"));
    assert.match(String(reason), /key is not known/);
    rmSync(root, { recursive: true });
  });
});

test("H5 a session that is taken up again is refused", async () => {
  await withNodes(async (a, b) => {
    const first = await tlsTo(a, b.identity);
    first.resume();
    const session = await new Promise<Buffer>((resolve) => first.once("session", resolve));
    const again = await tlsTo(a, b.identity, session);
    assert.ok(again.isSessionReused());
    assert.equal((await heardBy(again)).length, 0);
    const { reason } = await a.line("connectionRefused");
    assert.match(String(reason), /earlier session|no key/);
    first.destroy();
  });
});

test("H5 garbage and oversized frames of a known key end the connection, and nothing else", async () => {
  for (const bytes of [
    Uint8Array.of(255, 255, 255, 255),
    Uint8Array.of(1, 0, 16, 0, 7),
    Uint8Array.of(2, 0, 0, 0, 255, 255),
    Uint8Array.of(0, 0, 0, 0, 1, 2, 3),
  ]) {
    await withNodes(async (a, b) => {
      const socket = await tlsTo(a, b.identity);
      socket.write(bytes);
      await heardBy(socket);
    });
  }
});

test("a dialed node with another key than the registry's is not spoken to", async () => {
  await withNodes(async (a, b, registry) => {
    const record = registry.peer(2);
    assert.ok(record !== undefined);
    registry.records.set(2, { ...record, fingerprints: [new Uint8Array(32)] });
    await assert.rejects(a.peers.call(2, "echo", emptyBytes, { timeoutMs }), { code: "refused" });
    assert.match(String((await a.line("peerRefused"))["reason"]), /answers another key/);
    registry.records.set(2, record);
    assert.ok(b.address !== "");
  });
});

test("H2 a key is kept for its owner alone, the same over restarts, and told when damaged", async () => {
  const root = mkdtempSync(join(tmpdir(), "hamster-key-"));
  const before = process.umask(0);
  try {
    const first = new KeyFolder(root);
    const fingerprint = await first.fingerprint();
    const next = await first.next();
    for (const name of readdirSync(root, { recursive: true, encoding: "utf8" })) {
      assert.equal(statSync(join(root, name)).mode & 0o077, 0, name);
    }
    const second = new KeyFolder(root);
    assert.deepEqual(await second.fingerprint(), fingerprint);
    assert.deepEqual(await second.tlsIdentity(), await first.tlsIdentity());
    await second.rotate();
    assert.deepEqual(await new KeyFolder(root).fingerprint(), next);
    const path = join(root, "key", "current.pem");
    writeFileSync(path, readFileSync(path, "utf8").slice(0, 60));
    await assert.rejects(new KeyFolder(root).fingerprint(), { name: "KeyDamagedError" });
  } finally {
    process.umask(before);
    rmSync(root, { recursive: true });
  }
});

test("a node's certificate is sound, says nothing of it, and does not expire", async () => {
  const root = mkdtempSync(join(tmpdir(), "hamster-key-"));
  const certificate = new X509Certificate((await new KeyFolder(root).tlsIdentity()).cert);
  assert.ok(certificate.verify(certificate.publicKey));
  assert.equal(certificate.subject, "CN=hamster node");
  assert.equal(certificate.issuer, certificate.subject);
  assert.match(certificate.validTo, /9999/);
  assert.equal(certificate.publicKey.asymmetricKeyType, "ed25519");
  rmSync(root, { recursive: true });
});
