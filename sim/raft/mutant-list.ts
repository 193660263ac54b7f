/** A change of the core that breaks a promise. */
export interface Mutant {
  readonly name: string;
  /** In src/raft; each text is there exactly once. */
  readonly patches: readonly { file: string; from: string; to: string }[];
}

function mutant(name: string, file: string, from: string, to: string): Mutant {
  return { name, patches: [{ file, from, to }] };
}

/** Known ways to get Raft wrong. The simulation must catch every one. */
export const mutants: readonly Mutant[] = [
  mutant(
    "its own vote counts before it is durable",
    "election.ts",
    "      voucher.term = term;\n      raft.send(voucher);",
    "      voucher.term = term;\n      voucher.from = id;\n      countVote(raft, voucher);",
  ),
  mutant(
    "its own entries count before they are durable",
    "replication.ts",
    "  voucher.index = lastIndex;",
    "  voucher.index = lastIndex;\n  raft.tracker.get(raft.id)?.acknowledge(lastIndex);",
  ),
  mutant(
    "entries of earlier terms are committed by counting",
    "log.ts",
    "index <= this.#committed || !this.matches(index, term)",
    "index <= this.#committed",
  ),
  mutant(
    "answers leave before what they vouch for is durable",
    "raft.ts",
    "if (vouchesForDurable(type)) {",
    "if (vouchesForDurable(type) && message.to === this.id) {",
  ),
  mutant(
    "the vote is not written",
    "raw-node.ts",
    "raft.term !== term || raft.vote !== vote || raft.log.committed !== commit",
    "raft.term !== term || raft.log.committed !== commit",
  ),
  mutant(
    "a node votes for whoever asks",
    "election.ts",
    "(raft.vote === none && raft.lead === none) ||",
    "raft.term === message.term ||",
  ),
  mutant(
    "a vote goes to a log that is behind",
    "log.ts",
    "return term > lastTerm || (term === lastTerm && index >= this.lastIndex);",
    "return term > 0 || lastTerm > 0 || index > 0;",
  ),
  mutant(
    "half of the voters are a majority",
    "quorum.ts",
    "return Math.floor(count / 2) + 1;",
    "return Math.max(1, Math.ceil(count / 2));",
  ),
  mutant(
    "outgoing voters do not count for commitment",
    "tracker.ts",
    "if (this.#conf.votersOutgoing.length === 0) return incoming;",
    "if (this.#conf.votersOutgoing.length >= 0) return incoming;",
  ),
  mutant(
    "a joint phase is left as it is entered",
    "conf-change.ts",
    "  return finish(draft, autoLeave);",
    "  draft.outgoing.clear();\n  return finish(draft, false && autoLeave);",
  ),
  {
    name: "several voters change without a joint phase",
    patches: [
      { file: "conf-change.ts", from: "change.changes.length > 1;", to: "false;" },
      { file: "conf-change.ts", from: "(draft.voters).size > 1)", to: "(draft.voters).size > 99)" },
    ],
  },
  mutant(
    "reads are granted without asking a quorum",
    "reads.ts",
    'return options.readOnly === "lease" && lease.isHeld(tracker, id);',
    "return options.id === id || lease.isHeld(tracker, id);",
  ),
  mutant(
    "a lease is held without a quorum",
    "lease.ts",
    'tracker.resultOf(bound) === "won"',
    "tracker.conf.voters.includes(self)",
  ),
  mutant("a lease outlives a transfer", "leader.ts", "  raft.lease.giveUp();\n", ""),
  mutant(
    "a lease as patient as the check for a quorum",
    "lease.ts",
    "Math.floor((electionTick - 1) * clockRatio)",
    "Math.floor(2 * electionTick * (clockRatio / 0.9))",
  ),
  mutant(
    "a removed leader answers reads for a lone voter",
    "tracker.ts",
    "voters[0] === id && votersOutgoing.length === 0",
    "id > 0 && votersOutgoing.length === 0",
  ),
  mutant(
    "a lone voter answers reads before it knows what it had committed",
    "reads.ts",
    "if (knowsCommit(raft)) {",
    "if (knowsCommit(raft) || raft.tracker.decidesAlone(raft.id)) {",
  ),
  mutant(
    "a snapshot forgets the configuration",
    "membership.ts",
    "  tracker.restore(snapshot.conf, snapshot.index);\n",
    "",
  ),
  mutant(
    "a heartbeat commits what may not match",
    "replication.ts",
    "Math.min(member.match, raft.log.committed)",
    "raft.log.committed",
  ),
  mutant(
    "entries are taken without looking at the one before",
    "log.ts",
    "if (!this.matches(prevIndex, prevTerm)) return undefined;",
    "if (prevIndex > this.lastIndex || prevTerm < 0) return undefined;",
  ),
  mutant(
    "every App cuts the log behind it",
    "log.ts",
    "if (known >= 0) this.append(known === 0 ? entries : entries.slice(known));",
    "if (known >= -1) this.append(entries);",
  ),
  mutant(
    "entries are applied before they are durable here",
    "raw-node.ts",
    "committed: log.nextCommitted(!this.#isAsync),",
    "committed: log.nextCommitted(true),",
  ),
  mutant("a new term keeps the old vote", "raft.ts", "      this.vote = none;\n", ""),
  mutant(
    "a member that rejects is probed again where it was",
    "progress.ts",
    "this.next = Math.max(Math.min(rejected, hint + 1), this.match + 1);",
    "this.next = Math.max(rejected + 1, this.match + 1);",
  ),
];
