import { partitionCount } from "#base/partition.ts";
import type { Member } from "./member.ts";
import { rowOf, type Table } from "./table.ts";

/** How many may fail at once, whichever they are, with every unit still readable. */
export interface Tolerance {
  nodes: number;
  hosts: number;
  zones: number;
}

/**
 * What a layout tolerates for units of a profile, at each level: the least that any partition does
 * in any of the tables that have room for them.
 *
 * @param members all that stand in the tables; one that is not among them fails by itself
 */
export function toleranceOf(
  tables: readonly Table[],
  members: readonly Member[],
  { k, m }: { k: number; m: number },
): Tolerance {
  const known = new Map(members.map((member) => [member.id, member]));
  const hostOf = (node: number): string => known.get(node)?.host ?? `node ${node}`;
  const zoneOf = (node: number): string => known.get(node)?.zone ?? `node ${node}`;
  const fitting = tables.filter(({ width }) => width >= k + m);
  const least = (nameOf: (node: number) => string): number => {
    let tolerated = fitting.length === 0 ? 0 : m;
    for (const table of fitting) {
      for (let partition = 0; partition < partitionCount; partition++) {
        const shards = rowOf(table, partition).subarray(0, k + m);
        tolerated = Math.min(tolerated, toleratedBy(shards, m, nameOf));
      }
    }
    return tolerated;
  };
  return { nodes: least(String), hosts: least(hostOf), zones: least(zoneOf) };
}

/** How many groups may go before more than `spare` shards have gone, the largest first. */
function toleratedBy(shards: Uint32Array, spare: number, nameOf: (node: number) => string): number {
  const counts = new Map<string, number>();
  for (const node of shards) {
    const name = nameOf(node);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  let lost = 0;
  let groups = 0;
  for (const count of [...counts.values()].sort((a, b) => b - a)) {
    lost += count;
    if (lost > spare) return groups;
    groups++;
  }
  return groups;
}
