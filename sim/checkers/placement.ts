import { partitionCount } from "#base/partition.ts";
import type { ShardName } from "#format/index.ts";
import { type Reader, rowsOf, shardRoot, unitsOf } from "#metadata/index.ts";
import { unitRow } from "#placement/index.ts";
import { check } from "#sim/check-error.ts";
import type { Machine } from "#sim/machine.ts";
import { nodeConfig } from "#sim/node-run.ts";
import { CheckedStore, Shelf } from "#storage/index.ts";

/**
 * Checks machines whose nodes were closed well: every shard is where the layout says, intact.
 *
 * @param machines by their nodes' numbers
 * @returns how many shards there are
 * @throws CheckError
 */
export async function checkPlacement(machines: ReadonlyMap<number, Machine>): Promise<number> {
  let shardCount = 0;
  for (const [node, machine] of machines) {
    const ports = machine.boot();
    const store = new CheckedStore(await ports.stores.open("store"), "store");
    const shelf = await Shelf.open(ports, nodeConfig.limits?.shelf);
    const wanted = [...shardsOf(store, node)];
    for (const name of wanted) {
      const root = shardRoot(store, name);
      const { kind } = await shelf.verify(name, root === undefined ? {} : { root });
      check(kind === "intact", "every shard is at its home", `${textOf(name)} ${node} ${kind}`);
    }
    shardCount += wanted.length;
    await shelf.close();
    await store.close();
    await machine.shutDown();
  }
  return shardCount;
}

/** The shards that belong on a node. */
function* shardsOf(reader: Reader, node: number): Generator<ShardName> {
  for (let partition = 0; partition < partitionCount; partition++) {
    const rows = rowsOf(reader, partition);
    for (const { id: unit, unit: row } of unitsOf(reader, partition)) {
      const { id: encoding, k, m } = row.encoding;
      const homes = Array.from(unitRow(rows, k + m) ?? []).slice(0, k + m);
      const index = homes.indexOf(node);
      if (index !== -1) yield { unit, encoding, index };
    }
  }
}

function textOf({ unit, encoding, index }: ShardName): string {
  return `${unit.session}.${unit.number}/${encoding.session}.${encoding.number}/${index}`;
}
