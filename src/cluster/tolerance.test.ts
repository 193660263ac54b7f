import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Level, levels, type Standing, tolerancesOf, toleranceText } from "./tolerance.ts";

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
  // Each shard may be at that one of its places which fails.
  const isLost = (places: readonly number[]): boolean => places.length === 0 || !places.every(isUp);
  const reads = cluster.units.every(({ m, partitions }) =>
    partitions.every((shards) => shards.filter(isLost).length <= m),
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
    const parity = Math.min(m, ids.length - 1);
    const shardCount = Math.min(ids.length, 4 + parity);
    const partitions = orders.map((order) =>
      ids
        .toSorted((a, b) => (order[a - 1] ?? 0) - (order[b - 1] ?? 0))
        .slice(0, shardCount)
        .map((node) => [node]),
    );
    const units = [{ m: parity, partitions }];
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

const groupOf = {
  nodes: (_: Standing, node: number) => String(node),
  hosts: ({ host, zone }: Standing) => JSON.stringify([zone, host]),
  zones: ({ zone }: Standing) => zone,
};

/** Whether a cluster reads, or decides, whichever `count` of the groups that are up it loses. */
function survivesAny(cluster: Cluster, level: Level, count: number, kind: "reads" | "decides") {
  const up = [...cluster.nodes].filter(([, { isUp }]) => isUp);
  const groups = [...new Set(up.map(([node, standing]) => groupOf[level](standing, node)))];
  return [...choices(groups, count)].every(
    (chosen) =>
      survives(cluster, (standing, node) => chosen.has(groupOf[level](standing, node)))[kind],
  );
}

test("J4 what is told is what can be lost, neither more nor less", () => {
  fc.assert(
    fc.property(anyCluster, fc.constantFrom(...levels), (cluster, level) => {
      const tolerance = tolerancesOf(cluster).find((one) => one.level === level);
      assert.ok(tolerance !== undefined);
      for (const kind of ["reads", "decides"] as const) {
        const told: number = kind === "reads" ? tolerance.reads : tolerance.decisions;
        assert.equal(told >= 0, survivesAny(cluster, level, 0, kind), `${kind} now`);
        for (let count = 1; count <= tolerance.upCount; count++) {
          const all = survivesAny(cluster, level, count, kind);
          assert.equal(told >= count, all, `${kind} without ${count} ${level}`);
        }
      }
    }),
  );
});

test("J4 while shards move, no more is told than can be lost", () => {
  fc.assert(
    fc.property(anyCluster, fc.constantFrom(...levels), fc.nat(), (cluster, level, choice) => {
      const up = [...cluster.nodes].filter(([, { isUp }]) => isUp).map(([node]) => node);
      const other = up[choice % Math.max(up.length, 1)];
      if (other === undefined) return;
      // The first shard is on its way to or from another node.
      const units = cluster.units.map(({ m, partitions }) => ({
        m,
        partitions: partitions.map(([first = [], ...rest]) => {
          return [[...first.filter((node) => up.includes(node)), other], ...rest];
        }),
      }));
      const moving = { ...cluster, units };
      const told = tolerancesOf(moving).find((one) => one.level === level)?.reads ?? 0;
      if (told >= 0) assert.ok(survivesAny(moving, level, told, "reads"));
    }),
  );
});

test("J4 the words say what an operator has to know", () => {
  const alone = { m: 0, partitions: [[[1]]] };
  const copied = { m: 1, partitions: [[[1], [2]]] };
  const spread = { m: 1, partitions: [[[1], [2], [3]]] };
  const words = (cluster: Cluster): readonly string[] => tolerancesOf(cluster).map(toleranceText);
  assert.deepEqual(words(clusterOf({ standings: [{}], voters: [1], units: [alone] })), [
    "nodes: none may fail, there is only one",
    "hosts: none may fail, there is only one",
    "zones: none may fail, there is only one",
  ]);
  assert.match(
    words(clusterOf({ standings: [{}, {}], voters: [1, 2], units: [copied] }))[0] ?? "",
    /with one down nothing is lost, but nothing can be read or written/,
  );
  const three = { voters: [1, 2, 3], units: [spread] };
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
