import assert from "node:assert/strict";
import { test } from "node:test";
import {
  array,
  assert as check,
  asyncProperty,
  constant,
  constantFrom,
  integer,
  nat,
  oneof,
  record,
} from "fast-check";
import type { LogEntry } from "#format/index.ts";
import { type Machine, type Remains, simulate, type World } from "#sim/index.ts";
import { type Log, LogDamagedError, openLog } from "./index.ts";
import {
  emptyModel,
  holds,
  type ModelState,
  openRigLog,
  readAll,
  rigEntries,
  rigLogConfig,
} from "./log-rig.ts";

/** One thing that happens to a log. */
type Event =
  | { kind: "append"; count: number; sizeBytes: number; hasHardState: boolean }
  | { kind: "overwrite"; back: number; count: number }
  | { kind: "truncate"; back: number }
  | { kind: "letGo"; back: number }
  | { kind: "sync" }
  | { kind: "syncInBackground" }
  | { kind: "idle"; ms: number }
  | { kind: "reopen" }
  | { kind: "crash"; remains: Remains };

const remains = constantFrom<Remains>("nothing", "everything", "some");

const event = oneof(
  {
    weight: 5,
    arbitrary: record({
      kind: constant("append" as const),
      count: integer({ min: 1, max: 8 }),
      sizeBytes: nat(300),
      hasHardState: constantFrom(true, false),
    }),
  },
  {
    weight: 1,
    arbitrary: record({
      kind: constant("overwrite" as const),
      back: nat(30),
      count: integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: record({ kind: constant("truncate" as const), back: nat(30) }) },
  { weight: 1, arbitrary: record({ kind: constant("letGo" as const), back: nat(20) }) },
  { weight: 4, arbitrary: record({ kind: constant("sync" as const) }) },
  { weight: 3, arbitrary: record({ kind: constant("syncInBackground" as const) }) },
  { weight: 1, arbitrary: record({ kind: constant("idle" as const), ms: nat(60) }) },
  { weight: 1, arbitrary: record({ kind: constant("reopen" as const) }) },
  { weight: 2, arbitrary: record({ kind: constant("crash" as const), remains }) },
);

/**
 * A log, and what it may hold after a crash: the last state that is surely durable, and those
 * since.
 */
class Story {
  readonly world: World;
  readonly machine: Machine;
  log!: Log;
  states: ModelState[] = [emptyModel];
  #term = 1;

  constructor(world: World) {
    this.world = world;
    this.machine = world.machine;
  }

  get #now(): ModelState {
    return this.states.at(-1) ?? emptyModel;
  }

  async open(): Promise<void> {
    this.log = await openRigLog(this.machine.boot());
    let found: ModelState | undefined;
    for (const state of this.states) if (await holds(this.log, state)) found = state;
    assert.ok(found, "L2 L3 the log holds a state since the last that was durable");
    this.states = [found];
  }

  async happen(event: Event): Promise<void> {
    const { log } = this;
    const { entries } = this.#now;
    switch (event.kind) {
      case "append":
        return this.#append(entries.length + 1, event);
      case "overwrite":
        this.#term++;
        return this.#append(Math.max(log.firstIndex, entries.length - event.back), event);
      case "truncate": {
        const index = Math.max(log.firstIndex, entries.length - event.back);
        log.truncateFrom(index);
        this.states.push({ ...this.#now, entries: entries.slice(0, index - 1) });
        return;
      }
      case "letGo":
        await this.#sync();
        return log.truncateBefore(Math.max(1, this.#now.entries.length - event.back));
      case "sync":
        return this.#sync();
      case "syncInBackground":
        void log.sync();
        return;
      case "idle":
        return this.world.sleep(event.ms);
      case "reopen":
        this.states = [this.#now];
        await log.close();
        await this.machine.shutDown();
        return this.open();
      case "crash":
        await this.machine.crash(event.remains);
        return this.open();
    }
  }

  #append(
    from: number,
    {
      count,
      sizeBytes,
      hasHardState,
    }: { count: number; sizeBytes?: number; hasHardState?: boolean },
  ): void {
    const added = rigEntries(from, count, this.#term, sizeBytes);
    const now = this.#now;
    const entries = [...now.entries.slice(0, from - 1), ...added];
    const hardState =
      hasHardState === true ? { term: this.#term, vote: count, commit: from } : now.hardState;
    this.log.append({ entries: added, hardState: hasHardState === true ? hardState : undefined });
    // What an append cuts may be gone before what it puts there is durable; and what it puts there,
    // and last the hard state, may be in several records.
    for (let end = from - 1; end < entries.length; end++) {
      this.states.push({ ...now, entries: entries.slice(0, end) });
    }
    this.states.push({ entries, hardState: now.hardState }, { entries, hardState });
  }

  async #sync(): Promise<void> {
    await this.log.sync();
    this.states = [this.#now];
  }
}

test("L1 L2 L3 a log holds what its model says, over cuts, boots and crashes", async () => {
  await check(
    asyncProperty(nat(), array(event, { minLength: 1, maxLength: 60 }), async (seed, events) => {
      await simulate(seed, async (world) => {
        const story = new Story(world);
        await story.open();
        for (const event of events) await story.happen(event);
        await story.happen({ kind: "crash", remains: "some" });
      });
    }),
    { numRuns: 400 },
  );
});

test("L2 L3 a flipped bit is found, unless it hit what nothing yet says was durable", async () => {
  let corruptCount = 0;
  await check(
    asyncProperty(
      record({ seed: nat(), rounds: integer({ min: 1, max: 25 }), at: nat(), bit: nat(7) }),
      constantFrom(true, false),
      async ({ seed, rounds, at, bit }, isIdle) => {
        await simulate(seed, async (world) => {
          const { machine } = world;
          const log = await openRigLog(machine.boot());
          for (let round = 0; round < rounds; round++) {
            log.append({ entries: rigEntries(1 + round * 4, 4, 1 + (round >> 3)) });
            await log.sync();
          }
          if (isIdle) await world.sleep(100);
          const expected = await readAll(log);
          await machine.kill();
          const files = machine.disk.files("log").filter(({ path }) => path.endsWith(".log"));
          const file = files[at % files.length];
          assert.ok(file !== undefined);
          machine.disk.flipBit(file.path, at % file.file.seen.sizeBytes, bit);

          const found = await entriesOrDamage(machine);
          if (found instanceof Error) {
            corruptCount++;
            return;
          }
          // Whole, or without the last batch where nothing was written behind it.
          const lost = expected.length - found.length;
          assert.ok(lost === 0 || (lost === 4 && !isIdle), `${lost} entries lost`);
          assert.deepEqual(found, expected.slice(0, found.length));
        });
      },
    ),
    { numRuns: 250 },
  );
  assert.ok(corruptCount > 20, "the property meets damage");
});

async function entriesOrDamage(machine: Machine): Promise<Error | LogEntry[]> {
  try {
    const opened = await openLog(machine.boot(), rigLogConfig);
    if (opened.kind === "corrupt") return opened.damage;
    assert.equal(opened.kind, "intact");
    return opened.kind === "intact" ? await readAll(opened.log) : [];
  } catch (error) {
    if (error instanceof LogDamagedError) return error;
    throw error;
  }
}
