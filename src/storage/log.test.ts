import assert from "node:assert/strict";
import { test } from "node:test";
import { simulate } from "#sim/index.ts";
import { createLog, LogDamagedError, LogFailedError, openLog } from "./index.ts";
import { openRigLog, readAll, rigEntries, rigEntry, rigLogConfig } from "./log-rig.ts";
import { decodeSegmentHeader, encodeFrame, encodeSegmentHeader } from "./segment-format.ts";

const hardState = { term: 3, vote: 1, commit: 2 };

test("L5 a segment begins with these bytes", () => {
  const { block, crc } = encodeSegmentHeader({
    segment: 2,
    sizeBytes: 6144,
    previous: { index: 9, term: 3 },
    hardState,
    previousTerms: [{ index: 5, term: 3 }],
  });
  assert.equal(block.length, 4096);
  assert.equal(
    block.subarray(0, 48).toHex(),
    "48414d53544c4f4701000000" +
      "9b285f091900000008021080301a040809100322060803100118022a0408051003000000",
  );
  assert.deepEqual(decodeSegmentHeader(block), {
    crc,
    header: {
      segment: 2,
      sizeBytes: 6144,
      previous: { index: 9, term: 3 },
      hardState,
      previousTerms: [{ index: 5, term: 3 }],
    },
  });
});

test("L5 a frame has these bytes", () => {
  const frame = encodeFrame(Uint8Array.of(1, 2, 3), {
    position: { segment: 2, offsetBytes: 4096 },
    syncedEnd: { segment: 1, offsetBytes: 5000 },
    previousCrc: 0x01020304,
  });
  assert.equal(frame.sizeBytes, 40);
  assert.equal(
    Buffer.concat(frame.parts).toString("hex"),
    "f313eecc" +
      "03000000" +
      "02000000" +
      "00100000" +
      "01000000" +
      "88130000" +
      "04030201" +
      "00000000" +
      "010203" +
      "0000000000",
  );
});

test("L1 entries can be read from memory and from disk, over segments and boots", async () => {
  await simulate(1, async ({ machine }) => {
    const log = await openRigLog(machine.boot());
    for (let index = 1; index <= 200; index += 10) {
      log.append({ entries: rigEntries(index, 10, 1 + Math.floor(index / 50)) });
      await log.sync();
    }
    assert.equal(log.entries(1, 10, 100), undefined, "old entries are not in memory");
    assert.deepEqual(log.entries(199, 201, 1e6), rigEntries(199, 2, 4));
    assert.equal(log.entries(199, 201, 1)?.length, 1, "one entry is given in any case");
    const all = await readAll(log);
    assert.equal(all.length, 200);
    assert.deepEqual(all[60], rigEntry(61, 2));
    assert.equal(log.term(0), 0);
    assert.equal(log.term(60), 2);
    assert.equal(log.term(201), undefined);
    await log.close();
    await machine.shutDown();

    const again = await openRigLog(machine.boot());
    assert.deepEqual(await readAll(again), all);
    assert.deepEqual([again.firstIndex, again.lastIndex], [1, 200]);
    assert.ok(machine.disk.list("log").length > 3, "there are several segments");
  });
});

test("L1 what is still on its way to the disk is waited for, and not read from there", async () => {
  await simulate(11, async ({ machine }) => {
    // The log remembers the newest entries only; older ones are not written yet.
    const log = await openRigLog(machine.boot());
    const entries = rigEntries(1, 40, 1);
    for (let i = 0; i < entries.length; i += 8) {
      log.append({ entries: entries.slice(i, i + 8) });
      const synced = log.sync();
      assert.deepEqual(await readAll(log), entries.slice(0, i + 8));
      await synced;
    }
    // The tail is replaced while it is read: what was there is not found again.
    const reading = readAll(log);
    log.append({ entries: rigEntries(10, 20, 2) });
    await reading.catch(() => undefined);
    assert.deepEqual(await readAll(log), [...entries.slice(0, 9), ...rigEntries(10, 20, 2)]);
  });
});

