import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { mib, toHex } from "#base/bytes.ts";
import { partitionCount } from "#base/partition.ts";
import { decodeCommand, encodeCommand } from "#format/index.ts";
import { applyCommand } from "./apply.ts";
import { kindRange } from "./keyspace.ts";
import { type Body, MemoryState, objectInfo, Rig, rigAccount, rigNode, uuid } from "./rig.ts";
import { StateBatch } from "./state-batch.ts";

/*
 * Every row and command of a fixed history, byte for byte. `GOLDEN=write` writes the file anew,
 * which is right only where a row or a command was added: what is on disks must be read for ever.
 */

const path = join(import.meta.dirname, "golden.txt");
const bucket = "golden-bucket";

/** A history that leaves rows of every kind. */
function history(): Rig {
  const rig = new Rig();
  const version = (n: number): Uint8Array => uuid(rig.nowUnixMs, n);
  rig.createBucket(bucket);
  const checksums = [
    { algorithm: "crc64nvme" as const, type: "full-object" as const, value: new Uint8Array(8) },
  ];
  const headers = {
    system: [{ name: "content-type", value: "text/plain" }],
    user: [{ name: "color", value: "grün" }],
    storageClass: "STANDARD_IA",
  };
  const object = objectInfo({ sizeBytes: 5, checksums, headers });
  rig.put({ bucket, key: "small" }, [5], { versionId: version(1), object });
  rig.put({ bucket, key: "large" }, [256 * mib, 7], { versionId: version(2) });
  const versioning = { bucket, versioning: "enabled" } as const;
  rig.apply({ kind: "setBucketVersioning", value: versioning });
  const rule = { mode: "governance", days: 1 } as const;
  rig.apply({ kind: "setBucketLock", value: { bucket, defaultRetention: rule } });
  rig.put({ bucket, key: "small" }, [6], { versionId: version(3) });
  const copy: Body = {
    kind: "copyVersion",
    value: {
      sourceBucket: bucket,
      sourceKey: "large",
      sourceVersionId: version(2),
      bucket,
      key: "copy",
      versionId: version(4),
      checksums: [],
    },
  };
  rig.apply(copy);
  const deletion = (key: string, versionId?: Uint8Array): Body => ({
    kind: "deleteVersions",
    value: {
      bucket,
      deletions: [{ key, versionId, markerId: version(5) }],
      bypassGovernance: true,
    },
  });
  rig.apply(deletion("small"));
  rig.put({ bucket, key: "gone" }, [8, 9], { versionId: version(6) });
  rig.apply(deletion("gone", version(6)));
  rig.put({ bucket, key: "gone" }, [10], { versionId: version(7) });
  rig.apply(deletion("gone", version(7)));
  uploads(rig);
  rig.apply({ kind: "deleteBucket", value: { bucket } });
  clusterOfTwo(rig);
  tags(rig);
  return rig;
}

/** Tags of a bucket, of versions and of an upload, put with what they are on and later. */
function tags(rig: Rig): void {
  const tagSet = {
    tags: [
      { key: "color", value: "grün" },
      { key: "empty", value: "" },
    ],
  };
  const tagged = "tagged-bucket";
  const owner = rigAccount;
  const made = { bucket: tagged, owner, lockEnabled: false, tags: tagSet };
  rig.apply({ kind: "createBucket", value: made });
  const key = "k";
  const versionId = (n: number): Uint8Array => uuid(rig.nowUnixMs, n);
  rig.put({ bucket: tagged, key }, [5], { versionId: versionId(1), tags: tagSet });
  const source = { sourceBucket: tagged, sourceKey: key, sourceVersionId: versionId(1) };
  const copy = { ...source, bucket: tagged, checksums: [] };
  const replaced = { tags: [{ key: "other", value: "x" }] };
  rig.apply({ kind: "copyVersion", value: { ...copy, key: "a", versionId: versionId(2) } });
  rig.apply({
    kind: "copyVersion",
    value: { ...copy, key: "b", versionId: versionId(3), tags: replaced },
  });
  const upload = { bucket: tagged, key, uploadId: versionId(4), owner, tags: tagSet };
  const form = { headers: objectInfo().headers, checksumType: "composite" } as const;
  rig.apply({ kind: "createUpload", value: { ...upload, ...form } });
  rig.apply({ kind: "setVersionTags", value: { bucket: tagged, key: "a", tags: replaced } });
  rig.apply({ kind: "setVersionTags", value: { bucket: tagged, key } });
  rig.apply({ kind: "setBucketTags", value: { bucket: tagged, tags: replaced } });
  settings(rig, tagged);
}

