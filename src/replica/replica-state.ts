import type { Log } from "#storage/index.ts";
import type { StateStore } from "./state-store.ts";

/** What a replica runs on. The log may be ahead of the store, never behind. */
export interface ReplicaState {
  /** Another one once a snapshot was installed. */
  log: Log;
  readonly store: StateStore;
}
