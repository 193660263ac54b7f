/**
 * The shelf on a real disk: small puts and gets a second beside bare appends with a sync and bare
 * positioned reads, and large puts beside bare files, in one run. `node bench/shelf.ts [directory]`
 */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { kib, mib } from "#base/bytes.ts";
import { blake3 } from "#base/hash.ts";
import { directoryDisk, lmdbStores, systemClock } from "#host/index.ts";
import { Shelf } from "#storage/index.ts";
import { putShard, type RigShard, rigShard } from "#storage/shelf-rig.ts";

const base = process.argv[2] ?? tmpdir();
const directory = mkdtempSync(join(base, "hamster-shelf-"));
const smallBytes = 4 * kib;
const clients = 32;
const roundMs = 3000;

/** Turns a second of `clients` loops at once. */
async function rate(turn: (i: number) => Promise<void>, lanes = clients): Promise<number> {
  let count = 0;
  const start = performance.now();
  const lane = async (): Promise<void> => {
    while (performance.now() - start < roundMs) await turn(count++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return (count / (performance.now() - start)) * 1000;
}

/** Main thread's CPU time for each turn, in microseconds. */
async function measured(name: string, turn: (i: number) => Promise<void>): Promise<number> {
  const before = process.threadCpuUsage();
  let turns = 0;
  const perSecond = await rate((i) => {
    turns++;
    return turn(i);
  });
  const spent = process.threadCpuUsage(before);
  const cpuUs = (spent.user + spent.system) / turns;
  console.log(
    name.padEnd(44),
    `${perSecond.toFixed(0).padStart(8)}/s`,
    `${cpuUs.toFixed(1).padStart(7)} us CPU`,
  );
  return perSecond;
}

async function smallFloors(): Promise<{ append: number; read: number }> {
  const disk = directoryDisk(directory);
  const file = await disk.open("floor", "create");
  const bytes = new Uint8Array(smallBytes).fill(7);
  let end = 0;
  // As the shelf does it: one write and one sync for all that wait.
  let waiting: (() => void)[] = [];
  let isRunning = false;
  const run = async (): Promise<void> => {
    isRunning = true;
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      await file.write(
        group.map(() => bytes),
        end,
      );
      end += group.length * smallBytes;
      await file.sync();
      for (const resolve of group) resolve();
    }
    isRunning = false;
  };
  const append = await measured("4 KiB append, shared fdatasync (bare)", () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push(resolve);
    if (!isRunning) void run();
    return promise;
  });
  const count = Math.floor(end / smallBytes);
  const read = await measured("4 KiB positioned read and BLAKE3 (bare)", async (i) => {
    const target = new Uint8Array(smallBytes);
    await file.read(target, ((i * 7919) % count) * smallBytes);
    blake3(target);
  });
  await file.close();
  return { append, read };
}

async function smallShards(shelf: Shelf, floors: { append: number; read: number }): Promise<void> {
  const shards: RigShard[] = [];
  for (let i = 0; i < 4096; i++) shards.push(rigShard(i, smallBytes));
  let number = 0;
  const put = await measured("4 KiB shard put", async (i) => {
    const shard = shards[i % shards.length];
    if (shard === undefined) return;
    const own = number++;
    const unit = { epoch: 1, session: 8, number: own };
    const staged = await shelf.stage({ ...shard.description, unit });
    if ("kind" in staged) throw new Error("full");
    await staged.write(shard.data);
    await staged.seal(shard.footer);
  });
  const get = await measured("4 KiB shard get", async (i) => {
    const own = (i * 7919) % number;
    const shard = shards[own % shards.length];
    if (shard === undefined) return;
    const unit = { epoch: 1, session: 8, number: own };
    const reader = await shelf.reader({ ...shard.name, unit }, shard.root);
    if (reader?.kind !== "reader") throw new Error("not there");
    const { kind } = await reader.read({ offsetBytes: 0, lengthBytes: smallBytes });
    if (kind !== "bytes") throw new Error("corrupt");
    await reader.close();
  });
  console.log(
    `ratio to the floors: put ${(put / floors.append).toFixed(2)},`,
    `get ${(get / floors.read).toFixed(2)}`,
  );
}

async function largeShards(shelf: Shelf, sizeBytes: number, lanes: number): Promise<void> {
  const disk = directoryDisk(directory);
  const shard = rigShard(1, sizeBytes);
  const slice = 256 * kib;
  const started = performance.now();
  const count = Math.max(lanes, Math.floor((192 * mib) / sizeBytes));
  let next = 0;
  const floorLane = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) {
      const file = await disk.open(`floor-${sizeBytes}-${i}`, "create");
      for (let at = 0; at < sizeBytes; at += slice) {
        await file.write([shard.data.subarray(at, at + slice)], at);
      }
      await file.sync();
      await file.close();
      await disk.rename(`floor-${sizeBytes}-${i}`, `done-${sizeBytes}-${i}`);
      await disk.syncDirectory("");
    }
  };
  await Promise.all(Array.from({ length: lanes }, floorLane));
  const floorMs = performance.now() - started;
  for (let i = 0; i < count; i++) await disk.remove(`done-${sizeBytes}-${i}`);
  next = 0;
  const shelfStarted = performance.now();
  const names: RigShard["name"][] = [];
  const lane = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) {
      const unit = { epoch: 2, session: sizeBytes, number: i };
      names.push({ ...shard.name, unit });
      const staged = await shelf.stage({ ...shard.description, unit });
      if ("kind" in staged) throw new Error("full");
      for (let at = 0; at < sizeBytes; at += slice) {
        await staged.write(shard.data.subarray(at, at + slice));
      }
      await staged.seal(shard.footer);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const shelfMs = performance.now() - shelfStarted;
  const speed = (ms: number): string => ((count * sizeBytes) / ms / 1000).toFixed(0).padStart(6);
  console.log(
    `${sizeBytes / kib} KiB shards, ${lanes} at once:`,
    `bare file ${speed(floorMs)} MB/s, shelf ${speed(shelfMs)} MB/s`,
  );
  const readStarted = performance.now();
  for (const name of names) {
    const reader = await shelf.reader(name, shard.root);
    if (reader?.kind !== "reader") throw new Error("not there");
    for (let offsetBytes = 0; offsetBytes < sizeBytes; offsetBytes += slice) {
      const lengthBytes = Math.min(slice, sizeBytes - offsetBytes);
      const read = await reader.read({ offsetBytes, lengthBytes });
      if (read.kind !== "bytes") throw new Error("corrupt");
    }
    await reader.close();
  }
  console.log(`  read back, verified: ${speed(performance.now() - readStarted)} MB/s`);
  await shelf.remove(names);
}

try {
  const ports = {
    clock: systemClock,
    disk: directoryDisk(directory),
    stores: lmdbStores(directory),
    trace: { write: () => undefined },
  };
  const floors = await smallFloors();
  const shelf = await Shelf.open(ports);
  await putShard(shelf, rigShard(1_000_000_007, smallBytes));
  await smallShards(shelf, floors);
  await largeShards(shelf, 256 * kib, 8);
  await largeShards(shelf, mib, 8);
  await largeShards(shelf, 64 * mib, 1);
  await shelf.close();
  const start = performance.now();
  await (await Shelf.open(ports)).close();
  console.log(`open after a clean stop: ${(performance.now() - start).toFixed(0)} ms`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
