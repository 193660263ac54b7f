import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { levels, type Standing, tolerancesOf, toleranceText } from "./tolerance.ts";

type Cluster = Parameters<typeof tolerancesOf>[0];

function clusterOf(options: {
  standings: readonly (Partial<Standing> & { isUp?: boolean })[];
  voters: readonly number[];
  units?: Cluster["units"];
}): Cluster {
  const nodes = new Map(
    options.standings.map((standing, i): [number, Standing] => [
      i + 1,
      { host: `h${i + 1}`, zone: "", isUp: true, ...standing },
    ]),
  );
  return { nodes, voters: options.voters, units: options.units ?? [] };
}

/** Whether a cluster reads and decides once all nodes of some groups are down as well. */
function survives(cluster: Cluster, down: (standing: Standing, node: number) => boolean) {
  const isUp = (node: number): boolean => {
    const standing = cluster.nodes.get(node);
    return standing !== undefined && standing.isUp && !down(standing, node);
  };
  const decides = cluster.voters.filter(isUp).length * 2 > cluster.voters.length;
  const reads = cluster.units.every(({ k, m, homes }) =>
    [...homes].every((nodes) => nodes.slice(0, k + m).filter(isUp).length >= k),
  );
  return { decides, reads };
}

const anyCluster: fc.Arbitrary<Cluster> = fc
  .record({
    standings: fc.array(
      fc.record({
        host: fc.constantFrom("x", "y", "z"),
        zone: fc.constantFrom("a", "b", "c"),
        isUp: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.boolean()),
      }),
      { minLength: 1, maxLength: 7 },
    ),
    voterCount: fc.integer({ min: 1, max: 5 }),
    orders: fc.array(fc.array(fc.nat(), { minLength: 7, maxLength: 7 }), { maxLength: 4 }),
    m: fc.nat(2),
  })
  .map(({ standings, voterCount, orders, m }) => {
    const ids = standings.map((_, i) => i + 1);
    const homes = orders.map((order) =>
      ids.toSorted((a, b) => (order[a - 1] ?? 0) - (order[b - 1] ?? 0)),
    );
    const parity = Math.min(m, ids.length - 1);
    const k = ids.length - parity;
    const units = [{ k: Math.min(k, 4), m: parity, homes }];
    return clusterOf({ standings, voters: ids.slice(0, voterCount), units });
  });

/** All ways to choose `count` of the groups. */
function* choices(groups: readonly string[], count: number): Generator<ReadonlySet<string>> {
  if (count === 0) yield new Set();
  else
    for (const [i, group] of groups.entries()) {
      for (const rest of choices(groups.slice(i + 1), count - 1)) yield new Set([group, ...rest]);
    }
}

test("J4 what is told is what can be lost, neither more nor less", () => {
  const groupOf = {
    nodes: (_: Standing, node: number) => String(node),
    hosts: ({ host, zone }: Standing) => JSON.stringify([zone, host]),
    zones: ({ zone }: Standing) => zone,
  };
  fc.assert(
    fc.property(anyCluster, fc.constantFrom(...levels), (cluster, level) => {
      const tolerance = tolerancesOf(cluster).find((one) => one.level === level);
      assert.ok(tolerance !== undefined);
      const up = [...cluster.nodes].filter(([, { isUp }]) => isUp);
      const groups = [...new Set(up.map(([node, standing]) => groupOf[level](standing, node)))];
      assert.equal(tolerance.upCount, groups.length);
      for (const kind of ["reads", "decides"] as const) {
        const told: number = kind === "reads" ? tolerance.reads : tolerance.decisions;
        const all = (count: number): boolean =>
          [...choices(groups, count)].every(
            (chosen) =>
              survives(cluster, (standing, node) => chosen.has(groupOf[level](standing, node)))[
                kind
              ],
          );
        assert.equal(told >= 0, all(0), `${kind} now`);
        for (let count = 1; count <= groups.length; count++) {
          assert.equal(told >= count, all(count), `${kind} without ${count} ${level}`);
        }
      }
    }),
  );
});

test("J4 the words say what an operator has to know", () => {
  const homes3 = [[1, 2, 3]];
  const words = (cluster: Cluster): readonly string[] => tolerancesOf(cluster).map(toleranceText);
  assert.deepEqual(
    words(clusterOf({ standings: [{}], voters: [1], units: [{ k: 1, m: 0, homes: [[1]] }] })),
    [
      "nodes: none may fail, there is only one",
      "hosts: none may fail, there is only one",
      "zones: none may fail, there is only one",
    ],
  );
  assert.match(
    words(
      clusterOf({ standings: [{}, {}], voters: [1, 2], units: [{ k: 1, m: 1, homes: [[1, 2]] }] }),
    )[0] ?? "",
    /with one down nothing is lost, but nothing can be read or written/,
  );
  const three = { voters: [1, 2, 3], units: [{ k: 2, m: 1, homes: homes3 }] };
  assert.deepEqual(words(clusterOf({ standings: [{}, {}, {}], ...three })), [
    "nodes: any 1 node may fail, and everything can be read and written",
    "hosts: any 1 host may fail, and everything can be read and written",
    "zones: none may fail, there is only one",
  ]);
  assert.match(
    words(clusterOf({ standings: [{}, {}, { isUp: false }], ...three }))[0] ?? "",
    /none may fail/,
  );
  assert.match(
    words(clusterOf({ standings: [{}, { isUp: false }, { isUp: false }], ...three }))[0] ?? "",
    /too few voters answer/,
  );
});
