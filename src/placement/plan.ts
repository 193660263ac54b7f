import { assert } from "#base/assert.ts";
import { partitionCount } from "#base/partition.ts";
import { Draft } from "./draft.ts";
import { fillDraft } from "./fill.ts";
import { levelLoads } from "./level.ts";
import { activeMembers, type Member } from "./member.ts";
import { spreadRows } from "./spread.ts";
import { swapWithinRows } from "./swap.ts";
import type { Table } from "./table.ts";

/** What a table is made from. */
export interface PlanRequest {
  /** As they are to be; those that are `up` take shards. */
  members: readonly Member[];
  /** Shards that a partition is to have homes for: at most as many as members take shards. */
  width: number;
  /** The tables that are open, newest first; none for a table from nothing. */
  open: readonly Table[];
  /** A member that is in no open table takes the place of another wherever that one stands. */
  replace?: { from: number; to: number } | undefined;
  /** Moves more, so that narrower widths have their right shares too as far as they can. */
  rebalance?: boolean | undefined;
}

/**
 * Makes a new table: spread over zones, then hosts; by weight in every width; and as near to the
 * newest open table as that allows. The same request gives the same table on every machine.
 *
 * @returns undefined where a partition has no room for one more node: each that could come in has
 *     another index in an open table
 */
export function planTable(request: PlanRequest): Table | undefined {
  const { members, width, open, replace, rebalance = false } = request;
  const isNew = open.every(({ homes }) => !homes.includes(replace?.to ?? 0));
  assert(replace === undefined || isNew, "A2: who takes a place stands nowhere yet");
  // In the other's place it is given the other's part of what does not divide evenly, too.
  const placeOf = ({ id }: Member): number => (id === replace?.to ? replace.from : id);
  const active = activeMembers(members).sort((a, b) => placeOf(a) - placeOf(b));
  const draft = new Draft({ members: active, width, open, replace });
  keepHomes(draft);
  if (!fillDraft(draft)) return undefined;
  spreadRows(draft);
  levelLoads(draft, rebalance);
  swapWithinRows(draft);
  return draft.toTable();
}

/** Starts from what is there: whoever still takes shards stays where it is. */
function keepHomes(draft: Draft): void {
  for (let partition = 0; partition < partitionCount; partition++) {
    for (let index = 0; index < draft.width; index++) {
      draft.set(partition, index, draft.keptAt(partition, index));
    }
  }
}
