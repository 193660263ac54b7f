import assert from "node:assert/strict";
import { test } from "node:test";
import { emptyBytes, utf8 } from "#base/bytes.ts";
import { type World, simulate } from "#sim/index.ts";
import { framePartsOf } from "./frames.ts";
import { greet } from "./handshake.ts";
import { callsMax, protocols, raftBytesMax, streamWindowBytes } from "./limits.ts";
import { PeerNetwork } from "./peer-network.ts";
import { type RigNode, RigRegistry, startPeer, startPeers } from "#sim/peer-rig.ts";
import { PeerError, type PeerErrorCode, type PeerStream } from "./peers.ts";

const timeoutMs = 2000;
const never: AbortSignal = new AbortController().signal;

async function two(world: World): Promise<{ a: RigNode; b: RigNode; registry: RigRegistry }> {
  const registry = new RigRegistry();
  const [a, b] = await startPeers(world, 2, registry);
  assert.ok(a !== undefined && b !== undefined);
  return { a, b, registry };
}

async function rejectsWith(code: PeerErrorCode, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof PeerError, String((error as Error).stack));
    assert.equal(error.code, code, error.message);
    return true;
  });
}

/** Waits until something is so. */
async function until(world: World, isSo: () => boolean, withinMs = 30_000): Promise<void> {
  const end = world.nowMs + withinMs;
  while (!isSo()) {
    assert.ok(world.nowMs < end, "it came to be so in time");
    await world.sleep(10);
  }
}

test("a story: two nodes call each other, stream, and part", async () => {
  await simulate(1, async (world) => {
    const { a, b } = await two(world);
    b.peers.serve("greet", async (from, body) => utf8(`${from}: ${body.length}`));
    assert.deepEqual(await a.peers.call(2, "greet", utf8("hello"), { timeoutMs }), utf8("1: 5"));
    assert.deepEqual(await b.peers.call(1, "echo", utf8("back"), { timeoutMs }), utf8("back"));

    const stream = await a.peers.openStream(2, "echo", emptyBytes, { timeoutMs });
    await stream.write(utf8("one"));
    await stream.write(utf8("two"));
    await stream.end();
    assert.deepEqual(await stream.read(), utf8("one"));
    assert.deepEqual(await stream.read(), utf8("two"));
    assert.equal(await stream.read(), undefined);

    const heard: string[] = [];
    b.peers.onRaft((from, message) => heard.push(`${from}: ${message.length}`));
    assert.ok(a.peers.sendRaft(2, new Uint8Array(7)));
    await until(world, () => heard.length > 0);
    assert.deepEqual(heard, ["1: 7"]);

    await a.peers.close();
    await rejectsWith("closed", a.peers.call(2, "echo", emptyBytes, { timeoutMs }));
    await b.peers.close();
  });
});

test("a node calls and streams to itself", async () => {
  await simulate(2, async (world) => {
    const { a } = await two(world);
    assert.deepEqual(await a.peers.call(1, "echo", utf8("me"), { timeoutMs }), utf8("me"));
    const stream = await a.peers.openStream(1, "echo", emptyBytes, { timeoutMs });
    for (let i = 0; i < 20; i++) {
      await stream.write(new Uint8Array(300_000).fill(i));
      assert.equal((await stream.read())?.[299_999], i);
    }
    await stream.end();
    assert.equal(await stream.read(), undefined);
    assert.equal(a.peers.liveness(1), "up");
    await rejectsWith("refused", a.peers.call(1, "nothing", emptyBytes, { timeoutMs }));
    await a.peers.close();
  });
});

test("a service that fails, or is not there, refuses with its reason", async () => {
  await simulate(3, async (world) => {
    const { a, b } = await two(world);
    b.peers.serve("fail", () => Promise.reject(new Error("the shelf is full")));
    b.peers.serveStream("fail", () => Promise.reject(new Error("the shelf is full")));
    await assert.rejects(a.peers.call(2, "fail", emptyBytes, { timeoutMs }), {
      code: "refused",
      message: "the shelf is full",
    });
    await rejectsWith("refused", a.peers.call(2, "nothing", emptyBytes, { timeoutMs }));
    for (const service of ["fail", "nothing"]) {
      const stream = await a.peers.openStream(2, service, emptyBytes, { timeoutMs });
      await rejectsWith("refused", stream.read());
      await rejectsWith("refused", stream.write(emptyBytes));
    }
  });
});

