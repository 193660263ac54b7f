import { equalBytes, utf8 } from "#base/bytes.ts";
import { check } from "#sim/check-error.ts";
import { type Call, pathOf } from "./client.ts";
import type { Content } from "./content.ts";
import type { OpenWrite } from "./history.ts";
import { describe, etagOf } from "./shop.ts";
import { beginUpload, completion, insist, sendPart } from "./upload-calls.ts";
import type { Lock, VersionAction, VersionChange } from "./version-history.ts";
import { lockOf, parseVersions, type SeenVersion, type VersionShop } from "./version-shop.ts";

/** Makes one call, and says whether it was answered as it should be. */
type VersionCall = (shop: VersionShop) => Promise<boolean>;

type VersionCallName =
  | "putVersion"
  | "uploadVersion"
  | "putMarker"
  | "removeVersion"
  | "lockVersion"
  | "readVersion"
  | "listVersions";

/** Calls on a bucket that keeps versions and has locks. */
export const versionCalls: Readonly<Record<VersionCallName, VersionCall>> = {
  putVersion,
  uploadVersion,
  putMarker,
  removeVersion,
  lockVersion,
  readVersion,
  listVersions: (shop) => listVersions(shop, [1, 3, 1000][shop.shop.prng.below(3)] ?? 1),
};

/** Short bodies are not all different, and a version is known by its body. */
const sizeBytesMin = 24;
/** After the end of every run: what is retained until then stays so. */
const retainedUntil = "2199-01-01T00:00:00Z";

/** Shows all versions, and reads some of them. */
export async function readVersions(shop: VersionShop): Promise<void> {
  await listVersions(shop, 1000);
  for (const key of shop.shop.keys) await readTop(shop, key);
  for (let i = 0; i < 4; i++) await readVersion(shop);
}

function drawKey({ shop }: VersionShop): string {
  return shop.keys[shop.prng.below(shop.keys.length)] ?? "";
}

function drawLock({ shop: { prng } }: VersionShop): Lock {
  const mode = (["governance", "compliance"] as const)[prng.below(8)] ?? "none";
  return { hold: prng.below(6) === 0, mode };
}

function lockHeaders({ hold, mode }: Lock): Record<string, string> {
  const headers: Record<string, string> = {};
  if (hold) headers["x-amz-object-lock-legal-hold"] = "ON";
  if (mode === "none") return headers;
  headers["x-amz-object-lock-mode"] = mode.toUpperCase();
  headers["x-amz-object-lock-retain-until-date"] = retainedUntil;
  return headers;
}

async function putVersion(shop: VersionShop): Promise<boolean> {
  const key = drawKey(shop);
  const content = shop.shop.drawContent(sizeBytesMin);
  const lock = drawLock(shop);
  const contact = await shop.shop.line.ready();
  const action: VersionAction = { kind: "put", name: content.etag, lock };
  const write = shop.history.begin(key, "PUT", action, contact.name);
  const path = pathOf(shop.shop.bucket, key);
  const headers = lockHeaders(lock);
  // A lock is taken only with a body that is checked on its way.
  const call: Call = { method: "PUT", path, headers, body: content.bytes(), payload: "unsigned" };
  const reply = await contact.send(call);
  const answer = shop.answerOf(reply, "PUT");
  if (answer === undefined) return false;
  check(answer.status === 200, "a sound PUT is taken", describe(answer));
  write.acknowledge();
  shop.note(key, answer.headers["x-amz-version-id"] ?? "", etagOf(answer));
  return true;
}

