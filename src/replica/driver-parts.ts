import type { ConfState } from "#format/index.ts";
import type { HardState, Message, Snapshot } from "#raft/index.ts";
import type { Checkpointer } from "./checkpointer.ts";
import type { GroupLink } from "./group-link.ts";
import type { Numbers } from "./numbers.ts";
import type { RaftTransport, Received } from "./raft-transport.ts";
import type { ReplicaState } from "./replica-state.ts";
import type { StateCheck } from "./state-check.ts";

/** What the driver works with. */
export interface DriverParts {
  raftId: number;
  /** Its log is another one once a snapshot was installed. */
  state: ReplicaState;
  checkpointer: Checkpointer;
  check: StateCheck;
  numbers: Numbers;
  /** What is durable, with all that is applied counted as committed. */
  hardState: HardState;
  conf: ConfState;
  /** None for a node that has no others. */
  group: { link: GroupLink; transport: RaftTransport } | undefined;
  /** Puts a snapshot that was received into force: another store, another log. */
  install: (snapshot: Snapshot, hardState: HardState) => Promise<void>;
  onSnapshot: (received: Received) => void;
  /** Some node's session may have ended. */
  onSessionEnded: () => void;
  onFailure: (error: Error) => void;
}

/** Something that happened: the core is told of it in its turn. */
export type DriverEvent =
  | { kind: "message"; message: Message }
  | { kind: "do"; action: () => void };
