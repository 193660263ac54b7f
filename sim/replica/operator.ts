import type { Prng } from "#base/prng.ts";
import type { ConfState, MemberChange } from "#format/index.ts";
import { BootRefusedError, type Replica, ReplicaError } from "#replica/index.ts";
import { check } from "../check-error.ts";
import { DirectoryNode } from "../disk-media.ts";
import { createBucket, type Group, type Member } from "./group.ts";
import { isFaultOfDisk, type Lives } from "./lives.ts";
import { type ChangeName, changeNames } from "./plan.ts";

/** How long an operator waits for one step, in milliseconds. */
const timeoutMs = 4000;

/** Who belongs, and nothing of it is under way; and who leads. */
interface Settled {
  conf: ConfState;
  leader: Member;
  replica: Replica;
}

/**
 * Changes who belongs while all else goes wrong, as an operator may: one thing at a time, and only
 * as much is taken away as the voters that are left can stand. A Raft id that lost its log goes
 * first, and its node takes part anew under another.
 */
export class Operator {
  /** How often each change was made. */
  readonly made: Map<ChangeName, number> = new Map<ChangeName, number>();
  readonly #lives: Lives;
  readonly #group: Group;
  readonly #prng: Prng;
  /** Lost its log, and its Raft id belongs still. */
  #lost: Member | undefined;
  #settlings = 0;

  constructor(lives: Lives) {
    this.#lives = lives;
    this.#group = lives.group;
    this.#prng = lives.group.world.prng.fork();
  }

  /** Makes changes until it is over. */
  async run(meanMs: number, isOver: () => boolean): Promise<void> {
    for (;;) {
      await this.#group.world.sleep(this.#prng.below(2 * meanMs));
      if (isOver()) return;
      const name = this.#lost === undefined ? this.#any(changeNames) : "remove";
      await this.#make(name ?? "transfer");
    }
  }

  /** Lets all nodes belong again. @returns whether they do */
  async finish(): Promise<boolean> {
    const settled = await this.#settled();
    if (settled === undefined) return false;
    if (this.#lost !== undefined) await this.#make("remove");
    else if (this.#outside(settled.conf).length > 0) await this.#make("rejoin");
    else return true;
    return false;
  }

  async #make(name: ChangeName): Promise<void> {
    const settled = await this.#settled();
    if (settled === undefined) return;
    this.#group.world.trace.record(`change ${name}`);
    const isMade = await this.#changes[name](settled);
    if (isMade) this.made.set(name, (this.made.get(name) ?? 0) + 1);
  }

  /**
   * Who belongs, once it is known that no change is on its way: what a leader has committed after
   * all it knows of settles everything before.
   */
  async #settled(): Promise<Settled | undefined> {
    const { leader } = this.#group;
    const replica = leader?.replica;
    if (leader?.isOpen !== true || replica === undefined) return undefined;
    const { term } = replica.status();
    const name = `settled-${++this.#settlings}`;
    const isDone = await this.#tried(leader, replica.propose(createBucket(name), { timeoutMs }));
    const { conf, role, term: termNow } = replica.status();
    const isSame = role === "leader" && termNow === term;
    if (!isDone || !isSame || conf.votersOutgoing.length > 0) return undefined;
    for (const member of this.#group.members) this.#sort(member, conf);
    return { conf, leader, replica };
  }

  /** Whoever does not belong is down; who does may live, unless it lost its log. */
  #sort(member: Member, conf: ConfState): void {
    if (belongs(member, conf)) {
      if (member !== this.#lost) this.#lives.keptDown.delete(member);
      return;
    }
    if (member === this.#lost) this.#lost = undefined;
    this.#lives.keptDown.add(member);
  }

  /** Whether a step worked; where not, it may have or not. */
  async #tried(member: Member, step: Promise<unknown>): Promise<boolean> {
    try {
      const done = step.then(() => true);
      return (await Promise.race([done, member.machine.died])) === true;
    } catch (error) {
      if (error instanceof ReplicaError) return false;
      throw error;
    }
  }

  #change({ leader, replica }: Settled, changes: MemberChange[]): Promise<boolean> {
    return this.#tried(leader, replica.changeMembers(changes, { timeoutMs }));
  }

