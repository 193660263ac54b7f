import assert from "node:assert/strict";
import { test } from "node:test";
import { CreateBucketCommand } from "@aws-sdk/client-s3";
import { seededPrng } from "#base/prng.ts";
import { Ledger } from "./ledger.ts";
import { Server, withDataDir } from "./server.ts";

const killCount = 20;
const writerCount = 6;

test("killed twenty times under load, it keeps all that it acknowledged", async (context) => {
  await withDataDir(async (dataDir) => {
    const prng = seededPrng(2026);
    const ledger = new Ledger();
    for (let round = 0; round < killCount; round++) {
      const server = await Server.start({ dataDir });
      const client = server.client();
      if (round === 0) await client.send(new CreateBucketCommand({ Bucket: "bucket" }));
      await ledger.check(client, sample(ledger.keys(), 60, prng.below(1000)));
      const writers = Array.from({ length: writerCount }, (_, i) =>
        ledger.writeUntilGone(client, `writer-${i}`, prng.fork()),
      );
      await new Promise((resolve) => setTimeout(resolve, 150 + prng.below(700)));
      await server.kill();
      await Promise.all(writers);
      client.destroy();
    }
    const server = await Server.start({ dataDir });
    await ledger.check(server.client(), ledger.keys());
    await server.stop();
    context.diagnostic(`${ledger.acknowledgedCount} writes were acknowledged`);
    assert.ok(ledger.acknowledgedCount > killCount * writerCount);
  });
});

/** So many of the items, spread evenly from some place on. */
function sample<T>(items: readonly T[], count: number, from: number): T[] {
  if (items.length <= count) return [...items];
  const step = Math.floor(items.length / count);
  return items.filter((_, i) => (i + from) % step === 0);
}
