import { partitionCount } from "#base/partition.ts";
import { unitsOf } from "#metadata/index.ts";
import { check } from "#sim/check-error.ts";
import type { Machine } from "#sim/machine.ts";
import { nodeConfig } from "#sim/node-run.ts";
import { CheckedStore, Shelf } from "#storage/index.ts";

/**
 * Checks on the disks of nodes that are stopped, and past all code that runs between nodes, that
 * every unit which something names can be decoded: k of its shards at least are there, each block
 * of them intact, and each the very shard whose root was committed.
 *
 * @returns how many units were looked at
 * @throws CheckError
 */
export async function checkDurable(machines: readonly Machine[]): Promise<number> {
  const opened = await Promise.all(
    machines.map(async (machine) => {
      const ports = machine.boot();
      const shelf = await Shelf.open(ports, nodeConfig.limits?.shelf);
      const store = new CheckedStore(await ports.stores.open("store"), "store");
      return { shelf, store };
    }),
  );
  let unitCount = 0;
  const [first] = opened;
  if (first === undefined) return 0;
  for (let partition = 0; partition < partitionCount; partition++) {
    for (const { id: unit, unit: row } of unitsOf(first.store, partition)) {
      if (row.references === 0) continue;
      unitCount++;
      const { id: encoding, k, m, roots } = row.encoding;
      const intact = new Set<number>();
      for (const { shelf } of opened) {
        for (let index = 0; index < k + m; index++) {
          const name = { unit, encoding, index };
          if (intact.has(index) || !shelf.has(name)) continue;
          const reader = await shelf.reader(name, roots[index] ?? new Uint8Array(0));
          if (reader?.kind !== "reader") continue;
          await reader.close();
          if ((await shelf.verify(name)).kind === "intact") intact.add(index);
        }
      }
      const text = `${unit.epoch}.${unit.session}.${unit.number}: ${intact.size} of ${k}+${m}`;
      check(intact.size >= k, "what was acknowledged can be decoded from the disks", text);
    }
  }
  for (const { shelf, store } of opened) {
    await shelf.close();
    await store.close();
  }
  return unitCount;
}
