import { assert } from "#base/assert.ts";
import { dataShardsMax, parityShardsMax } from "#erasure/index.ts";
import type { EncodingId, ShardDescription, ShardName, UnitId } from "#format/index.ts";
import type { Shelf } from "#storage/index.ts";
import { namesPerPage } from "./shard-limits.ts";
import type {
  Corrupt,
  Missing,
  NoRoom,
  OpenShard,
  ShardStore,
  StagedShard,
  Standing,
  WantedShard,
  WholeShard,
} from "./shard-store.ts";

/** The shards of the only node there is: this one's shelf. */
export class LocalShards implements ShardStore {
  readonly #node: number;
  readonly #shelf: Shelf;

  constructor(node: number, shelf: Shelf) {
    this.#node = node;
    this.#shelf = shelf;
  }

  standing(): Standing {
    return "here";
  }

  hasRoom(): boolean {
    return true;
  }

  stage(node: number, description: ShardDescription): Promise<StagedShard | NoRoom> {
    return this.#shelfOf(node).stage(description);
  }

  put(node: number, { description, data, footer }: WholeShard): Promise<void> {
    return this.#shelfOf(node).put(description, { data, footer });
  }

  async open(node: number, { name, root }: WantedShard): Promise<OpenShard | Missing | Corrupt> {
    const reader = await this.#shelfOf(node).reader(name, root);
    return reader ?? { kind: "missing" };
  }

  remove(node: number, names: readonly ShardName[]): Promise<void> {
    return this.#shelfOf(node).remove(names);
  }

  async find(node: number, unit: UnitId, encoding: EncodingId): Promise<readonly number[]> {
    return indexesOn(this.#shelfOf(node), unit, encoding);
  }

  async list(node: number, after?: ShardName): Promise<readonly ShardName[]> {
    return this.#shelfOf(node).page(after, namesPerPage);
  }

  async suspect(): Promise<void> {
    // The shelf has said so in the log, and there is nothing that it could be mended from.
  }

  adopt(): Promise<void> {
    return Promise.reject(new Error("there is no other node to copy a shard from"));
  }

  #shelfOf(node: number): Shelf {
    assert(node === this.#node, "O6: every shard of a one-node cluster is on its node");
    return this.#shelf;
  }
}

/** The indexes of the shards of a unit that a shelf lists, ascending. */
export function indexesOn(
  shelf: Pick<Shelf, "has">,
  unit: UnitId,
  encoding: EncodingId,
): readonly number[] {
  const all = Array.from({ length: dataShardsMax + parityShardsMax }, (_, index) => index);
  return all.filter((index) => shelf.has({ unit, encoding, index }));
}
