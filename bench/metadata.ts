/**
 * What applying costs, beside codecs alone: commands on a state of 100,000 objects in memory, and
 * listings of it. `node bench/metadata.ts`
 */
import { decodeCommand, encodeCommand } from "#format/index.ts";
import { applyCommand, listObjects, StateBatch } from "#metadata/index.ts";
import { type Body, objectInfo, Rig, uuid } from "#metadata/rig.ts";

const objectCount = 100_000;
const batchSizes = [1, 8, 64];
const rounds = 5;

/** The median time of a turn, in microseconds, over rounds of `count` turns. */
function median(count: number, turns: () => void): number {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    turns();
    times.push(((performance.now() - start) * 1000) / count);
  }
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
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

/** Encoded puts, as they come from the log. */
function encodedPuts(count: number): Uint8Array[] {
  return Array.from({ length: count }, () => {
    const body = putBody();
    const number = rig.draw();
    return encodeCommand({
      session: rig.session,
      number,
      lowWater: Math.max(0, number - 128),
      unitLowWater: 0,
      timeUnixMs: ++rig.nowUnixMs,
      timeInDoubt: false,
      body,
    });
  });
}

function applyAll(log: readonly Uint8Array[], batchSize: number): number {
  let spentMs = 0;
  for (let first = 0; first < log.length; first += batchSize) {
    const start = performance.now();
    const batch = new StateBatch(rig.state);
    for (const bytes of log.slice(first, first + batchSize)) {
      applyCommand(batch, decodeCommand(bytes), { index: ++index });
    }
    const changes = batch.changes();
    spentMs += performance.now() - start;
    rig.state.write(changes);
  }
  return spentMs;
}

applyAll(encodedPuts(objectCount), 64);
const puts = 20_000;
const sample = encodedPuts(puts);
const commands = sample.map((bytes) => decodeCommand(bytes));
report("decode a put's command", median(puts, () => sample.forEach((bytes) => decodeCommand(bytes))));
report("encode a put's command", median(puts, () => commands.forEach((one) => encodeCommand(one))));
for (const batchSize of batchSizes) {
  const times = Array.from({ length: rounds }, () => {
    return (applyAll(encodedPuts(puts), batchSize) * 1000) / puts;
  }).sort((a, b) => a - b);
  report(
    `decode, apply, encode rows of a put, batches of ${batchSize}`,
    times[Math.floor(rounds / 2)] ?? 0,
  );
}

let listed = 0;
const listStart = performance.now();
for (let after: string | undefined = ""; after !== undefined; ) {
  const page = listObjects(rig.state, { bucket: "bench", after, limit: 1000 });
  listed += page.entries.length;
  after = page.next;
}
const listMs = performance.now() - listStart;
console.log(`list all ${listed} objects in pages of 1,000: ${Math.round((listed / listMs) * 1000)}/s`);
const folders = median(1, () => {
  listObjects(rig.state, { bucket: "bench", delimiter: "/", limit: 1000 });
});
report("list 97 folders of them by delimiter", folders);
