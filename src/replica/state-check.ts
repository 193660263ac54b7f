import { equalBytes, toHex } from "#base/bytes.ts";
import { StoreDamagedError } from "#base/store-damaged-error.ts";
import type { CheckAnswer, CheckQuestion, CheckReplicas } from "#format/index.ts";
import { StateDiffersError } from "./replica-error.ts";
import type { ReplicaPorts } from "./replica-config.ts";
import { hashState, type StateHash } from "./state-hash.ts";
import type { StateStore } from "./state-store.ts";

/** Between two pieces, in milliseconds: leaves the node most of its time for clients. */
const piecePauseMs = 2;

/** So many checks' hashes are remembered: whoever asks does so within one round. */
const hashesMax = 4;

/** This replica's part in the checks: hashes what a command names, and tells the hash. */
export class StateCheck {
  readonly #ports: Pick<ReplicaPorts, "clock" | "trace">;
  readonly #store: Pick<StateStore, "snapshot">;
  readonly #onWrong: (error: StateDiffersError) => void;
  /** By name, oldest first. */
  readonly #hashes = new Map<string, StateHash>();
  #running: Promise<void> = Promise.resolve();
  #interruption = new AbortController();

  /** @param onWrong is told that most replicas have another state than this one */
  constructor(
    ports: Pick<ReplicaPorts, "clock" | "trace">,
    store: Pick<StateStore, "snapshot">,
    onWrong: (error: StateDiffersError) => void,
  ) {
    this.#ports = ports;
    this.#store = store;
    this.#onWrong = onWrong;
  }

  /** Hashes the state as it is now, right behind the command. Ends an earlier one. */
  begin({ name, firstKey, bytesMin }: CheckReplicas): void {
    this.#interruption.abort(new Error("another check has begun"));
    this.#interruption = new AbortController();
    const { signal } = this.#interruption;
    const snapshot = this.#store.snapshot();
    const { clock, trace } = this.#ports;
    const pause = (): Promise<void> => clock.sleep(piecePauseMs, signal);
    const hashing = hashState(snapshot, { firstKey, bytesMin }, pause)
      .then((hash) => this.#keep(toHex(name), hash))
      .catch((error: unknown) => {
        // Whoever owns the store is told of damage, and stops the node.
        if (signal.aborted || error instanceof StoreDamagedError) return;
        trace.write("warn", "checkFailed", { reason: String(error) });
      })
      .finally(() => snapshot.close());
    this.#running = Promise.all([this.#running, hashing]).then(() => undefined);
  }

  #keep(name: string, hash: StateHash): void {
    this.#hashes.set(name, hash);
    const [oldest] = this.#hashes.keys();
    if (this.#hashes.size > hashesMax && oldest !== undefined) this.#hashes.delete(oldest);
  }

  /** What a check came to here; undefined where it has not, or not yet. */
  hashOf(name: Uint8Array): StateHash | undefined {
    return this.#hashes.get(toHex(name));
  }

  /** Answers the leader, and takes in what it says of most replicas. */
  answer({ name, right }: CheckQuestion): CheckAnswer {
    const hash = this.hashOf(name)?.hash;
    if (hash !== undefined && right !== undefined && !equalBytes(hash, right)) {
      this.#onWrong(new StateDiffersError("most replicas have another state than this one"));
    }
    return { hash };
  }

  /** Ends what is under way: the store is about to be replaced, or closed. */
  async interrupt(): Promise<void> {
    this.#interruption.abort(new Error("the store is going"));
    await this.#running;
  }
}
