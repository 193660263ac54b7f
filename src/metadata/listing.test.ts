import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareBytes, toHex, utf8 } from "#base/bytes.ts";
import { listObjects, listUploads, listVersions } from "./listing.ts";
import { bucketsOf } from "./queries.ts";
import type { KeyRange, Pair, Reader } from "./reader.ts";
import { expectDone, objectInfo, Rig, rigAccount, uuid } from "./rig.ts";

const bucket = "bucket-a";

function byBytes(a: string, b: string): number {
  return compareBytes(utf8(a), utf8(b));
}

/** What S3 says a listing is: filter, roll up, sort, skip what is not behind the marker. */
function naive(
  keys: readonly string[],
  { prefix, delimiter, after }: { prefix: string; delimiter: string; after: string },
): string[] {
  const shown = new Set<string>();
  for (const key of keys.filter((key) => key.startsWith(prefix))) {
    const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    const entry = at < 0 ? key : key.slice(0, at + delimiter.length);
    const isBehind = byBytes(key, after) > 0 && !(at >= 0 && entry === after);
    if (isBehind || after === "") shown.add(entry);
  }
  return [...shown].sort(byBytes);
}

const piece = fc.constantFrom("a", "b", "/", "//", "é", "😀", "%", "+", ".", "\u0001", "\uffff");
const keyText = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(""));
const request = fc.record({
  prefix: fc.oneof(fc.constant(""), keyText),
  delimiter: fc.constantFrom("", "/", "//", "a", "é"),
  after: fc.oneof(fc.constant(""), keyText, fc.constant("\u{10ffff}".repeat(600))),
  limit: fc.integer({ min: 1, max: 4 }),
});

test("M7: pages of objects are what a naive filter gives", () => {
  fc.assert(
    fc.property(fc.uniqueArray(keyText, { maxLength: 12 }), request, (keys, asked) => {
      const rig = new Rig();
      rig.createBucket(bucket);
      rig.createBucket("bucket-b");
      for (const key of keys) rig.put({ bucket, key }, []);
      rig.put({ bucket: "bucket-b", key: "a" }, []);
      const seen: string[] = [];
      let after: string | undefined = asked.after;
      while (after !== undefined) {
        const page = listObjects(rig.state, { ...asked, bucket, after });
        const names = page.entries.map((one) => (one.kind === "object" ? one.key : one.prefix));
        assert.ok(names.length <= asked.limit);
        assert.ok(page.next === undefined || names.length === asked.limit);
        seen.push(...names);
        after = page.next;
      }
      assert.deepEqual(seen, naive(keys, asked));
    }),
    { numRuns: 300 },
  );
});

test("M6: pages of versions are what a naive filter gives, newest first and marked", () => {
  fc.assert(
    fc.property(fc.array(keyText, { maxLength: 10 }), request, (puts, asked) => {
      const rig = new Rig();
      rig.createBucket(bucket);
      const versioning = { bucket, versioning: "enabled" } as const;
      expectDone(rig.apply({ kind: "setBucketVersioning", value: versioning }));
      const ids = new Map<string, string[]>();
      for (const key of puts) {
        rig.nowUnixMs++;
        const { outcome } = rig.put({ bucket, key }, []);
        assert.ok(outcome?.kind === "versionPut");
        ids.set(key, [toHex(outcome.value.versionId), ...(ids.get(key) ?? [])]);
      }
      const { prefix, delimiter } = asked;
      const expected = naive([...ids.keys()], { prefix, delimiter, after: "" }).flatMap((entry) => {
        const isRolledUp = delimiter !== "" && entry.includes(delimiter, prefix.length);
        const own = isRolledUp ? undefined : ids.get(entry);
        return own === undefined ? [entry] : own.map((id, i) => `${entry} ${id} ${i === 0}`);
      });
      const seen: string[] = [];
      let next: ReturnType<typeof listVersions>["next"] = { after: "" };
      while (next !== undefined) {
        const page = listVersions(rig.state, { ...asked, bucket, ...next });
        for (const one of page.entries) {
          const { kind } = one;
          const text =
            kind === "prefix" ? one.prefix : `${one.key} ${toHex(one.id)} ${one.isLatest}`;
          seen.push(text);
        }
        next = page.next;
      }
      assert.deepEqual(seen, expected);
    }),
    { numRuns: 200 },
  );
});

