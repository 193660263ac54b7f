import { assert } from "#base/assert.ts";
import type { Connection, KeyFingerprint } from "#ports/index.ts";
import type { Boot } from "./boot.ts";
import type { ConnectionEnd } from "./network-connection.ts";

/** What takes connections at one port of a machine. */
export interface ListeningPort {
  protocols: readonly string[];
  accept: (connection: Connection) => void;
}

/** A machine as the network sees it. */
export class Station {
  readonly name: string;
  readonly ports: Map<number, ListeningPort> = new Map<number, ListeningPort>();
  readonly ends: Set<ConnectionEnd> = new Set<ConnectionEnd>();
  #running: { boot: Boot; key: () => KeyFingerprint } | undefined;
  #lastPort = 40_000;

  constructor(name: string) {
    this.name = name;
  }

  /** The boot that is running, if any. */
  get boot(): Boot | undefined {
    return this.#running?.boot;
  }

  /** The key that the machine proves now. */
  get key(): KeyFingerprint {
    assert(this.#running !== undefined, "only a machine that runs proves a key");
    return this.#running.key();
  }

  start(running: { boot: Boot; key: () => KeyFingerprint }): void {
    assert(this.#running === undefined, "a machine has stopped before it starts");
    this.#running = running;
  }

  stop(): void {
    this.#running = undefined;
    this.ports.clear();
    this.ends.clear();
  }

  /** A port that nobody has. */
  freePort(): number {
    return ++this.#lastPort;
  }
}
