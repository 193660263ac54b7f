// Transcripts: commands to a group of nodes, and what comes of them, as text that tests can hold on
// to. A line that begins with `>` is a command; what follows it, up to a blank line, its output.
import { textOf, utf8 } from "#base/bytes.ts";
import { RaftError } from "./errors.ts";
import { Group, type Member } from "./rig.ts";
import type { ConfChange, ConfState, Entry, Id, MemberChange, Message } from "./types.ts";
import { applyThread, type Options, type Progress, type Ready } from "./types.ts";

function describeConf(conf: ConfState): string {
  const parts = [`voters ${conf.voters.join(" ") || "none"}`];
  if (conf.votersOutgoing.length > 0) parts.push(`outgoing ${conf.votersOutgoing.join(" ")}`);
  if (conf.learners.length > 0) parts.push(`learners ${conf.learners.join(" ")}`);
  if (conf.learnersNext.length > 0) parts.push(`to be learners ${conf.learnersNext.join(" ")}`);
  if (conf.autoLeave) parts.push("leaves by itself");
  return parts.join(", ");
}

function describeChange(change: ConfChange | undefined): string {
  const { transition, changes } = change ?? { transition: "auto", changes: [] };
  if (changes.length === 0) return "leave";
  return [transition, ...changes.map(({ op, id }) => `${op}:${id}`)].join(" ");
}

function describeEntry(entry: Entry): string {
  const { index, term, kind, data, conf } = entry;
  const what = kind === "conf" ? describeChange(conf) : (textOf(data) ?? "?");
  return `${index}@${term}${what === "" ? "" : ` ${what}`}`;
}

function describeEntries(entries: readonly Entry[]): string {
  return `[${entries.map(describeEntry).join(", ")}]`;
}

/** A message in one line; fields that are zero are left out. */
export function describeMessage(message: Message): string {
  const { type, from, to, term, logTerm, index, commit, entries, reject, rejectHint } = message;
  const place = (id: Id): string => (id >= applyThread ? "storage" : String(id));
  const parts = [`${place(from)} -> ${place(to)} ${type}`];
  if (term > 0) parts.push(`term ${term}`);
  if (reject) parts.push(`rejects ${index}, hint ${rejectHint}@${logTerm}`);
  else if (index > 0) parts.push(`at ${index}${logTerm > 0 ? `@${logTerm}` : ""}`);
  if (commit > 0) parts.push(`commit ${commit}`);
  if (entries.length > 0) parts.push(describeEntries(entries));
  const { snapshot, context, responses } = message;
  if (snapshot !== undefined) parts.push(`snapshot ${snapshot.index}@${snapshot.term}`);
  if (snapshot !== undefined) parts.push(`(${describeConf(snapshot.conf)})`);
  if (context !== undefined) parts.push(`"${textOf(context) ?? "?"}"`);
  if (responses !== undefined && responses.length > 0) {
    parts.push(`then ${responses.map((response) => `{${describeMessage(response)}}`).join(" ")}`);
  }
  return parts.join(" ");
}

function describeReady(id: Id, ready: Ready): string[] {
  const { soft, hard, snapshot, entries, committed, messages, readStates, mustSync } = ready;
  const lines = [`${id} is ready${mustSync ? ", must sync" : ""}`];
  if (soft !== undefined) lines.push(`  is ${soft.state}, leader ${soft.lead}`);
  if (hard !== undefined) lines.push(`  term ${hard.term} vote ${hard.vote} commit ${hard.commit}`);
  if (snapshot !== undefined) lines.push(`  install snapshot ${snapshot.index}@${snapshot.term}`);
  if (entries.length > 0) lines.push(`  append ${describeEntries(entries)}`);
  if (committed.length > 0) lines.push(`  apply ${describeEntries(committed)}`);
  for (const { index, context } of readStates) {
    lines.push(`  read "${textOf(context) ?? "?"}" at ${index}`);
  }
  for (const message of messages) lines.push(`  send ${describeMessage(message)}`);
  return lines;
}

function describeProgress(progress: Progress): string {
  const { id, state, match, next, learner, paused, active, inflight, inflightFull } = progress;
  const parts = [`  ${id}: ${state} match ${match} next ${next}`];
  if (learner) parts.push("learner");
  if (paused) parts.push("paused");
  if (!active) parts.push("inactive");
  if (progress.pendingSnapshot > 0) parts.push(`snapshot ${progress.pendingSnapshot}`);
  if (inflight > 0) parts.push(`in flight ${inflight}${inflightFull ? " (full)" : ""}`);
  return parts.join(" ");
}

function describeStatus(member: Member): string[] {
  const { id, state, lead, term, vote, commit, applied, conf, progress } = member.node.status();
  const place = `term ${term} vote ${vote}, commit ${commit} applied ${applied}`;
  return [
    `${id} is ${state}, leader ${lead}, ${place}`,
    `  ${describeConf(conf)}`,
    ...progress.map(describeProgress),
  ];
}

function parseChange(words: readonly string[]): ConfChange {
  const transitions = ["auto", "implicit", "explicit"] as const;
  const transition = transitions.find((name) => name === words[0]);
  const ops = { v: "voter", l: "learner", r: "remove", u: "update" } as const;
  const changes = words.slice(transition === undefined ? 0 : 1).map((word): MemberChange => {
    const op = ops[word.charAt(0) as keyof typeof ops];
    return { op, id: Number(word.slice(1)) };
  });
  return { transition: transition ?? "auto", changes };
}

function parseOptions(words: readonly string[]): Partial<Options> {
  const pairs = words.map((word) => word.split("="));
  return Object.fromEntries(pairs.map(([name = "", value = "true"]) => [name, JSON.parse(value)]));
}

