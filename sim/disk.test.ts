import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { utf8 } from "#base/bytes.ts";
import type { DiskError } from "#base/disk-error.ts";
import type { Disk, DiskFile } from "#ports/index.ts";
import { type Machine, simulate } from "./index.ts";

async function contents(disk: Disk, path: string): Promise<string> {
  const file = await disk.open(path, "read");
  const bytes = new Uint8Array(await file.sizeBytes());
  await file.read(bytes, 0);
  await file.close();
  return new TextDecoder().decode(bytes);
}

async function put(disk: Disk, path: string, text: string): Promise<DiskFile> {
  const file = await disk.open(path, "create");
  await file.write([utf8(text)], 0);
  return file;
}

/** What many crashes of the same moment left, as a set of texts. */
async function outcomes(
  prepare: (disk: Disk, machine: Machine) => Promise<void>,
  look: (disk: Disk) => Promise<string>,
): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 120; seed++) {
    await simulate(seed, async ({ machine }) => {
      await prepare(machine.boot().disk, machine);
      await machine.crash("some");
      const { disk } = machine.boot();
      seen.add(await look(disk).catch((error: unknown) => (error as DiskError).code));
    });
  }
  return seen;
}

test("W4 synced bytes survive; later ones are lost, whole or torn", async () => {
  const seen = await outcomes(
    async (disk) => {
      const file = await put(disk, "a", "1234");
      await file.sync();
      await disk.syncDirectory("");
      await file.write([utf8("abcd")], 4);
    },
    (disk) => contents(disk, "a"),
  );
  for (const text of seen) assert.ok(text.startsWith("1234"));
  for (const text of ["1234", "1234abcd", "1234ab", "1234\0\0\0\0", "1234\0\0cd"]) {
    assert.ok(seen.has(text), `${JSON.stringify(text)} is among ${JSON.stringify([...seen])}`);
  }
});

test("W4 a sync covers what was written before it began, not what was written meanwhile", async () => {
  const seen = await outcomes(
    async (disk) => {
      const file = await put(disk, "a", "12");
      await disk.syncDirectory("");
      const syncs = [file.sync()];
      await file.write([utf8("34")], 2);
      syncs.push(file.sync());
      await syncs[0];
    },
    (disk) => contents(disk, "a"),
  );
  assert.ok(seen.has("12") && seen.has("1234"), JSON.stringify([...seen]));
});

test("W4 a durable write lasts, whatever becomes of those before it", async () => {
  const seen = await outcomes(
    async (disk) => {
      const file = await put(disk, "a", "12");
      await file.sync();
      await disk.syncDirectory("");
      await file.write([utf8("34")], 2);
      await file.writeDurably([utf8("56")], 4);
    },
    (disk) => contents(disk, "a"),
  );
  for (const text of seen) assert.match(text, /^12..56$/s);
  assert.ok(seen.has("12\0\x0056") && seen.has("123456"), JSON.stringify([...seen]));
});

test("W4 a durable write behind a cut makes the cut last too", async () => {
  const seen = await outcomes(
    async (disk) => {
      const file = await put(disk, "a", "123456");
      await file.sync();
      await disk.syncDirectory("");
      await file.truncate(2);
      await file.writeDurably([utf8("x")], 2);
    },
    (disk) => contents(disk, "a"),
  );
  assert.deepEqual([...seen], ["12x"]);
});

test("W4 names last only once their directory is synced, and a rename never loses the file", async () => {
  const seen = await outcomes(
    async (disk) => {
      await disk.makeDirectory("d");
      await (await put(disk, "a", "x")).sync();
      await disk.syncDirectory("");
      await disk.rename("a", "d/b");
      await disk.syncDirectory("d");
    },
    async (disk) => {
      const below = (await disk.list("d")).map(({ name }) => name);
      return [...(await disk.list("")).map(({ name }) => name), ...below].join();
    },
  );
  assert.deepEqual([...seen].sort(), ["a,d,b", "d,b"].sort());
});

test("a write under way when power goes may reach the disk, or a part of it", async () => {
  const seen = await outcomes(
    async (disk) => {
      const file = await put(disk, "a", "");
      await disk.syncDirectory("");
      void file.write([utf8("abcd")], 0);
    },
    (disk) => contents(disk, "a"),
  );
  assert.ok(seen.has("") && seen.has("abcd") && seen.has("ab"));
});

test("after a failed sync a second one says yes and does nothing", async () => {
  const seen = await outcomes(
    async (disk, machine) => {
      const file = await put(disk, "a", "old!");
      await file.sync();
      await disk.syncDirectory("");
      await file.write([utf8("new!")], 0);
      machine.faults.failNext("sync");
      await assert.rejects(file.sync(), { code: "io" });
      await file.sync();
    },
    (disk) => contents(disk, "a"),
  );
  assert.ok(seen.has("old!") && seen.has("new!"), JSON.stringify([...seen]));
});

