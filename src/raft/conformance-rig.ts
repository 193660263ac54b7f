// For tests that hold one node in hand: its storage is laid out, its peers are played by the test.
import { assert } from "#base/assert.ts";
import { emptyBytes, textOf, utf8 } from "#base/bytes.ts";
import { RaftError, type RaftErrorCode } from "./errors.ts";
import { newMessage } from "./message.ts";
import { confOf, Member, plainOptions } from "./rig.ts";
import { MemoryStorage } from "./storage.ts";
import { appendThread, applyThread, type ConfState, type Entry, type Id } from "./types.ts";
import type {
  HardState,
  Message,
  MessageType,
  Options,
  Progress,
  Ready,
  Snapshot,
} from "./types.ts";

/** A message of which a test says only what matters. */
export function message(
  type: MessageType,
  route: { from: Id; to?: Id },
  fields: Partial<Message> = {},
): Message {
  return { ...newMessage(type, route.to ?? 1), from: route.from, ...fields };
}

/** Entries of these terms, from `index` on; each carries its index as text. */
export function entriesOf(index: number, terms: number[]): Entry[] {
  return terms.map((term, at) => {
    return { term, index: index + at, kind: "normal", data: utf8(`${index + at}`) };
  });
}

/** A snapshot without state in it. */
export function snapshotOf(index: number, term: number, conf: ConfState): Snapshot {
  return { index, term, conf, data: emptyBytes };
}

/** What a node finds when it boots: a group founded at index 1, term 1, and a log behind it. */
export interface Stored {
  conf: ConfState;
  /** The terms of the entries from index 2 on. */
  terms?: number[];
  hard?: HardState;
  id?: Id;
}

/** Boots a node, number 1 unless said otherwise. */
export function boot(stored: Stored, with_: Partial<Options> = {}): Member {
  const storage = new MemoryStorage();
  storage.applySnapshot(snapshotOf(1, 1, stored.conf));
  storage.append(entriesOf(2, stored.terms ?? []));
  const lastTerm = stored.terms?.at(-1);
  const hard =
    stored.hard ?? (lastTerm === undefined ? undefined : { term: lastTerm, vote: 0, commit: 1 });
  if (hard !== undefined) storage.setHardState(hard);
  return new Member(storage, { ...plainOptions(stored.id ?? 1, storage), ...with_ });
}

/** Boots node 1 of these voters. */
export function bootVoter(voters: Id[], with_: Partial<Options> = {}): Member {
  return boot({ conf: confOf(voters) }, with_);
}

/** Does all the work there is, storage threads included; gives the Readies. */
export function drain(member: Member): { readies: Ready[]; sent: Message[] } {
  const readies: Ready[] = [];
  const sent: Message[] = [];
  while (member.node.hasReady() || member.appends.length + member.applies.length > 0) {
    if (member.node.hasReady()) {
      const done = member.process();
      readies.push(done.ready);
      sent.push(...done.sent);
    }
    sent.push(...member.processAppend(), ...member.processApply());
  }
  return { readies, sent };
}

/** Delivers messages to a node, lets it work, and gives what it sends. */
export function exchange(member: Member, ...messages: Message[]): Message[] {
  for (const each of messages) member.node.step(each);
  return drain(member).sent;
}

/** Makes the node leader by the votes of `from`; what it then sends is given. */
export function winElection(member: Member, ...from: Id[]): Message[] {
  const { node } = member;
  node.campaign();
  drain(member);
  const to = member.options.id;
  const vote = (type: MessageType, term: number): Message[] =>
    from.map((id) => message(type, { from: id, to }, { term }));
  const { term, state } = node.status();
  if (state === "precandidate") exchange(member, ...vote("PreVoteResp", term + 1));
  const sent = exchange(member, ...vote("VoteResp", node.status().term));
  assert(node.status().state === "leader", "the votes given make a leader");
  return sent;
}

/** A follower's acknowledgement up to `index`, in the leader's term. */
export function ack(leader: Member, from: Id, index: number): Message {
  const { id, term } = leader.node.status();
  return message("AppResp", { from, to: id }, { term, index });
}

/** A follower's answer to a heartbeat. */
export function beatAnswer(leader: Member, from: Id, context?: Uint8Array): Message {
  const { id, term } = leader.node.status();
  const fields = context === undefined ? { term } : { term, context };
  return message("HeartbeatResp", { from, to: id }, fields);
}

/** What the leader knows of a member. */
export function progressOf(leader: Member, id: Id): Progress {
  const found = leader.node.status().progress.find((each) => each.id === id);
  assert(found !== undefined, `the leader knows member ${id}`);
  return found;
}

/** The last index of the node's log, durable or not; for a leader. */
export function lastOf(leader: Member): number {
  return progressOf(leader, leader.options.id).match;
}

function nameOf(id: Id): string {
  if (id === appendThread) return "append";
  return id === applyThread ? "apply" : `${id}`;
}

/** One line about a message: everything in it that is not zero. */
export function show(m: Message): string {
  const parts = [`${nameOf(m.from)}>${nameOf(m.to)} ${m.type}`];
  if (m.term !== 0) parts.push(`term ${m.term}`);
  if (m.index !== 0 || m.logTerm !== 0) parts.push(`at ${m.logTerm}/${m.index}`);
  if (m.commit !== 0) parts.push(`commit ${m.commit}`);
  if (m.entries.length > 0) parts.push(`entries ${m.entries.map(({ index }) => index).join(",")}`);
  if (m.reject) parts.push(`reject hint ${m.rejectHint}`);
  if (m.snapshot !== undefined) parts.push(`snapshot ${m.snapshot.term}/${m.snapshot.index}`);
  if (m.context !== undefined && m.context.length > 0) parts.push(`"${textOf(m.context)}"`);
  return parts.join(" ");
}

/** Lines about the messages of one type, or all. */
export function showAll(messages: readonly Message[], type?: MessageType): string[] {
  return messages.filter((m) => type === undefined || m.type === type).map((m) => show(m));
}

/** Checks that an operation is refused with this code. */
export function refuses(code: RaftErrorCode, operation: () => void): void {
  try {
    operation();
  } catch (error) {
    assert(
      error instanceof RaftError && error.code === code,
      `refused with ${code}: ${String(error)}`,
    );
    return;
  }
  assert(false, `refused with ${code}`);
}
