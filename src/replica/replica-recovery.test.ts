import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "#base/bytes.ts";
import { clusterOf } from "#metadata/index.ts";
import type { Ports } from "#ports/index.ts";
import { type Machine, simulate, type World } from "#sim/index.ts";
import { BootRefusedError, Replica } from "./index.ts";
import { createBucket, hasBucket, isDone, rigConfig } from "./replica-rig.ts";

function bucketName(i: number): string {
  return `bucket-${i}`;
}

async function create(replica: Replica, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i += 10) {
    const proposals = Array.from({ length: Math.min(10, to - i) }, (_, j) =>
      replica.propose(createBucket(bucketName(i + j))),
    );
    for (const result of await Promise.all(proposals)) assert.ok(isDone(result));
  }
}

function mustHave(replica: Replica, count: number): void {
  for (let i = 0; i < count; i++) {
    assert.ok(hasBucket(replica.reader, bucketName(i)), `bucket ${i} of ${count}`);
  }
}

/** What the trace says of boots, oldest first. */
function watchBoots(ports: Ports): { events: string[]; ports: Ports } {
  const events: string[] = [];
  const trace: Ports["trace"] = {
    write(level, event, fields) {
      if (event === "bootDecided") events.push(String(fields?.["decision"]));
      else if (event === "storeRebuilt" || event === "logReplayed") events.push(event);
      ports.trace.write(level, event, fields);
    },
  };
  return { events, ports: { ...ports, trace } };
}

async function openWatched(machine: Machine): Promise<{ replica: Replica; events: string[] }> {
  const { events, ports } = watchBoots(machine.boot());
  return { events, replica: await Replica.open(ports, { ...rigConfig(), founding: undefined }) };
}

/** Commands enough for two checkpoints and a log that no longer begins with entry 1. */
async function withCheckpoints(world: World, count = 1500): Promise<Replica> {
  const replica = await Replica.open(world.machine.boot(), rigConfig());
  await create(replica, 0, count);
  // What is due is written in the background.
  await world.sleep(2000);
  const { checkpointIndex, firstIndex } = replica.status();
  assert.ok(checkpointIndex > 0 && firstIndex > 1, "R4 the log was let go of behind checkpoints");
  return replica;
}

test("R3 skip, don't reapply: a boot replays what the store lacks, and nothing that it has", () =>
  run(1, async ({ machine }) => {
    const replica = await Replica.open(machine.boot(), rigConfig());
    await create(replica, 0, 40);
    const { appliedIndex } = replica.status();
    await machine.crash("everything");

    // The store has all: an entry applied twice would fail, since its bucket exists.
    const all = await openWatched(machine);
    assert.deepEqual(all.events, ["start"]);
    // The entry that a leader begins with, and the one that opens the session.
    assert.equal(all.replica.status().appliedIndex, appliedIndex + 2);
    mustHave(all.replica, 40);
    await create(all.replica, 40, 60);
    await machine.crash("nothing");

    // The store lacks what was not flushed.
    const some = await openWatched(machine);
    mustHave(some.replica, 60);
    await some.replica.close();
  }));

for (const loss of ["damaged", "lost", "condemned"] as const) {
  test(`R9 rebuild from the checkpoint: a store that is ${loss} is made anew`, () =>
    run(2, async (world) => {
      const { machine } = world;
      const replica = await withCheckpoints(world);
      await create(replica, 1500, 1520);
      await machine.crash("nothing");
      if (loss === "damaged") machine.stores.damage("store");
      if (loss === "lost") machine.stores.lose("store");
      if (loss === "condemned") {
        const ports = machine.boot();
        await (await ports.disk.open("replica/store-damaged", "create")).sync();
        await ports.disk.syncDirectory("replica");
        await machine.crash("nothing");
      }
      const rebuilt = await openWatched(machine);
      assert.deepEqual(rebuilt.events, ["rebuild-from-checkpoint", "storeRebuilt", "logReplayed"]);
      mustHave(rebuilt.replica, 1520);
      await create(rebuilt.replica, 1520, 1530);
      await rebuilt.replica.close();
      await machine.shutDown();
      const again = await openWatched(machine);
      assert.deepEqual(again.events, ["start"]);
      mustHave(again.replica, 1530);
    }));
}

