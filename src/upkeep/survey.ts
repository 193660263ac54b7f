import { partitionOf } from "#base/partition.ts";
import type { ShardName, Unit, UnitId } from "#format/index.ts";
import { shardStanding, unitsOf } from "#metadata/index.ts";
import type { ObjectsContext } from "#objects/index.ts";
import { Holdings, Witnesses } from "./holdings.ts";

/** How a unit is. `at-risk`: it can be read, with less to spare than it was written with. */
export type UnitState = "at-risk" | "unavailable" | "lost";

/** A unit that lacks shards. */
export interface AilingUnit {
  readonly id: UnitId;
  readonly lengthBytes: number;
  readonly state: UnitState;
  /** Shards that may still be lost; below 0 it cannot be read. */
  readonly spare: number;
  /** By shard index: why it is not there. */
  readonly absent: readonly { readonly index: number; readonly cause: "down" | "gone" }[];
  /** The nodes that nobody could ask. */
  readonly down: readonly number[];
}

/** What a partition's shards and its rows say of each other. */
interface PartitionSurvey {
  readonly units: number;
  readonly bytes: number;
  readonly ailing: readonly AilingUnit[];
  /** Shards that are kept where no layout puts them. */
  readonly misplaced: number;
  /** Shards that no row names and none will. */
  readonly unowned: number;
}

export type SurveyContext = Pick<ObjectsContext, "replica" | "shards" | "units">;

/**
 * Compares what all nodes list with what the rows ask for, one partition after the other. No body
 * is read, and no more of a node's list is held than a page.
 */
export class Survey {
  readonly #context: SurveyContext;
  readonly #witnesses: Witnesses;
  readonly #holdings: readonly Holdings[];

  constructor(context: SurveyContext) {
    this.#context = context;
    this.#witnesses = new Witnesses(context.shards);
    const members = context.units.members();
    this.#holdings = members.map((node) => new Holdings(node, this.#witnesses));
  }

  /** Looks at a partition; in ascending order. @throws ReplicaError */
  async of(partition: number): Promise<PartitionSurvey> {
    const { reader } = this.#context.replica;
    const { present, misplaced, unowned } = await this.#gather(partition);
    const rows = [...unitsOf(reader, partition)].filter(({ unit }) => unit.references > 0);
    const ailing: AilingUnit[] = [];
    for (const { id, unit } of rows) {
      if (namesOf(id, unit).every((name) => present.has(textOf(name)))) continue;
      const found = await this.#examine(id);
      if (found !== undefined) ailing.push(found);
    }
    const bytes = rows.reduce((sum, { unit }) => sum + unit.lengthBytes, 0);
    return { units: rows.length, bytes, ailing, misplaced, unowned };
  }

  /** What there is of a partition, on all nodes. */
  async #gather(
    partition: number,
  ): Promise<{ present: ReadonlySet<string>; misplaced: number; unowned: number }> {
    const { replica, units } = this.#context;
    const present = new Set<string>();
    let misplaced = 0;
    let unowned = 0;
    for (const holdings of this.#holdings) {
      for await (const name of holdings.of(partition)) {
        present.add(textOf(name));
        if (shardStanding(replica.reader, name) === "garbage") unowned++;
        else if (!units.holders(partition, name.index).includes(holdings.node)) misplaced++;
      }
    }
    return { present, misplaced, unowned };
  }

  /**
   * Looks closer at a unit that seems to lack shards, as it is kept now: what was listed may have
   * been written, moved, coded anew or deleted since.
   */
  async #examine(id: UnitId): Promise<AilingUnit | undefined> {
    const { replica, units } = this.#context;
    await replica.readBarrier();
    const unit = units.unit(id);
    if (unit === undefined || unit.references === 0) return undefined;
    const { encoding, lengthBytes } = unit;
    const present = new Set<number>();
    const down: number[] = [];
    for (const node of units.members()) {
      const indexes = await this.#witnesses.find(node, { unit: id, encoding: encoding.id });
      if (indexes === undefined) down.push(node);
      for (const index of indexes ?? []) present.add(index);
    }
    const missing = namesOf(id, unit).filter(({ index }) => !present.has(index));
    if (missing.length === 0) return undefined;
    const absent = missing.map(({ index }) => {
      const mayBe = units.holders(partitionOf(id), index).some((node) => down.includes(node));
      return { index, cause: mayBe ? ("down" as const) : ("gone" as const) };
    });
    const spare = encoding.m - missing.length;
    const spareAtBest = encoding.m - absent.filter(({ cause }) => cause === "gone").length;
    return { id, lengthBytes, state: stateOf(spare, spareAtBest), spare, absent, down };
  }
}

function stateOf(spare: number, spareAtBest: number): UnitState {
  if (spare >= 0) return "at-risk";
  return spareAtBest >= 0 ? "unavailable" : "lost";
}

/** The shards that a unit has when it is whole. */
function namesOf(unit: UnitId, { encoding }: Unit): ShardName[] {
  const { id, k, m } = encoding;
  return Array.from({ length: k + m }, (_, index) => ({ unit, encoding: id, index }));
}

function textOf({ unit, encoding, index }: ShardName): string {
  const ids = [unit, encoding].map((id) => `${id.epoch}.${id.session}.${id.number}`);
  return [...ids, index].join("/");
}