test("a killed process leaves what it wrote", async () => {
  await simulate(1, async ({ machine }) => {
    await put(machine.boot().disk, "a", "unsynced");
    await machine.kill();
    assert.equal(await contents(machine.boot().disk, "a"), "unsynced");
  });
});

test("a full disk refuses, and has room again once files are removed and closed", async () => {
  await simulate(1, async ({ machine }) => {
    const { disk } = machine.boot();
    machine.disk.totalBytes = 10_000;
    const file = await put(disk, "a", "x".repeat(6000));
    await disk.open("b", "create").then(async (other) => {
      await assert.rejects(other.write([new Uint8Array(6000)], 0), { code: "full" });
      await assert.rejects(other.preallocate(12_000), { code: "full" });
      await other.truncate(0);
      await disk.remove("a");
      await assert.rejects(other.write([new Uint8Array(6000)], 0), { code: "full" });
      await other.truncate(0);
      await file.close();
      await other.write([new Uint8Array(6000)], 0);
    });
    assert.equal((await disk.space()).freeBytes, 4000);
    await machine.crash("nothing");
    assert.equal((await machine.boot().disk.space()).freeBytes, 10_000);
  });
});

test("planned and drawn faults strike, and are counted", async () => {
  await simulate(1, async ({ machine }) => {
    const { disk } = machine.boot();
    const file = await put(disk, "data", "");
    machine.faults.failNext("write", /data/);
    await assert.rejects(file.write([utf8("x")], 0), { code: "io" });
    await file.write([utf8("x")], 0);
    machine.faults.perMillion.read = 500_000;
    let failed = 0;
    for (let i = 0; i < 100; i++) await file.read(new Uint8Array(1), 0).catch(() => failed++);
    assert.ok(failed > 20 && failed < 80);
    assert.equal(machine.faults.fired.get("read"), failed);
    assert.equal(machine.faults.fired.get("write"), 1);
  });
});

test("a flipped bit stays flipped, over crashes too", async () => {
  await simulate(1, async ({ machine }) => {
    const { disk } = machine.boot();
    await (await put(disk, "a", "abc")).sync();
    await disk.syncDirectory("");
    machine.disk.flipBit("a", 1, 0);
    assert.equal(await contents(disk, "a"), "acc");
    await machine.crash("nothing");
    assert.equal(await contents(machine.boot().disk, "a"), "acc");
  });
});

test("parts that change while they are written are found out", async () => {
  const run = simulate(1, async ({ machine }) => {
    const file = await machine.boot().disk.open("a", "create");
    const bytes = utf8("before");
    const written = file.write([bytes], 0);
    bytes[0] = 0;
    await written;
  });
  await assert.rejects(run, /do not change before it settles/);
});

/** One thing that is done to a file of the model. */
const action = fc.oneof(
  fc.record({
    kind: fc.constant("write" as const),
    offset: fc.nat(10_000),
    size: fc.integer({ min: 1, max: 9000 }),
  }),
  fc.record({ kind: fc.constant("truncate" as const), size: fc.nat(12_000) }),
  fc.record({ kind: fc.constant("sync" as const) }),
  fc.record({ kind: fc.constant("crash" as const) }),
);

test("W4 any writes, cuts, syncs and crashes agree with plain arrays", async () => {
  const property = fc.asyncProperty(fc.nat(), fc.array(action), async (seed, actions) => {
    await simulate(seed, async ({ machine }) => {
      let file = await machine.boot().disk.open("a", "create");
      await file.sync();
      let seen = new Uint8Array(0);
      let durable = seen;
      await machine.crash("everything");
      file = await machine.boot().disk.open("a", "update");
      for (const [index, done] of actions.entries()) {
        if (done.kind === "write") {
          const grown = new Uint8Array(Math.max(seen.length, done.offset + done.size));
          grown.set(seen);
          grown.fill(index + 1, done.offset, done.offset + done.size);
          seen = grown;
          await file.write([new Uint8Array(done.size).fill(index + 1)], done.offset);
        } else if (done.kind === "truncate") {
          seen = seen.slice(0, done.size);
          await file.truncate(done.size);
        } else if (done.kind === "sync") {
          durable = seen;
          await file.sync();
        } else {
          await machine.crash("nothing");
          seen = durable;
          file = await machine.boot().disk.open("a", "update");
        }
        const target = new Uint8Array(seen.length + 1);
        assert.equal(await file.read(target, 0), seen.length);
        assert.ok(seen.every((byte, at) => target[at] === byte));
      }
    });
  });
  await fc.assert(property, { numRuns: 60 });
});
