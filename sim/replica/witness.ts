import { utf8 } from "#base/bytes.ts";
import { StoreDamagedError } from "#base/store-damaged-error.ts";
import {
  type ConfState,
  decodeAppliedState,
  decodeRaftFrame,
  decodeRaftMessage,
  type LogEntry,
  type RaftMessage,
} from "#format/index.ts";
import type { KeyValue, KeyValueChange, KeyValueStores, Ports } from "#ports/index.ts";
import type { Replica } from "#replica/index.ts";
import { CheckedStore, valueChecksumSizeBytes } from "#storage/index.ts";
import { check } from "../check-error.ts";
import { confKey, hashBytes, mix } from "../raft/trace.ts";
import type { GroupWatch, Member } from "./group.ts";

/** The store that has to be the same everywhere. */
const storeName = "store";

const appliedKey = utf8("r/applied");

/** A founder is not told by any entry who founded. */
const founderConf: ConfState = {
  voters: [1],
  learners: [],
  votersOutgoing: [],
  learnersNext: [],
  autoLeave: false,
};

/** What a member has told others that a crash must not take back, by its Raft id. */
interface Told {
  /** The newest term it spoke in. */
  term: number;
  /** The last entry that it said to have, in that term. */
  index: number;
}

/**
 * Sees everything at once, as no replica can: each batch that goes into a store, each Raft message
 * that leaves, each boot; and holds it against the promises of Raft. Paper, figure 3.
 */
export class Witness implements GroupWatch {
  readonly #leaders = new Map<number, number>();
  readonly #votes = new Map<string, number>();
  /** What stands at index and term, in whichever log, and the term before it. */
  readonly #entries = new Map<string, { hash: number; termBefore: number }>();
  /** The state after each index: its rows, and who belongs. */
  readonly #states = new Map<number, { hash: number; term: number; conf: string }>();
  readonly #told = new Map<number, Told>();
  /** The last entry that each may have in its log, by its Raft id, and of which term. */
  readonly #tails = new Map<number, { index: number; term: number }>();
  readonly #members = new Map<number, Member>();
  /** Entries are on their way to a member that may have others in their place. */
  onOverwrite: ((member: Member) => void) | undefined;
  /** How often replicas told of each thing. */
  readonly events: Map<string, number> = new Map<string, number>();
  /** The last entry that anybody has applied. */
  appliedIndex = 0;
  /** How many states two stores were compared at. */
  compared = 0;

  portsOf(member: Member, ports: Ports): Ports {
    const { raftId } = member;
    this.#members.set(raftId, member);
    return {
      ...ports,
      trace: {
        write: (level, event, fields) => {
          this.events.set(event, (this.events.get(event) ?? 0) + 1);
          ports.trace.write(level, event, fields);
        },
      },
      stores: new WatchedStores(ports.stores, (state) => this.#saw(raftId, state)),
    };
  }

  sent({ raftId }: Member, frame: Uint8Array): void {
    const { part, partIndex, isLast } = decodeRaftFrame(frame);
    // Messages in parts are for entries larger than any here.
    check(partIndex === 0 && isLast, "a message fits its frame", String(part.length));
    const message = decodeRaftMessage(part);
    const { type, from, to, term, reject, index } = message;
    // A follower passes on what it is asked as if it led.
    if (type === "read-index" || type === "transfer-leader") return;
    check(from === raftId, "nobody speaks in another's name", `${raftId}: ${type}`);
    if (type === "app" || type === "heartbeat" || type === "snap") this.#leads(message);
    if (type === "vote-resp" && !reject) this.#voted({ term, voter: from, candidate: to });
    if (type === "app-resp" && !reject) this.#has(from, { term, index });
    if (type === "app") this.#appended(message);
  }

  /** Durable before told: what a member has said it still has when it boots. */
  booted({ raftId, node }: Member, replica: Replica): void {
    const told = this.#told.get(raftId);
    if (told === undefined) return;
    const { term, lastIndex } = replica.status();
    const details = `node ${node} as ${raftId} told ${told.index} in ${told.term}`;
    check(term >= told.term, "durable before told", `${details}, and boots in ${term}`);
    const isKept = term > told.term || lastIndex >= told.index;
    check(isKept, "durable before told", `${details}, and boots with ${lastIndex}`);
  }

  /** One leader a term. */
  #leads({ from, term }: RaftMessage): void {
    const leader = this.#leaders.get(term) ?? from;
    check(leader === from, "one leader a term", `${leader} and ${from} in ${term}`);
    this.#leaders.set(term, from);
  }

