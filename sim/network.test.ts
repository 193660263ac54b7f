import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "#base/bytes.ts";
import { NetworkError } from "#base/network-error.ts";
import type { Connection, Ports } from "#ports/index.ts";
import { type World, simulate, simulateTwice } from "./index.ts";

const protocol = "hamster-test/1";
const never: AbortSignal = new AbortController().signal;

interface Pair {
  a: Ports;
  b: Ports;
  /** The end at `a`, which dialed, and the one at `b`. */
  near: Connection;
  far: Connection;
}

/** Two machines, `a` and `b`, with a connection between them. */
async function connected(world: World): Promise<Pair> {
  const a = world.addMachine("a").boot();
  const b = world.addMachine("b").boot();
  const { promise: accepted, resolve: accept } = Promise.withResolvers<Connection>();
  await b.network.listen({ address: "b:1", protocols: [protocol], accept });
  const near = await a.network.dial({ address: "b:1", protocol, signal: never });
  return { a, b, near, far: await accepted };
}

/** What a promise has come to by now. */
async function outcome(promise: Promise<unknown>): Promise<string> {
  const named = promise.then(
    (value) => (value === undefined ? "undefined" : "value"),
    (error: unknown) => (error instanceof NetworkError ? error.code : String(error)),
  );
  return Promise.race([
    named,
    Promise.resolve()
      .then(() => later(5))
      .then(() => "waits"),
  ]);
}

async function later(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await Promise.resolve();
}

test("a story: one way is cut, what was sent waits, and arrives when it heals", async () => {
  await simulate(1, async (world) => {
    const { near, far } = await connected(world);
    world.network.cut({ from: "a", to: "b" });
    await near.send([utf8("there")]);
    const arriving = far.receive();
    await far.send([utf8("and back")]);
    assert.deepEqual(await near.receive(), utf8("and back"), "the other way is whole");
    await world.sleep(10_000);
    assert.equal(await outcome(arriving), "waits");
    world.network.heal({ from: "a", to: "b" });
    assert.deepEqual(await arriving, utf8("there"));
  });
});

test("nobody connects over a cut link until it heals, whichever way is cut", async () => {
  for (const way of [
    { from: "a", to: "b" },
    { from: "b", to: "a" },
  ]) {
    await simulate(2, async (world) => {
      const { a } = await connected(world);
      world.network.cut(way);
      const dialing = a.network.dial({ address: "b:1", protocol, signal: never });
      await world.sleep(60_000);
      assert.equal(await outcome(dialing), "waits");
      world.network.heal(way);
      await dialing;
    });
  }
});

test("a partition parts groups, and leaves those within a group alone", async () => {
  await simulate(3, async (world) => {
    const { near, far } = await connected(world);
    world.addMachine("c");
    world.network.partition(["a", "b"], ["c"]);
    await near.send([utf8("within")]);
    assert.deepEqual(await far.receive(), utf8("within"));
    world.network.isolate("b");
    await near.send([utf8("across")]);
    const receiving = far.receive();
    await world.sleep(1000);
    assert.equal(await outcome(receiving), "waits");
    world.network.healAll();
    assert.deepEqual(await receiving, utf8("across"));
  });
});

test("a half-open connection is told apart only by sending", async () => {
  await simulate(4, async (world) => {
    const { near, far } = await connected(world);
    const count = world.network.breakConnections({ from: "b", to: "a" }, "from");
    assert.equal(count, 1);
    assert.equal(await outcome(far.send([utf8("x")])), "broken");
    const receiving = near.receive();
    await world.sleep(100_000);
    assert.equal(await outcome(receiving), "waits");
    await near.send([utf8("anybody?")]);
    await assert.rejects(receiving, { code: "broken" });
  });
});

test("a killed process's connections break soon, those of a machine without power some time", async () => {
  await simulate(5, async (world) => {
    const { a, near } = await connected(world);
    const receiving = near.receive();
    await world.machines[1]?.kill();
    const before = world.nowMs;
    await assert.rejects(receiving, { code: "broken" });
    assert.ok(world.nowMs - before < 20);
    const dialing = a.network.dial({ address: "b:1", protocol, signal: never });
    await assert.rejects(dialing, { code: "unreachable" });
  });
  let slowest = 0;
  for (let seed = 0; seed < 10; seed++) {
    await simulate(seed, async (world) => {
      const { near } = await connected(world);
      const receiving = near.receive();
      await world.machines[1]?.crash();
      const before = world.nowMs;
      await assert.rejects(receiving, { code: "broken" });
      slowest = Math.max(slowest, world.nowMs - before);
    });
  }
  assert.ok(slowest > 1000);
});

