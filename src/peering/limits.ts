import { kib, mib } from "#base/bytes.ts";
import { streamMessageBytesMax } from "./peers.ts";

/** What is spoken on a connection, as ALPN names it: each purpose has connections of its own. */
export const protocols = {
  raft: "hamster-raft/1",
  call: "hamster-call/1",
  bulk: "hamster-bulk/1",
} as const;

export type Purpose = keyof typeof protocols;

/** Calls under way to one node: a slow one holds so many callers, not all. */
export const callsMax = 1024;
/** Bytes of calls under way to one node: it may hold them all while their answers are made. */
export const callBytesUnderWayMax: number = 16 * mib;
/** Answers that wait for a node to take them; one that takes none is let go. */
export const answerBytesMax: number = 32 * mib;

/** Raft messages that wait for a connection to take them: Raft itself sends again. */
export const raftBytesMax: number = 8 * mib;
export const raftMessagesMax = 4096;

/** Streams that are open to one node at once. */
export const streamsMax = 256;
/** What a message counts for beyond its bytes, so that empty ones are bounded too. */
export const messageOverheadBytes = 64;
/** What may be on its way to one end of a stream: two slices, or one message of the longest. */
export const streamWindowBytes: number = streamMessageBytesMax + 64 * kib;
/**
 * The serving end of a stream waits so long for the other end, which may itself wait for a client
 * of its own.
 */
export const serveWaitMs = 120_000;

/** Connections that have not shaken hands yet. */
export const greetingsMax = 128;
/** A stranger holds one of them no longer than this. */
export const greetingMsMax = 5000;
/** A dial, with the handshake; a network round takes milliseconds. */
export const dialMsMax = 3000;
/**
 * A dial that takes longer is begun anew when its node makes itself heard: what was sent before the
 * node was there may be lost, and is sent again ever more seldom.
 */
export const hintedDialMsMax = 50;
/** After a failed dial the next waits from here, doubling, to there. */
export const backoffMsMin = 100;
export const backoffMsMax = 2000;
/** A connection that lasted less than this counts as a failed dial. */
export const shortLivedMs = 1000;

/** How often connections are looked after. */
export const tickMs = 500;
/** Who was asked and not heard for so long is asked for a sign of life. */
export const probeOwingAfterMs = 1000;
/** Who was not heard for so long, unasked. Calls are what liveness goes by. */
export const probeIdleAfterMs: Readonly<Record<Purpose, number>> = {
  call: 1000,
  raft: 5000,
  bulk: 5000,
};
/** Who owes an answer and gives no sign of life for so long is given up. */
export const silentMsMax = 2500;
/** While more than this waits to leave, and some does leave, the link is slow, not silent. */
export const backlogBytes: number = 256 * kib;
/** An answer that takes so long is a slow one. */
export const slowAnswerMs = 1000;
/** A sign of life needs no disk: here less is slow. */
export const slowPongMs = 250;
/** For so long after a slow answer a node counts as slow. */
export const slowForMs = 10_000;

/** Longer reasons are cut: they are for people. */
export const reasonLengthMax = 300;
/** Serving code is waited for so long when the node closes. */
export const closeMsMax = 5000;
