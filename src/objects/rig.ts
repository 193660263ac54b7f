/*
 * A context over shards in memory, for tests of how bodies are cut, coded and read: any number of
 * nodes, and a state that is a map.
 */
import { assert } from "#base/assert.ts";
import { kib, mib } from "#base/bytes.ts";
import { partitionOf } from "#base/partition.ts";
import { seededPrng } from "#base/prng.ts";
import { Rebuilder, StripePool } from "#erasure/index.ts";
import type {
  CommandResult,
  EncodingSwap,
  NewUnit,
  Refusal,
  Segment,
  ShardName,
  Unit,
  UnitId,
} from "#format/index.ts";
import type { CuttingLimits, ObjectsContext } from "./context.ts";
import { ManualClock } from "./manual-clock.ts";
import { MemoryShards } from "./memory-shards.ts";
import { ByteBudget, StripeBudget } from "./memory-budget.ts";
import { ReadPace } from "./read-pace.ts";
import { Draws } from "./unit-plan.ts";

/** Small enough that a few hundred KiB take every turn. */
const smallLimits: CuttingLimits = { unitSizeBytes: 768 * kib, sliceSizeBytes: 64 * kib };

/** The widest profile takes so many nodes. */
const widthMax = 6;

export interface Rig {
  readonly context: ObjectsContext;
  readonly shards: MemoryShards;
  readonly clock: ManualClock;
  /** Numbers that were drawn and not given back. */
  readonly numbers: Set<number>;
  readonly rows: Map<string, Unit>;
  readonly events: string[];
  /** Grows with each layout; every one has homes of its own for each partition. */
  readonly layout: { version: number };
  /** Whether a node has a shard that is sealed. */
  readonly holds: (node: number, name: ShardName) => boolean;
  /** Whether a commit of these units would be taken. */
  accepts(units: readonly NewUnit[]): boolean;
  /** Called with swaps before they are decided. */
  beforeSwap: (swaps: readonly EncodingSwap[]) => Promise<void>;
  /** Makes units count as a commit does, and gives the body they make up. */
  commit(units: readonly NewUnit[]): Segment[];
}

/** @param nodeCount decides the profile */
export function makeRig(nodeCount: number, limits: CuttingLimits = smallLimits): Rig {
  const shards = new MemoryShards();
  const clock = new ManualClock();
  const numbers = new Set<number>();
  const rows = new Map<string, Unit>();
  const events: string[] = [];
  const layout = { version: 0 };
  let lastNumber = 0;
  const nodes = Array.from({ length: nodeCount }, (_, node) => node + 1);
  const homes = (partition: number): number[] => homesIn(nodes, layout.version * 4096 + partition);
  const context: ObjectsContext = {
    ports: {
      clock,
      random: seededPrng(1),
      trace: { write: (level, event) => void events.push(`${level} ${event}`) },
    },
    replica: {
      session: { epoch: 1, session: 7 },
      reader: { get: () => undefined, scan: () => [] },
      allocateNumber: () => {
        numbers.add(++lastNumber);
        return lastNumber;
      },
      releaseNumber: (number) => void numbers.delete(number),
      propose: async ({ kind, value }): Promise<CommandResult> => {
        assert(kind === "swapEncodings", "the rig commits bodies by itself");
        await rig.beforeSwap(value.swaps);
        const swapped = value.swaps.map((swap) => ({ refusal: swapIn(rows, homes, swap) }));
        return { outcome: { kind: "encodingsSwapped", value: { swapped } } };
      },
      readBarrier: () => Promise.resolve(),
    },
    units: {
      unit: (id) => rows.get(keyOf(id)),
      homes,
      holders: (partition, index) => homes(partition).slice(index, index + 1),
      members: () => nodes,
    },
    shards,
    draws: new Draws(),
    stripes: new StripeBudget(new StripePool(8 * mib)),
    reads: new ByteBudget(4 * mib),
    rebuilds: new ByteBudget(2 * mib),
    rebuilder: new Rebuilder(),
    pace: new ReadPace(clock),
    limits,
  };
  const accepts = (units: readonly NewUnit[]): boolean =>
    units.every((unit) => {
      const now = homes(partitionOf(unit.id));
      return unit.homes.every((node, index) => node === now[index]);
    });
  const commit: Rig["commit"] = (units) => units.map((unit) => commitIn(rows, unit));
  const holds: Rig["holds"] = (node, name) => shards.has(node, name);
  const rig: Rig = {
    context,
    shards,
    clock,
    numbers,
    rows,
    events,
    layout,
    holds,
    accepts,
    commit,
    beforeSwap: () => Promise.resolve(),
  };
  return rig;
}

function commitIn(rows: Map<string, Unit>, unit: NewUnit): Segment {
  const { id, lengthBytes, contentRoot, encoding } = unit;
  const row = { lengthBytes, contentRoot, encoding, references: 1, unreferencedUnixMs: 0 };
  rows.set(keyOf(id), row);
  return { unit: id, offsetBytes: 0, lengthBytes };
}

/** Swaps a unit's encoding as apply does, or says why not. */
function swapIn(
  rows: Map<string, Unit>,
  homesOf: (partition: number) => readonly number[],
  { unit, replaced, encoding, homes }: EncodingSwap,
): Refusal | undefined {
  const key = keyOf(unit);
  const row = rows.get(key);
  if (row === undefined) return { code: "no-such-unit", detail: "" };
  if (keyOf(row.encoding.id) !== keyOf(replaced)) return { code: "encoding-changed", detail: "" };
  const now = homesOf(partitionOf(unit));
  if (homes.some((node, index) => node !== now[index])) return { code: "not-home", detail: "" };
  rows.set(key, { ...row, encoding });
  return undefined;
}

/** The homes of a partition: any order of the nodes, the same for the same seed. */
function homesIn(nodes: readonly number[], seed: number): number[] {
  const prng = seededPrng(seed);
  const rest = [...nodes];
  const width = Math.min(nodes.length, widthMax);
  return Array.from({ length: width }, () => rest.splice(prng.below(rest.length), 1)[0] ?? 0);
}

function keyOf({ epoch, session, number }: UnitId): string {
  return `${epoch}.${session}.${number}`;
}

/** A body in chunks of drawn lengths, up to 100 KB. */
export async function* chunksOf(bytes: Uint8Array, seed: number): AsyncGenerator<Uint8Array> {
  const prng = seededPrng(seed);
  for (let at = 0; at < bytes.length;) {
    const size = prng.below(3) === 0 ? prng.below(300) : prng.below(100_000);
    await Promise.resolve();
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** The same bytes for the same arguments. */
export function contentOf(sizeBytes: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sizeBytes);
  const words = new Uint32Array(Math.ceil(sizeBytes / 4));
  for (let i = 0, x = seed + 1; i < words.length; i++) {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0;
    words[i] = x;
  }
  bytes.set(new Uint8Array(words.buffer, 0, sizeBytes));
  return bytes;
}
