import { textOf } from "#base/bytes.ts";
import { check } from "#sim/check-error.ts";
import { VersionIds } from "#sim/checkers/version-ids.ts";
import { type Call, pathOf, type Reply } from "./client.ts";
import { History } from "./history.ts";
import { fieldOf } from "./listing.ts";
import { type Answer, describe, Shop, type ShopParts } from "./shop.ts";
import type { Lock, VersionAction } from "./version-history.ts";

/** Every version of it is read back often: few keys are enough. */
const keyCountMax = 4;

/** A version that somebody saw. */
export interface SeenVersion {
  key: string;
  id: string;
  /** An ETag, or `D:` and the id of a delete marker. */
  name: string;
}

/** A bucket that keeps versions and has locks, and what clients saw of it. */
export class VersionShop {
  readonly shop: Shop;
  readonly history: History<VersionAction>;
  readonly seen: SeenVersion[] = [];
  readonly #ids = new VersionIds();

  constructor(parts: Omit<ShopParts, "history"> & { history: History<VersionAction> }) {
    const { history, plan } = parts;
    const keyCount = Math.min(plan.keyCount, keyCountMax);
    const own = { ...parts, plan: { ...plan, keyCount }, history: new History() };
    this.shop = new Shop("versions-of-the-run", own);
    this.history = history;
  }

  /** Makes the bucket, however often nodes die over it. */
  async open(): Promise<void> {
    const headers = { "x-amz-bucket-object-lock-enabled": "true" };
    const call: Call = { method: "PUT", path: pathOf(this.shop.bucket), headers };
    for (;;) {
      const answer = await this.ask(call, "CreateBucket");
      if (answer === undefined) continue;
      const isThere = answer.status === 200 || answer.status === 409;
      check(isThere, "a bucket can be made", describe(answer));
      return;
    }
  }

  /** Calls whoever serves; undefined where a fault came between. */
  async ask(call: Call, name: string): Promise<Answer | undefined> {
    return this.answerOf(await (await this.shop.line.ready()).send(call), name);
  }

  answerOf(reply: Reply, name: string): Answer | undefined {
    if (reply.kind === "died" || this.shop.isExcused(reply, name)) return undefined;
    check(reply.kind === "answer", `a ${name} is answered`, describe(reply));
    return reply;
  }

  /** Notes a version that was made or shown. */
  note(key: string, id: string, name: string): void {
    const isNew = this.#ids.nameOf(id) === undefined;
    this.#ids.note(id, `${key} ${name}`);
    if (isNew) this.seen.push({ key, id, name });
  }

  /** A version that somebody saw, perhaps gone by now. */
  drawSeen(): SeenVersion | undefined {
    // Rather a new one: the old ones are gone, or read often.
    const { length } = this.seen;
    const back = this.shop.prng.below(2) === 0 ? 6 : length;
    return this.seen[length - 1 - this.shop.prng.below(Math.max(1, Math.min(back, length)))];
  }
}

/** The lock that a HEAD tells. */
export function lockOf({ headers }: Answer): Lock {
  const mode = headers["x-amz-object-lock-mode"] ?? "NONE";
  const hold = headers["x-amz-object-lock-legal-hold"] === "ON";
  return { hold, mode: mode.toLowerCase() as Lock["mode"] };
}

/** A page of ListObjectVersions. */
export interface VersionPage {
  entries: (SeenVersion & { isLatest: boolean })[];
  next: Record<string, string> | undefined;
}

/** Reads the XML of a page. */
export function parseVersions(body: Uint8Array): VersionPage {
  const text = textOf(body) ?? "";
  const found = text.matchAll(/<(Version|DeleteMarker)>(.*?)<\/\1>/gs);
  const entries = [...found].map(([, kind, fields = ""]) => {
    const id = fieldOf(fields, "VersionId");
    const name = kind === "Version" ? fieldOf(fields, "ETag").replaceAll('"', "") : `D:${id}`;
    const isLatest = fieldOf(fields, "IsLatest") === "true";
    return { key: fieldOf(fields, "Key"), id, name, isLatest };
  });
  if (fieldOf(text, "IsTruncated") !== "true") return { entries, next: undefined };
  const next: Record<string, string> = { "key-marker": fieldOf(text, "NextKeyMarker") };
  const isInKey = text.includes("<NextVersionIdMarker>");
  if (isInKey) next["version-id-marker"] = fieldOf(text, "NextVersionIdMarker");
  return { entries, next };
}
