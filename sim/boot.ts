import type { Prng } from "#base/prng.ts";
import type { Scheduled, Scheduler } from "./scheduler.ts";
import type { RunTrace } from "./trace.ts";

/** What a port is asked to do. */
export type OperationKind =
  | "open"
  | "create"
  | "close"
  | "read"
  | "stat"
  | "write"
  | "resize"
  | "sync"
  | "rename"
  | "remove"
  | "makeDirectory"
  | "syncDirectory"
  | "openStore"
  | "flush"
  | "renameStore"
  | "removeStore"
  | "inspectStore"
  | "compute";

/** The operations that change what a disk holds or what of it lasts: each is a crash point. */
export const changingKinds: ReadonlySet<OperationKind> = new Set<OperationKind>([
  "create",
  "write",
  "resize",
  "sync",
  "rename",
  "remove",
  "makeDirectory",
  "syncDirectory",
  "openStore",
  "flush",
  "renameStore",
  "removeStore",
]);

/** One operation under way. */
export interface Operation<T> {
  kind: OperationKind;
  /** What it works on, for traces and fault plans: a path or a store's name. */
  target: string;
  /** More for the trace: offset, length, a fingerprint of the bytes. */
  detail?: string | undefined;
  /** How long it takes, in microseconds of virtual time. */
  delayUs: number;
  /** What it does, all at once, when it is over. What it throws, the operation rejects with. */
  effect: () => T;
  /** What it does instead of `effect` when a fault is injected; throws. */
  fail?: (() => never) | undefined;
}

/** What watches and disturbs operations: the machine. */
export interface OperationGate {
  /** The operation is about to have its effect. Says "crash" where power is cut before it. */
  before(operation: Operation<unknown>): "go" | "fail" | "crash";
  /** The operation had its effect. Says "crash" where power is cut before anyone learns of it. */
  after(operation: Operation<unknown>): "go" | "crash";
}

/** The world as one boot of a machine sees it: from power on to crash, kill or end of the run. */
export class Boot {
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly prng: Prng;
  readonly trace: RunTrace;
  /** Resolves when the boot ends. */
  readonly died: Promise<void>;
  readonly #gate: OperationGate;
  readonly #underWay = new Set<Operation<unknown>>();
  readonly #die: () => void;
  #isAlive = true;
  #pausedUntilUs = 0;

  constructor(
    parts: Pick<Boot, "name" | "scheduler" | "prng" | "trace"> & { gate: OperationGate },
  ) {
    this.name = parts.name;
    this.scheduler = parts.scheduler;
    this.prng = parts.prng;
    this.trace = parts.trace;
    this.#gate = parts.gate;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.died = promise;
    this.#die = resolve;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** What is under way, in the order it was begun. */
  underWay(): Operation<unknown>[] {
    return [...this.#underWay];
  }

  /** Ends the boot: nothing it waits for settles any more, and nothing it asks for is done. */
  end(): void {
    this.#isAlive = false;
    this.#underWay.clear();
    this.#die();
  }

  get isPaused(): boolean {
    return this.#pausedUntilUs > this.scheduler.nowUs;
  }

  /** Holds back everything this boot waits for until `ms` from now, as a stopped process would. */
  pause(ms: number): void {
    this.#pausedUntilUs = Math.max(this.#pausedUntilUs, this.scheduler.nowUs + ms * 1000);
  }

  /** Calls `action` after `delayUs`, unless the boot is over by then. */
  later(delayUs: number, action: () => void): Scheduled {
    let isCancelled = false;
    let timer: Scheduled;
    const fire = (): void => {
      if (!this.#isAlive || isCancelled) return;
      const heldUs = this.#pausedUntilUs - this.scheduler.nowUs;
      if (heldUs > 0) timer = this.scheduler.schedule(heldUs, fire);
      else action();
    };
    timer = this.scheduler.schedule(delayUs, fire);
    return {
      cancel() {
        isCancelled = true;
        timer.cancel();
      },
    };
  }

  /**
   * Does an operation: it is under way for its delay, then has its effect, then the promise
   * settles.
   */
  perform<T>(operation: Operation<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.#isAlive) return;
      this.#underWay.add(operation);
      this.later(operation.delayUs, () => {
        const detail = operation.detail === undefined ? "" : ` ${operation.detail}`;
        this.trace.record(`${this.name} ${operation.kind} ${operation.target}${detail}`);
        const verdict = this.#gate.before(operation);
        if (verdict === "crash" || !this.#isAlive) return;
        this.#underWay.delete(operation);
        let settle: () => void;
        try {
          if (verdict === "fail") operation.fail?.();
          const result = operation.effect();
          settle = () => resolve(result);
        } catch (error) {
          this.trace.record(`${this.name} ${operation.kind} failed: ${String(error)}`);
          settle = () => reject(error);
        }
        if (this.#gate.after(operation) === "go") settle();
      });
    });
  }
}
