import assert from "node:assert/strict";
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { bodyOf } from "./ledger.ts";

const workerCount = 4;

/** Objects of varied sizes that were acknowledged, and must be there through every node. */
export class ObjectSet {
  /** The number of a key's body. */
  readonly #bodies = new Map<string, number>();
  #count = 0;
  readonly #bucket: string;

  constructor(bucket: string = "ladder") {
    this.#bucket = bucket;
  }

  get size(): number {
    return this.#bodies.size;
  }

  async createBucket(client: S3Client): Promise<void> {
    await client.send(new CreateBucketCommand({ Bucket: this.#bucket }));
  }

  /** Puts so many more, through one node. */
  async grow(client: S3Client, count: number): Promise<void> {
    const numbers = Array.from({ length: count }, () => this.#count++);
    await inParallel(numbers, async (n) => {
      const key = `folder-${n % 5}/object-${String(n).padStart(4, "0")}`;
      await client.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: bodyOf(n) }));
      this.#bodies.set(key, n);
    });
  }

  /** Reads all of them, whole and in part, and lists them, through one node. */
  async check(client: S3Client): Promise<void> {
    await inParallel([...this.#bodies], async ([key, n]) => {
      const body = bodyOf(n);
      const whole = await client.send(new GetObjectCommand({ Bucket: this.#bucket, Key: key }));
      const bytes = await whole.Body?.transformToByteArray();
      assert.ok(Buffer.compare(bytes ?? Buffer.of(), body) === 0, `${key} is as it was put`);
      if (body.length < 3) return;
      const [from, to] = [Math.floor(body.length / 3), Math.floor((2 * body.length) / 3)];
      const range = { Bucket: this.#bucket, Key: key, Range: `bytes=${from}-${to}` };
      const part = (await client.send(new GetObjectCommand(range))).Body;
      const partBytes = await part?.transformToByteArray();
      const isRight = Buffer.compare(partBytes ?? Buffer.of(), body.subarray(from, to + 1)) === 0;
      assert.ok(isRight, `${key}: a range of it`);
    });
    await this.checkListings(client);
  }

  async checkListings(client: S3Client): Promise<void> {
    const keys = [...this.#bodies.keys()].sort();
    const paged: (string | undefined)[] = [];
    let token: string | undefined;
    do {
      const page: { ContinuationToken?: string } =
        token === undefined ? {} : { ContinuationToken: token };
      const answer = await client.send(
        new ListObjectsV2Command({ Bucket: this.#bucket, MaxKeys: 17, ...page }),
      );
      paged.push(...(answer.Contents ?? []).map(({ Key }) => Key));
      token = answer.NextContinuationToken;
    } while (token !== undefined);
    assert.deepEqual(paged, keys);
    const folders = await client.send(
      new ListObjectsV2Command({ Bucket: this.#bucket, Delimiter: "/", Prefix: "folder-" }),
    );
    const expected = [...new Set(keys.map((key) => key.slice(0, key.indexOf("/") + 1)))];
    assert.deepEqual(
      folders.CommonPrefixes?.map(({ Prefix }) => Prefix),
      expected,
    );
  }
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const workers = Array.from({ length: workerCount }, async () => {
    for (let item = rest.pop(); item !== undefined; item = rest.pop()) await work(item);
  });
  await Promise.all(workers);
}
