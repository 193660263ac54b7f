import type { Clock } from "#ports/index.ts";
import type { Boot } from "./boot.ts";

/** 2026-01-01 00:00 UTC: where the wall clock of every simulated machine starts. */
const epochUnixMs = 1_767_225_600_000;

/** How a machine's clock differs from virtual time; belongs to the machine and survives its boots. */
export class ClockDrift {
  /** Added to the wall clock, in milliseconds. Changing it is a jump. */
  skewMs = 0;
  /** How much faster the machine's clocks run than virtual time, in parts per million. */
  driftPpm = 0;

  /** Moves the wall clock by `ms`, either way. */
  jump(ms: number): void {
    this.skewMs += ms;
  }

  /** What this machine's clocks make of `virtualUs` microseconds. */
  stretch(virtualUs: number): number {
    return virtualUs * (1 + this.driftPpm / 1e6);
  }
}

/** The Clock port of one boot. The monotonic clock starts anew at each boot, at a drawn value. */
export function simulatedClock(boot: Boot, drift: ClockDrift): Clock {
  const bootedUs = boot.scheduler.nowUs;
  const monotonicStartMs = boot.prng.below(1_000_000);
  return {
    unixMs: () =>
      Math.floor(epochUnixMs + drift.skewMs + drift.stretch(boot.scheduler.nowUs) / 1000),
    monotonicMs: () => monotonicStartMs + drift.stretch(boot.scheduler.nowUs - bootedUs) / 1000,
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
    const timer = boot.later((ms * 1000) / (1 + drift.driftPpm / 1e6), () => {
      signal?.removeEventListener("abort", onAbort);
      boot.trace.record(`${boot.name} woke`);
      resolve();
    });
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
