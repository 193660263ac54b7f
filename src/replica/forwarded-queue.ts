import { decodeCommand, FormatError, type ForwardAnswer } from "#format/index.ts";
import type { Log } from "#storage/index.ts";
import type { ReplicaLimits } from "./replica-config.ts";

/** What a command takes in the log besides what was sent, in bytes: its stamp, and its entry. */
const overheadSizeBytes = 64;

/** Commands that another node sent in one go, and who waits to hear what became of them. */
export interface Forwarded {
  commands: readonly Uint8Array[];
  bytes: number;
  answer: (answer: ForwardAnswer) => void;
}

/** Other nodes' commands that wait to be put into this leader's log. */
export class ForwardedQueue {
  readonly #bytesMax: number;
  readonly #batchBytesMax: number;
  #waiting: Forwarded[] = [];
  #bytes = 0;

  /** @param log what comes in one go and is more than an entry may have finds no room in it */
  constructor(
    { queueBytesMax }: Pick<ReplicaLimits, "queueBytesMax">,
    { entryDataBytesMax }: Pick<Log, "entryDataBytesMax">,
  ) {
    this.#bytesMax = queueBytesMax;
    this.#batchBytesMax = entryDataBytesMax;
  }

  /** The bytes of the batch that waits longest; 0 where none waits. */
  get nextBytes(): number {
    return this.#waiting[0]?.bytes ?? 0;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** @throws FormatError where one is no command: it must not get into anybody's log */
  add(commands: readonly Uint8Array[]): Promise<ForwardAnswer> {
    let bytes = 0;
    for (const command of commands) {
      if (decodeCommand(command).body === undefined) {
        throw new FormatError("malformed", "a command that was forwarded has no body");
      }
      bytes += command.length + overheadSizeBytes;
    }
    const isFull = this.#bytes > 0 && this.#bytes + bytes > this.#bytesMax;
    if (isFull || bytes > this.#batchBytesMax) {
      return Promise.resolve({ outcome: "busy", term: 0 });
    }
    this.#bytes += bytes;
    return new Promise((answer) => this.#waiting.push({ commands, bytes, answer }));
  }

  /** Takes the batches that have waited longest and fit, one in any case. */
  take(bytesMax: number): Forwarded[] {
    const taken: Forwarded[] = [];
    let bytes = 0;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      bytes += next.bytes;
      if (bytes > bytesMax && taken.length > 0) break;
      this.#waiting.shift();
      this.#bytes -= next.bytes;
      taken.push(next);
    }
    return taken;
  }

  /** Tells all who wait that nothing came of it. */
  refuse(outcome: "busy" | "not-leader"): void {
    for (const { answer } of this.#waiting) answer({ outcome, term: 0 });
    this.#waiting = [];
    this.#bytes = 0;
  }
}