test("L1 a tail that a leader lacks is replaced, also in an older segment", async () => {
  await simulate(2, async ({ machine }) => {
    const log = await openRigLog(machine.boot());
    log.append({ entries: rigEntries(1, 100, 1) });
    await log.sync();
    log.append({ entries: rigEntries(91, 20, 2), hardState });
    log.append({ entries: rigEntries(20, 5, 3) });
    await log.sync();
    const expected = [...rigEntries(1, 19, 1), ...rigEntries(20, 5, 3)];
    assert.deepEqual(await readAll(log), expected);
    await machine.crash("nothing");
    const again = await openRigLog(machine.boot());
    assert.deepEqual(await readAll(again), expected);
    assert.deepEqual(again.hardState, hardState);
    assert.equal(again.term(19), 1);
    assert.equal(again.term(20), 3);
  });
});

test("whole segments are let go of, and their files are used again", async () => {
  await simulate(3, async ({ machine }) => {
    const log = await openRigLog(machine.boot());
    let lastIndex = 0;
    let filesMax = 0;
    for (let round = 0; round < 30; round++) {
      log.append({ entries: rigEntries(lastIndex + 1, 10, 1) });
      lastIndex += 10;
      await log.sync();
      if (lastIndex > 40) await log.truncateBefore(lastIndex - 40);
      filesMax = Math.max(filesMax, machine.disk.list("log").length);
    }
    assert.ok(log.firstIndex > 200 && log.firstIndex <= 260);
    assert.ok(filesMax <= 9, `${filesMax} files at most`);
    assert.equal(log.term(log.firstIndex - 1), 1, "the term before the first entry is known");
    await machine.crash();
    const again = await openRigLog(machine.boot());
    assert.equal(again.firstIndex, log.firstIndex);
    assert.equal(again.lastIndex, lastIndex);
  });
});

test("all that waits while a sync is under way shares the next one", async () => {
  await simulate(4, async ({ machine }) => {
    const config = { ...rigLogConfig, segmentSizeBytes: 64 * 1024 };
    const log = await openRigLog(machine.boot(), config);
    let syncs = 0;
    machine.onStep = ({ kind, target }) => {
      if (kind === "sync" && target.endsWith("0.spare")) syncs++;
    };
    const waiting: Promise<void>[] = [];
    for (let index = 1; index <= 100; index++) {
      log.append({ entries: [rigEntry(index, 1)] });
      waiting.push(log.sync());
      if (index === 50) await waiting[0];
    }
    await Promise.all(waiting);
    assert.ok(syncs >= 2 && syncs <= 3, `${syncs} syncs`);
  });
});

test("L4 after a failed sync the log is dead, and the sync is not tried again", async () => {
  await simulate(5, async ({ machine }) => {
    const log = await openRigLog(machine.boot());
    log.append({ entries: [rigEntry(1, 1)] });
    await log.sync();
    machine.faults.failNext("sync", /\.spare$/);
    log.append({ entries: [rigEntry(2, 1)] });
    const first = log.sync();
    log.append({ entries: [rigEntry(3, 1)] });
    const second = log.sync();
    await assert.rejects(first, LogFailedError);
    await assert.rejects(second, LogFailedError);
    await assert.rejects(log.sync(), LogFailedError);
    assert.throws(() => log.append({ entries: [rigEntry(4, 1)] }), LogFailedError);
    await assert.rejects(log.close(), LogFailedError);
  });
});

test("a full disk takes the log's room before it fails a write", async () => {
  await simulate(6, async (world) => {
    const { machine } = world;
    const log = await openRigLog(machine.boot());
    machine.disk.foreignBytes = machine.disk.totalBytes;
    let index = 0;
    while (log.roomBytes > 400) {
      log.append({ entries: [rigEntry(++index, 1, 100)] });
      await log.sync();
    }
    assert.ok(index > 10, "what was prepared is still used");
    machine.disk.foreignBytes = 0;
    assert.equal(await log.prepareRoom(), false, "so soon it is not tried again");
    await world.sleep(1500);
    assert.equal(await log.prepareRoom(), true);
    for (let i = 0; i < 50; i++) {
      log.append({ entries: [rigEntry(++index, 1, 100)] });
      await log.sync();
    }
    assert.equal((await readAll(log)).length, index);
  });
});

