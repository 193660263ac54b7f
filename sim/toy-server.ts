import { createHash } from "node:crypto";
import { concatBytes, emptyBytes, textOf, utf8 } from "#base/bytes.ts";
import type { KeyValue, Ports } from "#ports/index.ts";
import type { HttpRequest, HttpResponse } from "#s3/index.ts";
import type { StartServer } from "./node-run.ts";

/** What a store may do wrong, so that the checkers can be seen to notice. */
export interface Slips {
  answersPutBeforeFlush?: boolean;
  answersDeleteBeforeFlush?: boolean;
  keepsWhatCameOfABody?: boolean;
  takesDamagedBodies?: boolean;
  rangeIsOneShort?: boolean;
  writesRowsApart?: boolean;
  listingLagsBehind?: boolean;
  listingDropsAKey?: boolean;
  forgetsOnOverwrite?: boolean;
  ignoresConditions?: boolean;
  flipsABit?: boolean;
  showsWhatIsNotFlushed?: boolean;
}

/**
 * The least that passes for an S3 node: one bucket, a row `e` with the ETag and a row `o` with the
 * body for each object. It checks no signatures.
 */
export function toyServer(slips: Slips): StartServer {
  return async (machine) => {
    const ports = machine.boot();
    const store = await ports.stores.open("toy");
    const toy = new ToyServer(ports, store, slips);
    return {
      handle: (request) => toy.handle(request),
      failure: new Promise(() => undefined),
      close: () => store.close(),
    };
  };
}

class ToyServer {
  readonly #clock: Ports["clock"];
  readonly #store: KeyValue;
  readonly #slips: Slips;
  #listed: string[] = [];
  #flushed: Promise<void> = Promise.resolve();

  constructor({ clock }: Ports, store: KeyValue, slips: Slips) {
    this.#clock = clock;
    this.#store = store;
    this.#slips = slips;
  }

