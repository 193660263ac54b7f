/**
 * What applying costs, beside codecs alone: commands on a state of 100,000 objects in memory, and
 * listings of it. `node bench/metadata.ts`
 */
import { assert } from "#base/assert.ts";
import { decodeCommand, encodeCommand } from "#format/index.ts";
import { applyCommand, listObjects, type Reader, StateBatch } from "#metadata/index.ts";
import { type Body, objectInfo, Rig, uuid } from "#metadata/rig.ts";

const objectCount = 100_000;
const batchSizes = [1, 8, 64];
const rounds = 30;

/**
 * The least time of a turn, in microseconds, over rounds of `count` turns: others use the machine.
 */
function least(count: number, turns: () => void): number {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    turns();
    times.push(((performance.now() - start) * 1000) / count);
  }
  return Math.min(...times);
}

function report(what: string, us: number): void {
  console.log(`${what.padEnd(52)} ${us.toFixed(2).padStart(9)} us`);
}

const rig = new Rig();
rig.createBucket("bench");
let made = 0;

function putBody(): Body {
  const key = `folder-${made % 97}/object-${String(made++).padStart(9, "0")}`;
  const headers = {
    system: [{ name: "content-type", value: "application/octet-stream" }],
    user: [{ name: "mtime", value: "1700000000.5" }],
    storageClass: "",
  };
  const checksums = [
    { algorithm: "crc64nvme" as const, type: "full-object" as const, value: new Uint8Array(8) },
  ];
  const object = objectInfo({ sizeBytes: 4096, headers, checksums });
  const units = [rig.newUnit(4096)];
  const versionId = uuid(rig.nowUnixMs, rig.draw());
  return { kind: "putVersion", value: { bucket: "bench", key, versionId, object, units } };
}

let index = rig.log.length;
let firstNumber = 0;

/**
 * Encoded puts, as they come from the log; each run of 64 is what follows the state that is kept.
 */
function encodedPuts(count: number, isKept: boolean): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => {
    const body = putBody();
    const number = isKept ? rig.draw() : firstNumber + (i % 64);
    return encodeCommand({
      session: rig.session,
      number,
      lowWater: isKept ? Math.max(0, number - 128) : 0,
      unitLowWater: 0,
      timeUnixMs: ++rig.nowUnixMs,
      timeInDoubt: false,
      body,
    });
  });
}

let readMs = 0;
let reads = 0;
const timedState: Reader = {
  get(key) {
    reads++;
    const start = performance.now();
    const value = rig.state.get(key);
    readMs += performance.now() - start;
    return value;
  },
  scan: (range) => rig.state.scan(range),
};

/** Applies a log in batches; gives the time that took, without what the state itself does. */
function applyAll(log: readonly Uint8Array[], batchSize: number, isKept: boolean): number {
  let spentMs = 0;
  for (let first = 0; first < log.length; first += batchSize) {
    readMs = 0;
    const start = performance.now();
    const batch = new StateBatch(timedState);
    for (const bytes of log.slice(first, first + batchSize)) {
      const { outcome } = applyCommand(batch, decodeCommand(bytes), { index: ++index });
      assert(outcome?.kind === "versionPut", "a put is applied");
    }
    const changes = batch.changes();
    spentMs += performance.now() - start - readMs;
    if (isKept) rig.state.write(changes);
  }
  return spentMs;
}

applyAll(encodedPuts(objectCount, true), 64, true);
firstNumber = rig.draw();
const puts = 2_000;
const sample = encodedPuts(puts, false);
const commands = sample.map((bytes) => decodeCommand(bytes));
report(
  "decode a put's command",
  least(puts, () => sample.forEach((bytes) => decodeCommand(bytes))),
);
report(
  "encode a put's command",
  least(puts, () => commands.forEach((one) => encodeCommand(one))),
);
for (const batchSize of batchSizes) {
  const log = encodedPuts(puts, false);
  reads = 0;
  const times = Array.from({ length: rounds }, () => applyAll(log, batchSize, false));
  const us = (Math.min(...times) * 1000) / puts;
  report(`decode, apply, encode the rows of a put, ${batchSize} a batch`, us);
  console.log(`  rows read from the state a put: ${(reads / puts / rounds).toFixed(2)}`);
}

let listed = 0;
const listStart = performance.now();
for (let after: string | undefined = ""; after !== undefined;) {
  const page = listObjects(rig.state, { bucket: "bench", after, limit: 1000 });
  listed += page.entries.length;
  after = page.next;
}
const listMs = performance.now() - listStart;
console.log(
  `list all ${listed} objects in pages of 1,000: ${Math.round((listed / listMs) * 1000)}/s`,
);
const folders = least(1, () => {
  listObjects(rig.state, { bucket: "bench", delimiter: "/", limit: 1000 });
});
report("list 97 folders of them by delimiter", folders);
