import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { seededPrng } from "#base/prng.ts";
import { toHex, utf8 } from "#base/bytes.ts";
import type { DigestAlgorithm } from "#ports/index.ts";
import { ThreadedCompute } from "./compute.ts";
import { digestOf } from "./digest.ts";

const algorithms: readonly DigestAlgorithm[] = [
  "md5",
  "sha1",
  "sha256",
  "crc32",
  "crc32c",
  "crc64nvme",
];

test("the digests of the check string are the published ones", () => {
  const found = algorithms.map((each) => toHex(digestOf(each, [utf8("123456789")])));
  assert.deepEqual(found, [
    "25f9e794323b453885f5181f1b624d0b",
    "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
    "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
    "cbf43926",
    "e3069283",
    "ae8b14860a799888",
  ]);
});

test("streams of any size and in any pieces have the digests of their bytes", async () => {
  const compute = new ThreadedCompute();
  const prng = seededPrng(7);
  const sizes = [0, 1, 4096, 131_071, 131_072, 131_073, 262_144, 1_000_000, 5_000_000];
  await Promise.all(
    sizes.map(async (size) => {
      const bytes = new Uint8Array(size);
      for (let i = 0; i < size; i += 64) bytes[i] = prng.below(256);
      const digest = compute.digest(algorithms);
      const under: Promise<void>[] = [];
      for (let at = 0; at < size;) {
        // The piece is a copy that is spoilt once it was said to be used.
        const piece = bytes.slice(at, at + 1 + prng.below(300_000));
        at += piece.length;
        under.push(digest.update(piece).then(() => void piece.fill(0)));
        if (prng.below(3) === 0) await Promise.all(under.splice(0));
      }
      const found = await digest.finish();
      await Promise.all(under);
      for (const algorithm of algorithms) {
        const expected = toHex(digestOf(algorithm, [bytes]));
        assert.equal(toHex(found.get(algorithm) ?? utf8("")), expected, `${algorithm} ${size}`);
      }
    }),
  );
  await compute.close();
});

test("an abandoned digest lets go, and others go on", async () => {
  const compute = new ThreadedCompute();
  const bytes = new Uint8Array(3_000_000).fill(5);
  const given = compute.digest(["md5", "crc32"]);
  const updates = [given.update(bytes), given.update(bytes)];
  given.abandon();
  await Promise.all(updates);
  const other = compute.digest(["md5"]);
  await other.update(bytes);
  const found = await other.finish();
  assert.equal(toHex(found.get("md5") ?? utf8("")), createHash("md5").update(bytes).digest("hex"));
  await compute.close();
});

test("H4 a digest fails when its thread is ended", async () => {
  const compute = new ThreadedCompute();
  const digest = compute.digest(["sha256"]);
  const update = digest.update(new Uint8Array(10_000_000));
  await Promise.all([assert.rejects(update, /thread/), compute.close()]);
  await assert.rejects(digest.finish(), /thread/);
});
