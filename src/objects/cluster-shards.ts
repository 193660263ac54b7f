import type { EncodingId, ShardDescription, ShardName, UnitId } from "#format/index.ts";
import type { Liveness, Peers } from "#peering/index.ts";
import type { Clock } from "#ports/index.ts";
import type { Shelf } from "#storage/index.ts";
import { copyShard } from "./copy-shard.ts";
import { LocalShards } from "./local-shards.ts";
import { RemoteShards } from "./remote-shards.ts";
import {
  type Adoption,
  type Corrupt,
  isNoRoom,
  type Missing,
  type NoRoom,
  type OpenShard,
  type ShardStore,
  type StagedShard,
  type Standing,
  type WantedShard,
  type WholeShard,
} from "./shard-store.ts";

/** How other nodes answer of late. */
export interface NodeHealth {
  liveness(node: number): Liveness;
}

/** A node that had no room is not asked again for this long, as long as others have. */
const fullForMs = 5_000;

/** The shards of a cluster: this node's shelf, and the shelves of the others. */
export class ClusterShards implements ShardStore {
  readonly #self: number;
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #health: NodeHealth;
  readonly #shelf: Shelf;
  readonly #onCorrupt: (name: ShardName) => void;
  readonly #local: LocalShards;
  readonly #remote: RemoteShards;
  /** Until when nodes count as full. */
  readonly #full = new Map<number, number>();

  constructor(parts: {
    peers: Pick<Peers, "self" | "call" | "openStream">;
    health: NodeHealth;
    shelf: Shelf;
    clock: Pick<Clock, "monotonicMs">;
    /** Told of each shard of this node that a reader found damaged. */
    onCorrupt: (name: ShardName) => void;
  }) {
    const { peers, health, shelf, clock, onCorrupt } = parts;
    this.#onCorrupt = onCorrupt;
    this.#self = peers.self;
    this.#clock = clock;
    this.#health = health;
    this.#shelf = shelf;
    this.#local = new LocalShards(peers.self, shelf);
    this.#remote = new RemoteShards(peers);
  }

  standing(node: number): Standing {
    return node === this.#self ? "here" : this.#health.liveness(node);
  }

  hasRoom(node: number): boolean {
    const until = this.#full.get(node);
    if (until === undefined) return true;
    if (until > this.#clock.monotonicMs()) return false;
    this.#full.delete(node);
    return true;
  }

  async stage(
    node: number,
    description: ShardDescription,
    signal: AbortSignal,
  ): Promise<StagedShard | NoRoom> {
    if (node === this.#self) {
      const staged = await this.#local.stage(node, description);
      if ("kind" in staged) this.#noteFull(node);
      return staged;
    }
    const onFull = (): void => this.#noteFull(node);
    return this.#remote.stage({ node, description, signal, onFull });
  }

  async put(node: number, shard: WholeShard, signal: AbortSignal): Promise<void> {
    try {
      if (node === this.#self) await this.#local.put(node, shard);
      else await this.#remote.put(node, shard, signal);
    } catch (error) {
      if (isNoRoom(error)) this.#noteFull(node);
      throw error;
    }
  }

  async open(node: number, wanted: WantedShard): Promise<OpenShard | Missing | Corrupt> {
    return node === this.#self ? this.#local.open(node, wanted) : this.#remote.open(node, wanted);
  }

  remove(node: number, names: readonly ShardName[]): Promise<void> {
    return node === this.#self ? this.#local.remove(node, names) : this.#remote.remove(node, names);
  }

  async find(node: number, unit: UnitId, encoding: EncodingId): Promise<readonly number[]> {
    return node === this.#self
      ? this.#local.find(node, unit, encoding)
      : this.#remote.find(node, unit, encoding);
  }

  async list(node: number, after?: ShardName): Promise<readonly ShardName[]> {
    return node === this.#self ? this.#local.list(node, after) : this.#remote.list(node, after);
  }

  adopt(node: number, adoption: Adoption): Promise<void> {
    if (node !== this.#self) return this.#remote.adopt(node, adoption);
    return copyShard({ shards: this, shelf: this.#shelf }, adoption);
  }

  async suspect(node: number, name: ShardName): Promise<void> {
    if (node === this.#self) this.#onCorrupt(name);
    else await this.#remote.suspect(node, name);
  }

  #noteFull(node: number): void {
    this.#full.set(node, this.#clock.monotonicMs() + fullForMs);
  }
}
