import type { NewUnit } from "#format/index.ts";
import { ReplicaError } from "#replica/index.ts";
import { ShelfError } from "#storage/index.ts";
import { type Body, BodyWriter } from "./body-writer.ts";
import type { Refused } from "./commands.ts";
import type { ObjectsContext } from "./context.ts";
import { NoRoomError } from "./unit-writer.ts";

/** The shelf keeps what room it has left: writes are refused until there is more. */
export interface Full {
  readonly kind: "full";
}

/**
 * Stores a body durably and then commits it: until the commit nothing of it can be seen, and where
 * there is none, nothing of it stays.
 *
 * @param commit proposes the command that names the units, given what the body's `finish` said
 * @throws whatever the body throws; a ReplicaError where it is not known what became of the commit
 */
export async function storeBody<Facts, Done extends { kind: "done" }>(
  context: ObjectsContext,
  body: Body<Facts>,
  commit: (units: NewUnit[], facts: Facts) => Promise<Done | Refused>,
): Promise<Done | Refused | Full> {
  const writer = new BodyWriter(context);
  let written: { units: NewUnit[]; facts: Facts };
  try {
    written = await writer.write(body);
  } catch (error) {
    await writer.discard();
    if (isNoRoom(error)) return { kind: "full" };
    throw error;
  }
  let result: Done | Refused;
  try {
    result = await commit(written.units, written.facts);
  } catch (error) {
    if (error instanceof ReplicaError && !error.mayStillHappen) await writer.discard();
    // It may be committed, now or later: the shards stay, and become garbage if it is not.
    else writer.release();
    throw error;
  }
  if (result.kind === "refused") await writer.discard();
  else writer.release();
  return result;
}

function isNoRoom(error: unknown): boolean {
  return error instanceof NoRoomError || (error instanceof ShelfError && error.code === "full");
}
