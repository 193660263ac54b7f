import { concatBytes } from "#base/bytes.ts";
import type { ForwardAnswer } from "#format/index.ts";
import { PeerError } from "#peering/index.ts";
import type { Clock, Trace } from "#ports/index.ts";
import type { Log } from "#storage/index.ts";
import type { GroupLink } from "./group-link.ts";
import type { Proposal } from "./proposal.ts";
import type { Proposals } from "./proposals.ts";

/** Commands go to the leader in batches of at most so many: one call, as a rule. */
const batchCountMax = 512;
const batchBytesMax = 768 * 1024;

/** After a call that came to nothing, in milliseconds: by then there may be another leader. */
const retryPauseMs = 50;

/** Sends this node's commands to whoever leads, one batch at a time. */
export class Forwarder {
  readonly #clock: Pick<Clock, "sleep">;
  readonly #trace: Trace;
  readonly #link: GroupLink;
  readonly #proposals: Proposals;
  readonly #batchLimits: { countMax: number; bytesMax: number };
  readonly #wake: () => void;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;

  constructor(parts: {
    clock: Pick<Clock, "sleep">;
    trace: Trace;
    link: GroupLink;
    proposals: Proposals;
    /** As the leader's is. */
    log: Pick<Log, "entryDataBytesMax">;
    /** Something may be sent on now. */
    wake: () => void;
  }) {
    this.#clock = parts.clock;
    this.#trace = parts.trace;
    this.#link = parts.link;
    this.#proposals = parts.proposals;
    // A leader may count more for each command.
    const bytesMax = Math.min(batchBytesMax, parts.log.entryDataBytesMax / 2);
    this.#batchLimits = { countMax: batchCountMax, bytesMax };
    this.#wake = parts.wake;
  }

  /** Sends what waits to the leader's node, unless a batch is under way. */
  poke(node: number): void {
    if (this.#running !== undefined || this.#closing.signal.aborted) return;
    const batch = this.#proposals.take(this.#batchLimits);
    if (batch.length === 0) return;
    this.#running = this.#send(node, batch).finally(() => {
      this.#running = undefined;
      this.#wake();
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  /** Never rejects. */
  async #send(node: number, batch: readonly Proposal[]): Promise<void> {
    const { signal } = this.#closing;
    const commands = batch.map((proposal) =>
      concatBytes([this.#proposals.envelopeOf(proposal), proposal.body]),
    );
    const mayHaveBeenLogged = batch.map(({ mayBeLogged }) => mayBeLogged);
    for (const proposal of batch) proposal.noteSent();
    let answer: ForwardAnswer | undefined;
    try {
      answer = await this.#link.forward(node, commands, signal);
    } catch (error) {
      // It may be in the log or not: the same numbers again, so that it happens once.
      if (!(error instanceof PeerError)) {
        this.#trace.write("warn", "forwardFailed", { node, reason: String(error) });
      }
    }
    if (answer?.outcome === "logged") return this.#proposals.noteLogged(batch, answer.term);
    if (answer !== undefined) {
      // Told so by who would have logged it: it is where it was before.
      for (const [at, proposal] of batch.entries()) {
        if (mayHaveBeenLogged[at] === false) proposal.noteNotSent();
      }
    }
    if (answer?.outcome === "busy") this.#proposals.pushBack(batch, "the leader is busy");
    else this.#proposals.sendAgain(batch);
    await this.#clock.sleep(retryPauseMs, signal).catch(() => undefined);
  }
}
