// Bodies over the real shelf on a simulated disk: what a client sends comes back, also when things
// fail.
import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes, gib, kib, mib } from "#base/bytes.ts";
import type { Segment } from "#format/index.ts";
import { Shelf } from "#storage/index.ts";
import { type Machine, simulate, simulateTwice } from "../../sim/index.ts";
import { type BodyBytes, openBody } from "./body-stream.ts";
import { cuttingLimits, type ObjectsContext } from "./context.ts";
import { LocalShards } from "./local-shards.ts";
import { chunksOf, contentOf, makeRig, type Rig } from "./rig.ts";
import { storeBody } from "./store-body.ts";
import { UnreadableError } from "./unreadable-error.ts";

const never = new AbortController().signal;
const limits = { ...cuttingLimits, unitSizeBytes: mib };

interface Node {
  readonly rig: Rig;
  readonly context: ObjectsContext;
  readonly shelf: Shelf;
}

async function startNode(machine: Machine): Promise<Node> {
  const ports = machine.boot();
  const shelf = await Shelf.open(ports);
  const rig = makeRig(1, limits);
  const context = { ...rig.context, ports, shards: new LocalShards(1, shelf) };
  return { rig, context, shelf };
}

async function store(
  { rig, context }: Node,
  bytes: Uint8Array,
  options: { sizeBytes?: number; finish?: () => Promise<null>; signal?: AbortSignal } = {},
): Promise<{ kind: string; segments: Segment[] }> {
  let segments: Segment[] = [];
  const body = {
    sizeBytes: options.sizeBytes ?? bytes.length,
    bytes: chunksOf(bytes, bytes.length),
    finish: options.finish ?? (() => Promise.resolve(null)),
    signal: options.signal ?? never,
  };
  const { kind } = await storeBody(context, body, async (units) => {
    segments = rig.commit(units);
    return { kind: "done" as const };
  });
  return { kind, segments };
}

function read({ context }: Node, segments: Segment[]): Promise<BodyBytes> {
  const sizeBytes = segments.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
  return openBody(context, { segments, sizeBytes, signal: never });
}

async function collect(body: BodyBytes): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return concatBytes(parts);
}

/** Live bytes on the shelf, and what is being staged. */
function heldBytes({ shelf }: Node): number {
  const { packs, files, stagedBytes } = shelf.usage();
  return packs.liveBytes + files.bytes + stagedBytes;
}

const edges = [64 * kib, 128 * kib, 256 * kib, mib];
const sizes = [0, 1, ...edges.flatMap((size) => [size - 1, size, size + 1]), 2.5 * mib];

test("O1 O3 bodies of all sizes come back from the shelf, also after a power cut", async () => {
  await simulateTwice(11, async (world) => {
    const { machine } = world;
    const node = await startNode(machine);
    const stored = [];
    for (const size of sizes) {
      const bytes = contentOf(size, size);
      const { kind, segments } = await store(node, bytes);
      assert.equal(kind, "done");
      assert.deepEqual(await collect(await read(node, segments)), bytes, `${size} bytes`);
      stored.push({ bytes, segments });
    }
    await machine.crash("nothing");
    const again = await startNode(machine);
    const after = { ...again, context: { ...again.context, units: node.context.units } };
    for (const { bytes, segments } of stored) {
      assert.deepEqual(await collect(await read(after, segments)), bytes);
    }
  });
});

test("O2 O4 aborted bodies leave the shelf as it was", async () => {
  await simulate(12, async (world) => {
    const node = await startNode(world.machine);
    await store(node, contentOf(5000, 1));
    await store(node, contentOf(mib, 1));
    const before = heldBytes(node);
    for (const size of [1, 5000, 200_000, 2.5 * mib]) {
      const bytes = contentOf(size, 2);
      await assert.rejects(store(node, bytes, { sizeBytes: size + 1 }), /shorter/);
      const finish = (): Promise<null> => Promise.reject(new Error("BadDigest"));
      await assert.rejects(store(node, bytes, { finish }), /BadDigest/);
      assert.equal(heldBytes(node), before, `${size} bytes`);
      assert.equal(node.rig.numbers.size, 0);
      assert.equal(node.context.stripes.takenBytes, 0);
    }
  });
});

