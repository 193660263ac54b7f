import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { concatBytes, equalBytes, kib, mib, toHex } from "#base/bytes.ts";
import { blake3, crc32c } from "#base/hash.ts";
import { seededPrng } from "#base/prng.ts";
import { FormatError, type ShardDescription } from "#format/index.ts";
import { blockSizeBytes, stripeShape, unitGeometry } from "./geometry.ts";
import { matrixFor, type Profile } from "./profile.ts";
import {
  checksumBlocks,
  decodeShardFooter,
  decodeShardHeader,
  encodeShardFooter,
  encodeShardHeader,
  findCorruptBlock,
  geometryOf,
  rootOf,
  shardHeaderSizeBytesMax,
  shardLayout,
} from "./shard.ts";
import { StripePool } from "./stripe-pool.ts";
import { UnitChecksums } from "./unit-checksums.ts";

const pool = new StripePool(64 * mib);
const sliceSizeBytes = 256 * kib;

function describe(profile: Profile, index: number, unitSizeBytes: number): ShardDescription {
  const unit = { epoch: 1, session: 300, number: 70_000 };
  const encoding = { epoch: 1, session: 300, number: 70_001 };
  const matrix = matrixFor(profile);
  return { unit, encoding, index, ...profile, matrix, sliceSizeBytes, unitSizeBytes };
}

function bytesOf(seed: number, length: number): Uint8Array<ArrayBuffer> {
  const prng = seededPrng(seed);
  return Uint8Array.from({ length }, () => prng.below(256));
}

/** All shards of a unit as bytes, and its checksums. */
function codeUnit(content: Uint8Array, profile: Profile): [Uint8Array[], UnitChecksums] {
  const unitSizeBytes = content.length;
  const geometry = unitGeometry({ unitSizeBytes, profile, sliceSizeBytes });
  const checksums = new UnitChecksums(geometry);
  const parts = Array.from({ length: profile.k + profile.m }, (_, index): Uint8Array[] => [
    encodeShardHeader(describe(profile, index, unitSizeBytes)),
  ]);
  for (let i = 0; i < geometry.stripeCount; i++) {
    const shape = stripeShape(geometry, i);
    const stripe = pool.take(shape, profile);
    assert.ok(stripe !== undefined);
    stripe.data.set(content.subarray(shape.offsetBytes, shape.offsetBytes + shape.sizeBytes));
    stripe.encode();
    checksums.addStripe(stripe);
    stripe.slices.forEach((slice, index) => parts[index]?.push(slice.slice()));
    stripe.release();
  }
  parts.forEach((part, index) => part.push(checksums.shardFooter(index)));
  return [parts.map((part) => concatBytes(part)), checksums];
}

test("E6 the bytes of a shard are pinned", () => {
  const [shards] = codeUnit(Uint8Array.of(1, 2, 3, 4, 5), { k: 1, m: 1 });
  assert.equal(
    toHex(shards[1] ?? new Uint8Array(0)),
    "48414d5348415244" + // magic: HAMSHARD
      "01000000" + // format version
      "d13a5e79" + // CRC32C of the rest of the header
      "22000000" + // length of the message
      "0a09080110ac0218f0a204" + // unit: 1, 300, 70000
      "1209080110ac0218f1a204" + // encoding: 1, 300, 70001
      "18012001280138808010" + // index 1, k 1, m 1, xor, slices of 256 KiB
      "4005" + // unit of 5 bytes
      "0102030405" +
      "024f67c0425a3dc02fbaf58cb93de5132e3d75c519faa0bada21491d88c97057" +
      // The root of a single block is its checksum.
      "024f67c0425a3dc02fbaf58cb93de5132e3d75c519faa0bada21491d88c97057",
  );
});

test("E6 the header, data and footer of 4+2 shards over several stripes are pinned by hash", () => {
  const [shards, checksums] = codeUnit(bytesOf(42, 2 * mib + 100_000), { k: 4, m: 2 });
  const hashes = shards.map((shard) => toHex(blake3(shard)).slice(0, 16)).join(" ");
  assert.equal(
    hashes,
    "3122ddfc5f0a5311 26fe0f86e58c8627 90bca05afcd5e979 " +
      "2f7016a121f985b7 c6f699d10559a55a 8fbfb7b62cda5946",
  );
  assert.equal(toHex(checksums.contentRoot()).slice(0, 16), "d73ead5abbf5954e");
});

test("E6 a shard is as long as its description says, and each part is where it says", () => {
  const widths = fc.record({
    k: fc.integer({ min: 1, max: 8 }),
    m: fc.integer({ min: 0, max: 4 }),
  });
  const property = fc.property(widths, fc.integer({ min: 1, max: 3 * mib }), (profile, size) => {
    const [shards, checksums] = codeUnit(bytesOf(size, size), profile);
    shards.forEach((shard, index) => {
      const { description, headerSizeBytes } = decodeShardHeader(shard);
      assert.deepEqual(description, describe(profile, index, size));
      const layout = shardLayout(description);
      assert.equal(layout.headerSizeBytes, headerSizeBytes);
      assert.equal(layout.totalSizeBytes, shard.length);
      const data = shard.subarray(headerSizeBytes, headerSizeBytes + layout.dataSizeBytes);
      const footer = decodeShardFooter(shard.subarray(shard.length - layout.footerSizeBytes));
      assert.ok(footer !== undefined);
      assert.deepEqual(new Uint8Array(footer.root), checksums.shardRoot(index));
      assert.equal(findCorruptBlock(data, footer.checksums), undefined);
    });
  });
  fc.assert(property, { numRuns: 15 });
});

