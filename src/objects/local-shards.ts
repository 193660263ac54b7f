import { assert } from "#base/assert.ts";
import type { ShardDescription, ShardName } from "#format/index.ts";
import type { Shelf } from "#storage/index.ts";
import type {
  Corrupt,
  Missing,
  NoRoom,
  OpenShard,
  ShardStore,
  StagedShard,
} from "./shard-store.ts";

/** The shards of the only node there is: this one's shelf. */
export class LocalShards implements ShardStore {
  readonly #node: number;
  readonly #shelf: Shelf;

  constructor(node: number, shelf: Shelf) {
    this.#node = node;
    this.#shelf = shelf;
  }

  stage(node: number, description: ShardDescription): Promise<StagedShard | NoRoom> {
    return this.#shelfOf(node).stage(description);
  }

  async open(
    node: number,
    name: ShardName,
    root: Uint8Array,
  ): Promise<OpenShard | Missing | Corrupt> {
    const reader = await this.#shelfOf(node).reader(name, root);
    return reader ?? { kind: "missing" };
  }

  remove(node: number, names: readonly ShardName[]): Promise<void> {
    return this.#shelfOf(node).remove(names);
  }

  #shelfOf(node: number): Shelf {
    assert(node === this.#node, "O6: every shard of a one-node cluster is on its node");
    return this.#shelf;
  }
}
