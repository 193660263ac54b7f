import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeCommand, encodeCommand } from "#format/index.ts";
import { sessionOf } from "#metadata/index.ts";
import { type Machine, simulate, type World } from "#sim/index.ts";
import { createLog, openLog } from "#storage/index.ts";
import { Numbers } from "./numbers.ts";
import { Replica, ReplicaError } from "./index.ts";
import { createBucket, hasBucket, isDone, rigConfig } from "./replica-rig.ts";

function open(machine: Machine, limits = {}): Promise<Replica> {
  return Replica.open(machine.boot(), rigConfig(limits));
}

async function run(seed: number, body: (world: World) => Promise<void>): Promise<void> {
  await simulate(seed, body);
}

function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "none",
    (error: unknown) =>
      error instanceof ReplicaError ? `${error.code}${error.mayStillHappen ? "?" : ""}` : "other",
  );
}

const logConfig = { directory: "log", segmentSizeBytes: 16 * 1024, cacheBytesMax: 1024 };

test("a command waits for its answer as long as its proposer says", () =>
  run(1, async (world) => {
    const { machine } = world;
    const replica = await open(machine);
    machine.pace.slowness = 5000;
    const first = replica.propose(createBucket("bucket-a"));
    const slow = replica.propose(createBucket("bucket-b"), { timeoutMs: 500 });
    const abandon = new AbortController();
    const abandoned = replica.propose(createBucket("bucket-c"), { signal: abandon.signal });
    abandon.abort(new Error("gone"));
    assert.equal(await codeOf(abandoned), "timeout", "it was not in the log yet");
    assert.equal(
      await codeOf(replica.propose(createBucket("bucket-d"), { signal: abandon.signal })),
      "timeout",
    );
    assert.match(await codeOf(slow), /^timeout/);
    assert.ok(isDone(await first));
    await world.sleep(60_000);
    assert.ok(!hasBucket(replica.reader, "bucket-c"), "what was given up in time never happens");
    machine.pace.slowness = 1;
    await replica.close();
  }));

test("a command that is in the log happens, though its proposer has gone", () =>
  run(2, async (world) => {
    const { machine } = world;
    const replica = await open(machine);
    machine.pace.slowness = 100;
    const abandon = new AbortController();
    const proposal = replica.propose(createBucket("bucket-a"), { signal: abandon.signal });
    await world.sleep(1);
    abandon.abort();
    assert.equal(await codeOf(proposal), "timeout?");
    await world.sleep(10_000);
    assert.ok(hasBucket(replica.reader, "bucket-a"));
  }));

test("more than the queue holds is pushed back, and nothing of it happens", () =>
  run(3, async ({ machine }) => {
    const replica = await open(machine, { queueBytesMax: 2000 });
    const codes = await Promise.all(
      Array.from({ length: 40 }, (_, i) => codeOf(replica.propose(createBucket(`bucket-${i}`)))),
    );
    assert.deepEqual([...new Set(codes)].sort(), ["busy", "none"]);
    for (const [i, code] of codes.entries()) {
      assert.equal(hasBucket(replica.reader, `bucket-${i}`), code === "none");
    }
    assert.equal(replica.status().queuedBytes, 0);
    const huge = createBucket("x".repeat(20_000));
    assert.equal(await codeOf(replica.propose(huge)), "refused");
  }));

test("a full disk pushes commands back, reads go on, and it recovers", () =>
  run(4, async (world) => {
    const { machine } = world;
    const replica = await open(machine);
    machine.disk.foreignBytes = machine.disk.totalBytes;
    let created = 0;
    for (; created < 1000; created++) {
      const code = await codeOf(replica.propose(createBucket(`bucket-${created}`)));
      if (code === "busy") break;
      assert.equal(code, "none");
    }
    assert.ok(created > 10 && created < 1000, `${created} commands until the log was full`);
    await replica.readBarrier();
    assert.ok(hasBucket(replica.reader, "bucket-0"));
    assert.ok(!hasBucket(replica.reader, `bucket-${created}`));
    machine.disk.foreignBytes = 0;
    await world.sleep(2000);
    for (let i = 0; i < 200; i++) {
      assert.ok(isDone(await replica.propose(createBucket(`bucket-later-${i}`))));
    }
    await replica.close();
  }));

test("R1 a failed sync stops the node: nobody is told what is not known", () =>
  run(5, async ({ machine }) => {
    const replica = await open(machine);
    machine.faults.failNext("sync", /\.spare$/);
    const codes = await Promise.all([
      codeOf(replica.propose(createBucket("bucket-a"))),
      codeOf(replica.propose(createBucket("bucket-b"))),
    ]);
    assert.deepEqual(codes, ["stopped?", "stopped?"]);
    assert.equal((await replica.failure).name, "LogFailedError");
    assert.equal(await codeOf(replica.readBarrier()), "stopped");
    assert.equal(await codeOf(replica.propose(createBucket("bucket-c"))), "stopped");
    assert.equal(replica.status().role, "stopped");
    await replica.close();
    await machine.crash();
    const again = await open(machine);
    assert.ok(isDone(await again.propose(createBucket("bucket-c"))));
  }));

