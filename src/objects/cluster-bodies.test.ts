// Bodies over the shelves of several simulated machines, while these die, freeze, fill up and rot.
import assert from "node:assert/strict";
import { test } from "node:test";
import { gib, kib, mib } from "#base/bytes.ts";
import { type Machine, simulate, simulateTwice, type World } from "#sim/index.ts";
import { RigRegistry, startPeer, startPeers } from "#sim/peer-rig.ts";
import { readAll, store, type Stored } from "./body-rig.ts";
import { ClusterRig } from "./cluster-rig.ts";
import { recodeUnits } from "./recode.ts";
import { contentOf, type Rig } from "./rig.ts";

interface Cluster {
  readonly machines: readonly Machine[];
  readonly rig: ClusterRig;
  readonly registry: RigRegistry;
}

async function startCluster(world: World, nodeCount: number): Promise<Cluster> {
  const rig = new ClusterRig(nodeCount);
  const registry = new RigRegistry();
  const nodes = await startPeers(world, nodeCount, registry);
  for (const { ports, peers } of nodes) await rig.start(ports, peers);
  return { machines: nodes.map(({ machine }) => machine), rig, registry };
}

function machineOf({ machines }: Cluster, node: number): Machine {
  const machine = machines[node - 1];
  assert.ok(machine !== undefined);
  return machine;
}

/** Starts a node again. */
async function boot(cluster: Cluster, node: number): Promise<void> {
  const { ports, peers } = await startPeer(machineOf(cluster, node), node, cluster.registry);
  await cluster.rig.start(ports, peers);
}

function rigOf({ rig }: Cluster, node: number): Rig {
  const started = rig.nodes.get(node);
  assert.ok(started !== undefined);
  return started.rig;
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
    await machineOf(cluster, 2).crash("nothing");
    await machineOf(cluster, 5).crash("nothing");
    for (const [bytes, stored] of bodies) {
      assert.deepEqual(await readAll(rigOf(cluster, 3), stored), bytes);
    }
    const late = contentOf(900_000, 9);
    const narrower = await store(rigOf(cluster, 3), late);
    assert.equal(narrower.units[0]?.encoding.k, 3);
    await boot(cluster, 2);
    await boot(cluster, 5);
    await world.sleep(10_000);
    assert.deepEqual(await readAll(rigOf(cluster, 5), narrower), late);
  });
});

test("O1 what was stored survives power cuts of any two nodes at any step", async () => {
  for (let seed = 1; seed <= 24; seed++) {
    await simulate(seed, async (world) => {
      const cluster = await startCluster(world, 6);
      const victims = [2 + world.prng.below(2), 4 + world.prng.below(3)];
      for (const victim of victims) {
        const machine = machineOf(cluster, victim);
        const step = machine.stepCount + 1 + world.prng.below(60);
        machine.crashAt({ step, when: "after", remains: "some" });
      }
      const stored: { bytes: Uint8Array; body: Stored }[] = [];
      for (let i = 0; i < 8; i++) {
        const bytes = contentOf(1 + world.prng.below(500_000), i);
        stored.push({ bytes, body: await store(rigOf(cluster, 1), bytes) });
      }
      for (const machine of cluster.machines) machine.crashAt(undefined);
      assert.ok(stored.some(({ body }) => body.kind === "done"));
      for (const { bytes, body } of stored) {
        if (body.kind !== "done") continue;
        assert.deepEqual(await readAll(rigOf(cluster, 1), body), bytes);
      }
    });
  }
});

test("O11 a power cut at any step of coding anew leaves the one or the other encoding", async () => {
  let recodedCount = 0;
  let cutCount = 0;
  for (let seed = 1; seed <= 30; seed++) {
    await simulate(seed, async (world) => {
      const cluster = await startCluster(world, 6);
      const bytes = contentOf(200_000 + world.prng.below(900_000), seed);
      const stored = await store(rigOf(cluster, 1), bytes);
      const coder = 1 + world.prng.below(6);
      // The node that codes, and one of the others.
      for (const victim of [coder, 1 + (coder % 6)]) {
        const machine = machineOf(cluster, victim);
        const step = machine.stepCount + 1 + world.prng.below(40);
        machine.crashAt({ step, when: "after", remains: "some" });
      }
      const profile = [
        { k: 2, m: 1 },
        { k: 3, m: 2 },
      ][seed % 2] ?? { k: 1, m: 1 };
      const units = stored.units.map(({ id }) => ({ id, profile }));
      const { context } = rigOf(cluster, coder);
      const coding = recodeUnits(context, units, new AbortController().signal).catch(() => []);
      const outcomes = await Promise.race([coding, machineOf(cluster, coder).died.then(() => [])]);
      if (outcomes.some(({ kind }) => kind === "recoded")) recodedCount++;
      for (const machine of cluster.machines) machine.crashAt(undefined);
      for (const [i, machine] of cluster.machines.entries()) {
        if (machine.isUp) continue;
        cutCount++;
        await boot(cluster, i + 1);
      }
      await world.sleep(10_000);
      for (const reader of [coder, 1 + ((coder + 2) % 6)]) {
        assert.deepEqual(await readAll(rigOf(cluster, reader), stored), bytes);
      }
    });
  }
  assert.ok(recodedCount > 2 && cutCount > 10, `${recodedCount} recoded, ${cutCount} cut`);
});

