import assert from "node:assert/strict";
import { test } from "node:test";
import { array, assert as check, asyncProperty, nat, tuple, uint8Array } from "fast-check";
import type { Ports } from "#ports/index.ts";
import { enumerateCrashPoints, simulate } from "#sim/index.ts";
import {
  CheckpointDamagedError,
  type CheckpointPlace,
  CheckpointReader,
  incomingPath,
  listCheckpoints,
  writeCheckpoint,
} from "./index.ts";

type Row = readonly [Uint8Array, Uint8Array];

const applied = { index: 42, term: 3 };

async function placeOf({ disk }: Ports): Promise<CheckpointPlace> {
  await disk.makeDirectory("checkpoints");
  await disk.syncDirectory("");
  return { disk, directory: "checkpoints" };
}

async function noPause(): Promise<void> {}

function rowsOf(count: number, valueSizeBytes: number): Row[] {
  return Array.from({ length: count }, (_, i) => [
    Uint8Array.of(i >> 8, i & 255),
    new Uint8Array(valueSizeBytes).fill(i),
  ]);
}

async function readRows(ports: Ports, path: string): Promise<Row[]> {
  const reader = await CheckpointReader.open(ports.disk, path);
  const rows: Row[] = [];
  try {
    for await (const piece of reader.pieces()) {
      for (const { key, value } of piece) rows.push([key, value]);
    }
  } finally {
    await reader.close();
  }
  return rows;
}

test("C1 a checkpoint has these bytes", async () => {
  await simulate(1, async ({ machine }) => {
    const ports = machine.boot();
    const rows: Row[] = [[Uint8Array.of(1), Uint8Array.of(2, 3)]];
    const place = await placeOf(ports);
    const { path } = await writeCheckpoint(place, { applied, rows, pause: noPause });
    assert.equal(path, "checkpoints/0000000000000042.checkpoint");
    assert.equal(
      machine.disk.file(path).seen.bytes().toHex(),
      "48414d5354434b5001000000" +
        "b74ef09c06000000000000000a04082a1003" +
        "795bbf2f0d000000010000000a070a01011202020312020801",
    );
  });
});

test("C1 rows come back as they were, in pieces, with a pause behind each", async () => {
  await simulate(2, async ({ machine }) => {
    const ports = machine.boot();
    const rows = rowsOf(300, 5000);
    let pauses = 0;
    const place = await placeOf(ports);
    const pause = async (): Promise<void> => void pauses++;
    const name = await writeCheckpoint(place, { applied, rows, pause });
    assert.equal(pauses, 5);
    assert.deepEqual(await listCheckpoints(place, ports.trace), [name]);
    assert.deepEqual(await readRows(ports, name.path), rows);
  });
});

test("C1 any flipped bit, any cut, is noticed before the end", async () => {
  await check(
    asyncProperty(
      array(tuple(uint8Array({ minLength: 1, maxLength: 20 }), uint8Array({ maxLength: 300 }))),
      nat(),
      nat(8),
      async (rows, at, bit) => {
        await simulate(3, async ({ machine }) => {
          const ports = machine.boot();
          const { path } = await writeCheckpoint(await placeOf(ports), {
            applied,
            rows,
            pause: noPause,
          });
          const { sizeBytes } = machine.disk.file(path).seen;
          if (bit < 8) machine.disk.flipBit(path, at % sizeBytes, bit);
          else await (await ports.disk.open(path, "update")).truncate(at % sizeBytes);
          await assert.rejects(readRows(ports, path), (error) => {
            const isNewer = error instanceof Error && error.name === "FormatError";
            return error instanceof CheckpointDamagedError || isNewer;
          });
        });
      },
    ),
    { numRuns: 150 },
  );
});

test("C1 power is cut at any step: a checkpoint that has its name is whole", async () => {
  const rows = rowsOf(10, 500);
  await enumerateCrashPoints<{ isWritten: boolean }>({
    name: "a checkpoint is written",
    seed: 4,
    prepare: async (ports) => {
      await placeOf(ports);
      return { isWritten: false };
    },
    run: async (ports, state) => {
      await writeCheckpoint(await placeOf(ports), { applied, rows, pause: noPause });
      state.isWritten = true;
    },
    check: async (ports, state) => {
      const place = await placeOf(ports);
      const names = await listCheckpoints(place, ports.trace);
      assert.ok(names.length === 1 || !state.isWritten);
      for (const { path } of names) assert.deepEqual(await readRows(ports, path), rows);
      const left = await ports.disk.list("checkpoints");
      assert.equal(left.length, names.length, "nothing unfinished is left");
    },
  });
});

test("C1 a checkpoint that fails leaves nothing behind", async () => {
  await simulate(5, async ({ machine }) => {
    const ports = machine.boot();
    const place = await placeOf(ports);
    machine.faults.failNext("sync", /checkpoint/);
    const source = { applied, rows: rowsOf(3, 100), pause: noPause };
    await assert.rejects(writeCheckpoint(place, source), { name: "DiskError" });
    assert.deepEqual(machine.disk.list("checkpoints"), []);
    await writeCheckpoint(place, source);
    assert.equal(machine.disk.list("checkpoints").length, 1);
  });
});

test("C1 what an earlier run left unfinished, or half received, is removed", async () => {
  await simulate(6, async ({ machine }) => {
    const ports = machine.boot();
    const place = await placeOf(ports);
    const { path } = await writeCheckpoint(place, {
      applied,
      rows: rowsOf(3, 100),
      pause: noPause,
    });
    for (const left of [`${path}.new`, incomingPath("checkpoints", 77)]) {
      await (await ports.disk.open(left, "create")).close();
    }
    const names = await listCheckpoints(place, ports.trace);
    assert.deepEqual(
      names.map((one) => one.path),
      [path],
    );
    assert.equal(machine.disk.list("checkpoints").length, 1);
  });
});
