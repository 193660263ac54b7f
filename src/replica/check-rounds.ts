import { toHex } from "#base/bytes.ts";
import type { ConfState } from "#format/index.ts";
import { askCheck } from "./group-link.ts";
import { verdictOf } from "./check-verdict.ts";
import { membersOf } from "./members.ts";
import type { CommandBody } from "./proposals.ts";
import type { ReplicaGroup, ReplicaLimits, ReplicaPorts } from "./replica-config.ts";
import { ReplicaError } from "./replica-error.ts";
import type { StateCheck } from "./state-check.ts";
import type { StateHash } from "./state-hash.ts";
import { firstKey } from "./state-store.ts";

/** Who has no hash by then is not compared this time, in milliseconds. */
const answersMsMax = 30_000;

/** Between two looks whether a hash is there, in milliseconds. */
const lookPauseMs = 200;

/** A name is as long again: a count follows. */
const seedSizeBytes = 8;

/** What checks have come to on this node, since its start, as the one that leads. */
export interface CheckCounters {
  /** Stretches that were compared, and found the same on all that answered. */
  agreed: number;
  /** Stretches of which some replica had it wrong, and was told so. */
  wrong: number;
  /** Stretches that differ, without a majority for either. */
  undecided: number;
  /** Times that all of the state was gone through. */
  passes: number;
}

/** What rounds are made with. */
export interface CheckRoundsParts {
  ports: Pick<ReplicaPorts, "clock" | "entropy" | "trace">;
  limits: Pick<ReplicaLimits, "checkBytesMin" | "checkPauseMs" | "checkRestMs">;
  group: ReplicaGroup;
  check: StateCheck;
  isLeader: () => boolean;
  conf: () => ConfState;
  propose: (body: CommandBody) => Promise<unknown>;
}

/**
 * The leader's comparing of replicas: stretch by stretch, each hashed by all at one place in the
 * log. A replica that differs from most is told so, and makes its state anew.
 */
export class CheckRounds {
  readonly #parts: CheckRoundsParts;
  readonly #counters: CheckCounters = { agreed: 0, wrong: 0, undecided: 0, passes: 0 };
  /** Tells this boot's checks from all others in the group. */
  readonly #seed: Uint8Array;
  #count = 0;
  #start: Uint8Array = firstKey;

  constructor(parts: CheckRoundsParts) {
    this.#parts = parts;
    // Drawn once: a machine that gives no secrets later must not end what runs already.
    this.#seed = parts.ports.entropy.bytes(seedSizeBytes);
  }

  get counters(): Readonly<CheckCounters> {
    return this.#counters;
  }

  /** Compares for as long as this node leads others. Resolves once the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { ports, limits, isLeader } = this.#parts;
    const { clock, trace } = ports;
    while (!signal.aborted) {
      let isThrough = false;
      try {
        await clock.sleep(limits.checkPauseMs, signal);
        if (isLeader() && this.#others.length > 0) isThrough = await this.#round(signal);
        if (isThrough) await clock.sleep(limits.checkRestMs, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof ReplicaError)) throw error;
        trace.write("debug", "checkNotMade", { reason: error.message });
      }
    }
  }

  get #others(): number[] {
    const { conf, group } = this.#parts;
    const nodes = [...membersOf(conf())].map((raftId) => group.directory.nodeOf(raftId));
    return nodes.filter((node): node is number => node !== undefined && node !== group.peers.self);
  }

  /** Compares one stretch. @returns whether it was the last */
  async #round(signal: AbortSignal): Promise<boolean> {
    const { limits, propose, group, check } = this.#parts;
    const name = this.#nextName();
    const value = { name, firstKey: this.#start, bytesMin: limits.checkBytesMin };
    await propose({ kind: "checkReplicas", value });
    const own = await this.#until(async () => check.hashOf(name), signal);
    // Another check came between, of another leader: this one is over.
    if (own === undefined) return false;
    const hashes = new Map([[group.peers.self, toHex(own.hash)]]);
    const asking = this.#others.map(async (node) => {
      const hash = await this.#until(() => askCheck(group.peers, node, { name }), signal);
      if (hash !== undefined) hashes.set(node, toHex(hash));
    });
    await Promise.all(asking);
    if (hashes.size > 1) await this.#judge(name, hashes);
    return this.#goOn(own);
  }

  #nextName(): Uint8Array {
    const name = new Uint8Array(seedSizeBytes + 8);
    name.set(this.#seed);
    new DataView(name.buffer).setFloat64(seedSizeBytes, ++this.#count);
    return name;
  }

  /** What `look` finds, once it does; undefined where it takes too long. */
  async #until<T>(look: () => Promise<T | undefined>, signal: AbortSignal): Promise<T | undefined> {
    const { clock } = this.#parts.ports;
    const endMs = clock.monotonicMs() + answersMsMax;
    for (;;) {
      const found = await look();
      if (found !== undefined || clock.monotonicMs() > endMs) return found;
      await clock.sleep(lookPauseMs, signal);
    }
  }

  async #judge(name: Uint8Array, hashes: ReadonlyMap<number, string>): Promise<void> {
    const { ports, group, check } = this.#parts;
    const verdict = verdictOf(hashes);
    this.#counters[verdict.kind]++;
    if (verdict.kind === "agreed") return;
    const from = toHex(this.#start);
    const nodes = verdict.kind === "wrong" ? verdict.nodes : [...hashes.keys()];
    const event = verdict.kind === "wrong" ? "replicaDiffers" : "replicasDiffer";
    ports.trace.write("error", event, { from, nodes: nodes.join(" ") });
    if (verdict.kind !== "wrong") return;
    const right = Uint8Array.fromHex(verdict.right);
    for (const node of verdict.nodes) {
      if (node === group.peers.self) check.answer({ name, right });
      else await askCheck(group.peers, node, { name, right });
    }
  }

  #goOn({ next }: StateHash): boolean {
    this.#start = next ?? firstKey;
    if (next !== undefined) return false;
    this.#counters.passes++;
    this.#parts.ports.trace.write("info", "replicasCompared", { ...this.#counters });
    return true;
  }
}
