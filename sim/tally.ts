import { probes } from "./probes.ts";
import { allFaultNames, type FaultCount, type SeedOutcome, workloadNames } from "./seed-run.ts";

/** Each fault is in every fourth run or so, and rarely without effect in all of so many. */
const longRunCount = 300;

/** What many runs come to together. */
export class Tally {
  runCount = 0;
  twiceCount = 0;
  eventCount = 0;
  virtualMs = 0;
  bootCount = 0;
  readonly nodeCounts: Map<number, number> = new Map<number, number>();
  readonly answered: Map<string, number> = new Map<string, number>();
  readonly faults: Map<string, FaultCount> = new Map<string, FaultCount>();
  readonly told: Map<string, number> = new Map<string, number>();

  add({ run, isTwice }: Extract<SeedOutcome, { kind: "passed" }>): void {
    const { nodeCount, bootCount, answered, faults, told } = run.value;
    this.runCount++;
    if (isTwice) this.twiceCount++;
    this.eventCount += run.eventCount;
    this.virtualMs += run.virtualMs;
    this.bootCount += bootCount;
    addTo(this.nodeCounts, nodeCount, 1);
    for (const [name, count] of answered) addTo(this.answered, name, count);
    for (const [name, count] of told) addTo(this.told, name, count);
    for (const [name, count] of faults) {
      const sum = this.faults.get(name) ?? { fired: 0, effective: 0 };
      sum.fired += count.fired;
      sum.effective += count.effective;
      this.faults.set(name, sum);
    }
  }

  /** Faults that never made a difference, where so many runs were made that each should have. */
  idleFaults(): string[] {
    if (this.runCount < longRunCount) return [];
    return allFaultNames.filter((name) => (this.faults.get(name)?.effective ?? 0) === 0);
  }

  /** Probes that no run reached, where so many runs were made that some should have. */
  missedProbes(): string[] {
    if (this.runCount < longRunCount) return [];
    return probes.filter((name) => !this.told.has(name));
  }

  /** Lines to read. */
  report(): string[] {
    const hours = (this.virtualMs / 3_600_000).toFixed(1);
    const sizes = [...this.nodeCounts].sort(([a], [b]) => a - b);
    const answered = workloadNames.map((name) => `${name} ${this.answered.get(name) ?? 0}`);
    const faults = allFaultNames.map((name) => {
      const { fired, effective } = this.faults.get(name) ?? { fired: 0, effective: 0 };
      return `${name} ${effective}/${fired}`;
    });
    const reached = probes.map((name) => `${name} ${this.told.get(name) ?? 0}`);
    return [
      `${this.runCount} runs (${this.twiceCount} of them twice), ${this.eventCount} events, ` +
        `${hours} virtual hours, ${this.bootCount} boots`,
      `runs by number of nodes: ${sizes.map(([size, count]) => `${size}: ${count}`).join(", ")}`,
      `answered: ${answered.join(", ")}`,
      `faults (with an effect/fired): ${faults.join(", ")}`,
      `probes: ${reached.join(", ")}`,
    ];
  }
}

function addTo<Name>(counts: Map<Name, number>, name: Name, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}
