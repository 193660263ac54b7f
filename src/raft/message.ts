import { utf8 } from "#base/bytes.ts";
import { appendThread, applyThread, type Id, type Message, type MessageType } from "./types.ts";

/** The context of a Vote that a leader asked for: such a vote is not held up by the lease. */
export const transferContext: Uint8Array = utf8("CampaignTransfer");

/** Only a node itself, or its storage threads, may send these. */
const localTypes: ReadonlySet<MessageType> = new Set<MessageType>([
  "Hup",
  "Beat",
  "Unreachable",
  "SnapStatus",
  "CheckQuorum",
  "StorageAppend",
  "StorageAppendResp",
  "StorageApply",
  "StorageApplyResp",
]);

/** These make sense only from members. */
const responseTypes: ReadonlySet<MessageType> = new Set<MessageType>([
  "AppResp",
  "VoteResp",
  "PreVoteResp",
  "HeartbeatResp",
  "ReadIndexResp",
  "Unreachable",
  "StorageAppendResp",
  "StorageApplyResp",
]);

/**
 * Answers that vouch for what is durable here, rejections too: they wait for the write.
 * Dissertation, section 3.8.
 */
const vouchingTypes: ReadonlySet<MessageType> = new Set<MessageType>([
  "AppResp",
  "VoteResp",
  "PreVoteResp",
]);

/** A message with nothing in it; the sender fills in itself and its term. */
export function newMessage(type: MessageType, to: Id): Message {
  return {
    type,
    from: 0,
    to,
    term: 0,
    logTerm: 0,
    index: 0,
    commit: 0,
    entries: [],
    reject: false,
    rejectHint: 0,
  };
}

export function isLocal(type: MessageType): boolean {
  return localTypes.has(type);
}

export function isResponse(type: MessageType): boolean {
  return responseTypes.has(type);
}

/** Whether a message of this type leaves only after what it vouches for is durable. */
export function vouchesForDurable(type: MessageType): boolean {
  return vouchingTypes.has(type);
}

/** Whether this stands for a storage thread and not for a node. */
export function isThread(id: Id): boolean {
  return id === appendThread || id === applyThread;
}

/** The context of a read: the data of the one entry it carries, or else its context field. */
export function readContextOf(message: Message): Uint8Array | undefined {
  return message.entries[0]?.data ?? message.context;
}