/** An upload in one part, completed until that is acknowledged, and then once more. */
async function uploadVersion(shop: VersionShop): Promise<boolean> {
  const key = drawKey(shop);
  const begun = await beginUpload(shop.shop, key);
  if (begun === undefined) return false;
  const part = await sendPart(shop.shop, begun, { key, number: 1, isLast: true });
  if (part === undefined) return false;
  const content = shop.shop.contents.join([part]);
  const lock: Lock = { hold: false, mode: "none" };
  let write: OpenWrite | undefined;
  const send = (contact: string): Call => {
    const action: VersionAction = { kind: "put", name: content.etag, lock };
    if (write === undefined) write = shop.history.begin(key, "completion", action, contact);
    else write.askAlso(contact);
    return completion(begun, [part]);
  };
  const first = await insist(shop.shop, "completion", send);
  if (first.answer === undefined || (first.answer.status === 404 && !first.isFirstTry))
    return false;
  check(first.answer.status === 200, "an upload is completed", describe(first.answer));
  write?.acknowledge();
  shop.note(key, first.answer.headers["x-amz-version-id"] ?? "", content.etag);
  const again = await insist(shop.shop, "completion", () => completion(begun, [part]));
  if (again.answer?.status !== 200) return true;
  shop.note(key, again.answer.headers["x-amz-version-id"] ?? "", content.etag);
  return true;
}

/** Deletes without naming a version: a marker hides what is there. */
async function putMarker(shop: VersionShop): Promise<boolean> {
  const key = drawKey(shop);
  const contact = await shop.shop.line.ready();
  const action: VersionAction = { kind: "mark", name: undefined };
  const write = shop.history.begin(key, "DELETE", action, contact.name);
  const reply = await contact.send({ method: "DELETE", path: pathOf(shop.shop.bucket, key) });
  const answer = shop.answerOf(reply, "DELETE");
  if (answer === undefined) return false;
  check(answer.status === 204, "a DELETE is taken", describe(answer));
  const id = answer.headers["x-amz-version-id"] ?? "";
  action.name = `D:${id}`;
  write.acknowledge();
  shop.note(key, id, action.name);
  return true;
}

/** Removes a version for good, if its lock lets it. */
async function removeVersion(shop: VersionShop): Promise<boolean> {
  const seen = shop.drawSeen();
  if (seen === undefined) return false;
  const bypass = shop.shop.prng.below(3) === 0;
  const headers = bypass ? { "x-amz-bypass-governance-retention": "true" } : {};
  const path = pathOf(shop.shop.bucket, seen.key);
  const call: Call = { method: "DELETE", path, query: { versionId: seen.id }, headers };
  return change(shop, seen, { kind: "remove", name: seen.name, bypass }, call);
}

/** Sets a lock, or tries to take it off. */
async function lockVersion(shop: VersionShop): Promise<boolean> {
  const { prng, bucket } = shop.shop;
  const seen = shop.drawSeen();
  if (seen === undefined || seen.name.startsWith("D:")) return false;
  const path = pathOf(bucket, seen.key);
  if (prng.below(2) === 0) {
    const on = prng.below(2) === 0;
    const body = utf8(`<LegalHold><Status>${on ? "ON" : "OFF"}</Status></LegalHold>`);
    const query = { "legal-hold": "", versionId: seen.id };
    const call: Call = { method: "PUT", path, query, body, payload: "unsigned" };
    return change(shop, seen, { kind: "hold", name: seen.name, on }, call);
  }
  const { mode } = drawLock(shop);
  const until = `<RetainUntilDate>${retainedUntil}</RetainUntilDate>`;
  const content = mode === "none" ? "" : `<Mode>${mode.toUpperCase()}</Mode>${until}`;
  const bypass = prng.below(2) === 0;
  const headers = bypass ? { "x-amz-bypass-governance-retention": "true" } : {};
  const query = { retention: "", versionId: seen.id };
  const body = utf8(`<Retention>${content}</Retention>`);
  const call: Call = { method: "PUT", path, query, headers, body, payload: "unsigned" };
  return change(shop, seen, { kind: "retain", name: seen.name, mode, bypass }, call);
}

/** Makes a change of one version, and notes whether it was done, or forbidden, or too late. */
async function change(
  { shop, history }: VersionShop,
  { key, name }: SeenVersion,
  action: VersionChange,
  call: Call,
): Promise<boolean> {
  const contact = await shop.line.ready();
  const begun = history.tick();
  const write = history.begin(key, call.method, action, contact.name);
  const reply = await contact.send(call);
  if (reply.kind === "died" || shop.isExcused(reply, action.kind)) return false;
  check(reply.kind === "answer", "a change of a version is answered", describe(reply));
  if (reply.status === 403) {
    write.refuse();
    history.show(key, "refusal", begun, { kind: "refusal", of: action });
  } else if (reply.status === 404 && action.kind !== "remove") {
    write.refuse();
    history.show(key, "refusal", begun, { kind: "is", name, lock: undefined });
  } else {
    const isDone = reply.status === 200 || reply.status === 204;
    check(isDone, "a version is changed as S3's rules say", describe(reply));
    write.acknowledge();
  }
  return true;
}

