import { type Prng, seededPrng } from "#base/prng.ts";
import type { ConfChange, ConfState, Id, MemberChange, Message, Snapshot } from "#raft/index.ts";
import { Agenda } from "./agenda.ts";
import { Checker, Violation } from "./checker.ts";
import { drawPlan, type Happening, type Plan, replicasMax } from "./plan.ts";
import { Replica, type Surroundings } from "./replica.ts";
import { Trace } from "./trace.ts";

/** Units within which a healed group must elect, commit, and bring everyone up to date. */
const convergenceUnitsMax = 20_000;

/** How a run ended. */
export interface Outcome {
  readonly seed: number;
  readonly hash: number;
  readonly events: number;
  readonly commit: number;
  readonly seen: ReadonlyMap<string, number>;
}

/**
 * A world in which one group lives through a plan of troubles and is then healed. A run is a
 * function of its seed: nothing here asks the machine for time or chance.
 */
export class World implements Surroundings {
  readonly agenda: Agenda = new Agenda();
  readonly checker: Checker = new Checker();
  readonly replicas: Map<Id, Replica> = new Map();
  readonly random: Prng;
  readonly plan: Plan;
  readonly #trace = new Trace();
  readonly #seen = new Map<string, number>();
  /** Ways that are cut: `from * 100 + to`. */
  readonly #cuts = new Set<number>();
  readonly #seed: number;
  #isHealed = false;
  #proposals = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.random = seededPrng(seed);
    this.plan = drawPlan(this.random, seededPrng(seed + 2 ** 32));
    const { voters, learners } = this.plan;
    const conf = { voters, learners, votersOutgoing: [], learnersNext: [], autoLeave: false };
    const founding: Snapshot = { index: 1, term: 1, conf, data: new Uint8Array(4) };
    for (let id = 1; id <= replicasMax; id++) {
      const isFounder = voters.includes(id) || learners.includes(id);
      this.replicas.set(id, new Replica(id, this, isFounder ? founding : undefined));
    }
    for (const what of Object.keys(this.plan.every) as Happening[]) this.#schedule(what);
  }

  get diskDelayMax(): number {
    return this.#isHealed ? 1 : this.plan.diskDelayMax;
  }

  saw(what: string): void {
    this.#seen.set(what, (this.#seen.get(what) ?? 0) + 1);
  }

  /** Lives through the troubles and the time after. @throws Violation when a promise is broken */
  run(): Outcome {
    while (this.agenda.now < this.plan.duration && this.agenda.step());
    this.#heal();
    this.#converge();
    const { hash, events } = this.#trace;
    return { seed: this.#seed, hash, events, commit: this.checker.commit, seen: this.#seen };
  }

  #replica(id: Id): Replica {
    const replica = this.replicas.get(id);
    if (replica === undefined) throw new Error(`no replica ${id}`);
    return replica;
  }

  send(message: Message): void {
    const { random, plan, agenda } = this;
    this.#trace.message(1, agenda.now, message);
    if (!this.#isHealed && random.below(1000) < plan.lossPerMille) {
      this.#lost(message);
      return;
    }
    const copies = !this.#isHealed && random.below(1000) < plan.duplicatePerMille ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      let delay = 1 + random.below(this.#isHealed ? 2 : plan.delayMax);
      if (!this.#isHealed && random.below(1000) < plan.stragglerPerMille) delay *= 20;
      agenda.in(delay, () => this.#arrive(message));
    }
  }

  #arrive(message: Message): void {
    const { from, to } = message;
    const target = this.#replica(to);
    if (!target.isUp || this.#cuts.has(from * 100 + to)) {
      this.#lost(message);
      return;
    }
    this.#trace.message(2, this.agenda.now, message);
    target.act((node) => node.step(message));
    if (message.type === "Snap") this.#report(message, true);
  }

  /** Whoever sent it may hear that it did not arrive; of a snapshot, always at last. */
  #lost(message: Message): void {
    if (message.type === "Snap") this.#report(message, false);
    else if (this.random.below(4) === 0) {
      const { from, to } = message;
      this.agenda.in(1, () => this.#replica(from).act((node) => node.reportUnreachable(to)));
    }
  }

  #report({ from, to }: Message, ok: boolean): void {
    this.agenda.in(1 + this.random.below(50), () => {
      this.#replica(from).act((node) => node.reportSnapshot(to, ok));
    });
  }

  #schedule(what: Happening): void {
    const every = this.plan.every[what];
    if (every === 0) return;
    this.agenda.in(1 + this.random.below(2 * every), () => {
      if (this.#isHealed) return;
      this.#trace.note(3, this.agenda.now, what.charCodeAt(0));
      this.#happenings[what]();
      this.#schedule(what);
    });
  }

  #anyone(): Replica {
    return this.#replica(1 + this.random.below(replicasMax));
  }

  /** Anyone; where leaders have leases, one that leads, if there is any. */
  #anyoneWithLease(): Replica {
    if (this.plan.options.readOnly === "safe") return this.#anyone();
    return this.#anyLeader() ?? this.#anyone();
  }

  /** One that leads, or believes to, if there is any. */
  #anyLeader(): Replica | undefined {
    const start = this.random.below(replicasMax);
    for (let at = 0; at < replicasMax; at++) {
      const replica = this.#replica(1 + ((start + at) % replicasMax));
      if (replica.status()?.state === "leader") return replica;
    }
    return undefined;
  }

  readonly #happenings: Readonly<Record<Happening, () => void>> = {
    propose: () => {
      const replica = this.random.below(3) === 0 ? this.#anyone() : this.#anyLeader();
      const count = 1 + this.random.below(3);
      for (let at = 0; at < count; at++) {
        const data = new Uint8Array(4 + this.random.below(16));
        data.set([++this.#proposals, this.#proposals >> 8, this.#proposals >> 16]);
        replica?.act((node) => node.propose(data));
      }
    },
    read: () => this.#anyoneWithLease().read(),
    crash: () => {
      const replica = this.#anyone();
      replica.crash();
      this.saw("crashed");
      this.agenda.in(1 + this.random.below(300), () => replica.boot());
    },
    partition: () => {
      const sides = this.random.below(2 ** replicasMax);
      for (const from of this.replicas.keys()) {
        for (const to of this.replicas.keys()) {
          if (((sides >> (from - 1)) & 1) !== ((sides >> (to - 1)) & 1)) {
            this.#cuts.add(from * 100 + to);
          }
        }
      }
    },
    oneWay: () => {
      this.#cuts.add(this.#anyone().id * 100 + this.#anyone().id);
    },
    heal: () => this.#cuts.clear(),
    pause: () => {
      // As a stopped process: nothing comes in or goes out, and then all of it is late.
      const { id } = this.#anyoneWithLease();
      for (const other of this.replicas.keys()) {
        this.#cuts.add(id * 100 + other);
        this.#cuts.add(other * 100 + id);
      }
    },
    compact: () => this.#anyone().compact(),
    member: () => {
      const leader = this.#anyLeader();
      const conf = leader?.status()?.conf;
      if (leader === undefined || conf === undefined) return;
      const change = this.#drawChange(conf);
      leader.act((node) => node.proposeConfChange(change));
    },
    transfer: () => {
      const to = this.#anyone().id;
      this.#anyLeader()?.act((node) => node.transferLeader(to));
    },
    campaign: () => this.#anyone().act((node) => node.campaign()),
    forget: () => this.#anyone().act((node) => node.forgetLeader()),
  };

  /** A change that leaves voters; now and then one that only makes sense in a joint phase. */
  #drawChange(conf: ConfState): ConfChange {
    const { random } = this;
    if (conf.votersOutgoing.length > 0) return { transition: "auto", changes: [] };
    const count = 1 + random.below(3);
    const changes: MemberChange[] = [];
    const kept = new Set(conf.voters);
    for (let at = 0; at < count; at++) {
      const id = 1 + random.below(replicasMax);
      const goes = kept.has(id) && kept.size > 1 && random.below(3) > 0;
      const op = goes ? (random.below(2) === 0 ? "remove" : "learner") : "voter";
      if (op === "voter") kept.add(id);
      else kept.delete(id);
      changes.push({ op, id });
    }
    const transitions = ["auto", "auto", "implicit", "explicit"] as const;
    return { transition: transitions[random.below(4)] ?? "auto", changes };
  }

  #heal(): void {
    this.#isHealed = true;
    this.#cuts.clear();
    for (const replica of this.replicas.values()) {
      replica.boot();
      replica.disk.isBusy = false;
    }
  }

  /** Liveness: once nothing disturbs, everyone gets a new entry, and the same state. */
  #converge(): void {
    const deadline = this.agenda.now + convergenceUnitsMax;
    let wanted: number | undefined;
    for (let at = this.agenda.now; this.agenda.now < deadline; at += 100) {
      while (this.agenda.now < at && this.agenda.step());
      const leader = this.#currentLeader();
      const status = leader?.status();
      if (leader === undefined || status === undefined) continue;
      this.#retire(status.conf);
      if (!this.#isSettled(leader, status.conf)) continue;
      wanted ??= status.commit + 1;
      if (status.commit < wanted) leader.act((node) => node.propose(new Uint8Array([255])));
      else if (this.#haveAll(status.conf, wanted)) return;
    }
    if (this.#isOrphaned()) this.saw("orphaned by a leader that left");
    else if (this.#isDeaf()) this.saw("deaf to a leader of an older term");
    else throw new Violation("progress after healing", `stuck at ${this.checker.commit}`);
  }

  /**
   * The one way to get stuck that is no fault of the core: a leader applied its own removal and
   * stepped down before the others knew that it was committed. They still need its vote, which they
   * do not get, as its log is longer; and it may not campaign. A configuration that acts when it is
   * applied has this gap; an operator moves leadership away before removing a leader.
   */
  #isOrphaned(): boolean {
    if (this.#currentLeader() !== undefined) return false;
    const all = [...this.replicas.values()].flatMap((replica) => replica.status() ?? []);
    return all.some(({ id, conf, commit }) => {
      if (conf.voters.length === 0 || conf.voters.includes(id)) return false;
      const stillCounts = (other: ConfState): boolean =>
        other.voters.includes(id) || other.votersOutgoing.includes(id);
      return all.some((other) => other.commit < commit && stillCounts(other.conf));
    });
  }

  /**
   * What pre-vote and check-quorum are there to prevent: members who knew an old configuration have
   * campaigned among themselves, and now pass over what the leader of an older term says.
   */
  #isDeaf(): boolean {
    const { preVote, checkQuorum } = this.plan.options;
    const leader = this.#currentLeader()?.status();
    if (preVote || checkQuorum || leader === undefined) return false;
    return leader.progress.some(({ id }) => {
      const term = this.replicas.get(id)?.status()?.term;
      return term !== undefined && term > leader.term;
    });
  }

  #currentLeader(): Replica | undefined {
    let current: Replica | undefined;
    let term = 0;
    for (const replica of this.replicas.values()) {
      const status = replica.status();
      if (status?.state !== "leader" || status.term <= term) continue;
      current = replica;
      term = status.term;
    }
    return current;
  }

  /** Stops who does not belong: without pre-vote they would go on to disturb. */
  #retire(conf: ConfState): void {
    const { voters, learners, votersOutgoing } = conf;
    const members = new Set([...voters, ...learners, ...votersOutgoing]);
    for (const replica of this.replicas.values()) {
      if (members.has(replica.id)) replica.boot();
      else if (replica.status()?.state !== "leader") replica.crash();
    }
  }

  /** Ends what an operator has to end: an explicit joint phase, a leader that was removed. */
  #isSettled(leader: Replica, conf: ConfState): boolean {
    const { voters, votersOutgoing, autoLeave } = conf;
    if (!voters.includes(leader.id)) {
      const heir = voters[this.random.below(voters.length)] ?? 0;
      leader.act((node) => node.transferLeader(heir));
      return false;
    }
    if (votersOutgoing.length === 0) return true;
    // A leader tries to leave with every entry it applies, but not while it hands over.
    if (autoLeave) leader.act((node) => node.propose(new Uint8Array([254])));
    else leader.act((node) => node.proposeConfChange({ transition: "auto", changes: [] }));
    return false;
  }

  #haveAll({ voters, learners }: ConfState, index: number): boolean {
    const members = [...voters, ...learners].map((id) => this.#replica(id));
    const [first] = members;
    return members.every(
      ({ applied, stateHash }) =>
        applied >= index && applied === first?.applied && stateHash === first.stateHash,
    );
  }
}
