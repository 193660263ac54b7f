import { assert } from "#base/assert.ts";
import { partitionCount } from "#base/partition.ts";
import { activeMembers, type Member } from "./member.ts";
import { quotasOf } from "./quotas.ts";
import { pairWeights, pairCost } from "./seat.ts";
import { loadsOf, type Row, rowOf, type Table } from "./table.ts";

// What tests and benchmarks of this room stand on: clusters, and tables measured.

/** How a cluster of a test is made up; zones, hosts and weights go round. */
export interface Shape {
  nodes: number;
  zones?: number;
  nodesPerHost?: number;
  weights?: readonly number[];
}

/** Members 1, 2, 3, ... that all take shards. */
export function cluster({ nodes, zones = 1, nodesPerHost = 1, weights = [1] }: Shape): Member[] {
  return Array.from({ length: nodes }, (_, i) => ({
    id: i + 1,
    host: `host-${Math.floor(i / zones / nodesPerHost)}-${i % zones}`,
    zone: `zone-${i % zones}`,
    weight: weights[i % weights.length] ?? 1,
    state: "up",
  }));
}

/** The table; throws where there is none. */
export function made(table: Table | undefined): Table {
  assert(table !== undefined, "a table was made");
  return table;
}

/** The largest share of its quota that a member holds of the first `width` indices. */
export function fullness(table: Table, members: readonly Member[], width: number): number {
  const active = activeMembers(members);
  const loads = loadsOf(table, width);
  const quotas = quotasOf(active, width);
  const shares = active.map(({ id }, i) => {
    const [load, quota] = [loads.get(id) ?? 0, quotas[i] ?? 0];
    return load === 0 ? 0 : load / quota;
  });
  return Math.max(...shares);
}

/** A1 and A2: throws where a table breaks them. */
export function checkTable(
  table: Table,
  members: readonly Member[],
  older: readonly Table[] = [],
): void {
  const active = new Set(activeMembers(members).map(({ id }) => id));
  for (let partition = 0; partition < partitionCount; partition++) {
    const row = rowOf(table, partition);
    assert(new Set(row).size === table.width, "A1: no node stands twice in a row");
    for (const [index, node] of row.entries()) {
      assert(active.has(node), "A1: only members that take shards stand in a row");
      for (const other of older.map((one) => rowOf(one, partition))) {
        const before = other.indexOf(node);
        assert(before === -1 || before === index, "A2: a node keeps its index");
      }
    }
  }
}

/** What a row's spread costs: each pair of members that fail together, as the planner counts. */
export function costOfRow(row: Row, members: ReadonlyMap<number, Member>): number {
  const weights = pairWeights(row.length);
  let cost = 0;
  for (let later = 1; later < row.length; later++) {
    for (let earlier = 0; earlier < later; earlier++) {
      const [a, b] = [members.get(row[later] ?? 0), members.get(row[earlier] ?? 0)];
      if (a !== undefined && b !== undefined) cost += pairCost(a, b) * (weights[later] ?? 0);
    }
  }
  return cost;
}
