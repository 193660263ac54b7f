// Shards that are let go of while layouts change, nodes lag behind, and answers come late: a model
// of four nodes, each with its own view of one log.
import assert from "node:assert/strict";
import { setImmediate as settled } from "node:timers/promises";
import { test } from "node:test";
import { mib } from "#base/bytes.ts";
import { partitionOf } from "#base/partition.ts";
import { type Prng, seededPrng } from "#base/prng.ts";
import type { ShardName, UnitId } from "#format/index.ts";
import { homesOf, layoutOf, type Reader } from "#metadata/index.ts";
import { ClusterRig } from "#metadata/rig-cluster.ts";
import { MemoryState, objectInfo } from "#metadata/rig.ts";
import type { CallHandler, Peers } from "#peering/index.ts";
import type { Shelf } from "#storage/index.ts";
import { Leaving, serveConfirmations } from "./confirm.ts";
import { dropMisplaced } from "./drop.ts";
import { surveyStretch } from "./walk-survey.ts";

const never = new AbortController().signal;
const unitCount = 6;
const seedCount = 24;

/** Lets what is waited for go on in a drawn order. */
class Turns {
  readonly #prng: Prng;
  readonly #waiting: (() => void)[] = [];
  #isOpen = false;

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  get count(): number {
    return this.#waiting.length;
  }

  /** Nobody waits any more. */
  open(): void {
    this.#isOpen = true;
    for (const go of this.#waiting.splice(0)) go();
  }

  wait(): Promise<void> {
    if (this.#isOpen) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async goOn(): Promise<void> {
    if (this.count === 0) return;
    this.#waiting.splice(this.#prng.below(this.count), 1)[0]?.();
    await settled();
  }
}

/** What is done with the layout, one after the other; `close` once all that it awaits have walked. */
const script: readonly ("drain" | "undrain" | "undo" | "close")[] = [
  "drain",
  "close",
  "undrain",
  "close",
  "drain",
  "undo",
  "close",
  "drain",
  "undo",
  "undo",
  "close",
  "undrain",
  "undo",
  "close",
  "undrain",
  "close",
  "drain",
  "undo",
  "undo",
  "undo",
  "close",
];

/** The layout at one point of the log. */
interface Chapter {
  readonly step: (typeof script)[number] | "begin";
  readonly state: MemoryState;
}

/** Plays the script once; every model reads the same. */
function history(): { chapters: readonly Chapter[]; units: readonly UnitId[] } {
  const rig = new ClusterRig();
  rig.createBucket("bucket-a");
  const units = Array.from({ length: unitCount }, (_, i) => {
    const unit = rig.unitOf(mib, { k: 1, m: 0 });
    const more = { units: [unit], object: objectInfo({ sizeBytes: mib }) };
    const { outcome } = rig.put({ bucket: "bucket-a", key: `k${i}` }, [], more);
    assert.equal(outcome?.kind, "versionPut");
    return unit.id;
  });
  rig.growBy(3);
  const chapters: Chapter[] = [{ step: "begin", state: copyOf(rig.state) }];
  for (const step of script) {
    if (step === "undo") rig.undo();
    else if (step === "close") rig.walkAll();
    else rig.change({ kind: step, node: 4 });
    assert.equal(rig.openTables, step === "close" ? 1 : 2, step);
    chapters.push({ step, state: copyOf(rig.state) });
  }
  return { chapters, units };
}

function copyOf(state: MemoryState): MemoryState {
  const copy = new MemoryState();
  const all = state.scan({ start: new Uint8Array(0) });
  copy.write([...all].map(([key, value]) => ({ key, value })));
  return copy;
}

const { chapters, units } = history();

/** A node's view of the log, and its shelf. */
class Node {
  readonly self: number;
  readonly names = new Map<string, ShardName>();
  readonly leaving = new Leaving();
  readonly confirm: CallHandler;
  readonly turns: Turns;
  /** The chapter that it has come to. */
  at: number;
  /** What it reads is not what was written. */
  isRotten = false;
  #isBusy = false;

  constructor(self: number, turns: Turns, at = 0) {
    this.self = self;
    this.turns = turns;
    this.at = at;
    let confirm: CallHandler | undefined;
    const serve: Peers["serve"] = (_, handler) => void (confirm = handler);
    serveConfirmations({ serve }, { ...this.context, traffic: { isBusy: false } });
    assert.ok(confirm);
    this.confirm = confirm;
  }

  /** The state as it is applied here. */
  get reader(): Reader {
    return chapters[this.at]?.state ?? assert.fail();
  }

  get version(): number {
    return layoutOf(this.reader)?.version ?? 0;
  }

  get context(): Omit<Parameters<typeof dropMisplaced>[0], "peers"> & {
    readonly self: number;
    readonly shelf: Pick<Shelf, "has" | "verify">;
  } {
    const clock = { monotonicMs: () => 0, unixMs: () => 0, sleep: () => Promise.resolve() };
    const ports = { clock, trace: { write: () => undefined } };
    const reader: Reader = {
      get: (key) => this.reader.get(key),
      scan: (range) => this.reader.scan(range),
    };
    return { ports, self: this.self, reader, shelf: this.#shelf, leaving: this.leaving };
  }

  get #shelf(): Pick<Shelf, "has" | "list" | "pages" | "remove" | "verify"> {
    const has = (name: ShardName): boolean => this.names.has(textOf(name));
    return {
      has,
      list: (partition) =>
        [...this.names.values()].filter(({ unit }) => partitionOf(unit) === partition),
      pages: () => [[...this.names.values()]].values(),
      remove: async (names) => {
        await this.turns.wait();
        for (const name of names) this.names.delete(textOf(name));
      },
      verify: async (name) => {
        const isThere = has(name);
        await this.turns.wait();
        if (!isThere) return { kind: "missing" };
        return this.isRotten ? { kind: "corrupt", block: 0, detail: "" } : { kind: "intact" };
      },
    };
  }

  keep(unit: UnitId): void {
    const name = { unit, encoding: unit, index: 0 };
    this.names.set(textOf(name), name);
  }

  has(unit: UnitId): boolean {
    return this.names.has(textOf({ unit, encoding: unit, index: 0 }));
  }

  apply(committed: number): void {
    if (this.at < committed) this.at++;
  }

  /** What its loop does: one thing at a time. */
  async do(task: () => Promise<void>): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    await task();
    this.#isBusy = false;
  }
}

function textOf({ unit, index }: ShardName): string {
  return `${unit.number}/${index}`;
}

class Model {
  readonly #prng: Prng;
  readonly #turns: Turns;
  readonly nodes: readonly Node[];
  /** The last chapter that is committed. */
  #committed = 0;
  /** Who has walked which layout. */
  readonly #walked = new Set<string>();
  dropCount = 0;

