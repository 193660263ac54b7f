import { toHex } from "#base/bytes.ts";
import { type Command, type CommandResult, encodeCommand, type SessionId } from "#format/index.ts";
import { sessionWindow } from "#metadata/index.ts";
import type { Clock } from "#ports/index.ts";
import type { Numbers } from "./numbers.ts";
import { Proposal, type ProposeOptions } from "./proposal.ts";
import { envelopeSizeBytes, ProposalQueue } from "./proposal-queue.ts";
import type { ReplicaLimits } from "./replica-config.ts";
import { ReplicaError } from "./replica-error.ts";

/** A command's body. */
export type CommandBody = NonNullable<Command["body"]>;

/** Encodes, with a body, to that body alone: the envelope goes in front of it later. */
const noEnvelope = { number: 0, lowWater: 0, unitLowWater: 0, timeUnixMs: 0, timeInDoubt: false };

/** So many numbers of a session may lie between commands that are under way. */
const numbersUnderWayMax = sessionWindow / 2;

/** This node's commands: those that wait, and those that are not known to be applied. */
export class Proposals {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #limits: ReplicaLimits;
  readonly #numbers: Numbers;
  readonly #queue = new ProposalQueue();
  /** Sent at least once, not applied. */
  readonly #underWay = new Map<number | string, Proposal>();
  #underWayBytes = 0;
  /** To be sent again, in the order in which they were sent first. */
  #unsent: Proposal[] = [];
  #session: SessionId | undefined;
  /** The newest term of which a leader is known. */
  #leaderTerm = 0;
  /** How many snapshots were installed. */
  #installs = 0;

  constructor(clock: Pick<Clock, "monotonicMs">, limits: ReplicaLimits, numbers: Numbers) {
    this.#clock = clock;
    this.#limits = limits;
    this.#numbers = numbers;
  }

  /** Commands bear this session from now on. */
  set session(session: SessionId) {
    this.#session = session;
  }

  /** The bytes of what waits and of what is under way. */
  get bytes(): number {
    return this.#queue.bytes + this.#underWayBytes;
  }

  /** The bytes of what waits to be sent. */
  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  /** Nothing waits, and nothing is under way. */
  get isIdle(): boolean {
    return this.#queue.isEmpty && this.#underWay.size === 0;
  }

  /** The bytes of what is to be sent next; 0 where there is nothing. */
  get nextBytes(): number {
    const unsent = this.#unsent[0];
    if (unsent !== undefined) return sizeOf(unsent);
    return this.#isWindowFull ? 0 : this.#queue.nextBytes;
  }

