import type { Prng } from "#base/prng.ts";
import type { Operation, OperationKind } from "./boot.ts";

interface PlannedFault {
  kind: OperationKind;
  target: RegExp | undefined;
  restCount: number;
}

/** Which operations of a machine fail: by plan, and by lot. */
export class Faults {
  readonly #prng: Prng;
  readonly #planned: PlannedFault[] = [];
  /** How many of a million operations of a kind fail. None as a rule. */
  readonly perMillion: Partial<Record<OperationKind, number>> = {};
  /** How many faults of each kind were injected. */
  readonly fired: Map<OperationKind, number> = new Map<OperationKind, number>();

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  /** How many faults were injected. */
  get firedCount(): number {
    return this.fired.values().reduce((sum, count) => sum + count, 0);
  }

  /**
   * The next `count` operations of this kind fail.
   *
   * @param target which paths or stores it is about; all without it
   */
  failNext(kind: OperationKind, target?: RegExp, count = 1): void {
    this.#planned.push({ kind, target, restCount: count });
  }

  /** No operation fails any more. */
  stop(): void {
    this.#planned.length = 0;
    for (const kind of Object.keys(this.perMillion)) delete this.perMillion[kind as OperationKind];
  }

  /** Whether this operation fails. */
  strikes(operation: Operation<unknown>): boolean {
    if (operation.fail === undefined) return false;
    if (!this.#isPlanned(operation) && !this.#isDrawn(operation)) return false;
    this.fired.set(operation.kind, (this.fired.get(operation.kind) ?? 0) + 1);
    return true;
  }

  #isPlanned(operation: Operation<unknown>): boolean {
    const index = this.#planned.findIndex(
      ({ kind, target }) => kind === operation.kind && (target?.test(operation.target) ?? true),
    );
    const fault = this.#planned[index];
    if (fault === undefined) return false;
    fault.restCount--;
    if (fault.restCount === 0) this.#planned.splice(index, 1);
    return true;
  }

  #isDrawn(operation: Operation<unknown>): boolean {
    const perMillion = this.perMillion[operation.kind] ?? 0;
    return perMillion > 0 && this.#prng.below(1_000_000) < perMillion;
  }
}