test("Q1 a stranger, a removed node and a wrong key are not heard, and told nothing", async () => {
  await simulate(4, async (world) => {
    const { a, b, registry } = await two(world);
    const stranger = world.addMachine("n3");
    const ports = stranger.boot();
    const connection = await ports.network.dial({
      address: "n1:7000",
      protocol: protocols.call,
      signal: never,
    });
    await connection.send(framePartsOf({ kind: "ping", value: {} })).catch(() => undefined);
    const heard = await connection.receive().catch(() => undefined);
    assert.equal(heard, undefined, "not a byte");

    await a.peers.call(2, "echo", emptyBytes, { timeoutMs });
    await b.peers.call(1, "echo", emptyBytes, { timeoutMs });
    const waiting = a.peers.call(2, "echo", new Uint8Array(100), { timeoutMs });
    registry.records.delete(2);
    a.peers.registryChanged();
    await rejectsWith("unreachable", waiting);
    await rejectsWith("unreachable", a.peers.call(2, "echo", emptyBytes, { timeoutMs }));
    await until(world, () => b.peers.liveness(1) === "down");
    await rejectsWith("unreachable", b.peers.call(1, "echo", emptyBytes, { timeoutMs }));

    registry.add(2, b.machine);
    b.machine.keys.rotate();
    a.peers.registryChanged();
    await rejectsWith("unreachable", b.peers.call(1, "echo", emptyBytes, { timeoutMs }));
    registry.add(2, b.machine);
    a.peers.registryChanged();
    await until(world, () => b.peers.liveness(1) === "up");
    await b.peers.call(1, "echo", emptyBytes, { timeoutMs });
  });
});

test("Q1 who answers at an address with another key is not spoken to", async () => {
  await simulate(5, async (world) => {
    const { a, registry } = await two(world);
    const [third, other] = [world.addMachine("n3"), world.addMachine("n4")];
    registry.add(3, third);
    const known = registry.peer(3);
    assert.ok(known !== undefined);
    registry.records.set(3, { ...known, addresses: ["n4:7000"] });
    let heard = 0;
    await other.boot().network.listen({
      address: "n4:7000",
      protocols: Object.values(protocols),
      accept: (connection) => {
        void connection.receive().then(
          (frame) => (heard += frame === undefined ? 0 : 1),
          () => undefined,
        );
      },
    });
    await rejectsWith("refused", a.peers.call(3, "echo", emptyBytes, { timeoutMs }));
    registry.records.set(3, { ...known, addresses: ["n4:7000", ...known.addresses] });
    await startPeer(third, 3, registry);
    await until(world, () => a.peers.liveness(3) === "up");
    await a.peers.call(3, "echo", emptyBytes, { timeoutMs });
    assert.equal(heard, 0);
  });
});

for (const [what, change] of [
  ["an older epoch", (registry: RigRegistry) => void (registry.epochNow = 0)],
  ["a newer epoch", (registry: RigRegistry) => void (registry.epochNow = 2)],
  ["another cluster", (registry: RigRegistry) => void (registry.clusterId = utf8("another"))],
] as const) {
  test(`Q1 a node of ${what} is not heard, either way`, async () => {
    await simulate(6, async (world) => {
      const { a, registry } = await two(world);
      const third = world.addMachine("n3");
      registry.add(3, third);
      const own = registry.copy();
      change(own);
      const c = await startPeer(third, 3, own);
      await rejectsWith("refused", c.peers.call(1, "echo", emptyBytes, { timeoutMs }));
      await rejectsWith("refused", a.peers.call(3, "echo", emptyBytes, { timeoutMs }));
      await a.peers.call(2, "echo", emptyBytes, { timeoutMs });
    });
  });
}