  get #isWindowFull(): boolean {
    return this.#numbers.commandSpan > numbersUnderWayMax;
  }

  /** @throws ReplicaError where there is no room for it */
  add(
    body: CommandBody,
    { signal, timeoutMs = this.#limits.proposalTimeoutMs }: ProposeOptions,
    sizeBytesMax: number,
  ): Proposal {
    if (signal?.aborted === true) {
      throw new ReplicaError("timeout", "the proposer gave up", { cause: signal.reason });
    }
    const encoded = encodeCommand({ ...noEnvelope, body });
    if (encoded.length > sizeBytesMax) {
      throw new ReplicaError("refused", `a command of ${encoded.length} bytes is too large`);
    }
    if (this.bytes + encoded.length > this.#limits.queueBytesMax) {
      throw new ReplicaError("busy", "too many commands are waiting");
    }
    const deadlineMs = this.#clock.monotonicMs() + timeoutMs;
    const proposal = new Proposal({ body: encoded, name: nameOf(body) }, deadlineMs, signal);
    this.#queue.push(proposal);
    return proposal;
  }

  /** Takes what is to be sent now, as much as the limits allow; it may be in a log from now on. */
  take(limits: { countMax: number; bytesMax: number }): Proposal[] {
    const taken: Proposal[] = [];
    let bytes = 0;
    for (let next = this.#unsent[0]; next !== undefined; next = this.#unsent[0]) {
      // Given up while it was in no log, and its proposer told so: it never happens.
      if (next.isSettled && !next.mayBeLogged) {
        this.#forget(next);
        continue;
      }
      bytes += sizeOf(next);
      const isFull = taken.length === limits.countMax || bytes > limits.bytesMax;
      if (isFull && taken.length > 0) return taken;
      this.#unsent.shift();
      next.installs = this.#installs;
      taken.push(next);
    }
    if (this.#isWindowFull || taken.length === limits.countMax) return taken;
    if (taken.length > 0 && bytes + this.#queue.nextBytes > limits.bytesMax) return taken;
    const fresh = this.#queue.take({
      countMax: limits.countMax - taken.length,
      bytesMax: limits.bytesMax - bytes,
    });
    for (const proposal of fresh) {
      proposal.number = this.#numbers.drawForCommand();
      proposal.session = proposal.name === undefined ? this.#session : undefined;
      proposal.installs = this.#installs;
      this.#underWay.set(keyOf(proposal), proposal);
      this.#underWayBytes += proposal.body.length;
    }
    return taken.length === 0 ? fresh : [...taken, ...fresh];
  }

  /**
   * The envelope that goes in front of a body.
   *
   * @param stamp none where the leader is another node, which stamps it
   */
  envelopeOf(
    { number, session }: Proposal,
    stamp: { timeUnixMs: number; timeInDoubt: boolean } = { timeUnixMs: 0, timeInDoubt: false },
  ): Uint8Array {
    const numbers = this.#numbers;
    return encodeCommand({
      session,
      number,
      lowWater: numbers.commandLowWater,
      unitLowWater: numbers.unitLowWater,
      ...stamp,
      body: undefined,
    });
  }

  /** These are in the log of the leader of a term. */
  noteLogged(proposals: readonly Proposal[], term: number): void {
    for (const proposal of proposals) {
      const isOvertaken = proposal.installs !== this.#installs || term < this.#leaderTerm;
      if (isOvertaken) this.sendAgain([proposal]);
      else proposal.term = term;
    }
  }

  /** These are not known to be in the log of whoever leads: they are sent again. */
  sendAgain(proposals: readonly Proposal[]): void {
    for (const proposal of proposals) {
      if (this.#underWay.get(keyOf(proposal)) !== proposal) continue;
      proposal.term = 0;
      // Nobody waits for it, and it is in no log: it never happens.
      if (proposal.isSettled && !proposal.mayBeLogged) this.#forget(proposal);
      else this.#unsent.push(proposal);
    }
  }

  /** Somebody leads a later term: what is in the log of an earlier leader may be lost. */
  noteLeader(term: number): void {
    if (term === this.#leaderTerm) return;
    this.#leaderTerm = term;
    this.#sendAgainBefore(term);
  }

  /**
   * A snapshot was installed. What it has of this node's commands was not applied here: sent again,
   * they give their results.
   */
  noteInstalled(): void {
    this.#installs++;
    for (const proposal of this.#underWay.values()) proposal.noteInstalled();
    this.#sendAgainBefore(Infinity);
  }

  #sendAgainBefore(term: number): void {
    for (const proposal of this.#underWay.values()) {
      if (proposal.term === 0 || proposal.term >= term) continue;
      proposal.term = 0;
      this.#unsent.push(proposal);
    }
  }

  /** These are in no log: nothing came of them. Those that may be in one are sent again. */
  pushBack(proposals: readonly Proposal[], message: string): void {
    for (const proposal of proposals) {
      if (proposal.mayBeLogged) {
        this.sendAgain([proposal]);
        continue;
      }
      this.#forget(proposal);
      proposal.fail("busy", message);
    }
  }

  /** A command of this node was applied. */
  settle(command: Command, result: CommandResult): void {
    const { session, body } = command;
    const name = session === undefined && body !== undefined ? nameOf(body) : command.number;
    const proposal = name === undefined ? undefined : this.#underWay.get(name);
    if (proposal === undefined || !sameSession(session, proposal.session)) return;
    this.#forget(proposal);
    answer(proposal, result);
  }

  #forget(proposal: Proposal): void {
    this.#underWay.delete(keyOf(proposal));
    this.#underWayBytes -= proposal.body.length;
    this.#numbers.releaseCommand(proposal.number);
    if (this.#unsent.includes(proposal)) {
      this.#unsent = this.#unsent.filter((other) => other !== proposal);
    }
  }

  /** Refuses what has never been sent: the log has no room. */
  refuseQueued(message: string): void {
    for (const proposal of this.#queue) proposal.fail("busy", message);
    this.#queue.clear();
  }

  /** Tells those who have waited long enough. What may be in a log is followed up all the same. */
  expire(nowMs: number, hasLeader: boolean): void {
    for (const proposal of [...this.#queue, ...this.#underWay.values()]) {
      if (proposal.isSettled || proposal.deadlineMs > nowMs) continue;
      if (hasLeader || proposal.mayBeLogged) proposal.fail("timeout", "no answer in time");
      else proposal.fail("not-leader", "nobody leads just now");
    }
  }

  /** Tells all that they get no answer. */
  fail(message: string, cause?: unknown): void {
    for (const proposal of this.#underWay.values()) proposal.fail("stopped", message, cause);
    for (const proposal of this.#queue) proposal.fail("stopped", message, cause);
  }
}

function keyOf({ name, number }: Proposal): number | string {
  return name ?? number;
}

/** The name of a command that bears no session. */
function nameOf(body: CommandBody): string | undefined {
  if (body.kind === "openSession") return toHex(body.value.bootId);
  return body.kind === "foundCluster" ? body.kind : undefined;
}

function sizeOf({ body }: Proposal): number {
  return body.length + envelopeSizeBytes;
}

/** What the session does not admit was not run: an error of the way, not a result of the state. */
function answer(proposal: Proposal, result: CommandResult): void {
  if (result.outcome?.kind !== "refusal") return proposal.resolve(result);
  const { code, detail } = result.outcome.value;
  const isStale = code === "stale-number" || code === "stale-session";
  if (code === "session-full") proposal.fail("busy", detail);
  else if (!isStale) proposal.resolve(result);
  // The results that are gone with the session or the number may have had this command's.
  else if (proposal.mayBeOvertaken)
    proposal.fail("timeout", "what came of it is not known any more");
  else if (code === "stale-number") proposal.fail("refused", detail);
  else proposal.fail("busy", "its session had ended; another is being opened");
}

/** Whether they are one session, or none. */
function sameSession(a: SessionId | undefined, b: SessionId | undefined): boolean {
  return a?.session === b?.session && a?.epoch === b?.epoch;
}
