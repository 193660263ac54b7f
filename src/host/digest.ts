import { createHash, hash as hashAtOnce } from "node:crypto";
import { crc32 } from "node:zlib";
import { crc32c } from "@node-rs/crc32";
import type { DigestAlgorithm } from "#ports/index.ts";
import { Crc64Nvme } from "./crc64nvme.ts";

/** A running digest of one algorithm, on the thread that calls it. */
export interface PlainDigest {
  update(bytes: Uint8Array): void;
  /** The digest; nothing may be added afterwards. */
  digest(): Uint8Array;
}

/** Starts a digest. */
export function plainDigest(algorithm: DigestAlgorithm): PlainDigest {
  switch (algorithm) {
    case "crc32":
      return crc32Digest(crc32);
    case "crc32c":
      return crc32Digest(crc32c);
    case "crc64nvme":
      return new Crc64Nvme();
    case "md5":
    case "sha1":
    case "sha256":
      break;
  }
  const running = createHash(algorithm);
  return {
    update: (bytes) => void running.update(bytes),
    digest: () => new Uint8Array(running.digest()),
  };
}

/** The digest of bytes that are all at hand. */
export function digestOf(algorithm: DigestAlgorithm, parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  const isWhole = only !== undefined && parts.length === 1;
  if (isWhole && (algorithm === "md5" || algorithm === "sha1" || algorithm === "sha256")) {
    return new Uint8Array(hashAtOnce(algorithm, only, "buffer"));
  }
  const running = plainDigest(algorithm);
  for (const part of parts) running.update(part);
  return running.digest();
}

function crc32Digest(sum: (bytes: Uint8Array, before: number) => number): PlainDigest {
  let crc = 0;
  return {
    update(bytes) {
      crc = sum(bytes, crc);
    },
    digest() {
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint32(0, crc);
      return bytes;
    },
  };
}
