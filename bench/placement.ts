// How good placement's tables are, and how long they take: node bench/placement.ts
import { planTable } from "#placement/index.ts";
import { type Member, movesBetween, quotasOf, type Table, widthFor } from "#placement/index.ts";
import { cluster, fullness, made, type Shape } from "#placement/rig.ts";

const widths = [3, 6];
const mixtures: readonly Omit<Shape, "nodes">[] = [
  {},
  { weights: [1, 2] },
  { weights: [1, 1, 4] },
  { zones: 3 },
  { zones: 3, weights: [1, 2] },
  { zones: 4 },
];
const sizes = [3, 6, 7, 12, 24, 50, 100];

interface Measured {
  table: Table;
  ms: number;
}

function measured(members: readonly Member[], open: readonly Table[]): Measured {
  const begun = performance.now();
  const table = made(planTable({ members, width: widthFor(members.length), open }));
  return { table, ms: performance.now() - begun };
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}

/** The fullest node's part of its share, for narrow units and for the widest. */
function level({ table }: Measured, members: readonly Member[]): string {
  return widths
    .filter((width) => width <= table.width)
    .map((width) => fullness(table, members, width).toFixed(3))
    .join(" / ");
}

/** Cells moved, over those that the nodes that came or went hold. */
function moved(before: Measured, after: Measured, least: number): string {
  return (movesBetween(before.table, after.table).count / least).toFixed(3);
}

function row(mixture: Omit<Shape, "nodes">, nodes: number): string[] {
  const members = cluster({ ...mixture, nodes });
  const fresh = measured(members, []);
  const cells = [`${nodes}`, level(fresh, members), `${fresh.ms.toFixed(0)} ms`];
  if (widthFor(nodes + 1) === widthFor(nodes)) {
    const more = cluster({ ...mixture, nodes: nodes + 1 });
    const grown = measured(more, [fresh.table]);
    const least = quotasOf(more, grown.table.width)[nodes] ?? 0;
    cells.push(level(grown, more), moved(fresh, grown, least));
  } else cells.push("", "");
  if (widthFor(nodes - 1) === widthFor(nodes)) {
    const gone = 1 + (nodes >> 1);
    const fewer = members.filter(({ id }) => id !== gone);
    const shrunk = measured(fewer, [fresh.table]);
    const held = sum(fresh.table.homes.map((id) => (id === gone ? 1 : 0)));
    cells.push(level(shrunk, fewer), moved(fresh, shrunk, held));
  } else cells.push("", "");
  return cells;
}

console.log("fullest node / its share, over the first 3 indices / over all; cells moved / least");
for (const mixture of mixtures) {
  console.log(`\n${JSON.stringify(mixture)}`);
  console.log("| nodes | from nothing | time | one more | moved | one less | moved |");
  console.log("|---|---|---|---|---|---|---|");
  for (const nodes of sizes) {
    if (nodes >= (mixture.zones ?? 1)) console.log(`| ${row(mixture, nodes).join(" | ")} |`);
  }
}