/** Reads what is newest, or one version with its lock. */
async function readVersion(shop: VersionShop): Promise<boolean> {
  const seen = shop.drawSeen();
  if (seen === undefined || seen.name.startsWith("D:") || shop.shop.prng.below(3) === 0) {
    return readTop(shop, drawKey(shop));
  }
  const { key, id, name } = seen;
  const begun = shop.history.tick();
  const path = pathOf(shop.shop.bucket, key);
  const answer = await shop.ask({ method: "GET", path, query: { versionId: id } }, "GET");
  if (answer === undefined) return false;
  if (answer.status === 404) {
    shop.history.show(key, "GET", begun, { kind: "is", name, lock: undefined });
    return true;
  }
  check(answer.status === 200, "a version is read", describe(answer));
  checkBytes(shop.shop.contents.find(name), answer.body, name);
  shop.history.show(key, "GET", begun, { kind: "is", name, lock: lockOf(answer) });
  return true;
}

async function readTop(shop: VersionShop, key: string): Promise<boolean> {
  const begun = shop.history.tick();
  const path = pathOf(shop.shop.bucket, key);
  const answer = await shop.ask({ method: "GET", path }, "GET");
  if (answer === undefined) return false;
  const id = answer.headers["x-amz-version-id"];
  let name: string | undefined;
  if (answer.status === 200) {
    name = etagOf(answer);
    checkBytes(shop.shop.contents.find(name), answer.body, name);
  } else {
    check(answer.status === 404, "a GET finds an object or says there is none", describe(answer));
    if (id !== undefined) name = `D:${id}`;
  }
  if (id !== undefined && name !== undefined) shop.note(key, id, name);
  shop.history.show(key, "GET", begun, { kind: "top", name });
  return true;
}

function checkBytes(content: Content | undefined, body: Uint8Array, name: string): void {
  const isRight = content !== undefined && equalBytes(body, content.bytes());
  check(isRight, "a GET gives the bytes that were put", `version ${name}, ${body.length} bytes`);
}

/** Lists all versions, page by page; a page shows those keys that it has whole. */
async function listVersions(shop: VersionShop, maxKeys: number): Promise<boolean> {
  let marker: Record<string, string> | undefined = {};
  while (marker !== undefined) {
    const begun = shop.history.tick();
    const query = { versions: "", "max-keys": String(maxKeys), ...marker };
    const path = pathOf(shop.shop.bucket);
    const answer = await shop.ask({ method: "GET", path, query }, "LIST");
    if (answer === undefined) return false;
    check(answer.status === 200, "a listing is answered", describe(answer));
    const { entries, next } = parseVersions(answer.body);
    check(entries.length <= maxKeys, "a page has no more than was asked for", describe(answer));
    for (const { key, id, name } of entries) shop.note(key, id, name);
    const isWhole = (key: string): boolean =>
      (next === undefined || key !== entries.at(-1)?.key) &&
      !("version-id-marker" in (marker ?? {}) && key === marker?.["key-marker"]);
    const isAll = next === undefined && Object.keys(marker).length === 0;
    for (const key of isAll ? shop.shop.keys : new Set(entries.map((entry) => entry.key))) {
      if (!isWhole(key)) continue;
      const own = entries.filter((entry) => entry.key === key);
      const latest = own.map(({ isLatest }) => isLatest).indexOf(true);
      const isMarked = own.filter(({ isLatest }) => isLatest).length === Math.min(1, own.length);
      check(latest <= 0 && isMarked, "the newest version is listed first", describe(answer));
      const names = own.map(({ name }) => name);
      shop.history.show(key, "LIST", begun, { kind: "list", names });
    }
    marker = next;
  }
  return true;
}
