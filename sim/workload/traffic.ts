import { compareBytes, equalBytes, utf8 } from "#base/bytes.ts";
import { check } from "#sim/check-error.ts";
import { type OperationName, operationNames } from "#sim/plan.ts";
import { type Call, pathOf } from "./client.ts";
import type { Content } from "./content.ts";
import { type KeyAction, absent } from "./history.ts";
import { parseListing } from "./listing.ts";
import type { Seen } from "./seen.ts";
import { objectCalls } from "./object-calls.ts";
import { type Answer, describe, etagOf, Shop, type ShopParts } from "./shop.ts";
import { uploadCalls } from "./upload-calls.ts";
import { readVersions, versionCalls } from "./version-calls.ts";
import { VersionShop } from "./version-shop.ts";

/** Clients' calls on one bucket, each checked against what it may answer, and noted. */
export class Traffic {
  /** How many calls of each kind were answered as they should be. */
  readonly answered: Map<OperationName, number> = new Map<OperationName, number>();
  readonly #shop: Shop;
  readonly #versions: VersionShop;
  readonly #hasVersions: boolean;

  constructor({ seen, ...parts }: Omit<ShopParts, "history"> & { seen: Seen }) {
    this.#shop = new Shop("bucket-of-the-run", { ...parts, history: seen.objects });
    this.#versions = new VersionShop({ ...parts, history: seen.versions });
    const { mix } = parts.plan;
    this.#hasVersions = Object.keys(versionCalls).some((name) => mix[name as OperationName] > 0);
  }

  get keys(): readonly string[] {
    return this.#shop.keys;
  }

