import type { WalkPhase, WalkState } from "#format/index.ts";
import type { Clock } from "#ports/index.ts";
import type { PullOutcome } from "./pull.ts";
import type { MissingShard } from "./walk-survey.ts";

/** Counts what a walk does. */
export class WalkProgress {
  readonly #clock: Pick<Clock, "monotonicMs">;
  /** Nobody knows what is missing before the first pass. */
  phase: WalkPhase = "looking";
  #doneShards = 0;
  #totalShards = 0;
  #doneBytes = 0;
  #totalBytes = 0;
  #beganMs = 0;
  #waitingShards = 0;
  readonly #silentNodes = new Set<number>();
  #isFull = false;
  #isHeld = false;
  #lostShards = 0;
  #pulledBytesEver = 0;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** A pass is about to begin. */
  wait(): void {
    if (this.phase !== "pulling") this.phase = "looking";
  }

  /** A pass begins. */
  begin(): void {
    this.phase = "looking";
    this.#doneShards = this.#totalShards = this.#doneBytes = this.#totalBytes = 0;
    this.#waitingShards = 0;
    this.#silentNodes.clear();
    this.#isFull = false;
    this.#isHeld = false;
  }

  /** Everything is looked at anew: what is lost is found again. */
  forgetLost(): void {
    this.#lostShards = 0;
  }

  found({ sizeBytes }: MissingShard): void {
    this.#totalShards++;
    this.#totalBytes += sizeBytes;
  }

  /** Some of it waits for the end of a pause. */
  hold(): void {
    this.#isHeld = true;
  }

  /** All that is missing is known. */
  beginPulling(): void {
    this.phase = "pulling";
    this.#beganMs = this.#clock.monotonicMs();
  }

  note({ sizeBytes }: MissingShard, outcome: PullOutcome): void {
    if (outcome.kind === "lost") this.#lostShards++;
    else if (outcome.kind === "pulled") {
      this.#doneShards++;
      this.#doneBytes += sizeBytes;
      this.#pulledBytesEver += sizeBytes;
    } else {
      this.#waitingShards++;
      if (outcome.kind === "full") this.#isFull = true;
      else for (const node of outcome.nodes) this.#silentNodes.add(node);
    }
  }

  end(): void {
    if (this.#waitingShards > 0) this.phase = "waiting";
    else this.phase = this.#isHeld ? "paused" : "idle";
  }

  get state(): WalkState {
    const elapsedMs = Math.max(1, this.#clock.monotonicMs() - this.#beganMs);
    const isPulling = this.phase === "pulling";
    return {
      phase: this.phase,
      doneShards: this.#doneShards,
      totalShards: this.#totalShards,
      doneBytes: this.#doneBytes,
      totalBytes: this.#totalBytes,
      bytesPerSecond: isPulling ? Math.round((this.#doneBytes * 1000) / elapsedMs) : 0,
      waitingShards: this.#waitingShards,
      silentNodes: [...this.#silentNodes].sort((a, b) => a - b),
      isFull: this.#isFull,
      lostShards: this.#lostShards,
      damagedShards: 0,
      pulledBytesEver: this.#pulledBytesEver,
    };
  }
}
