import { type FaultName, type OperationName, faultNames, operationNames } from "./plan.ts";
import type { NodeRunReport } from "./node-run.ts";
import type { Run } from "./world.ts";

/** What many runs come to together. */
export class Tally {
  runCount = 0;
  eventCount = 0;
  virtualMs = 0;
  bootCount = 0;
  readonly #answered = new Map<OperationName, number>();
  readonly #fired = new Map<FaultName, number>();

  add(run: Run<NodeRunReport>): void {
    this.runCount++;
    this.eventCount += run.eventCount;
    this.virtualMs += run.virtualMs;
    this.bootCount += run.value.bootCount;
    for (const [name, count] of run.value.answered) addTo(this.#answered, name, count);
    for (const [name, count] of run.value.faultsFired) addTo(this.#fired, name, count);
  }

  /** Lines to read. */
  report(): string[] {
    const hours = (this.virtualMs / 3_600_000).toFixed(0);
    const counts = <Name extends string>(names: readonly Name[], by: Map<Name, number>): string =>
      names.map((name) => `${name} ${by.get(name) ?? 0}`).join(", ");
    return [
      `${this.runCount} runs, ${this.eventCount} events, ${hours} virtual hours, ${this.bootCount} boots`,
      `answered: ${counts(operationNames, this.#answered)}`,
      `faults: ${counts(faultNames, this.#fired)}`,
    ];
  }
}

function addTo<Name>(counts: Map<Name, number>, name: Name, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}
