import { emptyBytes } from "#base/bytes.ts";
import {
  type ConfChange,
  decodeConfChange,
  decodeRaftMessage,
  encodeConfChange,
  encodeRaftMessage,
  type LogEntry,
  type RaftMessageType,
} from "#format/index.ts";
import type { Entry, Message, MessageType } from "#raft/index.ts";

/** What goes over the wire; all else stays within a node. Proposals take a way of their own. */
const wireTypes: Readonly<Partial<Record<MessageType, RaftMessageType>>> = {
  App: "app",
  AppResp: "app-resp",
  Vote: "vote",
  VoteResp: "vote-resp",
  PreVote: "pre-vote",
  PreVoteResp: "pre-vote-resp",
  Snap: "snap",
  Heartbeat: "heartbeat",
  HeartbeatResp: "heartbeat-resp",
  TimeoutNow: "timeout-now",
  TransferLeader: "transfer-leader",
  ReadIndex: "read-index",
  ReadIndexResp: "read-index-resp",
};

const coreTypes: ReadonlyMap<RaftMessageType, MessageType> = new Map(
  Object.entries(wireTypes).map(([core, wire]) => [wire, core as MessageType]),
);

/** The entry as the log keeps it: what it changes is in its data. */
export function toLogEntry(entry: Entry): LogEntry {
  const { term, index, kind, conf } = entry;
  if (kind !== "conf" || conf === undefined) return entry;
  const { transition, changes } = conf;
  return { term, index, kind, data: encodeConfChange({ transition, changes }) };
}

/** The entry as the core takes it. */
export function toRaftEntry(entry: LogEntry): Entry {
  const { term, index, kind, data } = entry;
  if (kind !== "conf" || data.length === 0) return entry;
  return { term, index, kind, data, conf: confChangeOf(entry) };
}

/** The change that an entry of the kind `conf` stands for. */
export function confChangeOf({ data }: LogEntry): ConfChange {
  return decodeConfChange(data);
}

/**
 * A message's bytes, or undefined where it is none for the wire.
 *
 * @param logFirstIndex goes with a snapshot
 */
export function encodeMessage(message: Message, logFirstIndex: number): Uint8Array | undefined {
  const type = wireTypes[message.type];
  if (type === undefined) return undefined;
  const { from, to, term, logTerm, index, commit, reject, rejectHint, snapshot, context } = message;
  return encodeRaftMessage({
    type,
    from,
    to,
    term,
    logTerm,
    index,
    commit,
    entries: message.entries.map(toLogEntry),
    reject,
    rejectHint,
    snapshot:
      snapshot === undefined
        ? undefined
        : {
            point: { index: snapshot.index, term: snapshot.term },
            conf: snapshot.conf,
            logFirstIndex,
          },
    context,
  });
}

/** A message that came over the wire, and what came with its snapshot. @throws FormatError */
export function decodeMessage(bytes: Uint8Array): { message: Message; logFirstIndex: number } {
  const { type, snapshot, context, entries, ...rest } = decodeRaftMessage(bytes);
  const message: Message = {
    ...rest,
    type: coreTypes.get(type) ?? "App",
    entries: entries.map(toRaftEntry),
  };
  if (context !== undefined) message.context = context;
  if (snapshot !== undefined) {
    const { point, conf } = snapshot;
    message.snapshot = { index: point.index, term: point.term, conf, data: emptyBytes };
  }
  return { message, logFirstIndex: snapshot?.logFirstIndex ?? 0 };
}
