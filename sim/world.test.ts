import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { utf8 } from "#base/bytes.ts";
import { RealWorldError, SimulationError, simulate, simulateTwice } from "./index.ts";

test("a story: a file is written, synced and survives the crash that takes the rest", async () => {
  await simulate(1, async (world) => {
    const { disk } = world.machine.boot();
    await disk.makeDirectory("log");
    await disk.syncDirectory("");
    const file = await disk.open("log/1", "create");
    await disk.syncDirectory("log");
    await file.write([utf8("kept")], 0);
    await file.sync();
    await file.write([utf8("lost")], 4);
    await world.machine.crash("nothing");

    const after = world.machine.boot();
    const again = await after.disk.open("log/1", "read");
    const target = new Uint8Array(10);
    assert.equal(await again.read(target, 0), 4);
    assert.deepEqual(target.subarray(0, 4), utf8("kept"));
  });
});

test("W1 two runs of one seed have one trace, and another seed has another", async () => {
  const body = async (world: Parameters<Parameters<typeof simulate>[1]>[0]): Promise<void> => {
    const { disk, clock, random } = world.machine.boot();
    const file = await disk.open("a", "create");
    for (let i = 0; i < 20; i++) {
      await file.write([new Uint8Array(random.below(5000))], random.below(9000));
      await clock.sleep(random.below(10));
    }
  };
  const first = await simulateTwice(7, body);
  const other = await simulate(8, body);
  assert.notEqual(first.traceHash, other.traceHash);
});

test("W1 a run that depends on something else than its seed is told apart", async () => {
  let runs = 0;
  const body = async (world: Parameters<Parameters<typeof simulate>[1]>[0]): Promise<void> => {
    runs++;
    const ports = world.machine.boot();
    if (runs === 2) await ports.clock.sleep(1);
  };
  await assert.rejects(simulateTwice(7, body), { name: "DivergenceError" });
});

test("W2 between two events every promise job runs", async () => {
  let depth = 0;
  await simulate(1, async (world) => {
    const { clock } = world.machine.boot();
    const chain = async (): Promise<void> => {
      await clock.sleep(1);
      for (let i = 0; i < 10_000; i++) {
        await Promise.resolve();
        depth++;
      }
    };
    const running = chain();
    await clock.sleep(1.001);
    assert.equal(depth, 10_000);
    await running;
  });
});

test("W3 after a crash the old ports do not settle and change nothing", async () => {
  await simulate(1, async (world) => {
    const old = world.machine.boot();
    const file = await old.disk.open("a", "create");
    await old.disk.syncDirectory("");
    let woke = false;
    const asleep = old.clock.sleep(5).then(() => (woke = true));
    await world.machine.crash("nothing");
    const late = file.write([utf8("late")], 0);
    const next = world.machine.boot();
    await next.clock.sleep(1000);
    const again = await next.disk.open("a", "read");
    assert.equal(await again.sizeBytes(), 0);
    assert.equal(woke, false);
    void asleep;
    void late;
  });
});

for (const [what, touch] of [
  ["the file system", () => readFile("/etc/hostname")],
  ["a timer", () => new Promise((resolve) => setTimeout(resolve, 1))],
  ["the wall clock", async () => Date.now()],
  ["ambient chance", async () => Math.random()],
] as const) {
  test(`W6 a run that touches ${what} fails`, async () => {
    const run = simulate(1, async (world) => {
      const { clock } = world.machine.boot();
      void touch();
      await clock.sleep(1);
      await clock.sleep(1);
    });
    await assert.rejects(run, (error: SimulationError) => error.cause instanceof RealWorldError);
  });
}

test("a run in which nothing is left to happen says so", async () => {
  const run = simulate(3, () => new Promise(() => undefined));
  await assert.rejects(run, { name: "SimulationError", message: /nothing is left to happen/ });
});

test("a run that never ends is stopped", async () => {
  const run = simulate(
    3,
    async (world) => {
      for (;;) await world.sleep(1);
    },
    { limits: { eventsMax: 1000 } },
  );
  await assert.rejects(run, { message: /not over after 1001 events/ });
});
