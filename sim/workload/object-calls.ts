import { createHash } from "node:crypto";
import { textOf, utf8 } from "#base/bytes.ts";
import { check } from "#sim/check-error.ts";
import { pathOf } from "./client.ts";
import { absent } from "./history.ts";
import { type Answer, describe, etagOf, type Shop } from "./shop.ts";
import { fieldOf } from "./listing.ts";

/** Makes one call, and says whether it was answered as it should be. */
export type ShopCall = (shop: Shop, key: string) => Promise<boolean>;

/** Calls on objects whose outcome depends on what is there. */
export const objectCalls: Readonly<
  Record<"putIfMatch" | "deleteIfMatch" | "copy" | "deleteMany", ShopCall>
> = {
  putIfMatch,
  deleteIfMatch,
  copy,
  deleteMany,
};

/** Replaces what a key may hold, if it still does. */
async function putIfMatch(shop: Shop, key: string): Promise<boolean> {
  const expected = shop.guess(key)?.etag;
  if (expected === undefined) return false;
  const content = shop.drawContent(0);
  const contact = await shop.line.ready();
  const begun = shop.history.tick();
  const action = { kind: "replace", expected, state: content.etag } as const;
  const write = shop.history.begin(key, "PUT if match", action, contact.name);
  const headers = { "if-match": `"${expected}"` };
  const path = pathOf(shop.bucket, key);
  const reply = await contact.send({ method: "PUT", path, headers, body: content.bytes() });
  if (reply.kind === "died" || shop.isExcused(reply, "PUT")) return false;
  check(reply.kind === "answer", "a PUT is answered", describe(reply));
  if (isRefused(shop, key, { reply, begun, expected })) {
    write.refuse();
    return true;
  }
  check(reply.status === 200, "a sound PUT is taken", describe(reply));
  check(etagOf(reply) === content.etag, "the ETag of a PUT is its MD5", describe(reply));
  write.acknowledge();
  shop.remembered.set(key, content);
  return true;
}

/** Deletes what a key may hold, if it still does. */
async function deleteIfMatch(shop: Shop, key: string): Promise<boolean> {
  const expected = shop.guess(key)?.etag;
  if (expected === undefined) return false;
  const contact = await shop.line.ready();
  const begun = shop.history.tick();
  const action = { kind: "replace", expected, state: absent } as const;
  const write = shop.history.begin(key, "DELETE if match", action, contact.name);
  const headers = { "if-match": `"${expected}"` };
  const reply = await contact.send({ method: "DELETE", path: pathOf(shop.bucket, key), headers });
  if (reply.kind === "died" || shop.isExcused(reply, "DELETE")) return false;
  check(reply.kind === "answer", "a DELETE is answered", describe(reply));
  if (isRefused(shop, key, { reply, begun, expected })) {
    write.refuse();
    return true;
  }
  check(reply.status === 204, "a DELETE is taken", describe(reply));
  write.acknowledge();
  return true;
}

/** Notes what a refusal of a condition shows of a key. */
function isRefused(
  shop: Shop,
  key: string,
  { reply, begun, expected }: { reply: Answer; begun: number; expected: string },
): boolean {
  if (reply.status === 412) {
    shop.history.show(key, "refusal", begun, { kind: "differs", state: expected });
    shop.history.show(key, "refusal", begun, { kind: "present" });
  } else if (reply.status === 404) {
    shop.history.show(key, "refusal", begun, { kind: "read", state: absent });
  }
  return reply.status === 412 || reply.status === 404 || reply.status === 409;
}

/** Copies what another key may hold, if it still does. */
async function copy(shop: Shop, key: string): Promise<boolean> {
  const source = shop.drawOther(key);
  const content = shop.guess(source);
  if (content === undefined) return false;
  const contact = await shop.line.ready();
  const begun = shop.history.tick();
  const action = { kind: "write", state: content.etag } as const;
  const write = shop.history.begin(key, "copy", action, contact.name);
  const headers = {
    "x-amz-copy-source": pathOf(shop.bucket, source),
    "x-amz-copy-source-if-match": `"${content.etag}"`,
    // A copy onto itself must change something.
    "x-amz-metadata-directive": source === key ? "REPLACE" : "COPY",
  };
  const reply = await contact.send({ method: "PUT", path: pathOf(shop.bucket, key), headers });
  if (reply.kind === "died" || shop.isExcused(reply, "copy")) return false;
  check(reply.kind === "answer", "a copy is answered", describe(reply));
  if (isRefused(shop, source, { reply, begun, expected: content.etag })) {
    write.refuse();
    return true;
  }
  check(reply.status === 200, "a copy of what is there is taken", describe(reply));
  const etag = fieldOf(textOf(reply.body) ?? "", "ETag").replaceAll('"', "");
  check(etag === content.etag, "a copy has the ETag of its source", describe(reply));
  shop.history.show(source, "copy", begun, { kind: "read", state: content.etag });
  write.acknowledge();
  shop.remembered.set(key, content);
  return true;
}

/** Deletes several keys by one request. */
async function deleteMany(shop: Shop, key: string): Promise<boolean> {
  const keys = new Set([key, shop.drawOther(key), shop.drawOther(key)]);
  const objects = [...keys].map((one) => `<Object><Key>${escape(one)}</Key></Object>`);
  const body = utf8(`<Delete>${objects.join("")}</Delete>`);
  const contact = await shop.line.ready();
  const writes = [...keys].map((one) =>
    shop.history.begin(one, "DELETE of many", { kind: "write", state: absent }, contact.name),
  );
  const headers = { "content-md5": createHash("md5").update(body).digest("base64") };
  const path = pathOf(shop.bucket);
  const query = { delete: "" };
  const reply = await contact.send({ method: "POST", path, query, headers, body });
  if (reply.kind === "died" || shop.isExcused(reply, "DeleteObjects")) return false;
  check(reply.kind === "answer" && reply.status === 200, "keys can be deleted", describe(reply));
  const deletedCount = (textOf(reply.body) ?? "").split("<Deleted>").length - 1;
  check(deletedCount === keys.size, "each key that was named is deleted", describe(reply));
  for (const write of writes) write.acknowledge();
  return true;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
