import assert from "node:assert/strict";
import { test } from "node:test";
import { kib, mib } from "#base/bytes.ts";
import { hashSizeBytes } from "#base/hash.ts";
import { partitionCount } from "#base/partition.ts";
import { checksumBlocks, encodeShardFooter, matrixFor } from "#erasure/index.ts";
import type { ScrubState, ShardName } from "#format/index.ts";
import { type Machine, simulate } from "#sim/index.ts";
import { heldBytes, type NodeRig, put, startNode, stopNode } from "#objects/node-rig.ts";
import { contentOf } from "#objects/rig.ts";
import { Scrub } from "./scrub.ts";

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;
const passMs = 4 * dayMs;
const sizes = [100, 5000, 100 * kib, 300 * kib, 2 * mib + 7];

/** How a unit is kept that is its only shard. */
const single = { k: 1, m: 0, matrix: matrixFor({ k: 1, m: 0 }), sliceSizeBytes: 256 * kib };

interface Running {
  readonly scrub: Scrub;
  readonly damaged: readonly ShardName[];
  stop(): Promise<void>;
}

function startScrub({ ports, replica, shelf }: NodeRig): Running {
  const damaged: ShardName[] = [];
  const scrub = new Scrub({
    ports,
    replica,
    shelf,
    traffic: { isBusy: false },
    passMs,
    onDamaged: (name) => damaged.push(name),
  });
  const stopping = new AbortController();
  const running = scrub.run(stopping.signal);
  return {
    scrub,
    damaged,
    stop() {
      stopping.abort();
      return running;
    },
  };
}

/** Flips a bit in the middle of the bytes where they lie on the disk. */
function rot(machine: Machine, bytes: Uint8Array): void {
  for (const { path, file } of machine.disk.files("shelf")) {
    const at = Buffer.from(file.seen.bytes()).indexOf(bytes.subarray(0, 64));
    if (at < 0) continue;
    machine.disk.flipBit(path, at + Math.floor(bytes.length / 2), 5);
    return;
  }
  throw new Error("the bytes are nowhere");
}

async function putAll(node: NodeRig): Promise<void> {
  for (const size of sizes) await put(node, `key-${size}`, contentOf(size, size));
}

/** How much of a pass is behind it. */
function shareOf({ partition }: ScrubState): number {
  return partition / partitionCount;
}

test("U5 one pass finds each shard that rotted, in packs and in files, and no other", async () => {
  await simulate(1, async ({ machine }) => {
    const node = await startNode(machine.boot());
    await putAll(node);
    rot(machine, contentOf(5000, 5000));
    rot(machine, contentOf(300 * kib, 300 * kib));
    const running = startScrub(node);
    await node.ports.clock.sleep(passMs + hourMs);
    const { last } = running.scrub.progress;
    assert.ok(last !== undefined, "a pass has ended");
    assert.deepEqual([last.damaged, last.missing, last.unowned], [2, 0, 0]);
    assert.equal(last.shards, running.damaged.length + 5, "the large object has three units");
    assert.ok(last.bytes > heldBytes(node) - 2 * 300 * kib && last.bytes <= heldBytes(node));
    await running.stop();
    await stopNode(node);
  });
});

test("U5 a shard whose file is gone is found missing", async () => {
  await simulate(2, async ({ machine }) => {
    const node = await startNode(machine.boot());
    await putAll(node);
    const file = machine.disk.files("shelf/files")[0];
    assert.ok(file !== undefined);
    await node.ports.disk.remove(file.path);
    const running = startScrub(node);
    await node.ports.clock.sleep(passMs + hourMs);
    assert.equal(running.scrub.progress.last?.missing, 1);
    assert.equal(running.damaged.length, 1);
    await running.stop();
    await stopNode(node);
  });
});

test("U5 a shard that nothing names yet is judged once it is committed", async () => {
  await simulate(5, async ({ machine }) => {
    const node = await startNode(machine.boot());
    const { shelf, replica } = node;
    // It is sealed, and its commit is under way.
    const number = replica.allocateNumber();
    const id = { ...replica.session, number };
    const content = contentOf(5000, 9);
    const checksums = new Uint8Array(hashSizeBytes); // One block.
    checksumBlocks(content, checksums);
    const description = {
      unit: id,
      encoding: id,
      index: 0,
      ...single,
      unitSizeBytes: content.length,
    };
    await shelf.put(description, { data: content, footer: encodeShardFooter(checksums) });
    rot(machine, content);
    const running = startScrub(node);
    await node.ports.clock.sleep(passMs + hourMs);
    const { last } = running.scrub.progress;
    assert.deepEqual([last?.shards, last?.damaged, running.damaged.length], [1, 0, 0]);
    await running.stop();
    await stopNode(node);
  });
});

test("U5 a pass is spread over its time, and goes on where a restart cut it", async () => {
  await simulate(3, async ({ machine }) => {
    const node = await startNode(machine.boot());
    await putAll(node);
    const first = startScrub(node);
    await node.ports.clock.sleep(passMs / 4);
    const reached = shareOf(first.scrub.progress);
    assert.ok(reached > 0.24 && reached < 0.26, `${reached} of the pass`);
    await first.stop();
    await stopNode(node);

    await machine.shutDown();
    const again = await startNode(machine.boot());
    const second = startScrub(again);
    await again.ports.clock.sleep(1000);
    const resumed = shareOf(second.scrub.progress);
    assert.ok(resumed >= reached && resumed < reached + 0.01, `${resumed} of the pass`);
    await again.ports.clock.sleep((passMs * 3) / 4 + hourMs);
    const { last } = second.scrub.progress;
    assert.equal(last?.shards, 7, "both halves are counted");
    await second.stop();
    await stopNode(again);
  });
});

test("U5 a hurried pass looks at everything at once", async () => {
  await simulate(4, async ({ machine }) => {
    const node = await startNode(machine.boot());
    await putAll(node);
    const running = startScrub(node);
    await node.ports.clock.sleep(passMs / 2);
    rot(machine, contentOf(100, 100));
    running.scrub.hurry();
    await node.ports.clock.sleep(hourMs);
    assert.equal(running.scrub.progress.last?.damaged, 1);
    assert.ok(!running.scrub.progress.isHurried, "the next pass takes its time again");
    await running.stop();
    await stopNode(node);
  });
});