test("a listing of versions goes on behind the null version, and behind one that is gone", () => {
  const rig = new Rig();
  rig.createBucket(bucket);
  rig.put({ bucket, key: "k" }, []);
  const versioning = { bucket, versioning: "enabled" } as const;
  expectDone(rig.apply({ kind: "setBucketVersioning", value: versioning }));
  rig.put({ bucket, key: "k" }, []);
  rig.put({ bucket, key: "l" }, []);
  const limit = 10;
  const behindNull = { bucket, after: "k", afterVersionId: new Uint8Array(0), limit };
  const keysOf = (request: Parameters<typeof listVersions>[1]): string[] =>
    listVersions(rig.state, request).entries.map((one) => (one.kind === "version" ? one.key : ""));
  assert.deepEqual(keysOf(behindNull), ["l"]);
  const behindGone = { bucket, after: "k", afterVersionId: new Uint8Array(16).fill(255), limit };
  assert.deepEqual(keysOf(behindGone), ["k", "k", "l"]);
  assert.deepEqual(keysOf({ bucket, after: "k", limit }), ["l"]);
});

/** A reader that counts the rows it gives. */
class CountingReader implements Reader {
  rows = 0;
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#reader.get(key);
  }

  *scan(range: KeyRange): Generator<Pair> {
    for (const pair of this.#reader.scan(range)) {
      this.rows++;
      yield pair;
    }
  }
}

test("rolling up steps over keys without reading them", () => {
  const rig = new Rig();
  rig.createBucket(bucket);
  for (let i = 0; i < 3000; i++) rig.put({ bucket, key: `${i % 3}/${i}` }, []);
  const reader = new CountingReader(rig.state);
  const { entries } = listObjects(reader, { bucket, delimiter: "/", limit: 1000 });
  assert.deepEqual(
    entries.map((one) => (one.kind === "prefix" ? one.prefix : "")),
    ["0/", "1/", "2/"],
  );
  assert.ok(reader.rows <= 6, `${reader.rows} rows`);
});

test("open uploads are listed by key and then by age, in pages, without parts or completed ones", () => {
  const rig = new Rig();
  rig.createBucket(bucket);
  const begun: string[] = [];
  for (const [i, key] of ["b", "a", "a", "a/1", "a/2", "c"].entries()) {
    const uploadId = uuid(++rig.nowUnixMs, i);
    const { headers } = objectInfo();
    const upload = { bucket, key, uploadId, headers, checksumType: "composite" } as const;
    expectDone(rig.apply({ kind: "createUpload", value: { ...upload, owner: rigAccount } }));
    const part = { bucket, key, uploadId, partNumber: 1, etag: "p", checksums: [], units: [] };
    rig.apply({ kind: "putPart", value: part });
    begun.push(`${key} ${toHex(uploadId)}`);
    if (key !== "c") continue;
    const value = { ...part, versionId: uploadId, parts: [{ number: 1, etag: "p" }] };
    rig.apply({ kind: "completeUpload", value: { ...value, etag: "done" } });
  }
  const listed = (delimiter: string, limit: number): string[] => {
    const seen: string[] = [];
    let next: ReturnType<typeof listUploads>["next"] = { after: "" };
    while (next !== undefined) {
      const page = listUploads(rig.state, { bucket, delimiter, limit, ...next });
      for (const one of page.entries) {
        seen.push(one.kind === "prefix" ? one.prefix : `${one.key} ${toHex(one.uploadId)}`);
      }
      next = page.next;
    }
    return seen;
  };
  const [b, a1, a2, slash1, slash2] = begun;
  for (const limit of [1, 2, 10]) {
    assert.deepEqual(listed("", limit), [a1, a2, slash1, slash2, b]);
    assert.deepEqual(listed("/", limit), [a1, a2, "a/", b]);
  }
});

test("buckets are listed by name, by owner, by prefix and behind a name", () => {
  const rig = new Rig();
  for (const name of ["cats", "dogs", "doves"]) rig.createBucket(name);
  const value = { bucket: "ducks", owner: "another", lockEnabled: false };
  expectDone(rig.apply({ kind: "createBucket", value }));
  const names = (request: Parameters<typeof bucketsOf>[1]): string[] =>
    [...bucketsOf(rig.state, request)].map(({ name }) => name);
  assert.deepEqual(names({}), ["cats", "dogs", "doves", "ducks"]);
  assert.deepEqual(names({ owner: rigAccount }), ["cats", "dogs", "doves"]);
  assert.deepEqual(names({ prefix: "d", after: "dogs" }), ["doves", "ducks"]);
  assert.deepEqual(names({ prefix: "d", after: "a" }), ["dogs", "doves", "ducks"]);
  assert.deepEqual(names({ prefix: "d", after: "e" }), []);
  assert.deepEqual(names({ prefix: "x".repeat(5000) }), []);
  assert.deepEqual(names({ after: "d".repeat(5000) }), ["dogs", "doves", "ducks"]);
});
