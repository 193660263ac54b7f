/** The part of `node:crypto` that `hash.ts` uses: synchronous, deterministic, no secrets made. */
declare module "node:crypto" {
  interface SmallDigest {
    update(bytes: Uint8Array): SmallDigest;
    digest(): Uint8Array;
  }
  export function createHmac(algorithm: "sha256" | "sha1", key: Uint8Array): SmallDigest;
  export function hash(
    algorithm: "sha256" | "md5",
    bytes: Uint8Array,
    encoding: "buffer",
  ): Uint8Array;
  export function hash(algorithm: "sha256", bytes: Uint8Array, encoding: "hex"): string;
}
