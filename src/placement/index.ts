/**
 * Who is to hold which shard: members, the table partition x shard index -> node, and how one table
 * follows another. Inert, whole numbers only.
 *
 * A1. A row has a node for each shard, no node twice, and only members that take shards.
 * A2. A node that stands in several open tables of a partition has the same index in all of them.
 * A3. Rows spread over zones, then hosts, as evenly as A1 and A2 allow, in every width in use.
 * A4. A member holds its share by weight, within what the spread allows; in narrower widths too
 *     where a table is made from nothing.
 * A5. A shard stays where it is unless A1, A3 or A4 make it move.
 * A6. The same request gives the same table on every machine.
 *
 * It does not move shards, know who is alive, or decide when a transition is over.
 */
export {
  type ChangeRequest,
  type LayoutChange,
  memberSteps,
  type MemberStep,
  planChange,
  type Planned,
} from "./change.ts";
export {
  activeMembers,
  type Member,
  memberCountMax,
  type MemberState,
  tableWidthMax,
  weightMax,
  widthFor,
} from "./member.ts";
export { planTable, type PlanRequest } from "./plan.ts";
export { quotasOf } from "./quotas.ts";
export {
  foundingTable,
  loadsOf,
  type Moves,
  movesBetween,
  type Row,
  rowOf,
  type Table,
} from "./table.ts";
export { type Tolerance, toleranceOf } from "./tolerance.ts";
export {
  awaitedNodes,
  closeTransition,
  homesToTry,
  type Layout,
  openTablesMax,
  openTransition,
  undoTransition,
  unitRow,
} from "./transition.ts";
