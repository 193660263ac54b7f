// Bodies over the shelves of several simulated machines, while these die, freeze, fill up and rot.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gib, kib, mib } from "#base/bytes.ts";
import { type Machine, simulate, simulateTwice, type World } from "../../sim/index.ts";
import { readAll, store, type Stored } from "./body-rig.ts";
import { ClusterRig } from "./cluster-rig.ts";
import { MemoryNetwork } from "./memory-peers.ts";
import { contentOf, type Rig } from "./rig.ts";

interface Cluster {
  readonly network: MemoryNetwork;
  readonly machines: readonly Machine[];
  readonly rig: ClusterRig;
  boot(node: number): Promise<void>;
}

async function startCluster(world: World, nodeCount: number): Promise<Cluster> {
  const network = new MemoryNetwork({ sleep: (ms) => world.sleep(ms) });
  const rig = new ClusterRig(nodeCount);
  const names = Array.from({ length: nodeCount }, (_, i) => `n${i + 1}`);
  const machines = names.map((name) => world.addMachine(name));
  const boot = async (node: number): Promise<void> => {
    await rig.start(machineOf({ machines }, node).boot(), network.join(node));
    network.down.delete(node);
    network.liveness.delete(node);
  };
  for (let node = 1; node <= nodeCount; node++) await boot(node);
  return { network, machines, rig, boot };
}

function machineOf({ machines }: Pick<Cluster, "machines">, node: number): Machine {
  const machine = machines[node - 1];
  assert.ok(machine !== undefined);
  return machine;
}

function rigOf({ rig }: Cluster, node: number): Rig {
  const started = rig.nodes.get(node);
  assert.ok(started !== undefined);
  return started.rig;
}

/** Cuts a node's power; the others notice when they next speak to it, and remember. */
async function crash(cluster: Cluster, node: number): Promise<void> {
  cluster.network.fall(node);
  cluster.network.liveness.set(node, "down");
  await machineOf(cluster, node).crash("nothing");
}

const sizes = [1, 5000, 64 * kib, 200_000, 700_000, 2 * mib + 5];

test("O1 O3 a story: bodies stored through one node are read through every other", async () => {
  await simulateTwice(21, async (world) => {
    const cluster = await startCluster(world, 6);
    const bodies = new Map<Uint8Array, Stored>();
    for (const [i, size] of sizes.entries()) {
      const bytes = contentOf(size, size);
      const stored = await store(rigOf(cluster, 1 + (i % 6)), bytes);
      assert.equal(stored.kind, "done");
      bodies.set(bytes, stored);
    }
    for (let node = 1; node <= 6; node++) {
      for (const [bytes, stored] of bodies) {
        assert.deepEqual(await readAll(rigOf(cluster, node), stored), bytes);
      }
    }

    // Two of six may die, whichever they are, and come back.
    await crash(cluster, 2);
    await crash(cluster, 5);
    for (const [bytes, stored] of bodies) {
      assert.deepEqual(await readAll(rigOf(cluster, 3), stored), bytes);
    }
    const late = contentOf(900_000, 9);
    const narrower = await store(rigOf(cluster, 3), late);
    assert.equal(narrower.units[0]?.encoding.k, 3);
    await cluster.boot(2);
    await cluster.boot(5);
    assert.deepEqual(await readAll(rigOf(cluster, 5), narrower), late);
  });
});

test("O1 what was stored survives power cuts of any two nodes at any step", async () => {
  for (let seed = 1; seed <= 24; seed++) {
    await simulate(seed, async (world) => {
      const cluster = await startCluster(world, 6);
      const { machines, network } = cluster;
      const victims = [2 + world.prng.below(2), 4 + world.prng.below(3)];
      for (const victim of victims) {
        const machine = machineOf(cluster, victim);
        const step = machine.stepCount + 1 + world.prng.below(60);
        machine.crashAt({ step, when: "after", remains: "some" });
        void machine.died.then(() => network.fall(victim));
      }
      const stored: { bytes: Uint8Array; body: Stored }[] = [];
      for (let i = 0; i < 8; i++) {
        const bytes = contentOf(1 + world.prng.below(500_000), i);
        stored.push({ bytes, body: await store(rigOf(cluster, 1), bytes) });
      }
      for (const machine of machines) machine.crashAt(undefined);
      assert.ok(stored.some(({ body }) => body.kind === "done"));
      for (const { bytes, body } of stored) {
        if (body.kind !== "done") continue;
        assert.deepEqual(await readAll(rigOf(cluster, 1), body), bytes);
      }
    });
  }
});

