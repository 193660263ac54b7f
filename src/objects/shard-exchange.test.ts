// What nodes ask of each other's shelves: shards go there and come back whole, and nothing that a
// node sends is believed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes, equalBytes, gib, kib, mib } from "#base/bytes.ts";
import {
  blockSizeBytes,
  checksumBlocks,
  encodeShardFooter,
  rootOf,
  shardLayout,
} from "#erasure/index.ts";
import {
  encodeShardAnswer,
  encodeShardRequest,
  type ShardAnswer,
  type ShardDescription,
  type ShardRequest,
} from "#format/index.ts";
import { PeerError, type Peers } from "#peering/index.ts";
import { type Machine, simulate, simulateTwice, type World } from "#sim/index.ts";
import { type RigNode, startPeers } from "#sim/peer-rig.ts";
import { Shelf } from "#storage/index.ts";
import { ClusterShards } from "./cluster-shards.ts";
import { framed } from "./framed.ts";
import { contentOf } from "./rig.ts";
import { serveShards, type ShardServerParts } from "./shard-server.ts";
import type { WantedShard } from "./shard-store.ts";

const never = new AbortController().signal;

interface Node {
  readonly machine: Machine;
  readonly shelf: Shelf;
  readonly peers: Peers;
  readonly shards: ClusterShards;
  readonly corrupt: number[];
  /** Indexes of shards that its state says belong here. */
  readonly home: Set<number>;
  /** What this node asked of others. */
  readonly counts: { calls: number; streams: number };
}

async function startNode({ machine, ports, peers }: RigNode): Promise<Node> {
  const { clock } = ports;
  const shelf = await Shelf.open(ports);
  const corrupt: number[] = [];
  const home = new Set<number>();
  const isAtHome: (name: { index: number }) => boolean = ({ index }) => home.has(index);
  const onCorrupt: (name: { index: number }) => void = ({ index }) => void corrupt.push(index);
  const counts = { calls: 0, streams: 0 };
  const counted: Pick<Peers, "self" | "call" | "openStream"> = {
    self: peers.self,
    call: (...call) => (counts.calls++, peers.call(...call)),
    openStream: (...opening) => (counts.streams++, peers.openStream(...opening)),
  };
  const shards = new ClusterShards({ peers: counted, health: peers, shelf, clock, onCorrupt });
  const adopt: ShardServerParts["adopt"] = (adoption) => shards.adopt(peers.self, adoption);
  serveShards({ peers, shelf, adopt, isAtHome, onCorrupt });
  return { machine, shelf, peers, shards, corrupt, home, counts };
}

/** Three nodes, and one more that serves nothing yet. */
async function startNodes(
  world: World,
): Promise<{ one: Node; two: Node; three: Node; four: RigNode }> {
  const [first, second, third, four] = await startPeers(world, 4);
  assert.ok(first && second && third && four);
  const [one, two, three] = await Promise.all([first, second, third].map(startNode));
  assert.ok(one && two && three);
  return { one, two, three, four };
}

const id = { epoch: 1, session: 2, number: 3 };

/** A copy of a unit: its data is the shard's. */
function copyOf(data: Uint8Array, index = 0): Shard {
  const unitSizeBytes = data.length;
  const description: ShardDescription = {
    unit: id,
    encoding: id,
    index,
    k: 1,
    m: 2,
    matrix: "pq",
    sliceSizeBytes: 256 * kib,
    unitSizeBytes,
  };
  const checksums = new Uint8Array(shardLayout(description).blockCount * 32);
  checksumBlocks(data, checksums);
  const name = { unit: id, encoding: id, index };
  const wanted = { name, root: rootOf(checksums), dataSizeBytes: data.length };
  return { description, data, footer: encodeShardFooter(checksums), wanted };
}

interface Shard {
  readonly description: ShardDescription;
  readonly data: Uint8Array;
  readonly footer: Uint8Array;
  readonly wanted: WantedShard;
}

/** Puts a shard on a node, slice by slice. */
async function put(from: Node, node: number, shard: Shard): Promise<string> {
  const { description, data, footer } = shard;
  const staged = await from.shards.stage(node, description, never);
  if ("kind" in staged) return staged.kind;
  for (let at = 0; at < data.length; at += 256 * kib) {
    const slice = data.slice(at, at + 256 * kib);
    await staged.write(slice);
    slice.fill(0xff);
  }
  await staged.seal(footer);
  return "done";
}