  async handle(request: HttpRequest): Promise<HttpResponse> {
    const response = await this.#answer(request);
    const isRead = request.method === "GET" || request.method === "HEAD";
    // What a read shows must not be lost any more.
    if (isRead && this.#slips.showsWhatIsNotFlushed !== true) await this.#flushed;
    return response;
  }

  async #answer(request: HttpRequest): Promise<HttpResponse> {
    const [path = "", query = ""] = request.target.split("?");
    const [, , ...names] = path.split("/");
    const key = decodeURIComponent(names.join("/"));
    if (names.length === 0) return query === "" ? answer(200) : this.#list(query);
    if (request.method === "PUT") return this.#put(key, request);
    if (request.method === "DELETE") {
      const { flushed } = this.#write([`o${key}`, undefined], [`e${key}`, undefined]);
      if (this.#slips.answersDeleteBeforeFlush !== true) await flushed;
      return answer(204);
    }
    return this.#get(key, request);
  }

  async #put(key: string, request: HttpRequest): Promise<HttpResponse> {
    const parts: Uint8Array[] = [];
    try {
      for await (const part of request.body) parts.push(part);
    } catch {
      if (this.#slips.keepsWhatCameOfABody !== true) return answer(400);
    }
    const { body, isSound } = openBody(concatBytes(parts), request);
    const isTaken = isSound || this.#slips.takesDamagedBodies === true;
    if (!isTaken && this.#slips.keepsWhatCameOfABody !== true) return answer(400);
    const isThere = this.#store.get(utf8(`e${key}`)) !== undefined;
    const mustBeNew = request.headers["if-none-match"] !== undefined;
    if (mustBeNew && isThere && this.#slips.ignoresConditions !== true) return answer(412);
    const md5 = createHash("md5").update(body).digest("hex");
    if (this.#slips.flipsABit === true && body.length > 50) body[40] = (body[40] ?? 0) ^ 4;
    if (this.#slips.forgetsOnOverwrite === true && isThere) this.#write([`o${key}`, undefined]);
    const written = this.#slips.writesRowsApart
      ? (this.#write([`e${key}`, utf8(md5)]),
        await this.#clock.sleep(3),
        this.#write([`o${key}`, body]))
      : this.#write([`e${key}`, utf8(md5)], [`o${key}`, body]);
    if (this.#slips.answersPutBeforeFlush !== true) await written.flushed;
    return { ...answer(200), headers: { etag: `"${md5}"` } };
  }

  #get(key: string, { method, headers }: HttpRequest): HttpResponse {
    const body = this.#store.get(utf8(`o${key}`));
    const md5 = textOf(this.#store.get(utf8(`e${key}`)) ?? emptyBytes);
    if (body === undefined) return answer(404);
    const etag = { etag: `"${md5 ?? ""}"`, "content-length": String(body.length) };
    if (method === "HEAD") return { ...answer(200), headers: etag };
    const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range?.[0] ?? "");
    if (range === null) return { ...answer(200), headers: etag, body };
    const [first, last] = [Number(range[1]), Number(range[2])];
    if (first >= body.length) return answer(416);
    const end = this.#slips.rangeIsOneShort === true ? last : last + 1;
    return { ...answer(206), headers: etag, body: body.subarray(first, end) };
  }

  #list(query: string): HttpResponse {
    const parameter = (name: string): string | undefined => {
      const found = new RegExp(`(?:^|&)${name}=([^&]*)`).exec(query)?.[1];
      return found && decodeURIComponent(found);
    };
    const token = parameter("continuation-token") ?? "";
    const maxKeys = Number(parameter("max-keys"));
    const start = utf8(`e${token}`);
    const rows: string[] = [];
    for (const [key, value] of this.#store.scan({ start, end: utf8("f") })) {
      const name = textOf(key.subarray(1)) ?? "";
      if (name === token) continue;
      const size = this.#store.get(utf8(`o${name}`))?.length ?? 0;
      const fields = `<ETag>"${textOf(value) ?? ""}"</ETag><Size>${size}</Size>`;
      rows.push(`<Contents><Key>${escape(name)}</Key>${fields}</Contents>`);
    }
    if (this.#slips.listingDropsAKey === true) rows.splice(2, 1);
    const shown = this.#slips.listingLagsBehind === true ? this.#listed : rows;
    this.#listed = rows;
    const page = shown.slice(0, maxKeys);
    const isTruncated = shown.length > page.length;
    const last = /<Key>(.*)<\/Key>/.exec(page.at(-1) ?? "")?.[1] ?? "";
    const more = isTruncated ? `<NextContinuationToken>${last}</NextContinuationToken>` : "";
    const tail = `<IsTruncated>${isTruncated}</IsTruncated>${more}`;
    return {
      ...answer(200),
      body: utf8(`<ListBucketResult>${page.join("")}${tail}</ListBucketResult>`),
    };
  }

  #write(...changes: [key: string, value: Uint8Array | undefined][]): { flushed: Promise<void> } {
    const written = this.#store.write(changes.map(([key, value]) => ({ key: utf8(key), value })));
    this.#flushed = written.flushed;
    return written;
  }
}

function answer(status: number): HttpResponse {
  return { status, headers: {}, requestBody: "read" };
}

/**
 * The body without the chunks it may have travelled in, and whether it has the sum it came with.
 */
function openBody(
  sent: Uint8Array,
  { headers }: HttpRequest,
): { body: Uint8Array; isSound: boolean } {
  const body = headers["x-amz-trailer"] === undefined ? sent : withoutChunks(sent);
  const length = headers["x-amz-decoded-content-length"] ?? headers["content-length"];
  const hash = (name: string): Uint8Array => createHash(name).update(body).digest();
  const text = new TextDecoder("latin1").decode(sent.subarray(-100));
  const sums = [
    [headers["content-md5"]?.[0], hash("md5").toBase64()],
    [headers["x-amz-content-sha256"]?.[0], hash("sha256").toHex()],
    [/sha256:(.*)\r\n\r\n$/.exec(text)?.[1], hash("sha256").toBase64()],
  ];
  return { body, isSound: Number(length) === body.length && sums.some(([a, b]) => a === b) };
}

function withoutChunks(sent: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; ;) {
    const text = new TextDecoder("latin1").decode(sent.subarray(at, at + 20));
    const line = /^([0-9a-f]+)\r\n/.exec(text);
    const size = Number.parseInt(line?.[1] ?? "0", 16);
    if (size === 0) return concatBytes(parts);
    at += line?.[0].length ?? 0;
    parts.push(sent.subarray(at, at + size));
    at += size + 2;
  }
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
