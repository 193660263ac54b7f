import { partitionCount } from "#base/partition.ts";
import type { ShardName, UnitId } from "#format/index.ts";
import { marksOf, type Reader, rowsOf, shardRoot, unitOf, unitsOf } from "#metadata/index.ts";
import { unitRow } from "#placement/index.ts";
import { check } from "#sim/check-error.ts";
import type { Machine } from "#sim/machine.ts";
import { nodeConfig } from "#sim/node-run.ts";
import { CheckedStore, Shelf } from "#storage/index.ts";

/**
 * Checks machines whose nodes were closed well and left in peace: every shard is where the layout
 * says, intact, and none is where it does not belong.
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
    const marked = [...marksOf(store, node)].length;
    check(marked === 0, "marks are cleared", `${marked} of node ${node} are left`);
    checkNothingElse({ reader: store, shelf }, node, new Set(wanted.map(textOf)));
    shardCount += wanted.length;
    await shelf.close();
    await store.close();
    await machine.shutDown();
  }
  return shardCount;
}

function checkNothingElse(
  { reader, shelf }: { reader: Reader; shelf: Shelf },
  node: number,
  wanted: ReadonlySet<string>,
): void {
  for (let partition = 0; partition < partitionCount; partition++) {
    for (const name of shelf.list(partition)) {
      const row = unitOf(reader, name.unit);
      // What its unit does not need any more waits for reclaim.
      const isNeeded = row !== undefined && idText(row.encoding.id) === idText(name.encoding);
      const isRight = !isNeeded || wanted.has(textOf(name));
      check(isRight, "what belongs elsewhere is dropped", `${textOf(name)} ${node}`);
    }
  }
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
  return `${idText(unit)}/${idText(encoding)}/${index}`;
}

function idText({ epoch, session, number }: UnitId): string {
  return `${epoch}.${session}.${number}`;
}