test("W3 after a crash the old network settles nothing, and the ports are free", async () => {
  await simulate(6, async (world) => {
    const { b, near, far } = await connected(world);
    const old = [far.receive(), far.send([utf8("x")])];
    await world.machines[1]?.crash();
    const next = world.machines[1]?.boot();
    let accepted = 0;
    const accept = (): number => accepted++;
    await next?.network.listen({ address: "b:1", protocols: [protocol], accept });
    old.push(far.receive(), far.send([utf8("y")]));
    const dialing = b.network.dial({ address: "a:1", protocol, signal: never });
    await near.send([utf8("to the old boot")]).catch(() => undefined);
    await world.sleep(100_000);
    for (const one of [...old, dialing]) assert.equal(await outcome(one), "waits");
    assert.equal(accepted, 0);
  });
});

test("a machine that is stopped for a while hears afterwards, in order", async () => {
  await simulate(7, async (world) => {
    const { near, far } = await connected(world);
    assert.ok(world.machines[1]?.pause(3000));
    for (let i = 0; i < 20; i++) await near.send([utf8(`${i}`)]);
    for (let i = 0; i < 20; i++) assert.deepEqual(await far.receive(), utf8(`${i}`));
    assert.ok(world.nowMs > 3000);
  });
});

test("a slow link takes the time that its bytes need", async () => {
  await simulate(8, async (world) => {
    const { near, far } = await connected(world);
    world.network.setPace({ from: "a", to: "b" }, { bytesPerMs: 100 });
    const before = world.nowMs;
    await near.send([new Uint8Array(100_000)]);
    await far.receive();
    assert.ok(world.nowMs - before >= 1000);
    world.network.setPace({ from: "a", to: "b" });
    await near.send([new Uint8Array(100_000)]);
    await far.receive();
    assert.ok(world.nowMs - before < 1200);
  });
});

test("the parts of a frame that change before it settles are noticed", async () => {
  const run = simulate(9, async (world) => {
    const { near } = await connected(world);
    const bytes = utf8("before");
    const sending = near.send([bytes]);
    bytes.fill(0);
    await sending;
  });
  await assert.rejects(run, /do not change before it settles/);
});

test("a key survives a crash, but not the loss of the disk that keeps it", async () => {
  await simulate(10, async (world) => {
    const { machine } = world;
    const first = await machine.boot().identity.fingerprint();
    await machine.crash("nothing");
    assert.deepEqual(await machine.boot().identity.fingerprint(), first);
    await machine.crash("nothing");
    machine.keys.lose();
    assert.notDeepEqual(await machine.boot().identity.fingerprint(), first);
  });
});

/** Sends numbered frames each way while the network is disturbed; checks what arrives. */
async function disturbedExchange(world: World): Promise<void> {
  const { near, far } = await connected(world);
  const { network, prng } = world;
  network.breaksPerMillion = prng.below(2) * 2000;
  const ways = [
    { from: "a", to: "b" },
    { from: "b", to: "a" },
  ] as const;
  const send = async (end: Connection): Promise<void> => {
    for (let i = 0; i < 200; i++)
      await end.send([utf8(`${i}`), new Uint8Array(prng.below(30_000))]);
    if (prng.below(2) === 0) end.close();
  };
  const receive = async (end: Connection): Promise<void> => {
    for (let i = 0; ; i++) {
      const frame = await end.receive();
      if (frame === undefined) return assert.equal(i, 200, "an orderly end comes after all frames");
      const number = utf8(`${i}`);
      assert.deepEqual(frame.slice(0, number.length), number);
      if (prng.below(20) === 0) await world.sleep(prng.below(50));
    }
  };
  const disturb = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) {
      await world.sleep(prng.below(100));
      const way = ways[prng.below(2)] ?? ways[0];
      const what = prng.below(5);
      if (what === 0) network.cut(way);
      else if (what === 1) network.heal(way);
      else if (what === 2) network.setPace(way, { bytesPerMs: 10 + prng.below(1000) });
      else if (what === 3) world.machines[prng.below(2)]?.pause(prng.below(300));
      else if (prng.below(4) === 0) network.breakConnections(way, "from");
    }
    network.healAll();
  };
  const all = [send(near), send(far), receive(near), receive(far)].map((one) =>
    one.catch((error: unknown) => {
      if (!(error instanceof NetworkError)) throw error;
    }),
  );
  await disturb();
  await Promise.race([Promise.all(all), world.sleep(60_000)]);
}

test("W7 what arrives is a prefix of what was sent, whatever the network does", async () => {
  for (let seed = 0; seed < 60; seed++) await simulate(seed, disturbedExchange);
});

test("W1 two runs over a disturbed network have one trace", async () => {
  for (let seed = 0; seed < 5; seed++) await simulateTwice(seed, disturbedExchange);
});
