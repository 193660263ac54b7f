/*
 * Shards of any number of nodes in memory, for tests of coded objects: what a node refuses, loses
 * or damages is set from outside.
 */
import { assert } from "#base/assert.ts";
import { concatBytes, equalBytes } from "#base/bytes.ts";
import { hashSizeBytes } from "#base/hash.ts";
import {
  blockSizeBytes,
  decodeShardFooter,
  findCorruptBlock,
  shardLayout,
} from "#erasure/index.ts";
import type { EncodingId, ShardDescription, ShardName, UnitId } from "#format/index.ts";
import {
  type Adoption,
  type Corrupt,
  type Missing,
  type NoRoom,
  NoRoomError,
  type OpenShard,
  type ShardBytes,
  type ShardRange,
  type ShardStore,
  type StagedShard,
  type Standing,
  type WantedShard,
  type WholeShard,
} from "./shard-store.ts";

interface SealedShard {
  readonly node: number;
  readonly description: ShardDescription;
  readonly name: ShardName;
  readonly data: Uint8Array;
  readonly footer: Uint8Array;
}

/** What is about to be done to a shard. */
type Action = "stage" | "write" | "seal" | "put" | "read" | "find" | "adopt";

export class MemoryShards implements ShardStore {
  /** Sealed shards, by node and name. */
  readonly sealed: Map<string, SealedShard> = new Map();
  /** Shards that are staged and neither sealed nor aborted. */
  stagedCount = 0;
  /** Nodes that have no room, and those of which it is known. */
  readonly full: Set<number> = new Set();
  readonly knownFull: Set<number> = new Set();
  /** Nodes that fail whatever they are asked. */
  readonly down: Set<number> = new Set();
  /** What is known of nodes, where it is not `up`. */
  readonly standings: Map<number, Standing> = new Map();
  /** Shards that were suspected. */
  readonly suspects: { node: number; name: ShardName }[] = [];
  /** Called before each operation; what it throws, the operation throws. */
  beforeOperation: (operation: Action, node: number) => Promise<void> = () => Promise.resolve();

  standing(node: number): Standing {
    return this.standings.get(node) ?? "up";
  }

  hasRoom(node: number): boolean {
    return !this.knownFull.has(node);
  }

  async stage(node: number, description: ShardDescription): Promise<StagedShard | NoRoom> {
    await this.#before("stage", node);
    if (this.full.has(node)) return { kind: "full" };
    this.stagedCount++;
    const { unit, encoding, index } = description;
    const name = { unit, encoding, index };
    const slices: Uint8Array[] = [];
    let isBusy = false;
    const alone = async (operation: Action, action: () => void): Promise<void> => {
      assert(!isBusy, "a shard is written one slice after the other");
      isBusy = true;
      try {
        await this.#before(operation, node);
        action();
      } finally {
        isBusy = false;
      }
    };
    return {
      write: (slice) => alone("write", () => void slices.push(slice.slice())),
      seal: (footer) => {
        this.stagedCount--;
        return alone("seal", () => {
          this.#seal({ node, description, name, data: concatBytes(slices), footer });
        });
      },
      abort: () => {
        assert(!isBusy, "a shard is aborted when nothing is under way");
        this.stagedCount--;
        return Promise.resolve();
      },
    };
  }

  async put(node: number, { description, data, footer }: WholeShard): Promise<void> {
    await this.#before("put", node);
    if (this.full.has(node)) throw new NoRoomError(`node ${node} has no room`);
    const { unit, encoding, index } = description;
    this.#seal({
      node,
      description,
      name: { unit, encoding, index },
      data: data.slice(),
      footer: footer.slice(),
    });
  }

  #seal(shard: SealedShard): void {
    const { node, name, data, footer } = shard;
    const layout = shardLayout(shard.description);
    assert(data.length === layout.dataSizeBytes, "a shard is sealed whole");
    assert(footer.length === layout.footerSizeBytes, "a shard's footer is whole");
    assert(!this.sealed.has(keyOf(node, name)), "a sealed shard is never overwritten");
    this.sealed.set(keyOf(node, name), shard);
  }

  open(node: number, { name, root }: WantedShard): Promise<OpenShard | Missing | Corrupt> {
    const read = async (range: ShardRange): Promise<ShardBytes> => {
      await this.#before("read", node);
      const shard = this.sealed.get(keyOf(node, name));
      if (shard === undefined) return { kind: "missing" };
      const footer = decodeShardFooter(shard.footer);
      if (footer === undefined || !equalBytes(footer.root, root)) {
        return { kind: "corrupt", block: undefined, detail: "the root differs" };
      }
      return readVerified(shard.data, footer.checksums, range);
    };
    return Promise.resolve({ kind: "reader", read, close: () => Promise.resolve() });
  }

  async remove(node: number, names: readonly ShardName[]): Promise<void> {
    if (this.down.has(node)) throw new Error(`node ${node} is down`);
    for (const name of names) this.sealed.delete(keyOf(node, name));
  }

  async list(): Promise<readonly ShardName[]> {
    throw new Error("these tests list no shards");
  }

  async find(node: number, unit: UnitId, encoding: EncodingId): Promise<readonly number[]> {
    await this.#before("find", node);
    return [...Array(24).keys()].filter((index) =>
      this.sealed.has(keyOf(node, { unit, encoding, index })),
    );
  }

  suspect(node: number, name: ShardName): Promise<void> {
    this.suspects.push({ node, name });
    return Promise.resolve();
  }

  async adopt(node: number, { description, root, from }: Adoption): Promise<void> {
    await this.#before("adopt", node);
    const { unit, encoding, index } = description;
    const shard = this.sealed.get(keyOf(from, { unit, encoding, index }));
    const footer = shard && decodeShardFooter(shard.footer);
    if (shard === undefined || footer === undefined || !equalBytes(footer.root, root)) {
      throw new Error("there is nothing to adopt");
    }
    this.sealed.set(keyOf(node, shard.name), { ...shard, node });
  }

  has(node: number, name: ShardName): boolean {
    return this.sealed.has(keyOf(node, name));
  }

  /** The sealed shard of this index of any unit, to be damaged by the test. */
  shardAt(index: number): SealedShard {
    for (const shard of this.sealed.values()) if (shard.name.index === index) return shard;
    throw new RangeError(`no shard has the index ${index}`);
  }

  async #before(operation: Action, node: number): Promise<void> {
    await this.beforeOperation(operation, node);
    if (this.down.has(node)) throw new Error(`node ${node} is down`);
  }
}

function readVerified(data: Uint8Array, checksums: Uint8Array, range: ShardRange): ShardBytes {
  const end = range.offsetBytes + range.lengthBytes;
  assert(end <= data.length, "a read stays within the shard");
  const first = Math.floor(range.offsetBytes / blockSizeBytes);
  const last = Math.ceil(end / blockSizeBytes);
  const blocks = data.subarray(first * blockSizeBytes, last * blockSizeBytes);
  const corrupt = findCorruptBlock(blocks, checksums.subarray(first * hashSizeBytes));
  if (corrupt !== undefined) {
    return { kind: "corrupt", block: first + corrupt, detail: "a block fails its checksum" };
  }
  return { kind: "bytes", bytes: data.slice(range.offsetBytes, end) };
}

function keyOf(node: number, { unit, encoding, index }: ShardName): string {
  const id = (one: ShardName["unit"]): string => `${one.epoch}.${one.session}.${one.number}`;
  return `${node}/${id(unit)}/${id(encoding)}/${index}`;
}
