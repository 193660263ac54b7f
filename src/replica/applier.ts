import type { ConfState, LogEntry } from "#format/index.ts";
import { type Message, RaftError, type RawNode } from "#raft/index.ts";
import { applyEntries } from "./apply-entries.ts";
import type { Checkpointer } from "./checkpointer.ts";
import type { ConfChanges } from "./conf-changes.ts";
import type { Proposals } from "./proposals.ts";
import { confChangeOf, toLogEntry } from "./raft-wire.ts";
import type { ReadRounds } from "./read-rounds.ts";
import type { ReplicaPorts } from "./replica-config.ts";
import type { ReplicaState } from "./replica-state.ts";
import type { StateCheck } from "./state-check.ts";

/** Commands that may end a session: an opening ends the node's earlier one. */
const sessionEnders: ReadonlySet<string | undefined> = new Set(["closeSession", "openSession"]);

/** What an applier works with, and whom it tells. */
export interface ApplierParts {
  trace: ReplicaPorts["trace"];
  node: RawNode;
  state: ReplicaState;
  conf: () => ConfState;
  proposals: Proposals;
  reads: ReadRounds;
  changes: ConfChanges;
  checkpointer: Checkpointer;
  check: StateCheck;
  /** Some node's session may have ended. */
  onSessionEnded: () => void;
  onFailure: (error: unknown) => void;
}

/** Applies what is committed and durable, and answers those who wait for it. */
export class Applier {
  readonly #parts: ApplierParts;
  /** Requests to apply committed entries, as the core handed them out. */
  #requests: Message[] = [];

  constructor(parts: ApplierParts) {
    this.#parts = parts;
  }

  add(request: Message): void {
    this.#requests.push(request);
  }

  get isIdle(): boolean {
    return this.#requests.length === 0;
  }

  /** Applies all there is. @returns what the core is to be told then */
  apply(): Message[] {
    const { state, reads, changes, proposals, checkpointer, check, conf } = this.#parts;
    const { onFailure, onSessionEnded } = this.#parts;
    const { store } = state;
    const requests = this.#requests;
    this.#requests = [];
    // A snapshot may have overtaken some.
    const entries = requests
      .flatMap((request) => request.entries)
      .filter(({ index }) => index > store.applied.index)
      .map(toLogEntry);
    for (let rest = entries; rest.length > 0;) {
      const applied = applyEntries(store, rest, (entry) => this.#changeConf(entry));
      applied.flushed.catch(onFailure);
      if (applied.check !== undefined) check.begin(applied.check);
      for (const { command, result } of applied.commands) {
        proposals.settle(command, result);
        if (sessionEnders.has(command.body?.kind)) onSessionEnded();
      }
      rest = rest.slice(applied.count);
    }
    if (entries.length > 0) {
      reads.applied(store.applied.index);
      changes.applied(conf());
      checkpointer.poke();
    }
    return requests.flatMap(({ responses = [] }) => responses);
  }

  #changeConf(entry: LogEntry): ConfState {
    try {
      return this.#parts.node.applyConfChange(confChangeOf(entry));
    } catch (error) {
      if (!(error instanceof RaftError)) throw error;
      this.#parts.trace.write("warn", "confChangePassedOver", { reason: error.message });
      return this.#parts.conf();
    }
  }
}
