import { layoutOf, nodesOf, sessionOf } from "#metadata/index.ts";
import type { Peers } from "#peering/index.ts";
import type { Ports } from "#ports/index.ts";
import { type MemberProgress, type Replica, ReplicaError } from "#replica/index.ts";
import { changeLayoutOnce } from "./layout-step.ts";
import {
  type GroupChange,
  type GroupView,
  type MemberView,
  nextGroupChange,
} from "./membership-plan.ts";
import { OperationDriver } from "./operation-driver.ts";

/** How often the leader looks whether somebody came, is caught up, or is away. */
const pauseMs = 1_000;
/** Whoever lacks no more entries than this catches up with the rest while its vote is decided. */
const lagEntriesMax = 1_000;
const changeMsMax = 10_000;
/** The session of a node that was not heard for so long is ended. */
const sessionSilenceMsMax = 10 * 60_000;

/** The part of a replica that decides who belongs. */
export type GroupControl = Pick<
  Replica,
  "changeMembers" | "members" | "propose" | "reader" | "status" | "transferLeadership"
>;

/** What the leader's work on the membership leans on. */
export interface MembershipParts {
  readonly ports: Pick<Ports, "clock" | "trace">;
  readonly replica: GroupControl;
  readonly peers: Pick<Peers, "liveness" | "self">;
}

/**
 * Makes the log's group and the layout what the registry asks for, as long as this node leads: who
 * came follows, then votes where votes are wanted, and takes shards; who went is let go. Each turn
 * is one step, decided anew from what is there: a leader that is cut off leaves nothing half done.
 */
export class Membership {
  readonly #parts: MembershipParts;
  readonly #operations: OperationDriver;
  /** Since when each member has not been heard, by this leader's clock. */
  readonly #silentSinceMs = new Map<number, number>();
  /** Since when each has not been heard in any way. */
  readonly #goneSinceMs = new Map<number, number>();

  constructor(parts: MembershipParts) {
    this.#parts = parts;
    this.#operations = new OperationDriver(parts);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, trace } = this.#parts.ports;
    for (;;) {
      await clock.sleep(pauseMs, signal);
      try {
        await this.#turn();
      } catch (error) {
        // Another leads by now, or nothing can be decided for a while: the next turn sees.
        if (!(error instanceof ReplicaError)) throw error;
        trace.write("debug", "membershipNotChanged", { reason: error.message });
      }
    }
  }

  async #turn(): Promise<void> {
    const { replica, ports } = this.#parts;
    const { role, conf } = replica.status();
    if (role !== "leader") {
      this.#silentSinceMs.clear();
      this.#goneSinceMs.clear();
      return;
    }
    // One change at a time: the leader ends a joint one by itself.
    if (conf.votersOutgoing.length > 0) return;
    const progress = await replica.members();
    await this.#closeSilent(progress);
    const view = this.#view(progress);
    const changes = nextGroupChange(view);
    if (changes.length === 0) {
      await this.#operations.turn();
      await changeLayoutOnce(this.#parts);
      return;
    }
    if (await this.#handsOver(view, changes)) return;
    ports.trace.write("info", "membershipChanging", {
      changes: changes.map(({ op, raftId }) => `${op} ${raftId}`).join(", "),
    });
    const steps = changes.map(({ op, raftId }) => ({ op, id: raftId }));
    await replica.changeMembers(steps, { timeoutMs: changeMsMax });
  }

  /**
   * Ends the sessions of nodes that have long been gone: what they had under way is garbage then.
   * One that lives opens another when it learns of it.
   */
  async #closeSilent(progress: readonly MemberProgress[]): Promise<void> {
    const { replica, peers, ports } = this.#parts;
    const nowMs = ports.clock.monotonicMs();
    // All at once: the state may change while a command is under way.
    const rows = [...nodesOf(replica.reader)];
    for (const { id, node } of rows) {
      const { raftId, session } = node;
      const isActive = progress.some((one) => one.raftId === raftId && one.isActive);
      if (id === peers.self || isActive || peers.liveness(id) !== "down") {
        this.#goneSinceMs.delete(id);
        continue;
      }
      const sinceMs = this.#goneSinceMs.get(id) ?? nowMs;
      this.#goneSinceMs.set(id, sinceMs);
      if (nowMs - sinceMs < sessionSilenceMsMax) continue;
      if (session === undefined || sessionOf(replica.reader, session) === undefined) continue;
      ports.trace.write("warn", "silentSessionClosed", { node: id });
      await replica.propose({ kind: "closeSession", value: { session } });
    }
  }

  /** Where this node is to give up its vote, another leads first. */
  async #handsOver(view: GroupView, changes: readonly GroupChange[]): Promise<boolean> {
    const { replica } = this.#parts;
    const own = replica.status().leader;
    const isConcerned = changes.some(({ op, raftId }) => raftId === own && op !== "voter");
    if (!isConcerned) return false;
    const heir = view.members.find(
      ({ raftId, role, isCaughtUp }) => role === "voter" && isCaughtUp && raftId !== own,
    );
    if (heir === undefined) return false;
    await replica.transferLeadership(heir.raftId);
    return true;
  }

  #view(progress: readonly MemberProgress[]): GroupView {
    const { replica } = this.#parts;
    const { leader, lastIndex } = replica.status();
    const isChanging = (layoutOf(replica.reader)?.open.length ?? 1) > 1;
    const byId = new Map(progress.map((one) => [one.raftId, one]));
    const members: MemberView[] = [];
    for (const { id, node } of nodesOf(replica.reader)) {
      if (node.state === "removed") continue;
      const { raftId, zone, host, state } = node;
      const known = byId.get(raftId);
      const isLeader = raftId === leader;
      const downMs = isLeader ? 0 : this.#downMs(id, known);
      const lag = lastIndex - (known?.matchIndex ?? 0);
      members.push({
        node: id,
        raftId,
        zone,
        host,
        role: known === undefined ? "none" : known.isLearner ? "learner" : "voter",
        isLeader,
        isDraining: state === "draining",
        isDrained: state === "draining" && !isChanging,
        isCaughtUp: isLeader || (downMs === 0 && lag <= lagEntriesMax && this.#isServing(node)),
        downMs,
      });
    }
    const owned = new Set(members.map(({ raftId }) => raftId));
    const orphans = progress.map(({ raftId }) => raftId).filter((raftId) => !owned.has(raftId));
    return { members, orphans };
  }

  /** Whether the node's session is open: it has its state, and runs or ran of late. */
  #isServing({ session }: { session?: Parameters<typeof sessionOf>[1] | undefined }): boolean {
    return session !== undefined && sessionOf(this.#parts.replica.reader, session) !== undefined;
  }

  #downMs(node: number, progress: MemberProgress | undefined): number {
    const { peers, ports } = this.#parts;
    const nowMs = ports.clock.monotonicMs();
    const isHeard = progress?.isActive === true && peers.liveness(node) !== "down";
    if (isHeard) {
      this.#silentSinceMs.delete(node);
      return 0;
    }
    const sinceMs = this.#silentSinceMs.get(node) ?? nowMs;
    this.#silentSinceMs.set(node, sinceMs);
    return Math.max(1, nowMs - sinceMs);
  }
}
