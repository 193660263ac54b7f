import { slowForMs } from "./limits.ts";
import type { Liveness } from "./peers.ts";

/** How one node answers of late. */
export class LivenessRecord {
  #isReachable = true;
  #slowUntilMs = -Infinity;

  /** It is there: it shook hands, or answered. */
  reached(): "changed" | "known" {
    const change = this.#isReachable ? "known" : "changed";
    this.#isReachable = true;
    return change;
  }

  /** It cannot be reached, or gives no sign of life. */
  lost(): "changed" | "known" {
    const change = this.#isReachable ? "changed" : "known";
    this.#isReachable = false;
    return change;
  }

  /** Something of it was waited for, with or without success, for longer than is good. */
  lagged(nowMs: number): void {
    this.#slowUntilMs = nowMs + slowForMs;
  }

  at(nowMs: number): Liveness {
    if (!this.#isReachable) return "down";
    return nowMs < this.#slowUntilMs ? "slow" : "up";
  }
}
