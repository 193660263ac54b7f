/** The state of one key: the ETag of what it holds, or that it holds nothing. */
export type KeyState = string;

/** A key without an object. */
export const absent: KeyState = "-";

/** What an operation does to a key's state, or shows of it. */
export type KeyAction =
  | { kind: "write"; state: KeyState }
  | { kind: "read"; state: KeyState }
  /** Writes where the key is absent. */
  | { kind: "create"; state: KeyState }
  /** Writes where the key is in the state `expected`. */
  | { kind: "replace"; expected: KeyState; state: KeyState }
  /** Shows that the key is in another state. */
  | { kind: "differs"; state: KeyState }
  /** Shows that the key is not absent. */
  | { kind: "present" };

/** The state after an action on `before`, or undefined where it cannot have happened there. */
export function stateAfter(action: KeyAction, before: KeyState): KeyState | undefined {
  if (action.kind === "write") return action.state;
  if (action.kind === "read") return action.state === before ? before : undefined;
  if (action.kind === "create") return before === absent ? action.state : undefined;
  if (action.kind === "replace") return before === action.expected ? action.state : undefined;
  if (action.kind === "differs") return before === action.state ? undefined : before;
  return before === absent ? undefined : before;
}

/** One operation on one key, as its client saw it. */
export interface KeyOperation<Action = KeyAction> {
  key: string;
  /** For reports: `PUT`, `GET`, `LIST`. */
  name: string;
  action: Action;
  /** When it was sent, as a place in the order of all events of the history. */
  begun: number;
  /** When it was known to be over; until then it may have taken effect. */
  ended: number;
  /** Whether it is known to have taken effect; where not, it may have or not. */
  isCertain: boolean;
}

/** A write that is under way. */
export interface OpenWrite {
  /** It is asked for once more, of this contact; it takes effect once at most all the same. */
  askAlso(contact: string): void;
  /** It was acknowledged: it took effect before now. */
  acknowledge(): void;
  /** It was refused: it took no effect and never will. */
  refuse(): void;
  /** Nobody knows; it took effect before the node's end, or never. */
  leaveOpen(): void;
}

/** What clients did and saw, by key, in an order that all agree on. */
export class History<Action = KeyAction> {
  readonly #byKey = new Map<string, KeyOperation<Action>[]>();
  /** Each open write, and the contacts that were asked for it and may still carry it out. */
  readonly #open = new Map<KeyOperation<Action>, Set<string>>();
  #now = 0;

  /** A place in the order of events. */
  tick(): number {
    return ++this.#now;
  }

  keys(): string[] {
    return [...this.#byKey.keys()].sort();
  }

  of(key: string): readonly KeyOperation<Action>[] {
    return this.#byKey.get(key) ?? [];
  }

  /** Whether a write of the key is under way, or was left open since the node's start. */
  isUnsettled(key: string): boolean {
    return [...this.#open.keys()].some((operation) => operation.key === key);
  }

  /** @param contact which boot of which node was asked */
  begin(key: string, name: string, action: Action, contact = ""): OpenWrite {
    const operation: KeyOperation<Action> = {
      key,
      name,
      action,
      begun: this.tick(),
      ended: Infinity,
      isCertain: false,
    };
    this.#add(operation);
    const asked = new Set([contact]);
    this.#open.set(operation, asked);
    return {
      askAlso: (also) => {
        asked.add(also);
        // It may still happen, though all that were asked before are gone.
        operation.ended = Infinity;
        this.#open.set(operation, asked);
      },
      acknowledge: () => {
        operation.ended = this.tick();
        operation.isCertain = true;
        this.#open.delete(operation);
      },
      refuse: () => {
        this.#open.delete(operation);
        const operations = this.#byKey.get(key) ?? [];
        operations.splice(operations.indexOf(operation), 1);
      },
      leaveOpen: () => undefined,
    };
  }

  /** A read that was begun at `begun` has now shown something. */
  show(key: string, name: string, begun: number, action: Action): void {
    this.#add({ key, name, action, begun, ended: this.tick(), isCertain: true });
  }

  /** The session of the node that was asked is over: what was open has happened, or never will. */
  nodeEnded(contact = ""): void {
    const now = this.tick();
    for (const [operation, asked] of this.#open) {
      if (!asked.delete(contact) || asked.size > 0) continue;
      operation.ended = now;
      this.#open.delete(operation);
    }
  }

  #add(operation: KeyOperation<Action>): void {
    const operations = this.#byKey.get(operation.key);
    if (operations === undefined) this.#byKey.set(operation.key, [operation]);
    else operations.push(operation);
  }
}
