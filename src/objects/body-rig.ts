/*
 * Bodies stored and read on a rig, for tests.
 */
import { assert } from "#base/assert.ts";
import { concatBytes } from "#base/bytes.ts";
import type { NewUnit, Segment } from "#format/index.ts";
import { type BodyBytes, openBody } from "./body-stream.ts";
import { chunksOf, type Rig } from "./rig.ts";
import { storeBody } from "./store-body.ts";

const never = new AbortController().signal;

/** How a body is stored, where it is not as simple as can be. */
export interface StoreOptions {
  /** How long it is said to be. */
  readonly declaredBytes?: number;
  readonly finish?: () => Promise<string>;
  readonly signal?: AbortSignal;
  /** Called with the units before they are committed. */
  readonly beforeCommit?: (units: readonly NewUnit[]) => void;
}

/** What became of a body. */
export interface Stored {
  readonly kind: "done" | "refused" | "full" | "unavailable";
  readonly segments: readonly Segment[];
  readonly units: readonly NewUnit[];
}

/** Stores bytes as a body. */
export async function store(
  rig: Rig,
  bytes: Uint8Array,
  options: StoreOptions = {},
): Promise<Stored> {
  let segments: readonly Segment[] = [];
  let committed: readonly NewUnit[] = [];
  const body = {
    sizeBytes: options.declaredBytes ?? bytes.length,
    bytes: chunksOf(bytes, bytes.length),
    finish: options.finish ?? (() => Promise.resolve("facts")),
    signal: options.signal ?? never,
  };
  const { kind } = await storeBody(rig.context, body, async (units) => {
    assert(rig.shards.stagedCount === 0, "O1: nothing is staged when the commit is proposed");
    for (const unit of units) assertDurable(rig, unit);
    options.beforeCommit?.(units);
    const refusal = { code: "not-home", detail: "" } as const;
    if (!rig.accepts(units)) return { kind: "refused" as const, refusal };
    segments = rig.commit(units);
    committed = units;
    return { kind: "done" as const };
  });
  return { kind, segments, units: committed };
}

/** All shards of a unit are sealed where it says that they are, enough of them, each on its own. */
function assertDurable(rig: Rig, { id, encoding, homes, skipped }: NewUnit): void {
  const { k, m } = encoding;
  for (const [index, node] of homes.entries()) {
    if (skipped.includes(index)) continue;
    const name = { unit: id, encoding: encoding.id, index };
    assert(rig.holds(node, name), `O1: shard ${index} is sealed on node ${node}`);
  }
  assert(new Set(homes).size === k + m, "O7: no node has two shards of a unit");
  const floor = Math.min(k + 1, k + m);
  assert(k + m - skipped.length >= floor, "O8: the floor of durable shards");
}

/** Opens a range of a body. */
export function read(
  rig: Rig,
  segments: readonly Segment[],
  range: { offset: number; length: number; signal?: AbortSignal },
): Promise<BodyBytes> {
  const { offset, length, signal = never } = range;
  const cutOut = { segments: cut(segments, offset, length), sizeBytes: length, signal };
  return openBody(rig.context, cutOut);
}

/** The runs of units that a range of a body is made of. */
function cut(segments: readonly Segment[], offset: number, length: number): Segment[] {
  let at = 0;
  return segments.flatMap((segment) => {
    const start = Math.max(offset, at);
    const end = Math.min(offset + length, at + segment.lengthBytes);
    const offsetBytes = start - at;
    at += segment.lengthBytes;
    return start < end ? [{ ...segment, offsetBytes, lengthBytes: end - start }] : [];
  });
}

export async function collect(body: BodyBytes): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body;
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return concatBytes(parts);
}

/** All bytes of a body that was stored. */
export async function readAll(rig: Rig, { segments }: Stored): Promise<Uint8Array> {
  const length = segments.reduce((sum, { lengthBytes }) => sum + lengthBytes, 0);
  return collect(await read(rig, segments, { offset: 0, length }));
}

/** Whatever became of bodies, nothing is held for them any more. */
export function assertNothingHeld({ shards, numbers, context, clock }: Rig): void {
  assert(shards.stagedCount === 0, "O2: no shard stays staged");
  assert(numbers.size === 0, "O2: no number stays in use");
  assert(context.stripes.takenBytes === 0, "O5: no stripe is held");
  assert(context.reads.takenBytes === 0, "O5: no read is held");
  assert(context.rebuilds.takenBytes === 0, "O5: no rebuild is held");
  assert(clock.sleeperCount === 0, "nobody waits for anything");
}

/** What a failed write leaves: nothing at all, but on nodes that are away. */
export function assertNothingLeft(rig: Rig): void {
  assertNothingHeld(rig);
  const left = [...rig.shards.sealed.values()].filter(({ node }) => !rig.shards.down.has(node));
  assert(left.length === 0, "O2: no shard is left");
}