  /** One vote a term, whatever crashes. */
  #voted({ term, voter, candidate }: { term: number; voter: number; candidate: number }): void {
    const key = `${term} ${voter}`;
    const before = this.#votes.get(key) ?? candidate;
    const details = `${voter} for ${before} and ${candidate} in ${term}`;
    check(before === candidate, "one vote a term", details);
    this.#votes.set(key, candidate);
    this.#has(voter, { term, index: 0 });
  }

  #has(raftId: number, { term, index }: Told): void {
    const told = this.#told.get(raftId);
    if (told === undefined || told.term < term) this.#told.set(raftId, { term, index });
    else if (told.term === term) told.index = Math.max(told.index, index);
  }

  /** Log matching: what is at an index of a term is the same everywhere, and so is all before. */
  #appended(message: RaftMessage): void {
    const { logTerm, entries, from } = message;
    this.#noteTail(message);
    let termBefore = logTerm;
    for (const entry of entries) {
      const key = `${entry.index} of ${entry.term}`;
      const hash = hashEntry(entry);
      const known = this.#entries.get(key) ?? { hash, termBefore };
      const isSame = known.hash === hash && known.termBefore === termBefore;
      check(isSame, "log matching", `two entries ${key}, one from ${from}`);
      this.#entries.set(key, known);
      this.#mustBeCommitted(entry);
      termBefore = entry.term;
    }
  }

  #noteTail({ entries, from, to, term }: RaftMessage): void {
    const [first] = entries;
    const last = entries.at(-1);
    if (first === undefined || last === undefined) return;
    const tail = this.#tails.get(to);
    const member = this.#members.get(to);
    const isOverwritten = tail !== undefined && tail.term < term && tail.index >= first.index;
    if (isOverwritten && member !== undefined) this.onOverwrite?.(member);
    for (const id of [from, to]) this.#tails.set(id, { index: last.index, term });
  }

  /** What was applied anywhere is in the log of every later leader. */
  #mustBeCommitted({ index, term }: LogEntry): void {
    const applied = this.#states.get(index);
    const isKept = applied === undefined || applied.term >= term;
    check(isKept, "leader completeness", `${index} of ${term} over ${applied?.term}`);
  }

  /** State-machine safety: after an index all stores are the same. */
  #saw(raftId: number, { index, term, hash, conf }: StoreState): void {
    const known = this.#states.get(index);
    this.appliedIndex = Math.max(this.appliedIndex, index);
    if (known === undefined) {
      this.#states.set(index, { hash, term, conf });
      return;
    }
    this.compared++;
    const isSame = known.hash === hash && known.term === term && known.conf === conf;
    const details = `${raftId} differs after ${index} of ${term}: ${conf} and ${known.conf}`;
    check(isSame, "byte-identical stores at equal index", details);
  }
}

function hashEntry({ kind, data }: LogEntry): number {
  return mix(hashBytes(data), kind.length);
}

/** What a store holds behind an entry. */
interface StoreState {
  index: number;
  term: number;
  hash: number;
  conf: string;
}

/** The stores of a boot. Tells of the replicated one's state, whenever that is another. */
class WatchedStores implements KeyValueStores {
  readonly #stores: KeyValueStores;
  readonly #tell: (state: StoreState) => void;

  constructor(stores: KeyValueStores, tell: (state: StoreState) => void) {
    this.#stores = stores;
    this.#tell = tell;
  }

  async open(name: string): Promise<KeyValue> {
    const store = await this.#stores.open(name);
    return name === storeName ? watched(store, this.#tell) : store;
  }

  exists(name: string): Promise<boolean> {
    return this.#stores.exists(name);
  }

  inspect(name: string, budgetMs: number): Promise<"intact" | "missing" | "damaged"> {
    return this.#stores.inspect(name, budgetMs);
  }

  rename(from: string, to: string): Promise<void> {
    return this.#stores.rename(from, to);
  }

  remove(name: string): Promise<void> {
    return this.#stores.remove(name);
  }
}

/** A store whose rows are hashed as they are written: the sum of what each is alone. */
function watched(store: KeyValue, tell: (state: StoreState) => void): KeyValue {
  let hash = 0;
  for (const [key, value] of store.scan({ start: Uint8Array.of(0) })) {
    // What is damaged is not what was written, and its owner will find that out.
    if (!isIntact(store, key)) return store;
    hash += hashRow(key, value);
  }
  hash |= 0;
  const look = (): void => {
    const row = store.get(appliedKey);
    if (row === undefined) return;
    const { applied, conf } = decodeAppliedState(row.subarray(0, -valueChecksumSizeBytes));
    tell({ ...applied, hash, conf: confKey(conf ?? founderConf) });
  };
  const note = ({ key, value }: KeyValueChange): void => {
    const old = store.get(key);
    if (old !== undefined) hash -= hashRow(key, old);
    if (value !== undefined) hash += hashRow(key, value);
    hash |= 0;
  };
  look();
  return {
    get: (key) => store.get(key),
    scan: (range) => store.scan(range),
    write: (batch) => {
      const last = new Map(batch.map((change) => [change.key.toHex(), change]));
      for (const change of last.values()) note(change);
      const written = store.write(batch);
      look();
      return written;
    },
    flush: () => store.flush(),
    snapshot: () => store.snapshot(),
    sizeBytes: () => store.sizeBytes(),
    close: () => store.close(),
  };
}

function isIntact(store: KeyValue, key: Uint8Array): boolean {
  try {
    new CheckedStore(store, storeName).get(key);
    return true;
  } catch (error) {
    if (error instanceof StoreDamagedError) return false;
    throw error;
  }
}

function hashRow(key: Uint8Array, value: Uint8Array): number {
  return mix(hashBytes(key), hashBytes(value));
}
