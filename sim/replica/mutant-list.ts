/** A change of the program that breaks a promise of the replica. */
export interface Mutant {
  readonly name: string;
  /** In src; each text is there exactly once. */
  readonly patches: readonly { file: string; from: string; to: string }[];
}

function mutant(name: string, file: string, from: string, to: string): Mutant {
  return { name, patches: [{ file, from, to }] };
}

/** Known ways to get the replica wrong. The simulation must catch every one. */
export const mutants: readonly Mutant[] = [
  mutant(
    "what vouches for entries leaves before they are durable",
    "replica/appends.ts",
    'while (this.#underWay[0]?.state === "done") {',
    'while ((this.#underWay[0]?.state ?? "appended") !== "appended") {',
  ),
  mutant(
    "the vote is not written",
    "replica/appends.ts",
    "      this.flushHardState(log, entries[0] && entries[0].index - 1);\n",
    "      this.#laterHard = undefined;\n",
  ),
  mutant(
    "entries are said to be committed before they are in the log",
    "replica/appends.ts",
    "this.flushHardState(log, entries[0] && entries[0].index - 1);",
    "this.flushHardState(log);",
  ),
  mutant(
    "the log is let go of by what is visible in the store",
    "replica/checkpointer.ts",
    "Math.min(oldest.applied.index, store.flushedIndex) + 1",
    "store.applied.index + 1",
  ),
  mutant(
    "sessions are forgotten in the checkpoint",
    "replica/checkpointer.ts",
    "rows: snapshot.scan({ start: firstKey }),",
    "rows: [...snapshot.scan({ start: firstKey })].filter(([k]) => ![0x72, 0x73].includes(k[2] ?? 0)),",
  ),
  mutant(
    "a follower's barrier is what it knows",
    "replica/driver.ts",
    "if (leads && isLoneVoter(this.conf, this.#parts.raftId)) {",
    "if (!leads || isLoneVoter(this.conf, this.#parts.raftId)) {",
  ),
  mutant(
    "a leader's barrier asks nobody",
    "replica/driver.ts",
    "if (leads && isLoneVoter(this.conf, this.#parts.raftId)) {",
    "if (leads) {",
  ),
  mutant(
    "a barrier shares the round that is under way",
    "replica/read-rounds.ts",
    "    this.#gathered.push(reader);\n",
    "    (this.#round?.readers ?? this.#gathered).push(reader);\n",
  ),
  mutant(
    "a barrier does not wait for the entry that it names",
    "replica/read-rounds.ts",
    "if (granted.index > index) return true;",
    "if (granted.index > Infinity + index) return true;",
  ),
  mutant(
    "a barrier takes an earlier round's grant for its own",
    "replica/read-rounds.ts",
    "      if (!equalBytes(context, this.#contextOf(round.number))) continue;\n",
    "      if (!equalBytes(context.subarray(0, 8), this.#seed)) continue;\n",
  ),
  mutant(
    "a wiped voter keeps its id",
    "replica/boot-decision.ts",
    'return mayFound ? { kind: "found" } : { kind: "refuse", reason: "all-missing" };',
    'return { kind: mayFound || isEmpty ? "found" : "found" };',
  ),
  mutant(
    "a voter that lost its log begins another",
    "replica/boot-decision.ts",
    'if (!isEmpty) return { kind: "refuse", reason: "log-missing" };',
    'if (!isEmpty) return { kind: "found" };',
  ),
  mutant(
    "an install that was cut short is not finished",
    "replica/boot-decision.ts",
    '  if (isInstalled(findings)) return { kind: "reset-log" };\n',
    "",
  ),
  mutant(
    "stamps follow the leader's clock, backwards too",
    "replica/stamps.ts",
    "Math.max(this.#lastUnixMs, lastUnixMs, this.#clock.unixMs());\n    this.#lastUnixMs",
    "this.#clock.unixMs();\n    this.#lastUnixMs",
  ),
  mutant(
    "a leader stamps before it knows the stamps of its log",
    "replica/batches.ts",
    "    if (store.applied.index + 1 < this.#officeIndex) return;\n",
    "",
  ),
  mutant(
    "a snapshot is installed over the old log",
    "replica/install.ts",
    "  await state.log.release();\n  state.log = await createLog(ports, parts.logConfig, { previous, hardState });\n",
    "  void createLog;\n  void parts.logConfig;\n",
  ),
  mutant(
    "an install leaves no mark of its beginning",
    "replica/install.ts",
    "  await writeInstall(disk, { applied: previous, hardState });\n",
    "  void writeInstall;\n",
  ),
  mutant(
    "rows that were read outlive the store they were in",
    "replica/state-store.ts",
    "    this.#reader.forgetAll();\n",
    "",
  ),
  mutant(
    "entries that were read outlive their overwriting",
    "replica/raft-storage.ts",
    "    this.#generation++;\n    this.#pieces = [];\n",
    "",
  ),
  mutant(
    "a command that comes twice is run twice",
    "metadata/sessions.ts",
    "if (before.kept.includes(number)) {",
    "if (before.kept.includes(-1 - number)) {",
  ),
  mutant("results are not kept", "metadata/sessions.ts", "  kept.push(number);\n", ""),
  mutant(
    "a command is sent again under another number",
    "replica/proposals.ts",
    "      this.#unsent.shift();\n      next.installs",
    "      this.#unsent.shift();\n      this.#underWay.delete(keyOf(next));\n" +
      "      this.#numbers.releaseCommand(next.number);\n" +
      "      next.number = this.#numbers.drawForCommand();\n" +
      "      this.#underWay.set(keyOf(next), next);\n      next.installs",
  ),
  mutant(
    "a command of which it was told that nothing happened is sent",
    "replica/proposals.ts",
    "if (next.isSettled && !next.mayBeLogged) {",
    "if (next.isSettled && next.number < 0) {",
  ),
  mutant(
    "a command that may be logged is taken for one that is not",
    "replica/forwarder.ts",
    "if (mayHaveBeenLogged[at] === false) proposal.noteNotSent();",
    "if (at >= 0) proposal.noteNotSent();",
  ),
  mutant(
    "nobody is told anew what a snapshot has of their commands",
    "replica/driver.ts",
    "      this.#proposals.noteInstalled();\n",
    "",
  ),
  mutant(
    "one that leads again in a later term is taken to have it all",
    "replica/driver.ts",
    "if (this.#office.lead !== none) this.#proposals",
    "if (soft !== undefined && this.#office.lead !== none) this.#proposals",
  ),
  mutant(
    "a comparison that was sent twice is made twice",
    "replica/apply-entries.ts",
    "sessionOf(batch, session)?.kept.includes(number) === true",
    "sessionOf(batch, session)?.kept.includes(-1 - number) === true",
  ),
  mutant(
    "entries on their way to the disk are read from there",
    "storage/log.ts",
    "    while (hi > Math.min(this.#pendingFrom, this.#writingFrom)) await this.sync();\n",
    "",
  ),
  mutant(
    "a store that fails while it is filled tells nobody",
    "replica/state-store.ts",
    "      const { flushed } = store.write(rows);\n      // What `write` gave tells of a failure too.\n" +
      "      store.flush().catch(() => undefined);\n      await flushed;\n",
    "      store.write(rows);\n      await store.flush();\n",
  ),
];