test("a node that freezes holds nobody up for long", async () => {
  await simulate(22, async (world) => {
    const cluster = await startCluster(world, 6);
    const bytes = contentOf(5 * mib, 1);
    const stored = await store(rigOf(cluster, 1), bytes);
    cluster.network.frozen.add(4);
    let before = world.nowMs;
    assert.deepEqual(await readAll(rigOf(cluster, 1), stored), bytes);
    const readMs = world.nowMs - before;
    assert.ok(readMs < 3000, `${readMs} ms to read around it`);
    before = world.nowMs;
    assert.equal((await store(rigOf(cluster, 1), bytes)).kind, "done");
    assert.ok(world.nowMs - before < 15_000, `${world.nowMs - before} ms until it is given up`);
    cluster.network.liveness.set(4, "down");
    before = world.nowMs;
    assert.equal((await store(rigOf(cluster, 1), bytes)).kind, "done");
    assert.deepEqual(await readAll(rigOf(cluster, 1), stored), bytes);
    assert.ok(world.nowMs - before < 2000, `${world.nowMs - before} ms once it is known`);
  });
});

test("O3 bits that rot are made up for, and their node hears of it", async () => {
  await simulate(23, async (world) => {
    const cluster = await startCluster(world, 5);
    const bytes = contentOf(700_000, 1);
    const stored = await store(rigOf(cluster, 1), bytes);
    const [unit] = stored.units;
    const victims = [unit?.homes[0] ?? 0, unit?.homes[2] ?? 0];
    for (const victim of victims) {
      const { disk } = machineOf(cluster, victim);
      const files = disk.files("shelf");
      const [largest] = files.toSorted((a, b) => b.file.seen.sizeBytes - a.file.seen.sizeBytes);
      disk.flipBit(largest?.path ?? "", Math.floor((largest?.file.seen.sizeBytes ?? 0) / 2), 1);
    }
    for (let node = 1; node <= 5; node++) {
      assert.deepEqual(await readAll(rigOf(cluster, node), stored), bytes);
    }
    await world.sleep(10_000);
    for (const victim of victims) {
      assert.ok((cluster.rig.nodes.get(victim)?.corrupt.length ?? 0) > 0, `node ${victim}`);
    }
  });
});

test("a full node is done without, and is written to again once it has room", async () => {
  await simulate(24, async (world) => {
    const cluster = await startCluster(world, 6);
    const { disk } = machineOf(cluster, 3);
    disk.foreignBytes = disk.totalBytes - gib;
    await world.sleep(60_000);
    for (const size of [5000, 700_000]) {
      for (let node = 1; node <= 6; node++) {
        const bytes = contentOf(size, node);
        const stored = await store(rigOf(cluster, node), bytes);
        assert.equal(stored.kind, "done");
        assert.deepEqual(await readAll(rigOf(cluster, 2), stored), bytes);
      }
    }
    disk.foreignBytes = 0;
    await world.sleep(60_000);
    const { units } = await store(rigOf(cluster, 1), contentOf(700_000, 1));
    assert.deepEqual(units[0]?.skipped, []);
  });
});

test("O9 a layout change moves what it overtakes from node to node", async () => {
  await simulate(25, async (world) => {
    const cluster = await startCluster(world, 8);
    for (const size of [5000, 2 * mib]) {
      const rig = rigOf(cluster, 1);
      const bytes = contentOf(size, size);
      let changes = 1;
      const beforeCommit = (): void => {
        if (changes-- > 0) rig.layout.version++;
      };
      const stored = await store(rig, bytes, { beforeCommit });
      assert.equal(stored.kind, "done");
      assert.deepEqual(await readAll(rigOf(cluster, 7), stored), bytes);
    }
  });
});