test("Q1 connections end when the epoch changes", async () => {
  await simulate(7, async (world) => {
    const { a, b, registry } = await two(world);
    await a.peers.call(2, "echo", emptyBytes, { timeoutMs });
    registry.epochNow = 2;
    const waiting = a.peers.call(2, "echo", emptyBytes, { timeoutMs });
    a.peers.registryChanged();
    b.peers.registryChanged();
    await rejectsWith("unreachable", waiting);
    await until(world, () => a.peers.liveness(2) === "up");
    await world.sleep(500);
    await a.peers.call(2, "echo", emptyBytes, { timeoutMs });
  });
});

test("Q2 Raft messages and calls go on while streams are stuck on a slow link", async () => {
  await simulate(8, async (world) => {
    const { a, b } = await two(world);
    const heard: number[] = [];
    b.peers.onRaft((_from, message) => heard.push(message.length));
    b.peers.serveStream("stuck", (_from, _header, _stream, signal) => {
      return new Promise((resolve) =>
        signal.addEventListener("abort", () => resolve(), { once: true }),
      );
    });
    const streams = await Promise.all(
      Array.from({ length: 50 }, () =>
        a.peers.openStream(2, "stuck", emptyBytes, { timeoutMs: 60_000 }),
      ),
    );
    const fill = async (stream: PeerStream): Promise<void> => {
      for (;;) await stream.write(new Uint8Array(250_000));
    };
    const filling = streams.map((stream) => fill(stream).catch(() => undefined));
    await world.sleep(1000);
    for (let i = 0; i < 10; i++) {
      const before = world.nowMs;
      await a.peers.call(2, "echo", emptyBytes, { timeoutMs });
      a.peers.sendRaft(2, new Uint8Array(i));
      await until(world, () => heard.length > i);
      assert.ok(world.nowMs - before < 100, "none waits for the streams");
    }
    assert.deepEqual(heard, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await a.peers.close();
    await Promise.all(filling);
  });
});

test("Q3 calls to a slow node are bounded, and those to others are not held up", async () => {
  await simulate(9, async (world) => {
    const [a, b, c] = await startPeers(world, 3);
    assert.ok(a !== undefined && b !== undefined && c !== undefined);
    b.peers.serve("slow", (_from, _body, signal) => {
      return new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => reject(new Error("cancelled")), { once: true }),
      );
    });
    const call = (): Promise<unknown> => a.peers.call(2, "slow", emptyBytes, { timeoutMs: 5000 });
    const slow = Array.from({ length: callsMax }, () => rejectsWith("timeout", call()));
    await rejectsWith("busy", call());
    await a.peers.call(3, "echo", emptyBytes, { timeoutMs });
    await Promise.all(slow);
    assert.equal(a.peers.liveness(2), "slow");
    assert.equal(a.peers.liveness(3), "up");
    const large = Array.from({ length: 40 }, () =>
      a.peers.call(2, "slow", new Uint8Array(900_000), { timeoutMs: 1000 }).then(
        () => "answered",
        (error: PeerError) => error.code,
      ),
    );
    const outcomes = new Set(await Promise.all(large));
    assert.deepEqual(outcomes, new Set(["busy", "timeout"]));
    await world.sleep(20_000);
    assert.equal(a.peers.liveness(2), "up");
    await a.peers.call(2, "echo", emptyBytes, { timeoutMs });
  });
});

test("Q3 Raft messages that find no room are dropped, and those before them arrive", async () => {
  await simulate(18, async (world) => {
    const { a, b } = await two(world);
    const heard: number[] = [];
    b.peers.onRaft((_from, message) => heard.push(message[0] ?? 0));
    world.network.setPace({ from: "n1", to: "n2" }, { bytesPerMs: 10_000 });
    let takenCount = 0;
    while (a.peers.sendRaft(2, new Uint8Array(500_000).fill(takenCount))) takenCount++;
    assert.equal(takenCount, Math.floor(raftBytesMax / 500_000));
    await until(world, () => heard.length === takenCount);
    assert.deepEqual(heard, [...heard.keys()]);
    assert.ok(a.peers.sendRaft(2, new Uint8Array(500_000)));
  });
});

