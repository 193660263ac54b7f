import { compareBytes, equalBytes } from "#base/bytes.ts";
import type {
  Bucket,
  Cluster,
  Credential,
  Encoding,
  EncodingId,
  Node,
  Session,
  SessionId,
  ShardName,
  Unit,
  UnitId,
} from "#format/index.ts";
import { type Member, weightMax } from "#placement/index.ts";
import {
  bucketKey,
  clusterKey,
  credentialKey,
  keyAfter,
  kindRange,
  nodeKey,
  parseNodeKey,
  parsePartitionCountKey,
  parseSessionKey,
  parseUnitKey,
  partitionCountKey,
  queueRange,
  rangeOf,
  sameId,
  sessionKey,
  successorOf,
  textFrom,
  unitKey,
  unitsPrefix,
} from "./keyspace.ts";
import {
  accessKeyIdLengthMax,
  bucketNameLengthMax,
  completedUploadKeptMs,
  graceMs,
} from "./limits.ts";
import { isBucketName } from "./names.ts";
import { firstOf, type Reader } from "./reader.ts";
import { readRow } from "./state-batch.ts";
import {
  buckets,
  clusters,
  credentials,
  nodes,
  partitionCounts,
  sessions,
  units,
} from "./tables.ts";

/** The cluster's row; undefined before it is founded. */
export function clusterOf(reader: Reader): Cluster | undefined {
  return readRow(reader, clusters, clusterKey);
}

/** A bucket's row; undefined where there is none, also for names that none can have. */
export function bucketOf(reader: Reader, bucket: string): Bucket | undefined {
  return isBucketName(bucket) ? readRow(reader, buckets, bucketKey(bucket)) : undefined;
}

/** A bucket and its name. */
export interface NamedBucket {
  name: string;
  bucket: Bucket;
}

/** Which buckets `bucketsOf` gives. */
export interface BucketsRequest {
  /** Those of this account only. */
  owner?: string | undefined;
  /** Those whose names begin with it only. */
  prefix?: string | undefined;
  /** Those with later names only. */
  after?: string | undefined;
}

/** Buckets in the order of their names, as many as are taken. */
export function* bucketsOf(
  reader: Reader,
  { owner, prefix = "", after = "" }: BucketsRequest = {},
): Generator<NamedBucket> {
  if (prefix.length > bucketNameLengthMax) return;
  const range = rangeOf(bucketKey(prefix));
  // Names are shorter than this, so that what is cut off tells none apart.
  const behind = keyAfter(bucketKey(after.slice(0, bucketNameLengthMax + 1)));
  const start = compareBytes(behind, range.start) < 0 ? range.start : behind;
  if (compareBytes(start, range.end) >= 0) return;
  const kindSizeBytes = bucketKey("").length;
  for (const [key, value] of reader.scan({ ...range, start })) {
    const bucket = buckets.decode(value);
    if (owner !== undefined && bucket.owner !== owner) continue;
    yield { name: textFrom(key.subarray(kindSizeBytes)), bucket };
  }
}

/** The credential of an access key id. */
export function credentialOf(reader: Reader, accessKeyId: string): Credential | undefined {
  // Longer ids are nobody's, and their keys might not fit.
  if (accessKeyId === "" || accessKeyId.length > accessKeyIdLengthMax) return undefined;
  return readRow(reader, credentials, credentialKey(accessKeyId));
}

/** All nodes that ever joined, in the order of their ids. */
export function* nodesOf(reader: Reader): Generator<{ id: number; node: Node }> {
  for (const [key, value] of reader.scan(kindRange("n/"))) {
    yield { id: parseNodeKey(key), node: nodes.decode(value) };
  }
}

export function nodeOf(reader: Reader, id: number): Node | undefined {
  return readRow(reader, nodes, nodeKey(id));
}

/** The keys that a node may prove, the one it is known by first. */
export function keysOf({ keyFingerprint, otherKeys }: Node): Uint8Array[] {
  return [keyFingerprint, ...(otherKeys?.added ?? [])];
}

/** The node whose key this is or was, also where the node was removed. */
export function nodeWithKey(
  reader: Reader,
  fingerprint: Uint8Array,
): { id: number; node: Node } | undefined {
  for (const { id, node } of nodesOf(reader)) {
    const all = [...keysOf(node), ...(node.otherKeys?.retired ?? [])];
    if (all.some((key) => equalBytes(key, fingerprint))) return { id, node };
  }
  return undefined;
}

/** The nodes as placement knows them. */
export function membersOf(reader: Reader): Member[] {
  return [...nodesOf(reader)].map(({ id, node: { host, zone, weight, state } }) => ({
    id,
    host,
    zone,
    weight: Math.min(Math.max(weight, 1), weightMax),
    state,
  }));
}