/** What a bucket may say of browsers and of the public. */
function settings(rig: Rig, name: string): void {
  const allowed = { allowedOrigins: ["https://*.test"], allowedMethods: ["GET", "PUT"] };
  const headers = { allowedHeaders: ["*"], exposeHeaders: ["etag"] };
  const rules = [
    { id: "one", ...allowed, ...headers, maxAgeSeconds: 600 },
    { id: "", ...allowed, allowedHeaders: [], exposeHeaders: [] },
  ];
  rig.apply({ kind: "setBucketCors", value: { bucket: name, cors: { rules } } });
  const publicAccessBlock = {
    blockPublicAcls: true,
    ignorePublicAcls: true,
    blockPublicPolicy: true,
    restrictPublicBuckets: false,
  };
  rig.apply({ kind: "setPublicAccessBlock", value: { bucket: name, publicAccessBlock } });
  rig.apply({ kind: "setBucketPolicy", value: { bucket: name, policy: "{}" } });
}

/** Nodes come and go; at the end a transition is open. */
function clusterOfTwo(rig: Rig): void {
  const bytes = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
  const place = { addresses: ["10.0.0.2:7000"], host: "host-2", zone: "zone-b", weight: 931 };
  for (const [node, byte] of [
    [2, 0x20],
    [3, 0x30],
  ] as const) {
    const secretHash = bytes(byte);
    const token = { secretHash, expiresUnixMs: rig.nowUnixMs + 1_000, issuer: rigNode };
    rig.apply({ kind: "createToken", value: token });
    const joiner = { secretHash, keyFingerprint: bytes(byte + 1), ...place };
    rig.apply({ kind: "joinNode", value: joiner });
    rig.apply({ kind: "updateNode", value: { node, ...place, weight: 1_862 } });
  }
  const next = { node: 2, keyFingerprint: bytes(0x22) };
  rig.apply({ kind: "addKey", value: next });
  rig.apply({ kind: "retireKey", value: { ...next, keyFingerprint: bytes(0x21) } });
  rig.apply({ kind: "addKey", value: { ...next, keyFingerprint: bytes(0x23) } });
  rig.apply({ kind: "renewRaftId", value: { node: 2, lostRaftId: 2 } });
  rig.apply({ kind: "removeNode", value: { node: 3 } });
  const homes = Array.from({ length: 2 * partitionCount }, (_, cell) => 1 + (cell % 2));
  const change = { baseVersion: 1, nodes: [2], width: 2, homes, amends: false };
  rig.apply({ kind: "changeLayout", value: { ...change, kind: "grow" } });
  rig.apply({ kind: "undoLayout", value: { baseVersion: 1 } });
  rig.apply({ kind: "reportWalk", value: { node: 2, layoutVersion: 1 } });
  codedAnew(rig);
}

/** A unit of the one node is copied to the other. */
function codedAnew(rig: Rig): void {
  const unit = { epoch: 1, session: 2, number: 4 };
  const { encoding } = rig.newUnit(5);
  const roots = [...encoding.roots, ...encoding.roots];
  const swap = { unit, replaced: unit, encoding: { ...encoding, m: 1, roots } };
  rig.apply({ kind: "swapEncodings", value: { swaps: [{ ...swap, homes: [1, 2], skipped: [] }] } });
  const marks = [{ partition: 2_914, logIndex: 7 }];
  rig.apply({ kind: "clearMarks", value: { node: 2, marks } });
  operations(rig);
}

