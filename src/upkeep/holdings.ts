import { partitionOf } from "#base/partition.ts";
import { FormatError, type ShardName } from "#format/index.ts";
import type { ShardStore } from "#objects/index.ts";
import { PeerError } from "#peering/index.ts";

/** Asks nodes for what they have; who does not answer is not asked again. */
export class Witnesses {
  readonly #shards: Pick<ShardStore, "find" | "list">;
  readonly silent: Set<number> = new Set();

  constructor(shards: Pick<ShardStore, "find" | "list">) {
    this.#shards = shards;
  }

  /** A page of what the node lists; undefined where it does not answer. */
  list(node: number, after: ShardName | undefined): Promise<readonly ShardName[] | undefined> {
    return this.#ask(node, () => this.#shards.list(node, after));
  }

  /** The indexes that the node has of a unit's encoding; undefined where it does not answer. */
  find(
    node: number,
    { unit, encoding }: Omit<ShardName, "index">,
  ): Promise<readonly number[] | undefined> {
    return this.#ask(node, () => this.#shards.find(node, unit, encoding));
  }

  async #ask<T>(node: number, ask: () => Promise<T>): Promise<T | undefined> {
    if (this.silent.has(node)) return undefined;
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof PeerError) && !(error instanceof FormatError)) throw error;
      this.silent.add(node);
      return undefined;
    }
  }
}

/** What one node lists, partition by partition, a page at a time. */
export class Holdings {
  readonly node: number;
  readonly #witnesses: Witnesses;
  #page: readonly ShardName[] = [];
  #at = 0;
  #isOver = false;

  constructor(node: number, witnesses: Witnesses) {
    this.node = node;
    this.#witnesses = witnesses;
  }

  /** The shards of a partition; asked for in ascending order. */
  async *of(partition: number): AsyncGenerator<ShardName> {
    for (;;) {
      const name = this.#page[this.#at];
      if (name === undefined) {
        if (!(await this.#turn())) return;
        continue;
      }
      const where = partitionOf(name.unit);
      if (where > partition) return;
      this.#at++;
      if (where === partition) yield name;
    }
  }

  /** Gets the next page; false where there is none. */
  async #turn(): Promise<boolean> {
    if (this.#isOver) return false;
    const page = await this.#witnesses.list(this.node, this.#page.at(-1));
    this.#page = page ?? [];
    this.#at = 0;
    this.#isOver = this.#page.length === 0;
    return !this.#isOver;
  }
}