test("a node that freezes holds nobody up for long, and nobody once it is known", async () => {
  await simulate(22, async (world) => {
    const cluster = await startCluster(world, 6);
    const rig = rigOf(cluster, 1);
    const bytes = contentOf(5 * mib, 1);
    const stored = await store(rig, bytes);
    const timed = async (action: () => Promise<void>): Promise<number> => {
      const before = world.nowMs;
      await action();
      return world.nowMs - before;
    };
    const readIt = async (): Promise<void> => assert.deepEqual(await readAll(rig, stored), bytes);
    const storeIt = async (): Promise<void> => assert.equal((await store(rig, bytes)).kind, "done");
    const healthyReadMs = await timed(readIt);
    const healthyStoreMs = await timed(storeIt);
    machineOf(cluster, 4).pause(10 * 60_000);
    assert.ok((await timed(readIt)) < 2000 + healthyReadMs);
    assert.ok((await timed(storeIt)) < 4000 + healthyStoreMs);
    await world.sleep(5000);
    assert.equal(rig.context.shards.standing(4), "down");
    assert.ok((await timed(readIt)) < 3 * healthyReadMs);
    assert.ok((await timed(storeIt)) < 3 * healthyStoreMs);
  });
});

test("a link that is cut one way is worked around, and used again once it is whole", async () => {
  await simulate(26, async (world) => {
    const cluster = await startCluster(world, 6);
    const bytes = contentOf(mib, 1);
    const stored = await store(rigOf(cluster, 1), bytes);
    for (const way of [
      { from: "n1", to: "n3" },
      { from: "n3", to: "n1" },
    ]) {
      world.network.cut(way);
      for (let i = 0; i < 3; i++) {
        assert.deepEqual(await readAll(rigOf(cluster, 1), stored), bytes);
        const more = await store(rigOf(cluster, 1), contentOf(400_000, i));
        assert.equal(more.kind, "done");
        assert.deepEqual(await readAll(rigOf(cluster, 3), more), contentOf(400_000, i));
      }
      world.network.healAll();
      await world.sleep(10_000);
      const { units } = await store(rigOf(cluster, 1), bytes);
      assert.deepEqual(units[0]?.skipped, []);
    }
  });
});

test("O2 O3 under all that can go wrong at once, every body is right or refused", async () => {
  for (let seed = 101; seed <= 124; seed++) {
    await simulate(seed, async (world) => {
      const { prng, network } = world;
      const nodeCount = 3 + prng.below(6);
      const cluster = await startCluster(world, nodeCount);
      network.breaksPerMillion = prng.below(3) * 1000;
      const disturb = (): void => {
        const machine = machineOf(cluster, 2 + prng.below(nodeCount - 1));
        const way = { from: `n${1 + prng.below(nodeCount)}`, to: machine.name };
        const lot = prng.below(5);
        if (lot === 0) network.cut(way);
        else if (lot === 1) network.healAll();
        else if (lot === 2) machine.pause(prng.below(4000));
        else if (lot === 3) machine.pace.slowness = 1 + prng.below(300);
        else network.setPace(way, { delayToUs: 400_000 });
      };
      const bodies: { bytes: Uint8Array; stored: Stored }[] = [];
      const work = Array.from({ length: 8 }, async (_, i) => {
        await world.sleep(prng.below(4000));
        const bytes = contentOf(1 + prng.below(i % 2 === 0 ? 100_000 : 900_000), i);
        const stored = await store(rigOf(cluster, 1 + prng.below(nodeCount)), bytes);
        bodies.push({ bytes, stored });
        const outcome = await readAll(rigOf(cluster, 1), stored).catch((error: unknown) => error);
        if (stored.kind !== "done") return;
        if (outcome instanceof Uint8Array) assert.deepEqual(outcome, bytes);
        else assert.equal((outcome as Error).name, "UnreadableError");
      });
      const disturbances = Array.from({ length: 12 }, async (_, i) => {
        await world.sleep(i * 500);
        disturb();
      });
      await Promise.all([...work, ...disturbances]);
      network.healAll();
      for (const machine of cluster.machines) machine.pace.slowness = 1;
      await world.sleep(30_000);
      for (const { bytes, stored } of bodies) {
        if (stored.kind !== "done") continue;
        assert.deepEqual(await readAll(rigOf(cluster, 1), stored), bytes);
      }
      for (const { shelf } of cluster.rig.nodes.values()) {
        await world.sleep(130_000);
        assert.equal(shelf.usage().stagedBytes, 0, "what was given up is dropped");
      }
    });
  }
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
