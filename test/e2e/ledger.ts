import assert from "node:assert/strict";
import {
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3ServiceException,
  type S3Client,
} from "@aws-sdk/client-s3";
import type { Prng } from "#base/prng.ts";

const bucket = "bucket";

/** What a key may hold: the number of a write, which says what its bytes are; none: no object. */
type State = number | undefined;

/** The bytes of write number `n`: a size of its own, and a pattern that differs at every place. */
export function bodyOf(n: number): Uint8Array {
  // Mostly small; some fill a pack's record, some a file of their own.
  const size = n % 17 === 0 ? 300_000 + (n % 7) * 100_000 : (n * 997) % 20_000;
  const words = new Uint32Array(Math.ceil(size / 4));
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(i + 1, 2_654_435_761) ^ (n * 40_503);
  const body = new Uint8Array(words.buffer, 0, size);
  return body;
}

/**
 * Writes objects and keeps account of what was acknowledged. Each key has one writer at a time, so
 * that it holds what was acknowledged last or what was asked for since.
 */
export class Ledger {
  /** For each key what it may hold: the acknowledged state first. */
  readonly #states = new Map<string, State[]>();
  #writeCount = 0;
  acknowledgedCount = 0;

  keys(): string[] {
    return [...this.#states.keys()];
  }

  /** Writes and deletes keys of its own until the server is gone. */
  async writeUntilGone(client: S3Client, name: string, prng: Prng): Promise<void> {
    for (;;) {
      const key = `${name}/${prng.below(40)}`;
      const isDelete = prng.below(8) === 0;
      const state: State = isDelete ? undefined : ++this.#writeCount;
      const states = this.#states.get(key) ?? [undefined];
      this.#states.set(key, states);
      states.push(state);
      try {
        if (state === undefined) {
          await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
        } else {
          const body = bodyOf(state);
          await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
        }
      } catch (error) {
        // A refusal would be the server's word; here nothing but its death is expected.
        assert.ok(
          !(error instanceof S3ServiceException && error.$response !== undefined),
          error as Error,
        );
        return;
      }
      this.#states.set(key, [state]);
      this.acknowledgedCount++;
    }
  }

  /** Reads keys, holds them against the account, and notes which of the possible states it was. */
  async check(client: S3Client, keys: readonly string[]): Promise<void> {
    const rest = [...keys];
    const workers = Array.from({ length: 8 }, async () => {
      for (let key = rest.pop(); key !== undefined; key = rest.pop()) {
        await this.#checkKey(client, key);
      }
    });
    await Promise.all(workers);
  }

  async #checkKey(client: S3Client, key: string): Promise<void> {
    const states = this.#states.get(key) ?? [undefined];
    const found = await read(client, key);
    const matching = states.filter((state) => {
      if (state === undefined || found === undefined) return state === found;
      return Buffer.compare(found, bodyOf(state)) === 0;
    });
    const [state] = matching;
    assert.ok(
      matching.length > 0,
      `${key} holds ${found?.length} bytes, and none of the writes ${states.join()}`,
    );
    this.#states.set(key, [state]);
  }
}

async function read(client: S3Client, key: string): Promise<Uint8Array | undefined> {
  try {
    const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return await answer.Body?.transformToByteArray();
  } catch (error) {
    if (error instanceof S3ServiceException && error.name === "NoSuchKey") return undefined;
    throw error;
  }
}
