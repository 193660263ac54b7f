import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { partitionCount } from "#base/partition.ts";
import { type Member, widthFor } from "./member.ts";
import { planTable } from "./plan.ts";
import { checkTable, cluster, costOfRow, fullness, made, type Shape } from "./rig.ts";
import { foundingTable, loadsOf, movesBetween, rowOf, type Table } from "./table.ts";

const widthsInUse = [1, 2, 3, 5, 6];
const mixtures: readonly Omit<Shape, "nodes">[] = [
  {},
  { weights: [1, 2] },
  { weights: [1, 1, 4] },
  { zones: 3 },
  { zones: 3, weights: [1, 2] },
  { zones: 4 },
  { zones: 5, weights: [1, 2] },
  { nodesPerHost: 2 },
  { zones: 2, nodesPerHost: 3 },
];

function fresh(members: readonly Member[]): Table {
  return made(planTable({ members, width: widthFor(members.length), open: [] }));
}

function next(members: readonly Member[], open: readonly Table[]): Table {
  return made(planTable({ members, width: widthFor(members.length), open }));
}

for (const mixture of mixtures) {
  test(`A1 A4 a table from nothing is level in every width: ${JSON.stringify(mixture)}`, () => {
    for (const nodes of [3, 4, 5, 6, 7, 8, 9, 12, 13, 24, 60, 100]) {
      const { zones = 1, nodesPerHost = 1 } = mixture;
      // Hosts of different sizes are filled by what spreads best, not by weight.
      if (nodes < zones || (nodesPerHost > 1 && nodes % (zones * nodesPerHost) > 0)) continue;
      const members = cluster({ ...mixture, nodes });
      const table = fresh(members);
      checkTable(table, members);
      for (let width = 1; width < table.width; width++) {
        const full = fullness(table, members, width);
        assert.ok(full <= 1.1, `${nodes} nodes, width ${width}: ${full}`);
      }
      const full = fullness(table, members, table.width);
      assert.ok(full <= 1.01, `${nodes} nodes: ${full}`);
    }
  });
}

test("A3: rows from nothing spread over zones as evenly as can be, in every width in use", () => {
  for (const zones of [2, 3, 4, 5, 6, 8]) {
    const members = cluster({ nodes: 4 * zones, zones, nodesPerHost: 2 });
    const table = fresh(members);
    const zoneOf = new Map(members.map(({ id, zone }) => [id, zone]));
    for (let partition = 0; partition < partitionCount; partition++) {
      for (const width of widthsInUse) {
        const counts = new Map<string, number>();
        for (const node of rowOf(table, partition).subarray(0, width)) {
          const zone = zoneOf.get(node) ?? "";
          counts.set(zone, (counts.get(zone) ?? 0) + 1);
        }
        const most = Math.max(...counts.values());
        assert.equal(most, Math.ceil(width / zones), `${zones} zones, width ${width}`);
      }
    }
  }
});

test("A3: within a zone rows spread over hosts", () => {
  const members = cluster({ nodes: 12, nodesPerHost: 2 });
  const hostOf = new Map(members.map(({ id, host }) => [id, host]));
  const table = fresh(members);
  for (let partition = 0; partition < partitionCount; partition++) {
    assert.equal(new Set([...rowOf(table, partition)].map((id) => hostOf.get(id))).size, 6);
  }
});

/** Where zones share evenly, and hosts are alike, a change need move no more than its own part. */
const evenMixtures = mixtures.filter(
  ({ zones = 1, nodesPerHost = 1 }) => zones <= 3 && nodesPerHost === 1,
);

test("A5: adding one node moves no more than that node's share", () => {
  for (const mixture of evenMixtures) {
    for (const nodes of [3, 6, 7, 12, 25, 99]) {
      if (widthFor(nodes + 1) !== widthFor(nodes) || nodes < (mixture.zones ?? 1)) continue;
      const before = fresh(cluster({ ...mixture, nodes }));
      const members = cluster({ ...mixture, nodes: nodes + 1 });
      const after = next(members, [before]);
      checkTable(after, members, [before]);
      const least = loadsOf(after).get(nodes + 1) ?? 0;
      const { count } = movesBetween(before, after);
      const what = `${JSON.stringify(mixture)} ${nodes}: ${count} of ${least}`;
      assert.ok(count <= 1.05 * least, what);
      assert.ok(fullness(after, members, after.width) <= 1.01, what);
    }
  }
});