test("a frame that makes no sense ends its connection, and nothing else", async () => {
  for (const bytes of [
    utf8("?"),
    Uint8Array.of(255, 255, 1, 2, 3),
    Uint8Array.of(3, 0, 255, 255, 255, 7),
    framePartsOf({ kind: "raft", value: {} })[1] ?? emptyBytes,
  ]) {
    await simulate(19, async (world) => {
      const { a, b, registry } = await two(world);
      const rogue = world.addMachine("n3");
      registry.add(3, rogue);
      const ports = rogue.boot();
      const dialing = { address: "n1:7000", protocol: protocols.call, signal: never };
      const connection = await ports.network.dial(dialing);
      await greet(connection, { self: 3, registry }, 1);
      await connection.send([bytes]);
      assert.equal(await connection.receive(), undefined);
      assert.deepEqual(await b.peers.call(1, "echo", bytes, { timeoutMs }), bytes);
      assert.deepEqual(await a.peers.call(2, "echo", bytes, { timeoutMs }), bytes);
    });
  }
});

test("Q3 a stream's writer waits for its reader, and no more than a window is under way", async () => {
  await simulate(10, async (world) => {
    const { a, b } = await two(world);
    const go = Promise.withResolvers<void>();
    const read: number[] = [];
    b.peers.serveStream("late", async (_from, _header, stream) => {
      await go.promise;
      for (let got = await stream.read(); got !== undefined; got = await stream.read()) {
        read.push(got.length);
      }
    });
    const stream = await a.peers.openStream(2, "late", emptyBytes, { timeoutMs: 60_000 });
    const sizes = Array.from({ length: 3000 }, (_, i) => (i * 7919) % 2000);
    let writtenBytes = 0;
    const writing = (async () => {
      for (const size of sizes) {
        await stream.write(new Uint8Array(size));
        writtenBytes += size + 64;
      }
      await stream.end();
    })();
    await world.sleep(5000);
    assert.ok(writtenBytes <= streamWindowBytes, `${writtenBytes} bytes were taken`);
    assert.ok(writtenBytes > streamWindowBytes - 5000);
    go.resolve();
    await writing;
    assert.equal(await stream.read(), undefined);
    assert.deepEqual(read, sizes);
  });
});

test("Q3 a wait for the other end of a stream ends, and breaks it there too", async () => {
  await simulate(11, async (world) => {
    const { a, b } = await two(world);
    const ends: string[] = [];
    b.peers.serveStream("silent", async (_from, _header, stream, signal) => {
      await stream.read().catch((error: PeerError) => ends.push(error.code));
      ends.push(signal.aborted ? "aborted" : "runs on");
    });
    const stream = await a.peers.openStream(2, "silent", emptyBytes, { timeoutMs });
    await rejectsWith("timeout", stream.read());
    await rejectsWith("timeout", stream.write(emptyBytes));
    await until(world, () => ends.length === 2);
    assert.deepEqual(ends, ["refused", "aborted"]);

    const giveUp = new AbortController();
    const options = { timeoutMs, signal: giveUp.signal };
    const other = await a.peers.openStream(2, "silent", emptyBytes, options);
    const reading = rejectsWith("aborted", other.read());
    giveUp.abort();
    await reading;
    await until(world, () => ends.length === 4);
  });
});

test("a stream whose server returns is over for its writer too", async () => {
  await simulate(12, async (world) => {
    const { a, b } = await two(world);
    b.peers.serveStream("first", async (_from, _header, stream) => {
      const message = await stream.read();
      await stream.write(message ?? emptyBytes);
    });
    const stream = await a.peers.openStream(2, "first", emptyBytes, { timeoutMs });
    const write = async (): Promise<void> => {
      for (;;) await stream.write(new Uint8Array(100_000));
    };
    await rejectsWith("refused", write());
    assert.equal((await stream.read())?.length, 100_000);
    assert.equal(await stream.read(), undefined);
  });
});

