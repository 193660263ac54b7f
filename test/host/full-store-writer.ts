// A process that may write only a few MiB to a file: it fills a store and tells what came of it.
import { lmdbStores } from "#host/index.ts";
import { utf8 } from "#base/bytes.ts";

const [root = ""] = process.argv.slice(2);
const store = await lmdbStores(root).open("store");
const outcomes: string[] = [];
for (let n = 1; n <= 400; n++) {
  // Later batches are small: they would find room where an earlier one did not.
  const value = new Uint8Array(n < 200 ? 50_000 : 10).fill(n);
  const { flushed } = store.write([{ key: utf8(String(n).padStart(4, "0")), value }]);
  const kept = flushed.then(
    () => outcomes.push("flushed"),
    (error: Error) => outcomes.push(error.name),
  );
  if (n % 10 === 0) await kept;
}
const closed = await store.close().then(
  () => "closed",
  (error: Error & { code?: string }) => `${error.name} ${error.code}`,
);
console.log(JSON.stringify({ outcomes, closed }));
