import type { ConfState, MemberChange } from "#format/index.ts";
import { changedConf, RaftError, type RawNode } from "#raft/index.ts";
import { isJoint, sameConf } from "./members.ts";
import { ReplicaError } from "./replica-error.ts";

/** How the office stands that is to change who belongs. */
export interface ChangingOffice {
  isLeader: boolean;
  conf: ConfState;
  /** An earlier change may not be in force yet. */
  isChanging: boolean;
}

interface Waiting {
  target: ConfState;
  deadlineMs: number;
  resolve: (conf: ConfState) => void;
  reject: (error: ReplicaError) => void;
}

/** Changes of who belongs, from their proposal until they are in force. One at a time. */
export class ConfChanges {
  #waiting: Waiting | undefined;

  get isIdle(): boolean {
    return this.#waiting === undefined;
  }

  /**
   * Proposes a change. Several steps go through a joint phase, which is left by itself.
   *
   * @returns who belongs once the change is in force
   * @throws ReplicaError
   */
  begin(
    node: RawNode,
    { isLeader, conf, isChanging }: ChangingOffice,
    change: { changes: readonly MemberChange[]; deadlineMs: number },
  ): Promise<ConfState> {
    if (!isLeader) throw new ReplicaError("not-leader", "only the leader changes who belongs");
    if (isChanging || !this.isIdle) throw new ReplicaError("busy", "another change is under way");
    const changes = [...change.changes];
    const target = targetOf(conf, changes);
    if (sameConf(target, conf)) return Promise.resolve(conf);
    try {
      node.proposeConfChange({ transition: "auto", changes });
    } catch (error) {
      if (!(error instanceof RaftError)) throw error;
      throw new ReplicaError("busy", error.message, { cause: error });
    }
    const { promise, resolve, reject } = Promise.withResolvers<ConfState>();
    this.#waiting = { target, deadlineMs: change.deadlineMs, resolve, reject };
    return promise;
  }

  /** This is who belongs now. */
  applied(conf: ConfState): void {
    if (this.#waiting === undefined || !sameConf(this.#waiting.target, conf)) return;
    this.#waiting.resolve(conf);
    this.#waiting = undefined;
  }

  expire(nowMs: number): void {
    if (this.#waiting === undefined || this.#waiting.deadlineMs > nowMs) return;
    this.fail(new ReplicaError("timeout", "not in force in time", { mayStillHappen: true }));
  }

  /** It is not known here what becomes of the change. */
  fail(error: ReplicaError): void {
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}

/** Who belongs once the change is through. @throws ReplicaError `refused` where it cannot be */
function targetOf(conf: ConfState, changes: MemberChange[]): ConfState {
  try {
    const changed = changedConf(conf, { transition: "auto", changes }).conf;
    return isJoint(changed)
      ? changedConf(changed, { transition: "auto", changes: [] }).conf
      : changed;
  } catch (error) {
    if (!(error instanceof RaftError)) throw error;
    throw new ReplicaError("refused", error.message, { cause: error });
  }
}