async function read(
  from: Node,
  node: number,
  { wanted }: Shard,
  range = { offsetBytes: 0, lengthBytes: wanted.dataSizeBytes },
): Promise<Uint8Array | string> {
  const shard = await from.shards.open(node, wanted);
  if (shard.kind !== "reader") return shard.kind;
  const parts: Uint8Array[] = [];
  for (let at = 0; at < range.lengthBytes; at += mib) {
    const lengthBytes = Math.min(mib, range.lengthBytes - at);
    const result = await shard.read({ offsetBytes: range.offsetBytes + at, lengthBytes });
    if (result.kind !== "bytes") return result.kind;
    parts.push(result.bytes);
  }
  await shard.close();
  return concatBytes(parts);
}

const sizes = [1, 64 * kib, 64 * kib + 1, 128 * kib, 128 * kib + 1, 600_000, 1_500_000];

test("O1 O3 shards of all sizes go to another node and come back, whole and in part", async () => {
  await simulateTwice(1, async (world) => {
    const { one, two } = await startNodes(world);
    for (const size of sizes) {
      const shard = copyOf(contentOf(size, size));
      assert.equal(await put(one, 2, shard), "done");
      assert.equal((await two.shelf.verify(shard.wanted.name)).kind, "intact");
      assert.deepEqual(await read(one, 2, shard), shard.data, `${size} bytes`);
      assert.deepEqual(await read(two, 2, shard), shard.data, "its own node reads it as well");
      for (const offsetBytes of [0, 65_535, 130_000, 1_000_000]) {
        for (const lengthBytes of [1, 300, 200_000]) {
          if (offsetBytes + lengthBytes > size) continue;
          const part = await read(one, 2, shard, { offsetBytes, lengthBytes });
          const expected = shard.data.subarray(offsetBytes, offsetBytes + lengthBytes);
          assert.ok(part instanceof Uint8Array && equalBytes(part, expected));
        }
      }
      assert.deepEqual(await one.shards.find(2, id, id), [0]);
      await one.shards.remove(2, [shard.wanted.name]);
      assert.deepEqual(await one.shards.find(2, id, id), []);
      assert.equal(await read(one, 2, shard), "missing");
    }
  });
});

test("a removal that comes late takes nothing that belongs on the node by now", async () => {
  await simulate(12, async (world) => {
    const { one, two } = await startNodes(world);
    const [kept, stray] = [copyOf(contentOf(5000, 1), 0), copyOf(contentOf(5000, 1), 1)];
    for (const shard of [kept, stray]) await put(one, 2, shard);
    two.home.add(0);
    await one.shards.remove(2, [kept.wanted.name, stray.wanted.name]);
    assert.deepEqual(await one.shards.find(2, id, id), [0]);
  });
});

test("a shard whose file is gone is told of when a reader misses it", async () => {
  await simulate(13, async (world) => {
    const { one, two } = await startNodes(world);
    const shard = copyOf(contentOf(700_000, 1));
    await put(one, 2, shard);
    for (const { path } of two.machine.disk.files("shelf/files")) two.machine.disk.remove(path);
    assert.equal(await read(one, 2, shard), "missing");
    await one.shards.suspect(2, shard.wanted.name);
    assert.deepEqual(two.corrupt, [0]);
  });
});

test("a small shard costs one call either way, and no stream", async () => {
  await simulate(2, async (world) => {
    const { one } = await startNodes(world);
    const shard = copyOf(contentOf(4096, 1));
    await put(one, 2, shard);
    assert.deepEqual(one.counts, { calls: 1, streams: 0 });
    await read(one, 2, shard);
    assert.deepEqual(one.counts, { calls: 2, streams: 0 });
  });
});

test("O1 a shard that was answered for survives a power cut of its node", async () => {
  await simulate(3, async (world) => {
    const { one, two } = await startNodes(world);
    for (const [index, size] of [1000, 700_000].entries()) {
      await put(one, 2, copyOf(contentOf(size, 1), index));
    }
    await two.machine.crash("nothing");
    const shelf = await Shelf.open(two.machine.boot());
    for (const index of [0, 1]) {
      const name = { unit: id, encoding: id, index };
      assert.equal((await shelf.verify(name)).kind, "intact");
    }
  });
});

