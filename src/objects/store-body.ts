import type { NewUnit } from "#format/index.ts";
import { ReplicaError } from "#replica/index.ts";
import { type Body, BodyWriter } from "./body-writer.ts";
import type { Refused } from "./commands.ts";
import type { ObjectsContext } from "./context.ts";
import { isNoRoom } from "./shard-store.ts";
import { isSmallBody, SmallBodyWriter } from "./small-body.ts";
import { TooFewShardsError } from "./unit-stage.ts";

/** The shelves keep what room they have left: writes are refused until there is more. */
export interface Full {
  readonly kind: "full";
}

/** Too few nodes take shards just now; nothing was stored, and it may be tried again. */
export interface Unavailable {
  readonly kind: "unavailable";
}

/** A body that so many layout changes overtake one after the other is given up. */
const rehomesMax = 3;

/**
 * Stores a body durably and then commits it: until the commit nothing of it can be seen, and where
 * there is none, nothing of it stays.
 *
 * @param commit proposes the command that names the units, given what the body's `finish` said;
 *   called again where a layout change has moved the units' homes
 * @throws whatever the body throws; a ReplicaError where it is not known what became of the commit
 */
export async function storeBody<Facts, Done extends { kind: "done" }>(
  context: ObjectsContext,
  body: Body<Facts>,
  commit: (units: NewUnit[], facts: Facts) => Promise<Done | Refused>,
): Promise<Done | Refused | Full | Unavailable> {
  const isSmall = isSmallBody(context, body.sizeBytes);
  const writer = isSmall ? new SmallBodyWriter(context) : new BodyWriter(context);
  let written: { units: NewUnit[]; facts: Facts };
  try {
    written = await writer.write(body);
  } catch (error) {
    await writer.discard();
    if (isNoRoom(error)) return { kind: "full" };
    if (!(error instanceof TooFewShardsError)) throw error;
    // Who gives up has its shards dropped: then it is not for the nodes.
    body.signal.throwIfAborted();
    return { kind: error.code };
  }
  let result: Done | Refused;
  let rehomes = 0;
  try {
    result = await commit(written.units, written.facts);
    for (; isOvertaken(result) && rehomes < rehomesMax; rehomes++) {
      await context.replica.readBarrier();
      if (!(await writer.rehome())) break;
      result = await commit(writer.describe(), written.facts);
    }
  } catch (error) {
    if (error instanceof ReplicaError && !error.mayStillHappen) await writer.discard();
    // It may be committed, now or later: the shards stay, and become garbage if it is not.
    else writer.release();
    throw error;
  }
  if (result.kind === "refused") {
    await writer.discard();
    return result;
  }
  writer.release();
  if (rehomes > 0) await writer.removeStrays();
  return result;
}

function isOvertaken(result: { kind: "done" } | Refused): boolean {
  return result.kind === "refused" && result.refusal.code === "not-home";
}
