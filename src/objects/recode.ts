import { equalBytes } from "#base/bytes.ts";
import type { Profile } from "#erasure/index.ts";
import type { EncodingSwap, Unit, UnitId } from "#format/index.ts";
import { ReplicaError } from "#replica/index.ts";
import { BodyReader } from "./body-reader.ts";
import { openBody } from "./body-stream.ts";
import { runCommand } from "./commands.ts";
import type { ObjectsContext } from "./context.ts";
import { InFlight } from "./in-flight.ts";
import { fillUnit, stripesInFlightMax } from "./unit-fill.ts";
import { planRecoding } from "./unit-plan.ts";
import { TooFewShardsError } from "./unit-stage.ts";
import { UnitWriter } from "./unit-writer.ts";
import { unitText, UnreadableError } from "./unreadable-error.ts";

/** A unit that is to be kept by another profile. */
export interface Recoding {
  readonly id: UnitId;
  readonly profile: Profile;
}

/** What became of it. */
export type RecodingOutcome =
  /** The new encoding counts; the one before it is garbage once its readers have had their time. */
  | { readonly kind: "recoded"; readonly lengthBytes: number }
  /** The unit or the layout has changed meanwhile: nothing was done, look again. */
  | { readonly kind: "overtaken" }
  /** Nothing was done, for want of room, of nodes, or of the unit's own bytes. */
  | { readonly kind: "held"; readonly by: "full" | "unavailable" | "unreadable" };

/** A unit whose new shards are durable and named by nothing yet. */
interface Coded {
  readonly kind: "coded";
  readonly writer: UnitWriter;
  readonly row: Unit;
}

/**
 * Codes units anew: reads each one verified, makes the new encoding durable at the homes that the
 * layout gives it now, and then lets it take the place of the one that was read, if that is still
 * the unit's. Whatever happens on the way, the one or the other can be read.
 *
 * @param units a few: all are read and written at once, and swapped by one command
 * @returns what became of each, in order
 * @throws ReplicaError where it is not known what became of the swap; the signal's reason
 */
export async function recodeUnits(
  context: ObjectsContext,
  units: readonly Recoding[],
  signal: AbortSignal,
): Promise<RecodingOutcome[]> {
  const settled = await Promise.allSettled(units.map((one) => codeAnew(context, one, signal)));
  const coded = settled.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
  const ready = coded.filter((one) => one.kind === "coded");
  const failed = settled.find((one) => one.status === "rejected");
  if (failed !== undefined) {
    await discardAll(context, ready);
    throw failed.reason;
  }
  const swapped = await swapAll(context, ready);
  return coded.map((one): RecodingOutcome => {
    if (one.kind !== "coded") return one;
    const { lengthBytes } = one.row;
    return swapped.has(one) ? { kind: "recoded", lengthBytes } : { kind: "overtaken" };
  });
}

async function codeAnew(
  context: ObjectsContext,
  { id, profile }: Recoding,
  signal: AbortSignal,
): Promise<Coded | RecodingOutcome> {
  const row = context.units.unit(id);
  if (row === undefined) return { kind: "overtaken" };
  try {
    const reader = await readerOf(context, { id, row, signal });
    try {
      const plan = planRecoding(context, { id, row, profile });
      if (typeof plan === "string") return { kind: "held", by: plan };
      const writer = await UnitWriter.begin(context, plan, signal);
      await write(context, writer, { reader, signal });
      const coded: Coded = { kind: "coded", writer, row };
      // What was read passed the checks of the old shards; this one is of the coding itself.
      if (equalBytes(writer.kept.describe().contentRoot, row.contentRoot)) return coded;
      await discardAll(context, [coded]);
      context.ports.trace.write("error", "codedWrong", { unit: unitText(id) });
      return { kind: "held", by: "unreadable" };
    } finally {
      await reader.close();
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TooFewShardsError) return { kind: "held", by: error.code };
    if (!(error instanceof UnreadableError)) throw error;
    return { kind: "held", by: error.code === "unavailable" ? "unavailable" : "unreadable" };
  }
}

/** The bytes of a unit, the first of them verified. */
async function readerOf(
  context: ObjectsContext,
  { id, row, signal }: { id: UnitId; row: Unit; signal: AbortSignal },
): Promise<BodyReader> {
  const sizeBytes = row.lengthBytes;
  const segments = [{ unit: id, offsetBytes: 0, lengthBytes: sizeBytes }];
  const body = await openBody(context, { segments, sizeBytes, signal });
  return new BodyReader(body instanceof Uint8Array ? only(body) : body);
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  yield bytes;
}

/** Fills the new shards and seals them; where that fails, nothing of them stays. */
async function write(
  context: ObjectsContext,
  writer: UnitWriter,
  { reader, signal }: { reader: BodyReader; signal: AbortSignal },
): Promise<void> {
  const writes = new InFlight(stripesInFlightMax);
  try {
    await fillUnit(context, writer, { reader, writes, signal });
    await reader.finish();
    await writes.finish();
    await writer.seal();
  } catch (error) {
    await writes.settle();
    await discard(context, writer);
    throw error;
  }
}

/** Swaps all that can be; what cannot is taken back. */
async function swapAll(
  context: ObjectsContext,
  ready: readonly Coded[],
): Promise<ReadonlySet<Coded | RecodingOutcome>> {
  if (ready.length === 0) return new Set();
  const swaps = ready.map((one) => swapOf(one));
  let result;
  try {
    const value = { swaps };
    result = await runCommand(context, { kind: "swapEncodings", value }, "encodingsSwapped");
  } catch (error) {
    const mayCount = !(error instanceof ReplicaError) || error.mayStillHappen;
    // It may be committed, now or later: the shards stay, and become garbage if it is not.
    if (mayCount) for (const { writer } of ready) writer.kept.release();
    else await discardAll(context, ready);
    throw error;
  }
  const outcomes = result.kind === "done" ? result.value.swapped : [];
  const swapped = ready.filter((_, i) => outcomes[i] !== undefined && !outcomes[i].refusal);
  for (const { writer } of swapped) writer.kept.release();
  const done = new Set<Coded | RecodingOutcome>(swapped);
  await discardAll(
    context,
    ready.filter((one) => !done.has(one)),
  );
  return done;
}

function swapOf({ writer, row }: Coded): EncodingSwap {
  const { id, encoding, homes, skipped } = writer.kept.describe();
  return { unit: id, replaced: row.encoding.id, encoding, homes, skipped };
}

async function discardAll(context: ObjectsContext, coded: readonly Coded[]): Promise<void> {
  for (const { writer } of coded) await discard(context, writer);
}

/** Takes the shards back. Those that cannot be taken back are garbage, which reclaim finds. */
async function discard(
  { ports }: Pick<ObjectsContext, "ports">,
  writer: UnitWriter,
): Promise<void> {
  try {
    await writer.discard();
  } catch (error) {
    ports.trace.write("warn", "shardsLeftBehind", { reason: String(error) });
  }
}