test("a log can begin behind an entry", async () => {
  await simulate(7, async ({ machine }) => {
    const ports = machine.boot();
    const old = await openRigLog(ports);
    old.append({ entries: rigEntries(1, 100, 1) });
    await old.sync();
    await old.close();
    const previous = { index: 500, term: 4 };
    const log = await createLog(ports, rigLogConfig, { previous, hardState });
    assert.deepEqual([log.firstIndex, log.lastIndex, log.term(500)], [501, 500, 4]);
    log.append({ entries: [rigEntry(501, 5)] });
    await log.sync();
    await machine.crash("nothing");
    const again = await openRigLog(machine.boot());
    assert.deepEqual(await readAll(again), [rigEntry(501, 5)]);
    assert.deepEqual(again.hardState, hardState);
  });
});

test("L2 damage is found with its place; a file that is cut, missing or swapped too", async () => {
  const damages: Record<string, { damage: (paths: string[]) => Damage; reason: RegExp }> = {
    "a flipped bit": { damage: ([, last]) => ({ flip: last ?? "", at: 4200 }), reason: /damaged/ },
    "a flipped header": {
      damage: ([, last]) => ({ flip: last ?? "", at: 30 }),
      reason: /checksum/,
    },
    "a flipped magic": { damage: ([first]) => ({ flip: first ?? "", at: 3 }), reason: /magic/ },
    "a cut file": { damage: ([, last]) => ({ cut: last ?? "", to: 5000 }), reason: /cut short/ },
    "a missing first file of three": {
      damage: ([, middle]) => ({ remove: middle ?? "" }),
      reason: /missing/,
    },
    "a missing last file": { damage: (all) => ({ remove: all.at(-1) ?? "" }), reason: /missing/ },
  };
  for (const [name, { damage, reason }] of Object.entries(damages)) {
    await simulate(8, async ({ machine }) => {
      const log = await openRigLog(machine.boot());
      for (let index = 1; index <= 100; index += 5) {
        log.append({ entries: rigEntries(index, 5, 1) });
        await log.sync();
      }
      await machine.crash("everything");
      const paths = machine.disk
        .list("log")
        .flatMap((entry) => (entry.name.endsWith(".log") ? [`log/${entry.name}`] : []));
      assert.ok(paths.length > 2, "there are segments before the newest two");
      const done = damage(name.startsWith("a missing") ? paths : paths.slice(-2));
      const ports = machine.boot();
      if ("flip" in done) machine.disk.flipBit(done.flip, done.at, 3);
      else if ("remove" in done) await ports.disk.remove(done.remove);
      else await (await ports.disk.open(done.cut, "update")).truncate(done.to);
      const opened = await openLog(ports, rigLogConfig);
      assert.equal(opened.kind, "corrupt", name);
      assert.ok(opened.kind === "corrupt" && opened.damage instanceof LogDamagedError);
      assert.match(opened.damage.message, reason, name);
      assert.match(opened.damage.message, /segment \d+, byte \d+/);
    });
  }
});

type Damage = { flip: string; at: number } | { cut: string; to: number } | { remove: string };

test("L2 once idle, damage to the very last record is told from a torn tail", async () => {
  for (const idleMs of [0, 100]) {
    await simulate(9, async (world) => {
      const { machine } = world;
      const log = await openRigLog(machine.boot());
      log.append({ entries: [rigEntry(1, 1)] });
      await log.sync();
      log.append({ entries: [rigEntry(2, 1)] });
      await log.sync();
      const { offsetBytes } = log.end;
      await world.sleep(idleMs);
      await machine.kill();
      machine.disk.flipBit("log/0000000001.log", offsetBytes - 12, 1);
      const opened = await openLog(machine.boot(), rigLogConfig);
      assert.equal(opened.kind, idleMs === 0 ? "intact" : "corrupt");
    });
  }
});

test("L2 a log that was closed must end where it ended", async () => {
  await simulate(10, async ({ machine }) => {
    const log = await openRigLog(machine.boot());
    log.append({ entries: rigEntries(1, 3, 1) });
    await log.sync();
    const end = await log.close();
    await machine.shutDown();
    const same = await openLog(machine.boot(), rigLogConfig, end);
    assert.equal(same.kind, "intact");
    await machine.crash("everything");
    machine.disk.flipBit("log/0000000001.log", end.offsetBytes - 20, 1);
    const opened = await openLog(machine.boot(), rigLogConfig, end);
    assert.equal(opened.kind, "corrupt");
  });
});
