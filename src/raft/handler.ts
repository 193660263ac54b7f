import type { Raft } from "./raft.ts";
import type { Message, MessageType } from "./types.ts";

/** What a role does with a message of its term. */
export type Handler = (raft: Raft, message: Message) => void;

/** What a role does with each message. Complete, so that no message is forgotten. */
export type HandlerTable = Readonly<Record<MessageType, Handler>>;

/** A message that means nothing to a role. */
export const ignore: Handler = () => {};