test("a shelf that keeps its reserve refuses writes, and serves reads", async () => {
  await simulate(13, async (world) => {
    const { machine } = world;
    const node = await startNode(machine);
    const bytes = contentOf(300_000, 1);
    const { segments } = await store(node, bytes);
    machine.disk.foreignBytes = machine.disk.totalBytes - gib - mib;
    // The shelf asks the disk for its space every now and then.
    await node.context.ports.clock.sleep(60_000);
    for (const size of [5000, mib]) {
      assert.equal((await store(node, contentOf(size, 2))).kind, "full");
    }
    assert.deepEqual(await collect(await read(node, segments)), bytes);
    machine.disk.foreignBytes = 0;
    await node.context.ports.clock.sleep(60_000);
    assert.equal((await store(node, contentOf(mib, 2))).kind, "done");
  });
});

test("a disk that runs full in the middle of a write refuses it, and nothing is left", async () => {
  await simulate(14, async (world) => {
    const { machine } = world;
    const node = await startNode(machine);
    const before = heldBytes(node);
    const filling = { wrote: 0 };
    machine.onStep = ({ kind, target }) => {
      if (kind !== "write" || !target.includes("staged")) return;
      if (++filling.wrote === 4) machine.disk.foreignBytes = machine.disk.totalBytes;
    };
    assert.equal((await store(node, contentOf(2.5 * mib, 2))).kind, "full");
    machine.disk.foreignBytes = 0;
    assert.equal(heldBytes(node), before);
    assert.equal(node.rig.numbers.size, 0);
  });
});

test("O3 a bit that flips on the disk is never served, and named in the log", async () => {
  await simulate(15, async (world) => {
    const { machine } = world;
    const node = await startNode(machine);
    for (const size of [5000, 100_000, 700 * kib]) {
      const bytes = contentOf(size, size);
      const { segments } = await store(node, bytes);
      const largest = machine.disk
        .files("shelf")
        .toSorted((a, b) => b.file.seen.sizeBytes - a.file.seen.sizeBytes);
      const { path } = largest[0] ?? { path: "" };
      const at = (largest[0]?.file.seen.sizeBytes ?? 0) - Math.floor(size / 2);
      machine.disk.flipBit(path, at, 3);
      const given: Uint8Array[] = [];
      const reading = async (): Promise<void> => {
        const body = await read(node, segments);
        if (body instanceof Uint8Array) given.push(body);
        else for await (const part of body) given.push(part);
      };
      await assert.rejects(reading(), UnreadableError, `${size} bytes`);
      const whole = concatBytes(given);
      assert.deepEqual(whole, bytes.subarray(0, whole.length));
      assert.ok(world.trace.recentLines().some((line) => line.includes("shardUnreadable")));
      machine.disk.flipBit(path, at, 3);
      assert.deepEqual(await collect(await read(node, segments)), bytes);
    }
  });
});

test("O1 a write error or a failed sync refuses the body; what was stored stays", async () => {
  for (const kind of ["write", "sync", "rename", "syncDirectory"] as const) {
    await simulate(16, async (world) => {
      const { machine } = world;
      const node = await startNode(machine);
      const kept = contentOf(300_000, 1);
      const { segments } = await store(node, kept);
      for (const size of [5000, 700_000]) {
        machine.faults.failNext(kind, /shelf/);
        const outcome = await store(node, contentOf(size, 2)).catch((error: unknown) => error);
        machine.faults.stop();
        if (machine.faults.fired.size > 0) assert.ok(outcome instanceof Error, `${kind} ${size}`);
        assert.equal(node.rig.numbers.size, 0);
        assert.equal(node.context.stripes.takenBytes, 0);
        machine.faults.fired.clear();
      }
      assert.deepEqual(await collect(await read(node, segments)), kept);
    });
  }
});
