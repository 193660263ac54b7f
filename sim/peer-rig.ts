import { toHex, utf8 } from "#base/bytes.ts";
import type { KeyFingerprint, Ports } from "#ports/index.ts";
import { PeerNetwork, type PeerRecord, type PeerRegistry } from "#peering/index.ts";
import type { Machine } from "./machine.ts";
import type { World } from "./world.ts";

/** What the nodes of a test know of each other: all the same, at once. */
export class RigRegistry implements PeerRegistry {
  clusterId: Uint8Array = utf8("a cluster of 16.");
  epochNow = 1;
  readonly records: Map<number, PeerRecord> = new Map<number, PeerRecord>();

  epoch(): number {
    return this.epochNow;
  }

  nodes(): readonly number[] {
    return [...this.records.keys()];
  }

  peer(node: number): PeerRecord | undefined {
    return this.records.get(node);
  }

  nodeOf(fingerprint: KeyFingerprint): number | undefined {
    const key = toHex(fingerprint);
    for (const { node, fingerprints } of this.records.values()) {
      if (fingerprints.some((one) => toHex(one) === key)) return node;
    }
    return undefined;
  }

  /** Names a node by the key that its machine proves. */
  add(node: number, machine: Machine): void {
    const fingerprints = [machine.keys.current];
    this.records.set(node, { node, fingerprints, addresses: [`${machine.name}:7000`] });
  }

  /** The same, to be changed on its own: what one node knows may be older. */
  copy(): RigRegistry {
    const copy = new RigRegistry();
    copy.clusterId = this.clusterId;
    copy.epochNow = this.epochNow;
    for (const [node, record] of this.records) copy.records.set(node, record);
    return copy;
  }
}

/** One node of a test, on a machine of its own. */
export interface RigNode {
  readonly machine: Machine;
  ports: Ports;
  peers: PeerNetwork;
}

/** Nodes 1 to `count` on machines `n1` and so on, each listening. */
export async function startPeers(
  world: World,
  count: number,
  registry: RigRegistry = new RigRegistry(),
): Promise<RigNode[]> {
  const machines = Array.from({ length: count }, (_, i) => world.addMachine(`n${i + 1}`));
  machines.forEach((machine, i) => registry.add(i + 1, machine));
  return Promise.all(machines.map((machine, i) => startPeer(machine, i + 1, registry)));
}

/** Boots a machine and lets its node speak. */
export async function startPeer(
  machine: Machine,
  self: number,
  registry: RigRegistry,
): Promise<RigNode> {
  const ports = machine.boot();
  const peers = new PeerNetwork(ports, { self, registry });
  serveEcho(peers);
  await peers.listen(`${machine.name}:7000`);
  peers.meetAll();
  return { machine, ports, peers };
}

/** `echo` gives back what it gets; its streams do too, message by message. */
function serveEcho(peers: PeerNetwork): void {
  peers.serve("echo", async (_from, body) => body);
  peers.serveStream("echo", async (_from, _header, stream) => {
    for (let message = await stream.read(); message !== undefined; message = await stream.read()) {
      await stream.write(message);
    }
    await stream.end();
  });
}