  /** Makes the buckets, however often the node dies over it. */
  async createBuckets(): Promise<void> {
    for (;;) {
      const contact = await this.#shop.line.ready();
      const reply = await contact.send({ method: "PUT", path: pathOf(this.#shop.bucket) });
      if (reply.kind === "died" || this.#shop.isExcused(reply, "CreateBucket")) continue;
      const isThere = reply.kind === "answer" && (reply.status === 200 || reply.status === 409);
      check(isThere, "a bucket can be made", describe(reply));
      break;
    }
    if (this.#hasVersions) await this.#versions.open();
  }

  /** Makes one drawn call. */
  async callOnce(): Promise<void> {
    const name = this.#drawOperation();
    const key = this.keys[this.#shop.prng.below(this.keys.length)] ?? "";
    const isAnswered = await this.#call(name, key);
    if (isAnswered) this.answered.set(name, (this.answered.get(name) ?? 0) + 1);
  }

  /** Puts an object of this size. */
  async put(key: string, sizeBytes: number): Promise<void> {
    await this.#put("put", key, this.#shop.contents.make(sizeBytes));
  }

  async delete(key: string): Promise<void> {
    await this.#delete(key);
  }

  /** Makes a call of this kind on a key. */
  async make(name: OperationName, key: string): Promise<void> {
    await this.#call(name, key);
  }

  /** Reads every key in each way, and the listing; then writes, reads and deletes one. */
  async readAll(): Promise<void> {
    for (const key of this.keys) {
      await this.#get(key, undefined);
      await this.#head(key);
    }
    await this.#list();
    const key = this.keys[0] ?? "";
    await this.#put("put", key);
    await this.#get(key, undefined);
    await this.#delete(key);
    await this.#list();
    if (this.#hasVersions) await readVersions(this.#versions);
  }

  #call(name: OperationName, key: string): Promise<boolean> {
    switch (name) {
      case "put":
      case "putIfAbsent":
      case "putAndVanish":
      case "putDamaged":
        return this.#put(name, key);
      case "get":
        return this.#get(key, undefined);
      case "getRange":
        return this.#get(key, this.#shop.drawRange());
      case "getAndStop":
        return this.#getAndStop(key);
      case "head":
        return this.#head(key);
      case "list":
        return this.#list();
      case "delete":
        return this.#delete(key);
      case "putIfMatch":
      case "deleteIfMatch":
      case "copy":
      case "deleteMany":
        return objectCalls[name](this.#shop, key);
      case "upload":
      case "abortUpload":
        return uploadCalls[name](this.#shop, key);
      case "putVersion":
      case "uploadVersion":
      case "putMarker":
      case "removeVersion":
      case "lockVersion":
      case "readVersion":
      case "listVersions":
        return versionCalls[name](this.#versions);
      default:
        return name satisfies never;
    }
  }

  #drawOperation(): OperationName {
    const total = operationNames.reduce((sum, name) => sum + this.#shop.plan.mix[name], 0);
    let rest = this.#shop.prng.below(total);
    for (const name of operationNames) {
      rest -= this.#shop.plan.mix[name];
      if (rest < 0) return name;
    }
    return "put";
  }

  async #put(
    name: OperationName,
    key: string,
    content: Content = this.#shop.drawContent(name === "put" || name === "putIfAbsent" ? 0 : 1),
  ): Promise<boolean> {
    const prng = this.#shop.prng;
    const isSound = name === "put" || name === "putIfAbsent";
    const body = content.bytes();
    const call: Call = { method: "PUT", path: pathOf(this.#shop.bucket, key), body };
    call.payload = (["signed", "unsigned", "trailer"] as const)[prng.below(3)];
    if (name === "putAndVanish") call.vanishAfterBytes = prng.below(body.length);
    if (name === "putDamaged") call.isDamaged = true;
    if (name === "putIfAbsent") call.headers = { "if-none-match": "*" };
    const kind = name === "putIfAbsent" ? "create" : "write";
    const contact = await this.#shop.line.ready();
    const begun = this.#shop.history.tick();
    const write = this.#shop.history.begin(key, "PUT", { kind, state: content.etag }, contact.name);
    // What must not be stored counts as refused from the start: whoever reads it is wrong.
    if (!isSound) write.refuse();
    const reply = await contact.send(call);
    if (reply.kind === "died" || (isSound && this.#shop.isExcused(reply, "PUT"))) return false;
    check(reply.kind === "answer", "a PUT is answered", describe(reply));
    if (name === "putIfAbsent" && (reply.status === 412 || reply.status === 409)) {
      write.refuse();
      if (reply.status === 412) this.#shop.history.show(key, "PUT", begun, { kind: "present" });
      return true;
    }
    if (!isSound) {
      check(
        reply.status >= 400,
        "a body that did not come as declared is refused",
        describe(reply),
      );
      return true;
    }
    check(reply.status === 200, "a sound PUT is taken", describe(reply));
    check(etagOf(reply) === content.etag, "the ETag of a PUT is its MD5", describe(reply));
    write.acknowledge();
    this.#shop.remembered.set(key, content);
    return true;
  }

  async #delete(key: string): Promise<boolean> {
    const contact = await this.#shop.line.ready();
    const write = this.#shop.history.begin(
      key,
      "DELETE",
      { kind: "write", state: absent },
      contact.name,
    );
    const reply = await contact.send({ method: "DELETE", path: pathOf(this.#shop.bucket, key) });
    if (reply.kind === "died" || this.#shop.isExcused(reply, "DELETE")) return false;
    const isDone = reply.kind === "answer" && reply.status === 204;
    check(isDone, "a DELETE is taken", describe(reply));
    write.acknowledge();
    return true;
  }

  async #get(key: string, range: { first: number; last: number } | undefined): Promise<boolean> {
    const contact = await this.#shop.line.ready();
    const begun = this.#shop.history.tick();
    const headers = range === undefined ? {} : { range: `bytes=${range.first}-${range.last}` };
    const reply = await contact.send({
      method: "GET",
      path: pathOf(this.#shop.bucket, key),
      headers,
    });
    if (reply.kind === "died" || this.#shop.isExcused(reply, "GET")) return false;
    check(reply.kind === "answer", "a GET is answered whole", describe(reply));
    if (reply.status === 416 && range !== undefined) {
      this.#shop.history.show(key, "GET", begun, { kind: "present" });
      return true;
    }
    const state = this.#stateShown(key, "GET", begun, reply);
    if (state === undefined) return true;
    const whole = state.bytes();
    const wanted = range === undefined ? whole : whole.subarray(range.first, range.last + 1);
    check(
      reply.status === (range === undefined ? 200 : 206) && equalBytes(reply.body, wanted),
      "a GET gives the bytes that were put",
      () => `${key} ${headers.range ?? ""} ${describe(reply)()}`,
    );
    return true;
  }

  /** A client that goes away in the middle: what it had read was right. */
  async #getAndStop(key: string): Promise<boolean> {
    const stopReadingAfterBytes = 1 + this.#shop.prng.below(this.#shop.plan.sizeBytesMax);
    const path = pathOf(this.#shop.bucket, key);
    const contact = await this.#shop.line.ready();
    const reply = await contact.send({ method: "GET", path, stopReadingAfterBytes });
    if (reply.kind !== "broken" || reply.status !== 200) return reply.kind === "answer";
    const isBeginning = this.#shop.contents.some((content) => {
      if (content.sizeBytes < reply.body.length) return false;
      const whole = content.bytes();
      return equalBytes(whole.subarray(0, reply.body.length), reply.body);
    });
    check(isBeginning, "a GET gives the bytes that were put", `the beginning of ${key}`);
    return true;
  }

  async #head(key: string): Promise<boolean> {
    const contact = await this.#shop.line.ready();
    const begun = this.#shop.history.tick();
    const reply = await contact.send({ method: "HEAD", path: pathOf(this.#shop.bucket, key) });
    if (reply.kind === "died" || this.#shop.isExcused(reply, "HEAD")) return false;
    check(reply.kind === "answer", "a HEAD is answered", describe(reply));
    const state = this.#stateShown(key, "HEAD", begun, reply);
    if (state === undefined) return true;
    const length = Number(reply.headers["content-length"]);
    check(length === state.sizeBytes, "a HEAD tells the length", describe(reply));
    return true;
  }

  /** Notes what a GET or HEAD showed of a key: an object, or that there is none. */
  #stateShown(key: string, name: string, begun: number, reply: Answer): Content | undefined {
    if (reply.status === 404) {
      this.#shop.history.show(key, name, begun, { kind: "read", state: absent });
      return undefined;
    }
    const isFound = reply.status === 200 || reply.status === 206;
    check(isFound, `a ${name} finds an object or says there is none`, describe(reply));
    const content = this.#shop.contents.find(etagOf(reply));
    check(content !== undefined, "only what was put is there", () => `${key} ${describe(reply)()}`);
    this.#shop.history.show(key, name, begun, { kind: "read", state: content.etag });
    this.#shop.remembered.set(key, content);
    return content;
  }

  async #list(): Promise<boolean> {
    const maxKeys = 1 + this.#shop.prng.below(20);
    let continuation: string | undefined;
    let after = "";
    do {
      const contact = await this.#shop.line.ready();
      const begun = this.#shop.history.tick();
      const query: Record<string, string> = { "list-type": "2", "max-keys": String(maxKeys) };
      if (continuation !== undefined) query["continuation-token"] = continuation;
      const reply = await contact.send({ method: "GET", path: pathOf(this.#shop.bucket), query });
      if (reply.kind === "died" || this.#shop.isExcused(reply, "LIST")) return false;
      const isListed = reply.kind === "answer" && reply.status === 200;
      check(isListed, "a listing is answered", describe(reply));
      const page = parseListing(reply.body);
      const last = page.continuation === undefined ? undefined : page.objects.at(-1)?.key;
      this.#notePage(page.objects, { begun, after, last });
      continuation = page.continuation;
      after = last ?? after;
    } while (continuation !== undefined);
    return true;
  }

  /** A page shows every key of its stretch at once: those it names and those it does not. */
  #notePage(
    objects: readonly { key: string; md5: string; sizeBytes: number }[],
    page: { begun: number; after: string; last: string | undefined },
  ): void {
    const rest = new Map(objects.map((object) => [object.key, object]));
    check(rest.size === objects.length, "a listing names a key once", [...rest.keys()].join());
    let before = page.after;
    for (const { key, md5, sizeBytes } of objects) {
      check(before === "" || isBefore(before, key), "a listing is in order", `${before} ${key}`);
      check(this.keys.includes(key), "a listing names only what was put", key);
      const content = this.#shop.contents.find(md5);
      check(content?.sizeBytes === sizeBytes, "a listing tells size and ETag", `${key} ${md5}`);
      before = key;
    }
    for (const key of this.keys) {
      if (page.after !== "" && !isBefore(page.after, key)) continue;
      if (page.last !== undefined && isBefore(page.last, key)) continue;
      const action: KeyAction = { kind: "read", state: rest.get(key)?.md5 ?? absent };
      this.#shop.history.show(key, "LIST", page.begun, action);
    }
  }
}

function isBefore(a: string, b: string): boolean {
  return compareBytes(utf8(a), utf8(b)) < 0;
}
