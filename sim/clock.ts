import type { Clock } from "#ports/index.ts";
import type { Boot } from "./boot.ts";

/** 2026-01-01 00:00 UTC: where the wall clock of every simulated machine starts. */
const epochUnixMs = 1_767_225_600_000;

/**
 * How a machine's clocks differ from virtual time; belongs to the machine and survives its boots.
 */
export class ClockDrift {
  /** Added to the wall clock, in milliseconds. Changing it is a jump. */
  skewMs = 0;
  #skewMsMax = 0;
  #driftPpm = 0;
  #driftedFrom = { virtualUs: 0, machineUs: 0 };

  /** Moves the wall clock by `ms`, either way. */
  jump(ms: number): void {
    this.skewMs += ms;
    this.#skewMsMax = Math.max(this.#skewMsMax, this.skewMs);
  }

  /** How far jumps have left the wall clock behind the latest time that it ever showed. */
  get behindMs(): number {
    return this.#skewMsMax - this.skewMs;
  }

  /**
   * Lets the machine's clocks run faster or slower than virtual time from now on.
   *
   * @param driftPpm by how many parts per million
   */
  drift(driftPpm: number, nowUs: number): void {
    this.#driftedFrom = { virtualUs: nowUs, machineUs: this.machineUs(nowUs) };
    this.#driftPpm = driftPpm;
  }

  /** What the wall clock says at a moment of virtual time. */
  unixMs(virtualUs: number): number {
    return Math.floor(epochUnixMs + this.skewMs + this.machineUs(virtualUs) / 1000);
  }

  /** What the machine's clocks count at a moment of virtual time. */
  machineUs(virtualUs: number): number {
    const { virtualUs: from, machineUs } = this.#driftedFrom;
    return machineUs + (virtualUs - from) * (1 + this.#driftPpm / 1e6);
  }

  /** How much virtual time passes while the machine's clocks count `machineUs`. */
  virtualUs(machineUs: number): number {
    return machineUs / (1 + this.#driftPpm / 1e6);
  }
}

/** The Clock port of one boot. The monotonic clock starts anew at each boot, at a drawn value. */
export function simulatedClock(boot: Boot, drift: ClockDrift): Clock {
  const { scheduler } = boot;
  const startMs = boot.prng.below(1_000_000) - drift.machineUs(scheduler.nowUs) / 1000;
  return {
    unixMs: () => drift.unixMs(scheduler.nowUs),
    monotonicMs: () => startMs + drift.machineUs(scheduler.nowUs) / 1000,
    sleep: (ms, signal) => sleep(boot, drift, ms, signal),
  };
}

function sleep(
  boot: Boot,
  drift: ClockDrift,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = boot.later(drift.virtualUs(ms * 1000), () => {
      signal?.removeEventListener("abort", onAbort);
      boot.trace.record(`${boot.name} woke`);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