/** A session that is open; undefined once it has ended. */
export function sessionOf(reader: Reader, id: SessionId): Session | undefined {
  return readRow(reader, sessions, sessionKey(id));
}

/** All open sessions. */
export function* sessionsOf(reader: Reader): Generator<{ id: SessionId; session: Session }> {
  for (const [key, value] of reader.scan(kindRange("x/s"))) {
    yield { id: parseSessionKey(key), session: sessions.decode(value) };
  }
}

/** A data unit's row; undefined before it is committed and after it is forgotten. */
export function unitOf(reader: Reader, unit: UnitId): Unit | undefined {
  return readRow(reader, units, unitKey(unit));
}

/** All encodings that a unit's row names: the one it is kept by, then those it replaced. */
export function encodingsOf({ encoding, replaced }: Unit): Encoding[] {
  return [encoding, ...(replaced?.encodings ?? []).map((before) => before.encoding)];
}

/**
 * The units of a partition, in the order of their ids.
 *
 * @param after gives those with later ids only
 * @param limit gives at most this many
 */
export function* unitsOf(
  reader: Reader,
  partition: number,
  { after, limit }: { after?: UnitId | undefined; limit?: number } = {},
): Generator<{ id: UnitId; unit: Unit }> {
  const range = rangeOf(unitsPrefix(partition));
  const start = after === undefined ? range.start : keyAfter(unitKey(after));
  for (const [key, value] of reader.scan({ ...range, start, limit })) {
    yield { id: parseUnitKey(key).unit, unit: units.decode(value) };
  }
}

/** How many units of a profile a partition has, and how many bytes of content. */
export interface ProfileCount {
  k: number;
  m: number;
  partition: number;
  units: number;
  bytes: number;
}

/**
 * The counts of all profiles and partitions that have units.
 *
 * @param of gives those of one profile only, by partition
 */
export function* profileCounts(
  reader: Reader,
  of?: Pick<ProfileCount, "k" | "m">,
): Generator<ProfileCount> {
  const range =
    of === undefined ? kindRange("x/p") : rangeOf(partitionCountKey(of.k, of.m, 0).subarray(0, -2));
  for (const [key, value] of reader.scan(range)) {
    const { units, bytes } = partitionCounts.decode(value);
    yield { ...parsePartitionCountKey(key), units, bytes };
  }
}

/** The profiles that units are kept by, each once. */
export function profilesInUse(reader: Reader): Pick<ProfileCount, "k" | "m">[] {
  const profiles: Pick<ProfileCount, "k" | "m">[] = [];
  const range = kindRange("x/p");
  for (let start = range.start; ;) {
    const first = firstOf(reader, { ...range, start });
    if (first === undefined) return profiles;
    const { k, m } = parsePartitionCountKey(first[0]);
    profiles.push({ k, m });
    // On to the next profile: all partitions of this one say the same.
    start = successorOf(first[0].subarray(0, -2));
  }
}

/**
 * What a sealed shard of a unit's encoding is: `live` where a row names it; `pending` where its
 * writer may yet commit it; else `garbage`, for ever. Ask behind a read barrier.
 */
export function shardStanding(
  reader: Reader,
  { unit, encoding }: { unit: UnitId; encoding: EncodingId },
): "live" | "pending" | "garbage" {
  const row = unitOf(reader, unit);
  const named = row === undefined ? [] : encodingsOf(row);
  if (named.some(({ id }) => sameId(id, encoding))) return "live";
  const session = sessionOf(reader, encoding);
  if (session === undefined) return "garbage";
  return encoding.number < session.unitLowWater ? "garbage" : "pending";
}

/** The root that a shard was committed with; undefined where no row names the shard. */
export function shardRoot(
  reader: Reader,
  { unit, encoding, index }: ShardName,
): Uint8Array | undefined {
  const row = unitOf(reader, unit);
  const named = row === undefined ? [] : encodingsOf(row);
  return named.find(({ id }) => sameId(id, encoding))?.roots[index];
}

/** What there is to do for upkeep commands at a time, because its grace period is over. */
export interface UpkeepDue {
  releaseBodies: boolean;
  forgetUnits: boolean;
  expireUploads: boolean;
}

/**
 * Says which upkeep commands would find something to do.
 *
 * @param nowUnixMs the time that the command would be stamped with
 */
export function upkeepDue(reader: Reader, nowUnixMs: number): UpkeepDue {
  const isDue = (queue: "x/q" | "x/g" | "x/e", keptMs: number): boolean =>
    firstOf(reader, queueRange(queue, nowUnixMs - keptMs)) !== undefined;
  return {
    releaseBodies: isDue("x/q", graceMs),
    forgetUnits: isDue("x/g", graceMs),
    expireUploads: isDue("x/e", completedUploadKeptMs),
  };
}
