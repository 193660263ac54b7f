// A process that reads a store which may be damaged, and says whether something it read was wrong.
import { lmdbStores } from "#host/index.ts";
import { CheckedStore } from "#storage/index.ts";
import { utf8 } from "#base/bytes.ts";

const [root = "", name = ""] = process.argv.slice(2);
const store = new CheckedStore(await lmdbStores(root).open(name), name);
const decoder = new TextDecoder();
for (const [key, value] of store.scan({ start: utf8("") })) {
  const text = decoder.decode(key);
  if (decoder.decode(value) !== text.replace("key", "value").repeat(9)) console.log("wrong", text);
}
console.log("read");