test("O2 a shard that is dropped, or whose sender goes away, leaves nothing", async () => {
  await simulate(4, async (world) => {
    const { one, two } = await startNodes(world);
    const { description, data } = copyOf(contentOf(700_000, 1));
    const gone = new AbortController();
    const dropped = await one.shards.stage(2, description, never);
    const left = await one.shards.stage(2, description, gone.signal);
    const cutOff = await one.shards.stage(2, description, never);
    for (const staged of [dropped, left, cutOff]) {
      assert.ok("write" in staged);
      await staged.write(data.subarray(0, 256 * kib));
    }
    assert.ok(two.shelf.usage().stagedBytes > 0);
    if ("abort" in dropped) await dropped.abort();
    gone.abort(new Error("the client went away"));
    await one.machine.crash();
    await world.sleep(60_000);
    assert.equal(two.shelf.usage().stagedBytes, 0);
    assert.deepEqual([...two.shelf.list(0)], []);
  });
});

test("a node without room says so, and is known for it for a while", async () => {
  await simulate(5, async (world) => {
    const { one, two } = await startNodes(world);
    two.machine.disk.foreignBytes = two.machine.disk.totalBytes - gib - mib;
    await world.sleep(60_000);
    assert.ok(one.shards.hasRoom(2));
    assert.equal(await put(one, 2, copyOf(contentOf(700_000, 1))), "full");
    assert.ok(!one.shards.hasRoom(2));
    await world.sleep(6000);
    assert.ok(one.shards.hasRoom(2));
    await assert.rejects(put(one, 2, copyOf(contentOf(1000, 1))), /no room/);
    assert.ok(!one.shards.hasRoom(2));
  });
});

test("O3 a shard that rots is never sent on; its node is told, looks, and says so", async () => {
  await simulate(6, async (world) => {
    const { one, two } = await startNodes(world);
    for (const [index, size] of [5000, 700_000].entries()) {
      const shard = copyOf(contentOf(size, 1), index);
      await put(one, 2, shard);
      const files = two.machine.disk.files("shelf");
      const [largest] = files.toSorted((a, b) => b.file.seen.sizeBytes - a.file.seen.sizeBytes);
      const at = (largest?.file.seen.sizeBytes ?? 0) - Math.floor(size / 2);
      two.machine.disk.flipBit(largest?.path ?? "", at, 3);
      assert.equal(await read(one, 2, shard), "corrupt");
      await one.shards.suspect(2, shard.wanted.name);
      assert.deepEqual(two.corrupt, [0, 1].slice(0, index + 1));
    }
  });
});

test("O3 O10 what another node sends is not believed: blocks, checksums, length, kind", async () => {
  await simulate(7, async (world) => {
    const { one, two, four } = await startNodes(world);
    const shard = copyOf(contentOf(200_000, 1));
    await put(one, 2, shard);
    const seen = await two.shelf.reader(shard.wanted.name, shard.wanted.root);
    assert.ok(seen?.kind === "reader");
    let sent: readonly Uint8Array[] = [];
    four.peers.serveStream("shards", async (_from, _header, stream) => {
      for (const message of sent) await stream.write(message);
      await stream.end();
    });
    const { data } = shard;
    const { checksums } = seen;
    const blocks = answerBytes({ kind: "blocks", value: { checksums } });
    sent = [blocks, data.subarray(0, 70_000), data.subarray(70_000)];
    assert.deepEqual(await read(one, 4, shard), data);
    sent = [blocks, flipped(data, 70_000)];
    assert.equal(await read(one, 4, shard), "corrupt");
    const others = answerBytes({ kind: "blocks", value: { checksums: flipped(checksums, 40) } });
    sent = [others, data];
    assert.equal(await read(one, 4, shard), "corrupt");
    const another = copyOf(contentOf(200_000, 2));
    const theirs = another.footer.subarray(0, checksums.length);
    sent = [answerBytes({ kind: "blocks", value: { checksums: theirs } }), another.data];
    assert.equal(await read(one, 4, shard), "corrupt", "it is whole, but another");
    for (const wrong of [[blocks], [blocks, data.subarray(1)], [data], []]) {
      sent = wrong;
      await assert.rejects(read(one, 4, shard));
    }
    sent = [answerBytes({ kind: "full", value: {} })];
    await assert.rejects(read(one, 4, shard), /something else/);
  });
});

/** The bytes with one bit of one of them turned over. */
function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

test("O10 a shard is sealed only with the bytes and the footer that belong together", async () => {
  await simulate(8, async (world) => {
    const { one, two } = await startNodes(world);
    for (const size of [5000, 700_000]) {
      const shard = copyOf(contentOf(size, 1));
      const data = flipped(shard.data, size - 1);
      await assert.rejects(put(one, 2, { ...shard, data }), /not what its footer says/);
      const footer = new Uint8Array(shard.footer.length);
      await assert.rejects(put(one, 2, { ...shard, footer }), /not what its footer says/);
      await world.sleep(1000);
      assert.equal(two.shelf.usage().stagedBytes, 0);
      assert.deepEqual(await one.shards.find(2, id, id), []);
    }
  });
});