test("a store that cannot be made durable stops the node; the log has it all", () =>
  run(6, async (world) => {
    const { machine } = world;
    const replica = await open(machine);
    await world.sleep(100);
    machine.faults.failNext("flush", undefined, 1000);
    assert.ok(isDone(await replica.propose(createBucket("bucket-a"))));
    await replica.failure;
    await replica.close();
    machine.faults.stop();
    await machine.crash("nothing");
    const again = await open(machine);
    assert.ok(hasBucket(again.reader, "bucket-a"));
  }));

test("R8 behind a barrier everything is read that was answered before it was asked for", () =>
  run(11, async (world) => {
    const replica = await open(world.machine);
    const answered = new Set<string>();
    const write = async (lane: number): Promise<void> => {
      for (let i = 0; i < 20; i++) {
        const name = `bucket-${lane}-${i}`;
        await replica.propose(createBucket(name));
        answered.add(name);
      }
    };
    const writers = Promise.all([1, 2, 3, 4].map(write));
    for (let i = 0; i < 50; i++) {
      await world.sleep(1);
      const before = [...answered];
      await replica.readBarrier();
      for (const name of before) assert.ok(hasBucket(replica.reader, name));
    }
    await writers;
    const gone = AbortSignal.abort();
    assert.equal(await codeOf(replica.readBarrier({ signal: gone })), "timeout");
  }));

test("close answers what was proposed before", () =>
  run(7, async ({ machine }) => {
    const replica = await open(machine);
    const proposals = Array.from({ length: 50 }, (_, i) =>
      replica.propose(createBucket(`b-${i}00`)),
    );
    const closing = replica.close();
    assert.equal(await codeOf(replica.propose(createBucket("late"))), "stopped");
    for (const result of await Promise.all(proposals)) assert.ok(isDone(result));
    await closing;
    await replica.close();
  }));

test("R5 stamps never go back, though the clock does", () =>
  run(8, async (world) => {
    const { machine } = world;
    const replica = await open(machine);
    machine.clock.skewMs = -3_600_000;
    await replica.propose(createBucket("bucket-a"));
    await replica.close();
    await machine.shutDown();
    const second = await open(machine);
    await second.propose(createBucket("bucket-b"));
    await machine.kill();
    const opened = await openLog(machine.boot(), logConfig);
    assert.ok(opened.kind === "intact");
    const entries = await opened.log.readEntries(1, opened.log.lastIndex + 1, 1e6);
    // A leader begins with an entry that is empty.
    const commands = entries.filter(({ data }) => data.length > 0);
    const stamps = commands.map(({ data }) => decodeCommand(data).timeUnixMs);
    assert.ok(stamps.length >= 5);
    assert.deepEqual(
      stamps,
      [...stamps].sort((a, b) => a - b),
    );
  }));

test("a command of a newer program stops the node before it does anything", () =>
  run(9, async ({ machine }) => {
    const ports = machine.boot();
    const log = await createLog(ports, logConfig);
    const envelope = {
      number: 1,
      lowWater: 0,
      unitLowWater: 0,
      timeUnixMs: 5,
      timeInDoubt: false,
      body: undefined,
    };
    const data = encodeCommand(envelope);
    log.append({ entries: [{ term: 1, index: 1, kind: "normal", data }] });
    await log.sync();
    await log.close();
    await assert.rejects(Replica.open(ports, rigConfig()), { name: "UnknownCommandError" });
  }));

test("R6 commands carry how far their session's answers are known", () =>
  run(10, async ({ machine }) => {
    const replica = await open(machine);
    const unit = replica.allocateNumber();
    for (let i = 0; i < 20; i++) await replica.propose(createBucket(`bucket-${i}`));
    const before = sessionOf(replica.reader, replica.session);
    assert.equal(before?.unitLowWater, unit);
    assert.ok((before?.lowWater ?? 0) > unit + 10, "commands are not held back by units");
    replica.releaseNumber(unit);
    await replica.propose(createBucket("bucket-last"));
    assert.ok((sessionOf(replica.reader, replica.session)?.unitLowWater ?? 0) > unit + 10);
    assert.throws(() => replica.releaseNumber(unit), /R6/);
  }));

test("R6 low water is the smallest number in use, or the next", () => {
  const numbers = new Numbers();
  const units = [numbers.drawForUnit(), numbers.drawForUnit()];
  const command = numbers.drawForCommand();
  assert.deepEqual([...units, command], [1, 2, 3]);
  assert.deepEqual([numbers.unitLowWater, numbers.commandLowWater], [1, 3]);
  numbers.releaseUnit(1);
  assert.equal(numbers.unitLowWater, 2);
  numbers.releaseCommand(3);
  assert.equal(numbers.commandLowWater, 4);
  numbers.releaseUnit(2);
  assert.equal(numbers.unitLowWater, 4);
  for (let i = 4; i < 10_000; i++) {
    const drawn = numbers.drawForUnit();
    assert.equal(numbers.unitLowWater, drawn);
    numbers.releaseUnit(drawn);
  }
});