test("E4 the content root is the same under every encoding, and that of the plain blocks", () => {
  const content = bytesOf(7, 3 * mib + 12_345);
  const plain = new Uint8Array(Math.ceil(content.length / blockSizeBytes) * 32);
  checksumBlocks(content, plain);
  for (const [k, m] of [
    [1, 0],
    [1, 2],
    [2, 1],
    [3, 2],
    [4, 2],
    [6, 3],
    [8, 4],
    [16, 8],
  ] as const) {
    const [, checksums] = codeUnit(content, { k, m });
    assert.deepEqual(checksums.contentRoot(), rootOf(plain), `${k}+${m}`);
  }
});

test("E6 a flipped bit anywhere in a shard is told", () => {
  const [shards] = codeUnit(bytesOf(3, 200_000), { k: 2, m: 1 });
  const shard = shards[2] ?? new Uint8Array(0);
  const { description, headerSizeBytes } = decodeShardHeader(shard);
  const { dataSizeBytes, footerSizeBytes } = shardLayout(description);
  const intact = (): boolean => {
    try {
      decodeShardHeader(shard);
    } catch (error) {
      if (error instanceof FormatError) return false;
      throw error;
    }
    const footer = decodeShardFooter(shard.subarray(shard.length - footerSizeBytes));
    const data = shard.subarray(headerSizeBytes, headerSizeBytes + dataSizeBytes);
    return footer !== undefined && findCorruptBlock(data, footer.checksums) === undefined;
  };
  const flip = (bit: number): void => {
    shard[bit >> 3] = (shard[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  };
  const prng = seededPrng(5);
  const places = Array.from({ length: headerSizeBytes * 8 }, (_, bit) => bit);
  for (let i = 0; i < 200; i++) places.push(prng.below(shard.length * 8));
  for (let bit = shard.length * 8 - 512; bit < shard.length * 8; bit++) places.push(bit);
  for (const bit of places) {
    flip(bit);
    assert.ok(!intact(), `bit ${bit}`);
    flip(bit);
  }
  assert.ok(intact());
});

test("findCorruptBlock names the block", () => {
  const data = bytesOf(1, 3 * blockSizeBytes + 10);
  const checksums = new Uint8Array(4 * 32);
  checksumBlocks(data, checksums);
  for (const block of [0, 1, 2, 3]) {
    const damaged = data.slice();
    damaged[block * blockSizeBytes + 5] = (damaged[block * blockSizeBytes + 5] ?? 0) ^ 1;
    assert.equal(findCorruptBlock(damaged, checksums), block);
  }
});

test("E6 no prefix of a header and no random bytes pass for a header", () => {
  const header = encodeShardHeader(describe({ k: 4, m: 2 }, 5, 1000));
  for (let length = 0; length < header.length; length++) {
    assert.throws(() => decodeShardHeader(header.subarray(0, length)), FormatError);
  }
  const property = fc.property(fc.uint8Array({ maxLength: 2000 }), (noise) => {
    assert.throws(() => decodeShardHeader(noise), FormatError);
    assert.throws(
      () => decodeShardHeader(concatBytes([header.subarray(0, 12), noise])),
      FormatError,
    );
  });
  fc.assert(property);
});

test("E6 a header of a newer version, and one that contradicts itself, are refused by name", () => {
  const newer = encodeShardHeader(describe({ k: 1, m: 0 }, 0, 10));
  newer[8] = 2;
  // As a flipped bit leaves it: no newer program wrote this.
  assert.throws(() => decodeShardHeader(newer), { code: "malformed" });
  const crc = crc32c(newer.subarray(16), crc32c(newer.subarray(0, 12)));
  new DataView(newer.buffer).setUint32(12, crc, true);
  assert.throws(() => decodeShardHeader(newer), /format version 2/u);
  const contradictions: Partial<ShardDescription>[] = [
    { index: 6 },
    { k: 0 },
    { k: 17 },
    { m: 9 },
    { sliceSizeBytes: 1000 },
    { sliceSizeBytes: 0 },
    { unitSizeBytes: 0 },
    { unitSizeBytes: 256 * mib + 1 },
    { matrix: "xor" },
  ];
  for (const contradiction of contradictions) {
    const header = encodeShardHeader({ ...describe({ k: 4, m: 2 }, 5, 1000), ...contradiction });
    assert.throws(() => decodeShardHeader(header), /contradicts itself/u);
  }
});

test("E6 fields of a newer program fit in the header and are carried along", () => {
  const unknownFields = concatBytes([Uint8Array.of(0x82, 0x06, 0xc8, 0x01), bytesOf(1, 200)]);
  const description = { ...describe({ k: 4, m: 2 }, 5, 1000), unknownFields };
  const header = encodeShardHeader(description);
  assert.ok(header.length < shardHeaderSizeBytesMax);
  assert.ok(equalBytes(encodeShardHeader(decodeShardHeader(header).description), header));
  assert.equal(geometryOf(description).stripeCount, 1);
});

test("a footer's root must be that of its checksums", () => {
  const checksums = bytesOf(1, 96);
  const footer = encodeShardFooter(checksums);
  assert.deepEqual(new Uint8Array(decodeShardFooter(footer)?.checksums ?? []), checksums);
  footer[40] = (footer[40] ?? 0) ^ 4;
  assert.equal(decodeShardFooter(footer), undefined);
});
