import { partitionCount } from "#base/partition.ts";
import type { ShardName, UnitId } from "#format/index.ts";
import { unitsOf } from "#metadata/index.ts";
import type { NodeConfig } from "#node/index.ts";
import { check } from "#sim/check-error.ts";
import type { Machine } from "#sim/machine.ts";
import type { Plan } from "#sim/plan.ts";
import { CheckedStore, Shelf } from "#storage/index.ts";

/**
 * Checks a node that was left in peace and closed well: its shelf holds, intact, the shards of the
 * units in its store (but for what may have rotted), and no others; and the disk holds what the
 * shelf counts.
 *
 * @throws CheckError
 */
export async function checkSpace(
  machine: Machine,
  config: NodeConfig,
  plan: Pick<Plan, "faults">,
): Promise<void> {
  const mayBeRotten = plan.faults.shelfRot !== undefined;
  const { wanted, held } = await checkShelf(machine, config, mayBeRotten);
  for (const name of wanted) {
    check(mayBeRotten || held.has(name), "every shard of the store is held", name);
  }
}

/**
 * Checks the nodes of a cluster that were left in peace and closed well: nobody holds what nothing
 * names, and each disk holds what its shelf counts. Leaves the machines down.
 *
 * @throws CheckError
 */
export async function checkSpaces(machines: readonly Machine[], config: NodeConfig): Promise<void> {
  for (const machine of machines) {
    const { unnamed } = await checkShelf(machine, config, false);
    check(unnamed.length === 0, "units that nothing names are forgotten", unnamed.join(" "));
    await machine.shutDown();
  }
}

interface ShelfContent {
  /** Every shard of every unit that the store has. */
  wanted: ReadonlySet<string>;
  held: ReadonlySet<string>;
  /** Units that no object and no upload names. */
  unnamed: readonly string[];
}

async function checkShelf(
  machine: Machine,
  config: NodeConfig,
  mayBeRotten: boolean,
): Promise<ShelfContent> {
  const ports = machine.boot();
  const store = new CheckedStore(await ports.stores.open("store"), "store");
  const shelf = await Shelf.open(ports, config.limits?.shelf);
  const wanted = new Set<string>();
  const held = new Map<string, ShardName>();
  const unnamed: string[] = [];
  for (let partition = 0; partition < partitionCount; partition++) {
    for (const { id: unit, unit: row } of unitsOf(store, partition)) {
      if (row.references === 0) unnamed.push(textOf(unit));
      const { id, k, m } = row.encoding;
      for (let index = 0; index < k + m; index++) wanted.add(nameOf({ unit, encoding: id, index }));
    }
    for (const name of shelf.list(partition)) held.set(nameOf(name), name);
  }
  for (const [text, name] of held) {
    check(wanted.has(text), "what nothing names is gone", `${text} of ${machine.name}`);
    const found = await shelf.verify(name);
    check(mayBeRotten || found.kind === "intact", "every shard is intact", `${text} ${found.kind}`);
  }
  const { packs, files, stagedBytes } = shelf.usage();
  const shardCount = packs.shardCount + files.count;
  check(shardCount === held.size, "the shelf counts its shards", `${shardCount}, ${held.size}`);
  check(stagedBytes === 0, "nothing is staged", `${stagedBytes} bytes`);
  const counted =
    packs.liveBytes + packs.removalBytes + packs.deadBytes + packs.headerBytes + files.bytes;
  const onDisk = machine.disk.files("shelf");
  const total = onDisk.reduce((sum, { file }) => sum + file.seen.sizeBytes, 0);
  const isCounted = mayBeRotten || counted === total;
  check(isCounted, "every byte of the shelf is counted", `${counted} of ${total}`);
  await shelf.close();
  await store.close();
  return { wanted, held: new Set(held.keys()), unnamed };
}

function nameOf({ unit, encoding, index }: ShardName): string {
  return `${textOf(unit)}/${textOf(encoding)}/${index}`;
}

function textOf({ epoch, session, number }: UnitId): string {
  return `${epoch}.${session}.${number}`;
}
