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
import type { ShardDescription, ShardName } from "#format/index.ts";
import type {
  Corrupt,
  Missing,
  NoRoom,
  OpenShard,
  ShardBytes,
  ShardStore,
  StagedShard,
} from "./shard-store.ts";

interface SealedShard {
  readonly node: number;
  readonly name: ShardName;
  readonly data: Uint8Array;
  readonly footer: Uint8Array;
}

export class MemoryShards implements ShardStore {
  /** Sealed shards, by node and name. */
  readonly sealed: Map<string, SealedShard> = new Map();
  /** Shards that are staged and neither sealed nor aborted. */
  stagedCount = 0;
  /** Nodes that have no room. */
  readonly full: Set<number> = new Set();
  /** Called before each write and seal; what it throws, the operation throws. */
  beforeOperation: (operation: "write" | "seal", node: number) => Promise<void> = () =>
    Promise.resolve();

  stage(node: number, description: ShardDescription): Promise<StagedShard | NoRoom> {
    if (this.full.has(node)) return Promise.resolve({ kind: "full" });
    this.stagedCount++;
    const { unit, encoding, index } = description;
    const name = { unit, encoding, index };
    const layout = shardLayout(description);
    const slices: Uint8Array[] = [];
    let isBusy = false;
    const alone = async (operation: "write" | "seal", action: () => void): Promise<void> => {
      assert(!isBusy, "a shard is written one slice after the other");
      isBusy = true;
      try {
        await this.beforeOperation(operation, node);
        action();
      } finally {
        isBusy = false;
      }
    };
    return Promise.resolve({
      write: (slice) => alone("write", () => void slices.push(slice.slice())),
      seal: (footer) => {
        this.stagedCount--;
        return alone("seal", () => {
          const data = concatBytes(slices);
          assert(data.length === layout.dataSizeBytes, "a shard is sealed whole");
          assert(footer.length === layout.footerSizeBytes, "a shard's footer is whole");
          assert(!this.sealed.has(keyOf(node, name)), "a sealed shard is never overwritten");
          this.sealed.set(keyOf(node, name), { node, name, data, footer });
        });
      },
      abort: () => {
        assert(!isBusy, "a shard is aborted when nothing is under way");
        this.stagedCount--;
        return Promise.resolve();
      },
    });
  }

  open(node: number, name: ShardName, root: Uint8Array): Promise<OpenShard | Missing | Corrupt> {
    const shard = this.sealed.get(keyOf(node, name));
    if (shard === undefined) return Promise.resolve({ kind: "missing" });
    const footer = decodeShardFooter(shard.footer);
    if (footer === undefined || !equalBytes(footer.root, root)) {
      return Promise.resolve({ kind: "corrupt", block: undefined, detail: "the root differs" });
    }
    const { checksums } = footer;
    return Promise.resolve({
      kind: "reader",
      read: (range) => Promise.resolve(readVerified(shard.data, checksums, range)),
      close: () => Promise.resolve(),
    });
  }

  remove(node: number, names: readonly ShardName[]): Promise<void> {
    for (const name of names) this.sealed.delete(keyOf(node, name));
    return Promise.resolve();
  }

  /** The sealed shard of this index of any unit, to be damaged by the test. */
  shardAt(index: number): SealedShard {
    for (const shard of this.sealed.values()) if (shard.name.index === index) return shard;
    throw new RangeError(`no shard has the index ${index}`);
  }
}

function readVerified(
  data: Uint8Array,
  checksums: Uint8Array,
  range: { offsetBytes: number; lengthBytes: number },
): ShardBytes {
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