test("Q4 a call fails by its deadline, and who serves it is told that nobody waits", async () => {
  await simulate(13, async (world) => {
    const { a, b } = await two(world);
    let cancelled = 0;
    b.peers.serve("never", (_from, _body, signal) => {
      return new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          cancelled++;
          reject(new Error("cancelled"));
        });
      });
    });
    for (const ms of [1, 50, 3000]) {
      const before = world.nowMs;
      await rejectsWith("timeout", a.peers.call(2, "never", emptyBytes, { timeoutMs: ms }));
      assert.ok(world.nowMs - before >= ms && world.nowMs - before < ms + 20);
    }
    const giveUp = new AbortController();
    const options = { timeoutMs, signal: giveUp.signal };
    const waiting = rejectsWith("aborted", a.peers.call(2, "never", emptyBytes, options));
    giveUp.abort();
    await waiting;
    await rejectsWith("aborted", a.peers.call(2, "never", emptyBytes, options));
    await until(world, () => cancelled >= 3);
  });
});

test("a node that is down costs one wait, and is up soon after it returns", async () => {
  for (const how of ["kill", "crash"] as const) {
    await simulate(14, async (world) => {
      const { a, b, registry } = await two(world);
      await a.peers.call(2, "echo", emptyBytes, { timeoutMs });
      await b.machine[how]();
      await a.peers.call(2, "echo", emptyBytes, { timeoutMs: 10_000 }).catch(() => undefined);
      await until(world, () => a.peers.liveness(2) === "down", 8000);
      for (let i = 0; i < 200; i++) {
        const before = world.nowMs;
        await rejectsWith("unreachable", a.peers.call(2, "echo", emptyBytes, { timeoutMs }));
        await rejectsWith("unreachable", a.peers.openStream(2, "echo", emptyBytes, { timeoutMs }));
        assert.equal(a.peers.sendRaft(2, emptyBytes), false);
        assert.equal(world.nowMs, before, "no wait at all");
        await world.sleep(50);
      }
      await startPeer(b.machine, 2, registry);
      await until(world, () => a.peers.liveness(2) === "up", 6000);
      await a.peers.call(2, "echo", emptyBytes, { timeoutMs });
    });
  }
});

test("a node that is stopped, or not heard over a cut way, counts as down, and then up", async () => {
  for (const way of [{ from: "n1", to: "n2" }, { from: "n2", to: "n1" }, undefined]) {
    await simulate(15, async (world) => {
      const { a, b } = await two(world);
      await a.peers.call(2, "echo", emptyBytes, { timeoutMs });
      if (way === undefined) b.machine.pause(20_000);
      else world.network.cut(way);
      const before = world.nowMs;
      await until(world, () => a.peers.liveness(2) === "down", 5000);
      assert.ok(world.nowMs - before > 1000, "not at once: it might be the network");
      if (way !== undefined) world.network.heal(way);
      await until(world, () => a.peers.liveness(2) === "up", 30_000);
      await a.peers.call(2, "echo", emptyBytes, { timeoutMs });
    });
  }
});

test("a node that was itself stopped does not blame the others", async () => {
  await simulate(16, async (world) => {
    const { a } = await two(world);
    await a.peers.call(2, "echo", emptyBytes, { timeoutMs });
    for (let i = 0; i < 20; i++) {
      a.machine.pause(10_000);
      await world.sleep(10_000);
      await world.sleep(world.prng.below(2000));
      assert.equal(a.peers.liveness(2), "up");
    }
  });
});

test("an unknown protocol's connections go to who asked for them", async () => {
  await simulate(17, async (world) => {
    const machine = world.addMachine("n1");
    const registry = new RigRegistry();
    const peers = new PeerNetwork(machine.boot(), { self: 1, registry });
    const texts: string[] = [];
    await peers.listen("n1:7000", [
      {
        protocol: "hamster-join/1",
        accept: (connection) => {
          void connection.receive().then((frame) => texts.push(`${frame?.length}`));
        },
      },
    ]);
    const stranger = world.addMachine("n2").boot();
    const dialing = { address: "n1:7000", protocol: "hamster-join/1", signal: never };
    const connection = await stranger.network.dial(dialing);
    await connection.send([utf8("please")]);
    await until(world, () => texts.length > 0);
    assert.deepEqual(texts, ["6"]);
  });
});