test("R9 a damaged checkpoint is passed over; without any, a clear refusal", () =>
  run(3, async (world) => {
    const { machine } = world;
    await withCheckpoints(world);
    await machine.crash("nothing");
    const names = machine.disk.list("checkpoints").map(({ name }) => name);
    assert.equal(names.length, 2, "R4 two checkpoints are kept");
    const [older, newer] = names;
    machine.stores.lose("store");
    machine.disk.flipBit(`checkpoints/${newer}`, 5000, 2);
    const rebuilt = await openWatched(machine);
    assert.deepEqual(rebuilt.events.slice(0, 3), [
      "rebuild-from-checkpoint",
      "rebuild-from-checkpoint",
      "storeRebuilt",
    ]);
    mustHave(rebuilt.replica, 1500);
    await machine.crash("nothing");

    machine.stores.lose("store");
    machine.disk.flipBit(`checkpoints/${older}`, 5000, 2);
    await assert.rejects(openWatched(machine), (error) => {
      assert.ok(error instanceof BootRefusedError);
      assert.equal(error.reason, "log-begins-too-late");
      assert.match(error.message, /Lost at most: .*Next step: /);
      return true;
    });
  }));

test("R7 a store without checkpoints is made anew of the log, which is complete", () =>
  run(4, async ({ machine }) => {
    const replica = await Replica.open(machine.boot(), rigConfig());
    await create(replica, 0, 30);
    await machine.crash("nothing");
    machine.stores.damage("store");
    const rebuilt = await openWatched(machine);
    assert.deepEqual(rebuilt.events, ["rebuild-from-log", "logReplayed"]);
    mustHave(rebuilt.replica, 30);
  }));

test("R9 a damaged row is never given out; the node stops, the next boot has it right", () =>
  run(5, async (world) => {
    const { machine } = world;
    const replica = await withCheckpoints(world);
    await world.sleep(1000);
    machine.stores.flipBit("store", utf8(`b/${bucketName(7)}`), 3);
    assert.throws(() => hasBucket(replica.reader, bucketName(7)), { name: "StoreDamagedError" });
    const reason = await replica.failure;
    assert.equal(reason.name, "StoreDamagedError");
    await assert.rejects(replica.propose(createBucket("late")), { code: "stopped" });
    await replica.close();
    await machine.shutDown();
    const rebuilt = await openWatched(machine);
    assert.equal(rebuilt.events[0], "rebuild-from-checkpoint");
    mustHave(rebuilt.replica, 1500);
  }));

test("R9 a damaged row that a boot meets is made anew in the same start", () =>
  run(6, async ({ machine }) => {
    const replica = await Replica.open(machine.boot(), rigConfig());
    await create(replica, 0, 30);
    await replica.close();
    await machine.shutDown();
    // The cluster's own row, which opening a session reads.
    machine.stores.flipBit("store", utf8("x/c"), 3);
    const rebuilt = await openWatched(machine);
    assert.deepEqual(rebuilt.events.slice(0, 2), ["start", "rebuild-from-log"]);
    assert.equal(clusterOf(rebuilt.replica.reader)?.epoch, 1);
    mustHave(rebuilt.replica, 30);
  }));

/** What may be done to the log, and what a boot then says, after a clean stop and after a crash. */
const logLosses: Record<
  string,
  { harm: (machine: Machine, ports: Ports) => Promise<void>; clean: string; crashed: string }