test("A5: removing one node moves no more than it held", () => {
  for (const mixture of evenMixtures) {
    for (const nodes of [4, 7, 12, 25, 100]) {
      const all = cluster({ ...mixture, nodes });
      const before = fresh(all);
      const gone = 1 + (nodes >> 1);
      const members = all.filter(({ id }) => id !== gone);
      const after = next(members, [before]);
      checkTable(after, members, [before]);
      const { count } = movesBetween(before, after);
      const least = loadsOf(before).get(gone) ?? 0;
      const what = `${JSON.stringify(mixture)} ${nodes}: ${count} of ${least}`;
      assert.ok(count <= 1.05 * least, what);
      assert.ok(fullness(after, members, after.width) <= 1.01, what);
    }
  }
});

test("A5: who takes another's place takes it everywhere, and nothing else moves", () => {
  for (const nodes of [3, 6, 7, 20]) {
    const members = cluster({ nodes, zones: 3, weights: [1, 2] });
    const before = fresh(members);
    const to = nodes + 1;
    const after = made(
      planTable({
        members: members.map((member) => (member.id === 2 ? { ...member, id: to } : member)),
        width: before.width,
        open: [before],
        replace: { from: 2, to },
      }),
    );
    const expected = before.homes.map((node) => (node === 2 ? to : node));
    assert.deepEqual(after.homes, expected);
  }
});

test("A5: nothing moves where nothing has changed", () => {
  for (const mixture of mixtures) {
    const members = cluster({ ...mixture, nodes: 12 });
    const before = fresh(members);
    assert.deepEqual(next(members, [before]).homes, before.homes);
  }
});

test("a cluster that grew one by one is level in full; rebalancing makes narrower widths level", () => {
  let table = foundingTable(1);
  for (let nodes = 2; nodes <= 9; nodes++) {
    const members = cluster({ nodes });
    const grown = next(members, [table]);
    checkTable(grown, members, [table]);
    assert.ok(fullness(grown, members, grown.width) <= 1.001, String(nodes));
    table = grown;
  }
  const members = cluster({ nodes: 9 });
  // A node keeps its index while it stays, so that elders hold most of the first indices.
  assert.ok(fullness(table, members, 3) > 1.4);
  for (let round = 0; round < 3; round++) {
    const mended = made(planTable({ members, width: 6, open: [table], rebalance: true }));
    checkTable(mended, members, [table]);
    table = mended;
  }
  for (const width of widthsInUse) assert.ok(fullness(table, members, width) <= 1.1);
});

const node = fc.record({
  zone: fc.nat(3),
  host: fc.nat(2),
  weight: fc.integer({ min: 1, max: 4 }),
});
const history = fc.record({
  nodes: fc.array(node, { minLength: 2, maxLength: 9 }),
  steps: fc.array(fc.nat(20), { maxLength: 6 }),
});

test("A1 A2 A3 whatever came before, rows are distinct, keep indices and spread as they can", () => {
  fc.assert(
    fc.property(history, ({ nodes, steps }) => {
      const all = nodes.map(({ zone, host, weight }, i): Member => {
        const place = { zone: `zone-${zone}`, host: `host-${zone}-${host}` };
        return { id: i + 1, ...place, weight, state: "up" };
      });
      let active = new Set([1]);
      let open = [foundingTable(1)];
      for (const choice of steps) {
        const changed = new Set(active);
        const id = 1 + (choice % all.length);
        if (!changed.delete(id)) changed.add(id);
        const width = Math.max(widthFor(changed.size), open[0]?.width ?? 1);
        if (changed.size < width) continue;
        const members = all.filter((member) => changed.has(member.id));
        const table = planTable({ members, width, open });
        if (table === undefined) continue;
        checkTable(table, members, open);
        checkSpread(table, members, open);
        active = changed;
        // Now and then a change comes on top of one that is still open.
        open = choice % 3 === 0 ? [table, ...open].slice(0, 3) : [table];
      }
    }),
    { numRuns: 100 },
  );
});

/** No row could be spread better by anyone who may stand in it. */
function checkSpread(table: Table, members: readonly Member[], open: readonly Table[]): void {
  const known = new Map(members.map((member) => [member.id, member]));
  for (let partition = 0; partition < partitionCount; partition += 257) {
    const fixed = new Map<number, number>();
    for (const older of open) {
      for (const [index, id] of rowOf(older, partition).entries()) fixed.set(id, index);
    }
    let least = Number.POSITIVE_INFINITY;
    const chosen: number[] = [];
    const tryAll = (): void => {
      const cost = costOfRow(chosen, known);
      if (cost >= least) return;
      if (chosen.length === table.width) {
        least = cost;
        return;
      }
      for (const { id } of members) {
        const index = fixed.get(id) ?? chosen.length;
        if (index !== chosen.length || chosen.includes(id)) continue;
        chosen.push(id);
        tryAll();
        chosen.pop();
      }
    };
    tryAll();
    assert.equal(costOfRow(rowOf(table, partition), known), least, "A3: no better row");
  }
}
