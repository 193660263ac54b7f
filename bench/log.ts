/**
 * The log and the replica on a real disk, beside a bare loop that appends and syncs the same bytes
 * for all that wait, in one run. `node bench/log.ts [directory]`
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mib } from "#base/bytes.ts";
import { encodeCommand } from "#format/index.ts";
import {
  directoryDisk,
  lmdbStores,
  systemClock,
  systemEntropy,
  systemRandom,
} from "#host/index.ts";
import type { DiskFile, Trace } from "#ports/index.ts";
import { type CommandBody, Replica, type ReplicaPorts } from "#replica/index.ts";
import { rigConfig } from "#replica/replica-rig.ts";
import { createLog } from "#storage/index.ts";

const directory = mkdtempSync(join(process.argv[2] ?? tmpdir(), "hamster-log-"));
const clientCounts = [1, 32, 64];
const roundMs = 2500;

const trace: Trace = {
  write(level, event, fields) {
    if (level === "warn" || level === "error") console.error(event, fields);
  },
};
const ports: ReplicaPorts = {
  clock: systemClock,
  disk: directoryDisk(directory),
  entropy: systemEntropy,
  random: systemRandom(),
  stores: lmdbStores(join(directory, "stores")),
  trace,
};

/**
 * Runs so many loops at once for a while; prints turns a second and the main thread's time for
 * each.
 */
async function measure(
  name: string,
  clients: number,
  turn: () => Promise<unknown>,
): Promise<number> {
  let count = 0;
  const before = process.threadCpuUsage();
  const start = performance.now();
  const client = async (): Promise<void> => {
    while (performance.now() - start < roundMs) {
      await turn();
      count++;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const perSecond = (count / (performance.now() - start)) * 1000;
  const { user, system } = process.threadCpuUsage(before);
  const cpuUs = (user + system) / count;
  console.log(
    `${name}, ${clients} clients`.padEnd(44),
    `${perSecond.toFixed(0).padStart(8)}/s`,
    `${cpuUs.toFixed(1).padStart(7)} us CPU`,
  );
  return perSecond;
}

/** One write and one sync for all that wait, into a file that was written before: the floor. */
class BareLog {
  readonly #file: DiskFile;
  #offset = 0;
  #waiting: { bytes: Uint8Array; done: () => void }[] = [];
  #isRunning = false;

  constructor(file: DiskFile) {
    this.#file = file;
  }

  append(bytes: Uint8Array): Promise<void> {
    return new Promise((done) => {
      this.#waiting.push({ bytes, done });
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      const parts = batch.map(({ bytes }) => bytes);
      const sizeBytes = parts.reduce((sum, { length }) => sum + length, 0);
      if (this.#offset + sizeBytes > 64 * mib) this.#offset = 0;
      await this.#file.write(parts, this.#offset);
      this.#offset += sizeBytes;
      await this.#file.sync();
      for (const { done } of batch) done();
    }
    this.#isRunning = false;
  }
}

/** A command of the size that a small PUT proposes: about 400 bytes. */
function putCommand(i: number): CommandBody {
  return {
    kind: "createBucket",
    value: { bucket: `bucket-${i}`, owner: "o".repeat(340), lockEnabled: false },
  };
}

let drawn = 0;

async function main(): Promise<void> {
  const file = await ports.disk.open("floor", "create");
  await file.preallocate(64 * mib);
  await file.sync();
  const bare = new BareLog(file);
  const encode = (): Uint8Array =>
    encodeCommand({
      number: 1,
      lowWater: 1,
      unitLowWater: 1,
      timeUnixMs: 1e12,
      timeInDoubt: false,
      body: putCommand(drawn++),
    });
  const log = await createLog(ports, {
    directory: "bench-log",
    segmentSizeBytes: 16 * mib,
    cacheBytesMax: mib,
  });
  const { nodeId, founding } = rigConfig();
  const replica = await Replica.open(ports, { nodeId, founding });
  for (const clients of clientCounts) {
    const floor = await measure("bare append and sync", clients, () => bare.append(encode()));
    const logged = await measure("log", clients, () => {
      const index = log.lastIndex + 1;
      log.append({ entries: [{ term: 1, index, kind: "normal", data: encode() }] });
      if (index % 100_000 === 0) void log.truncateBefore(index - 1000);
      return log.sync();
    });
    const applied = await measure("replica", clients, () => replica.propose(putCommand(drawn++)));
    console.log(
      `  of the floor: log ${(logged / floor).toFixed(2)}, replica ${(applied / floor).toFixed(2)}`,
    );
  }
  console.log(replica.status());
  await replica.close();
  await log.close();
  await file.close();
}

await main();
rmSync(directory, { recursive: true });