test("O10 requests that make no sense are refused, and change nothing", async () => {
  await simulate(9, async (world) => {
    const { one, two } = await startNodes(world);
    const shard = copyOf(contentOf(200_000, 1));
    await put(one, 2, shard);
    const { name, root } = shard.wanted;
    const readOf = (offsetBytes: number, lengthBytes: number): ShardRequest["request"] => {
      return {
        kind: "read",
        value: { shard: name, root, offsetBytes, lengthBytes, withChecksums: true },
      };
    };
    const impossible = { ...shard.description, k: 0 };
    const requests: ShardRequest["request"][] = [
      undefined,
      readOf(1, 100),
      readOf(0, 100),
      readOf(0, 0),
      readOf(blockSizeBytes * 4, blockSizeBytes),
      readOf(0, 2 ** 40),
      { kind: "put", value: { shard: impossible } },
      { kind: "put", value: { shard: shard.description } },
      { kind: "adopt", value: { shard: impossible, root, from: 1 } },
    ];
    for (const request of requests) {
      const { body } = framed(encodeShardRequest({ request }), 3);
      await assert.rejects(one.peers.call(2, "shards", body, { timeoutMs: 2000 }), PeerError);
      const header = encodeShardRequest({ request });
      const stream = await one.peers.openStream(2, "shards", header, { timeoutMs: 2000 });
      const streamed = async (): Promise<void> => {
        await stream.write(new Uint8Array(10));
        await stream.write(new Uint8Array(10));
        while ((await stream.read()) !== undefined);
        throw new Error("refused: nothing came of it");
      };
      await assert.rejects(streamed());
      stream.abort("done");
    }
    for (const body of [new Uint8Array(0), new Uint8Array(3), new Uint8Array(40).fill(0xff)]) {
      await assert.rejects(one.peers.call(2, "shards", body, { timeoutMs: 2000 }));
      const stream = await one.peers.openStream(2, "shards", body, { timeoutMs: 2000 });
      await stream.read().catch(() => undefined);
    }
    await world.sleep(1000);
    assert.equal(two.shelf.usage().stagedBytes, 0);
    assert.equal(two.shelf.usage().files.count, 1);
    assert.deepEqual(await read(one, 2, shard), shard.data);
  });
});

test("a node adopts a shard from a third, if it is the right one", async () => {
  await simulate(10, async (world) => {
    const { one, two, three } = await startNodes(world);
    for (const [index, size] of [3000, 5 * mib + 7].entries()) {
      const shard = copyOf(contentOf(size, 1), index);
      const { description } = shard;
      const { root } = shard.wanted;
      await put(one, 2, shard);
      const other = root.map((byte) => byte ^ 1);
      await assert.rejects(one.shards.adopt(3, { description, root: other, from: 2 }), /corrupt/);
      await assert.rejects(one.shards.adopt(3, { description, root, from: 1 }), /missing/);
      assert.equal(three.shelf.usage().stagedBytes, 0);
      await one.shards.adopt(3, { description, root, from: 2 });
      await two.shelf.remove([shard.wanted.name]);
      assert.deepEqual(await read(one, 3, shard), shard.data);
      await one.shards.adopt(3, { description, root, from: 3 });
      assert.deepEqual(await read(one, 3, shard), shard.data);
    }
  });
});

test("a node that does not answer is given up after a while", async () => {
  await simulate(11, async (world) => {
    const { one } = await startNodes(world);
    const small = copyOf(contentOf(3000, 1));
    const large = copyOf(contentOf(700_000, 1), 1);
    for (const shard of [small, large]) await put(one, 2, shard);
    for (const [node, way] of [
      [2, { from: "n1", to: "n2" }],
      [3, { from: "n3", to: "n1" }],
    ] as const) {
      world.network.cut(way);
      for (const shard of [small, large]) {
        const before = world.nowMs;
        await assert.rejects(put(one, node, shard), PeerError);
        await assert.rejects(read(one, node, shard), PeerError);
        assert.ok(world.nowMs - before < 16_000, `${world.nowMs - before} ms`);
      }
      assert.equal(one.shards.standing(node), "down");
    }
    world.network.healAll();
    await world.sleep(10_000);
    assert.deepEqual(await read(one, 2, large), large.data);
  });
});

function answerBytes(answer: ShardAnswer["answer"]): Uint8Array {
  return encodeShardAnswer({ answer });
}
