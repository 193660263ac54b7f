/**
 * Calls and streams between two nodes over TLS on the loopback, each in a process of its own.
 * `node bench/peering.ts`
 */
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { emptyBytes, mib, utf8 } from "#base/bytes.ts";
import { KeyFolder, systemClock, systemRandom, tlsNetwork } from "#host/index.ts";
import { PeerNetwork, type PeerRecord, type PeerRegistry } from "#peering/index.ts";
import type { Trace } from "#ports/index.ts";

const roundMs = 3000;
const timeoutMs = 10_000;
const messageBytes = 262_144;

const trace: Trace = {
  write(level, event, fields) {
    if (level === "warn" || level === "error") console.error(event, fields);
  },
};

/** What the two processes tell each other of themselves. */
interface Introduction {
  fingerprint: string;
  address: string;
}

/** This process's node, and how it gets to know the other one. */
async function startNode(
  self: number,
  root: string,
): Promise<{ peers: PeerNetwork; own: Introduction; meet: (other: Introduction) => void }> {
  const identity = new KeyFolder(root);
  const records = new Map<number, PeerRecord>();
  const registry: PeerRegistry = {
    clusterId: utf8("a bench's cluster"),
    epoch: () => 1,
    nodes: () => [...records.keys()],
    peer: (node) => records.get(node),
    nodeOf: (fingerprint) =>
      [...records.values()].find(({ fingerprints: [key] }) => key?.toHex() === fingerprint.toHex())
        ?.node,
  };
  const network = tlsNetwork(identity, trace);
  const ports = { clock: systemClock, random: systemRandom(), network, trace };
  const peers = new PeerNetwork(ports, { self, registry });
  const address = await peers.listen("127.0.0.1:0");
  const fingerprint = (await identity.fingerprint()).toHex();
  return {
    peers,
    own: { fingerprint, address },
    meet: (other) => {
      const node = 3 - self;
      const fingerprints = [Uint8Array.fromHex(other.fingerprint)];
      records.set(node, { node, fingerprints, addresses: [other.address] });
    },
  };
}

/** The process that answers. */
async function answer(root: string): Promise<void> {
  const { peers, own, meet } = await startNode(2, root);
  peers.serve("echo", async (_from, body) => body);
  peers.serveStream("sink", async (_from, _header, stream) => {
    while ((await stream.read()) !== undefined);
  });
  process.on("message", (other: Introduction) => {
    meet(other);
    process.send?.(own);
  });
  process.on("disconnect", () => process.exit());
  process.send?.("ready");
}

/** Does so many turns at once for a while; prints how many a second and this process's time. */
async function measure(
  name: string,
  { width, unit, unitsPerTurn }: { width: number; unit: string; unitsPerTurn: number },
  turn: () => Promise<unknown>,
): Promise<void> {
  let count = 0;
  const before = process.cpuUsage();
  const startMs = performance.now();
  const worker = async (): Promise<void> => {
    while (performance.now() - startMs < roundMs) {
      await turn();
      count++;
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  const { user, system } = process.cpuUsage(before);
  const units = count * unitsPerTurn;
  const perSecond = (units / (performance.now() - startMs)) * 1000;
  const cpuUs = (user + system) / units;
  console.log(
    `${name}, ${width} at once`.padEnd(36),
    `${perSecond.toFixed(0).padStart(8)} ${unit}/s`,
    `${cpuUs.toFixed(1).padStart(8)} us CPU each here`,
  );
}

async function ask(root: string): Promise<void> {
  const child = fork(import.meta.filename, ["--answer"]);
  const next = (): Promise<unknown> => new Promise((resolve) => child.once("message", resolve));
  await next();
  const { peers, own, meet } = await startNode(1, root);
  child.send(own);
  meet((await next()) as Introduction);
  await peers.call(2, "echo", emptyBytes, { timeoutMs });
  for (const width of [1, 32, 256]) {
    const body = new Uint8Array(100);
    const size = { width, unit: "calls", unitsPerTurn: 1 };
    await measure("calls of 100 bytes", size, () => peers.call(2, "echo", body, { timeoutMs }));
  }
  for (const width of [1, 8]) {
    const message = new Uint8Array(messageBytes);
    const size = { width, unit: "MiB", unitsPerTurn: 64 * (messageBytes / mib) };
    await measure("streams of 256 KiB messages", size, async () => {
      const stream = await peers.openStream(2, "sink", emptyBytes, { timeoutMs });
      for (let i = 0; i < 64; i++) await stream.write(message);
      await stream.end();
      await stream.read();
    });
  }
  await peers.close();
  child.disconnect();
}

const root = mkdtempSync(join(tmpdir(), "hamster-peering-"));
process.on("exit", () => rmSync(root, { recursive: true, force: true }));
await (process.argv.includes("--answer") ? answer(root) : ask(root));