  #any<T>(all: readonly T[]): T | undefined {
    return all[this.#prng.below(Math.max(1, all.length))];
  }

  #outside(conf: ConfState): Member[] {
    return this.#group.members.filter((member) => !belongs(member, conf));
  }

  /** A voter that does not lead. Where the leader is drawn it hands over first. */
  async #followingVoter(settled: Settled): Promise<number | undefined> {
    const id = this.#any(settled.conf.voters);
    if (id !== settled.leader.raftId) return id;
    await this.#changes.transfer(settled);
    return undefined;
  }

  readonly #changes: Record<ChangeName, (settled: Settled) => Promise<boolean>> = {
    promote: async (settled) => {
      const id = this.#any(settled.conf.learners);
      return id !== undefined && this.#change(settled, [{ op: "voter", id }]);
    },
    demote: async (settled) => {
      const id = await this.#followingVoter(settled);
      return id !== undefined && this.#change(settled, [{ op: "learner", id }]);
    },
    exchange: async (settled) => {
      const joining = this.#any(settled.conf.learners);
      const leaving = await this.#followingVoter(settled);
      if (joining === undefined || leaving === undefined) return false;
      return this.#change(settled, [
        { op: "voter", id: joining },
        { op: this.#prng.below(2) === 0 ? "learner" : "remove", id: leaving },
      ]);
    },
    remove: async (settled) => {
      const { voters, learners } = settled.conf;
      if (this.#lost !== undefined) {
        return this.#change(settled, [{ op: "remove", id: this.#lost.raftId }]);
      }
      const id = this.#any([...voters, ...learners]);
      if (id === undefined || id === settled.leader.raftId) return false;
      return this.#change(settled, [{ op: "remove", id }]);
    },
    rejoin: async (settled) => {
      const member = this.#any(this.#outside(settled.conf));
      if (member === undefined) return false;
      if (member.machine.isUp) await member.machine.kill();
      this.#group.renew(member);
      return this.#change(settled, [{ op: "learner", id: member.raftId }]);
    },
    transfer: async ({ conf, leader, replica }) => {
      const id = this.#any(conf.voters);
      if (id === undefined || id === leader.raftId) return false;
      return this.#tried(leader, replica.transferLeadership(id));
    },
    wipe: (settled) =>
      this.#lose(settled, ({ machine }) => {
        machine.disk.restore(new DirectoryNode());
        machine.stores.restore(new Map());
      }),
    loseLog: (settled) =>
      this.#lose(settled, ({ machine: { disk } }) => {
        if (disk.find("log") === undefined) return;
        for (const { path } of disk.files("log")) disk.remove(path);
      }),
  };

  /** Takes a member's log; the others must have all that it answered for. */
  async #lose({ conf }: Settled, lose: (member: Member) => void): Promise<boolean> {
    const member = this.#any(this.#group.members);
    if (member === undefined || !belongs(member, conf) || member.isJoining) return false;
    if (conf.voters.includes(member.raftId) && conf.voters.length < 3) return false;
    // Amid an install the mark of it has the vote, and what is begun anew is begun from there.
    if (member.machine.disk.find("replica/install") !== undefined) return false;
    this.#lost = member;
    this.#lives.keptDown.add(member);
    if (member.machine.isUp) await member.machine.kill();
    lose(member);
    await this.#mustBeRefused(member);
    return true;
  }

  /** Without its log a member does not start under its Raft id, and says why. */
  async #mustBeRefused(member: Member): Promise<void> {
    const { machine } = member;
    const promise = "R7 no log, no vote under the same Raft id";
    const details = `node ${member.node} as ${member.raftId}`;
    try {
      const started = await Promise.race([this.#group.start(member), machine.died]);
      check(started === undefined, promise, details);
    } catch (error) {
      // Faults of the disk may come first.
      const isTold = error instanceof BootRefusedError || isFaultOfDisk(error);
      check(isTold, promise, `${details}: ${String(error)}`);
    }
    if (machine.isUp) await machine.kill();
  }
}

function belongs({ raftId }: Member, { voters, learners, learnersNext }: ConfState): boolean {
  return [voters, learners, learnersNext].some((ids) => ids.includes(raftId));
}