/** One operation is over and another has begun to move shards, but is paused. */
function operations(rig: Rig): void {
  rig.apply({ kind: "reportWalk", value: { node: 2, layoutVersion: 2 } });
  const operation = { baseVersion: 2, node: 2, mayNarrow: true };
  rig.apply({ kind: "beginOperation", value: { ...operation, kind: "optimize" } });
  rig.apply({ kind: "endOperation", value: { logIndex: rig.log.length } });
  rig.apply({ kind: "beginOperation", value: { ...operation, kind: "drain" } });
  const homes = Array.from({ length: partitionCount }, () => 1);
  const drain = { baseVersion: 2, kind: "drain" as const, nodes: [2], width: 1, homes };
  rig.apply({ kind: "changeLayout", value: { ...drain, amends: false } });
  rig.apply({ kind: "pauseUpkeep", value: { isPaused: true } });
}

function uploads(rig: Rig): void {
  const key = "upload";
  const etag = "etag";
  for (const n of [1, 2]) {
    const uploadId = uuid(rig.nowUnixMs, n);
    const { headers } = objectInfo();
    const form = { headers, checksumType: "composite", owner: rigAccount } as const;
    rig.apply({ kind: "createUpload", value: { bucket, key, uploadId, ...form } });
    for (const partNumber of [1, 2]) {
      const units = [rig.newUnit(5 * mib + partNumber)];
      const part = { bucket, key, uploadId, partNumber, etag, checksums: [], units };
      rig.apply({ kind: "putPart", value: part });
    }
    if (n === 2) continue;
    const versionId = uuid(rig.nowUnixMs, 8);
    const parts = [{ number: 1, etag }];
    const value = { bucket, key, uploadId, versionId, parts, etag: `${etag}-1`, checksums: [] };
    rig.apply({ kind: "completeUpload", value });
  }
}

function transcript(rig: Rig): string {
  const commands = rig.log.map((bytes) => `command ${toHex(bytes)}`);
  // The blocks of a layout but for the first are alike.
  const isShown = (row: string): boolean => !/^6c2f[0-9a-f]{16}(?!0000)[0-9a-f]{4}=/.test(row);
  return [...commands, ...rig.state.dump().filter(isShown), ""].join("\n");
}

test("rows and commands are these bytes for ever", () => {
  const text = transcript(history());
  if (process.env["GOLDEN"] === "write") writeFileSync(path, text);
  assert.deepEqual(text.split("\n"), readFileSync(path, "utf8").split("\n"));
});

test("the history leaves rows of every kind that apply writes", () => {
  const { state } = history();
  const kinds = ["b/", "v/", "c/", "m/", "d/", "u/", "n/", "l/", "t/", "a/"];
  for (const kind of [...kinds, "x/c", "x/o", "x/s", "x/r", "x/p", "x/q", "x/g", "x/e"]) {
    assert.ok([...state.scan(kindRange(kind))].length > 0, kind);
  }
});

test("the commands on record still give the rows on record", () => {
  const lines = readFileSync(path, "utf8").split("\n");
  const state = new MemoryState();
  for (const [i, line] of lines.filter((one) => one.startsWith("command ")).entries()) {
    const bytes = Uint8Array.fromHex(line.slice("command ".length));
    assert.deepEqual(encodeCommand(decodeCommand(bytes)), bytes);
    const batch = new StateBatch(state);
    applyCommand(batch, decodeCommand(bytes), { index: i + 1 });
    state.write(batch.changes());
  }
  const rows = new Set(state.dump());
  for (const line of lines.filter((one) => one.includes("="))) assert.ok(rows.has(line), line);
});
