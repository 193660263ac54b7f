import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes, toHex, utf8 } from "./bytes.ts";
import { Blake3, blake3, crc32c, hmacSha256, md5, sha256 } from "./hash.ts";

const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i % 251);

test("crc32c gives the published check values", () => {
  assert.equal(crc32c(utf8("123456789")), 0xe3069283);
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa, "RFC 3720 B.4: 32 bytes of zeros");
  assert.equal(crc32c(new Uint8Array(0)), 0);
});

test("a seeded crc32c goes on where the earlier one stopped", () => {
  const [a, b] = [utf8("hamster "), counting(1000)];
  assert.equal(crc32c(b, crc32c(a)), crc32c(concatBytes([a, b])));
});

test("crc32c agrees with itself at every length, in native code or in our own", () => {
  const bytes = counting(600);
  for (let length = 0; length <= 600; length += 7) {
    // Whole in one call, which is native from 129 bytes on; and in short pieces, which never are.
    let pieced = 0;
    for (let start = 0; start < length; start += 61) {
      pieced = crc32c(bytes.subarray(start, Math.min(start + 61, length)), pieced);
    }
    assert.equal(crc32c(bytes.subarray(0, length)), pieced, `${length} bytes`);
  }
});

test("blake3 gives the published test vectors, at once and in pieces", () => {
  // Source: test_vectors.json of the BLAKE3 reference implementation.
  const vectors: [number, string][] = [
    [0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"],
    [1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"],
    [1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"],
  ];
  for (const [length, hex] of vectors) {
    assert.equal(toHex(blake3(counting(length))), hex);
    const running = new Blake3();
    for (let at = 0; at < length; at += 100) {
      running.update(counting(length).subarray(at, at + 100));
    }
    assert.equal(toHex(running.digest()), hex);
  }
});

test("sha256, md5 and hmacSha256 give the published test vectors", () => {
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assert.equal(toHex(sha256(utf8("abc"))), abc);
  assert.equal(toHex(md5(utf8("abc"))), "900150983cd24fb0d6963f7d28e17f72");
  // RFC 4231, test case 2.
  const mac = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
  assert.equal(toHex(hmacSha256(utf8("Jefe"), utf8("what do ya want for nothing?"))), mac);
});

test("digests are plain arrays of their own", () => {
  for (const digest of [blake3(counting(9)), sha256(counting(9)), md5(counting(9))]) {
    assert.equal(Object.getPrototypeOf(digest), Uint8Array.prototype);
    assert.equal(digest.byteLength, digest.buffer.byteLength);
  }
});
