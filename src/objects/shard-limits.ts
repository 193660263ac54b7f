import { kib, mib } from "#base/bytes.ts";

/*
 * Bounds of what nodes ask of each other's shelves.
 */

/** The service's name, for calls and for streams. */
export const shardService = "shards";

/**
 * A shard with no more data than this is put with one call, and a read of no more is one: a round
 * trip costs more than the bytes. Longer ones go by stream, where they hold nothing up.
 */
export const calledBytesMax: number = 128 * kib;

/** No answer for this long: the node counts as gone. A slow disk's sync may take seconds. */
export const writeTimeoutMs = 10_000;
/** Reads are made up from other shards long before. */
export const readTimeoutMs = 5_000;
/** To copy a whole shard of up to 256 MiB from a third node. */
export const adoptTimeoutMs = 60_000;

/** Calls to one node that are under way at a time; the others wait for their turn. */
export const callsPerNodeMax = 64;
/** Reads by stream from one node that are under way at a time: what they carry is held here. */
export const readStreamsPerNodeMax = 32;

/** What answers to other nodes' reads may hold together. */
export const servedBytesMax: number = 32 * mib;
/** One read of a shard takes no more. */
export const readAtOnceBytesMax: number = 2 * mib;
/** Shards that one removal names: what keeps its message below a call's bound. */
export const namesPerCallMax = 2_000;
/** Shards that one page of a list has: one is held for each node at a time. */
export const namesPerPage = 1_000;