> = {
  deleted: {
    harm: async (machine, { disk }) => {
      for (const { name } of machine.disk.list("log")) await disk.remove(`log/${name}`);
    },
    clean: "reset-log",
    crashed: "log-missing",
  },
  "without its newest segment": {
    harm: (machine, { disk }) => disk.remove(newestSegment(machine)),
    clean: "reset-log",
    crashed: "log-corrupt",
  },
  truncated: {
    harm: async (machine, { disk }) =>
      (await disk.open(newestSegment(machine), "update")).truncate(4500),
    clean: "reset-log",
    crashed: "log-corrupt",
  },
  flipped: {
    harm: async (machine) => machine.disk.flipBit(newestSegment(machine), 4200, 1),
    clean: "reset-log",
    crashed: "log-corrupt",
  },
};

function newestSegment(machine: Machine): string {
  const names = machine.disk.list("log").map(({ name }) => name);
  return `log/${names.filter((name) => name.endsWith(".log")).at(-1)}`;
}

for (const [name, { harm, clean, crashed }] of Object.entries(logLosses)) {
  test(`R7 a log that is ${name} is noticed after a crash`, () =>
    run(7, async (world) => {
      const { machine } = world;
      const replica = await Replica.open(machine.boot(), rigConfig());
      await create(replica, 0, 400);
      await world.sleep(100);
      await machine.kill();
      const ports = machine.boot();
      await harm(machine, ports);
      await assert.rejects(
        Replica.open(ports, { ...rigConfig(), founding: undefined }),
        (error) => {
          assert.ok(error instanceof BootRefusedError, String(error));
          assert.equal(error.reason, crashed);
          assert.match(error.message, /^log.*Lost at most: .*Next step: /);
          return true;
        },
      );
    }));

  test(`R7 a log that is ${name} after a clean stop is begun anew: the store has it all`, () =>
    run(8, async (world) => {
      const { machine } = world;
      const replica = await Replica.open(machine.boot(), rigConfig());
      await create(replica, 0, 200);
      const { term, lastIndex } = replica.status();
      await replica.close();
      await machine.shutDown();
      const { events, ports } = watchBoots(machine.boot());
      await harm(machine, ports);
      const reset = await Replica.open(ports, { ...rigConfig(), founding: undefined });
      assert.deepEqual(events, [clean]);
      assert.equal(reset.status().term, term + 1);
      assert.equal(reset.status().firstIndex, lastIndex + 1);
      mustHave(reset, 200);
      await create(reset, 200, 220);
      await world.sleep(1000);
      assert.ok(reset.status().checkpointIndex >= lastIndex, "R4 a checkpoint reaches the new log");
      await machine.crash("nothing");
      machine.stores.damage("store");
      const rebuilt = await openWatched(machine);
      mustHave(rebuilt.replica, 220);
    }));
}

test("R7 an older store is brought up to date, or refused where the log no longer reaches it", () =>
  run(9, async (world) => {
    const { machine } = world;
    const replica = await Replica.open(machine.boot(), rigConfig());
    await create(replica, 0, 20);
    // A store is there after a crash once something in it was made durable.
    while (replica.status().flushedIndex === 0) await world.sleep(10);
    const old = machine.stores.seen("store");
    await create(replica, 20, 40);
    await machine.crash("nothing");
    machine.stores.replace("store", old);
    const second = await openWatched(machine);
    assert.deepEqual(second.events, ["start", "logReplayed"]);
    mustHave(second.replica, 40);
    await create(second.replica, 40, 1500);
    await world.sleep(2000);
    assert.ok(second.replica.status().firstIndex > 30);
    await machine.crash("nothing");
    machine.stores.replace("store", old);
    const third = await openWatched(machine);
    assert.equal(third.events[0], "rebuild-from-checkpoint");
    mustHave(third.replica, 1500);
  }));

test("R7 an empty data directory is refused by a node that has kept data", () =>
  run(10, async ({ machine }) => {
    const opening = Replica.open(machine.boot(), { ...rigConfig(), founding: undefined });
    await assert.rejects(opening, { name: "BootRefusedError", reason: "all-missing" });
  }));

async function run(seed: number, body: (world: World) => Promise<void>): Promise<void> {
  await simulate(seed, body);
}