const idsOf = (word: string | undefined): Id[] =>
  (word ?? "").split(",").filter(Boolean).map(Number);

/** One group, and the commands a transcript gives it. */
class Teller {
  #group = new Group();
  #options: Partial<Options> = {};

  readonly #commands: Readonly<Record<string, (words: string[]) => string[]>> = {
    found: ([voters, ...rest]) => {
      const hasLearners = rest[0]?.startsWith("learners:") === true;
      const learners = hasLearners ? idsOf(rest[0]?.slice(9)) : [];
      this.#options = parseOptions(rest.slice(hasLearners ? 1 : 0));
      this.#group = Group.found(idsOf(voters), learners, this.#options);
      return [];
    },
    add: ([id]) => {
      this.#group.add(Number(id), undefined, this.#options);
      return [];
    },
    campaign: ([id]) => this.#do(id, ({ node }) => node.campaign()),
    tick: ([id, count]) =>
      this.#do(id, ({ node }) => {
        for (let at = 0; at < Number(count ?? 1); at++) node.tick();
      }),
    propose: ([id, ...rest]) => this.#do(id, ({ node }) => node.propose(utf8(rest.join(" ")))),
    change: ([id, ...rest]) =>
      this.#do(id, ({ node }) => node.proposeConfChange(parseChange(rest))),
    read: ([id, context = ""]) => this.#do(id, ({ node }) => node.readIndex(utf8(context))),
    transfer: ([id, to]) => this.#do(id, ({ node }) => node.transferLeader(Number(to))),
    forget: ([id]) => this.#do(id, ({ node }) => node.forgetLeader()),
    unreachable: ([id, peer]) => this.#do(id, ({ node }) => node.reportUnreachable(Number(peer))),
    "snapshot-failed": ([id, peer]) =>
      this.#do(id, ({ node }) => node.reportSnapshot(Number(peer), false)),
    "snapshot-arrived": ([id, peer]) =>
      this.#do(id, ({ node }) => node.reportSnapshot(Number(peer), true)),
    compact: ([id]) => this.#do(id, (member) => member.compact()),
    restart: ([id]) => this.#do(id, ({ options }) => void this.#group.restart(options.id)),
    isolate: (ids) => {
      this.#group.isolate(...ids.map(Number));
      return [];
    },
    heal: () => {
      this.#group.heal();
      return [];
    },
    ready: ([id]) => {
      const { ready, sent } = this.#group.at(Number(id)).process();
      this.#group.wire.push(...sent);
      return describeReady(Number(id), ready);
    },
    write: ([id]) => this.#carryOut(this.#group.at(Number(id)).processAppend()),
    apply: ([id]) => this.#carryOut(this.#group.at(Number(id)).processApply()),
    deliver: (words) => this.#deliver(words, (message) => this.#group.hand(message)),
    drop: (words) => this.#deliver(words, () => {}),
    settle: ([how]) => {
      const lines = this.#settle();
      return how === "quietly" ? [] : lines;
    },
    status: (ids) => ids.flatMap((id) => describeStatus(this.#group.at(Number(id)))),
    log: (ids) => ids.map((id) => this.#describeLog(Number(id))),
  };

  run(command: string): string[] {
    const [name = "", ...words] = command.split(" ").filter(Boolean);
    const run = this.#commands[name];
    if (run === undefined) throw new Error(`unknown command ${name}`);
    try {
      return run(words);
    } catch (error) {
      if (error instanceof RaftError) return [`refused: ${error.code}`];
      throw error;
    }
  }

  #do(id: string | undefined, what: (member: Member) => void): string[] {
    what(this.#group.at(Number(id)));
    return [];
  }

  #carryOut(answers: Message[]): string[] {
    this.#group.wire.push(...answers);
    return answers.map((answer) => `  send ${describeMessage(answer)}`);
  }

  /** Words narrow it down: a number to a receiver, a name to a type of message. */
  #deliver(words: string[], handle: (message: Message) => void): string[] {
    const wanted = this.#group.wire.filter(({ to, type }) =>
      words.every((word) => word === String(to) || word === type),
    );
    this.#group.wire = this.#group.wire.filter((message) => !wanted.includes(message));
    return wanted.map((message) => {
      const isLost = this.#group.loses(message);
      if (!isLost) handle(message);
      return `${describeMessage(message)}${isLost ? " (lost)" : ""}`;
    });
  }

  #settle(): string[] {
    const lines: string[] = [];
    for (;;) {
      for (const id of this.#group.members.keys()) {
        for (const ready of this.#group.work(id)) lines.push(...describeReady(id, ready));
      }
      if (this.#group.wire.length === 0) return lines;
      lines.push(...this.#deliver([], (message) => this.#group.hand(message)));
    }
  }

  #describeLog(id: Id): string {
    const { storage } = this.#group.at(id);
    const first = storage.firstIndex();
    const last = storage.lastIndex();
    const entries = last < first ? [] : storage.entries(first, last + 1, Infinity);
    return `${id} holds ${describeEntries(entries)}`;
  }
}

/** The transcript with the output that its commands have now. */
export function retell(transcript: string): string {
  const teller = new Teller();
  const lines: string[] = [];
  let isOutput = false;
  for (const line of transcript.trimEnd().split("\n")) {
    if (line.startsWith("> ")) {
      lines.push(line, ...teller.run(line.slice(2)));
      isOutput = true;
    } else if (line === "" || line.startsWith("#") || !isOutput) {
      lines.push(line);
      isOutput = false;
    }
  }
  return `${lines.join("\n")}\n`;
}