  constructor(seed: number) {
    this.#prng = seededPrng(seed);
    this.#turns = new Turns(this.#prng);
    this.nodes = [1, 2, 3, 4].map((self) => new Node(self, this.#turns));
    for (const unit of units) {
      const [home] = homesOf(this.nodes[0]?.reader ?? assert.fail(), partitionOf(unit));
      this.nodes.find(({ self }) => self === home)?.keep(unit);
    }
    this.check();
  }

  get isAtEnd(): boolean {
    return this.#committed === chapters.length - 1;
  }

  async step(): Promise<void> {
    const node = this.nodes[this.#prng.below(4)] ?? assert.fail();
    const draw = this.#prng.below(20);
    if (draw < 8) await this.#turns.goOn();
    else if (draw < 12) node.apply(this.#committed);
    else if (draw < 15) void node.do(() => this.#walk(node));
    else if (draw < 18) void node.do(() => this.#drop(node));
    else if (draw < 19) this.#commit();
    else this.#lose(node);
    await settled();
    this.check();
  }

  /** A disk dies, if all that it has is elsewhere too and nobody counts on it just now. */
  #lose(node: Node): void {
    if (this.#turns.count > 0 || this.#prng.below(4) > 0) return;
    const isElsewhere = (unit: UnitId): boolean =>
      this.nodes.some((other) => other !== node && other.has(unit));
    if (units.every((unit) => !node.has(unit) || isElsewhere(unit))) node.names.clear();
  }

  /** The next chapter, if it may come. */
  #commit(): void {
    const next = chapters[this.#committed + 1];
    const current = layoutOf(chapters[this.#committed]?.state ?? assert.fail());
    if (next === undefined || current === undefined) return;
    const { version, layout } = current;
    const isWalked = layout.awaited.every((node) => this.#walked.has(`${node} ${version}`));
    if (next.step !== "close" || isWalked) this.#committed++;
  }

  /** What the presence walk does: gets what is missing, then reports what it began with. */
  async #walk(node: Node): Promise<void> {
    const { version } = node;
    const shards = { standing: () => "up" as const };
    for (const unit of units) {
      const survey = surveyStretch({ ...node.context, shards }, partitionOf(unit));
      for (const { unit: id, holders } of survey.missing) {
        await this.#turns.wait();
        const having = this.nodes.filter((one) => one.has(id));
        const source = having.find(({ self }) => holders.includes(self)) ?? having[0];
        if (source === undefined) return;
        node.keep(id);
      }
    }
    if (node.version === version) this.#walked.add(`${node.self} ${version}`);
  }

  async #drop(node: Node): Promise<void> {
    const before = node.names.size;
    const call: Peers["call"] = async (other, _, body) => {
      await this.#turns.wait();
      const asked = this.nodes.find(({ self }) => self === other) ?? assert.fail();
      const answer = await asked.confirm(node.self, body, never);
      await this.#turns.wait();
      return answer;
    };
    await dropMisplaced({ ...node.context, peers: { call, self: node.self } }, never);
    this.dropCount += before - node.names.size;
  }

  check(): void {
    for (const unit of units) {
      const isLeft = this.nodes.some((node) => node.has(unit));
      assert.ok(isLeft, `U8: a copy of unit ${unit.number} is left`);
    }
  }

  /** Nothing changes any more: every shard comes to its home, and stays nowhere else. */
  async settle(): Promise<void> {
    for (let i = 0; i < 2 * chapters.length; i++) {
      for (const node of this.nodes) {
        for (let ahead = 0; ahead < chapters.length; ahead++) node.apply(this.#committed);
        void node.do(() => (i % 2 === 0 ? this.#walk(node) : this.#drop(node)));
      }
      while (this.#turns.count > 0) await this.#turns.goOn();
      await settled();
      this.#commit();
      this.check();
    }
    assert.ok(this.isAtEnd, "U7: transitions close");
    for (const unit of units) {
      const holders = this.nodes.filter((node) => node.has(unit));
      assert.equal(holders.length, 1, "U8: what belongs elsewhere is dropped");
    }
  }
}

/** Another layout with the homes of the second chapter. */
const laterChapter = 11;

/** A node that still has a shard, when all is closed, that belongs to another by now. */
function misplaced(): { from: Node; home: Node; unit: UnitId } {
  const turns = new Turns(seededPrng(1));
  const nodes = [1, 2, 3, 4].map((self) => new Node(self, turns, 2));
  const before = chapters[0]?.state ?? assert.fail();
  for (const unit of units) {
    const [old] = homesOf(before, partitionOf(unit));
    const [now] = homesOf(nodes[0]?.reader ?? assert.fail(), partitionOf(unit));
    const from = nodes.find(({ self }) => self === old);
    const home = nodes.find(({ self }) => self === now);
    if (from === undefined || home === undefined || from === home) continue;
    from.keep(unit);
    home.keep(unit);
    return { from, home, unit };
  }
  return assert.fail("a unit has moved");
}

/** Has a node drop what it may, while something happens. */
async function drop(
  from: Node,
  home: Node,
  { whileAsking = () => undefined, beforeUse = () => undefined }: Meanwhile = {},
): Promise<void> {
  const call: Peers["call"] = async (_, __, body) => {
    const answering = home.confirm(from.self, body, never);
    whileAsking();
    home.turns.open();
    const answer = await answering;
    beforeUse();
    return answer;
  };
  await dropMisplaced({ ...from.context, peers: { call, self: from.self } }, never);
}

interface Meanwhile {
  readonly whileAsking?: () => void;
  readonly beforeUse?: () => void;
}

test("U8 a shard is dropped once its home has read it, and not where that has not", async () => {
  const { from, home, unit } = misplaced();
  await drop(from, home);
  assert.deepEqual([from.has(unit), home.has(unit)], [false, true]);

  const lost = misplaced();
  lost.home.names.clear();
  await drop(lost.from, lost.home);
  assert.ok(lost.from.has(lost.unit), "the home has lost it");

  const rotten = misplaced();
  rotten.home.isRotten = true;
  await drop(rotten.from, rotten.home);
  assert.ok(rotten.from.has(rotten.unit), "the home's is damaged");
});

test("U8 an answer counts under the layout that both go by, from question to use", async () => {
  for (const [late, happens] of [
    ["home", "whileAsking"],
    ["from", "beforeUse"],
  ] as const) {
    const parts = misplaced();
    const { from, home, unit } = parts;
    await drop(from, home, { [happens]: () => void (parts[late].at = laterChapter) });
    assert.ok(from.has(unit), `${late} has moved on`);
  }
});

test("U8 nobody counts on a shard that is gone, or leaving, by the time of the answer", async () => {
  const gone = misplaced();
  await drop(gone.from, gone.home, { whileAsking: () => gone.home.names.clear() });
  assert.ok(gone.from.has(gone.unit));

  const { from, home, unit } = misplaced();
  const name = { unit, encoding: unit, index: 0 };
  const { promise, resolve } = Promise.withResolvers<void>();
  const leaving = home.leaving.during([name], () => promise);
  await drop(from, home);
  assert.ok(from.has(unit));
  resolve();
  await leaving;
});

test("U8 what belongs here by any open layout stays: it may be undone", async () => {
  const { from, home, unit } = misplaced();
  from.at = 1;
  home.at = 1;
  await drop(from, home);
  assert.ok(from.has(unit));
});

test("U8 whatever is late and whatever changes, no shard is dropped by its last holder", async () => {
  let dropCount = 0;
  for (let seed = 1; seed <= seedCount; seed++) {
    const model = new Model(seed);
    for (let i = 0; i < 1500 && !model.isAtEnd; i++) await model.step();
    await model.settle();
    dropCount += model.dropCount;
  }
  assert.ok(dropCount > seedCount, `${dropCount} were dropped`);
});
