import { assert } from "#base/assert.ts";
import { fromHex } from "#base/bytes.ts";
import {
  type Command,
  type CommandResult,
  decodeCommand,
  encodeCommand,
  type NewUnit,
  type ObjectInfo,
  type Refusal,
  type SessionId,
} from "#format/index.ts";
import { applyCommand } from "./apply.ts";
import type { KeyRange, Pair, Reader } from "./reader.ts";
import { type Change, StateBatch } from "./state-batch.ts";

// What tests and benchmarks of this room stand on: a state in memory, and a writer with a session.

/** Rows in memory. */
export class MemoryState implements Reader {
  readonly #rows = new Map<string, Pair>();
  #sorted: string[] = [];
  #isSorted = true;

  get size(): number {
    return this.#rows.size;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#rows.get(key.toHex())?.[1];
  }

  *scan({ start, end, reverse, limit = Number.POSITIVE_INFINITY }: KeyRange): Generator<Pair> {
    this.#sort();
    const sorted = this.#sorted;
    const first = lowerBound(sorted, start.toHex());
    const last = (end === undefined ? sorted.length : lowerBound(sorted, end.toHex())) - 1;
    const count = Math.min(last - first + 1, limit);
    for (let i = 0; i < count; i++) {
      const pair = this.#rows.get(sorted[reverse === true ? last - i : first + i] ?? "");
      assert(pair !== undefined, "rows stand still while they are scanned");
      yield pair;
    }
  }

  write(changes: readonly Change[]): void {
    for (const { key, value } of changes) {
      const name = key.toHex();
      if (value === undefined) {
        if (this.#rows.delete(name)) this.#isSorted = false;
        continue;
      }
      if (!this.#rows.has(name)) this.#isSorted = false;
      this.#rows.set(name, [key, value.slice()]);
    }
  }

  /** All rows in hexadecimal, in order: equal for equal states. */
  dump(): string[] {
    this.#sort();
    return this.#sorted.map((name) => `${name}=${this.#rows.get(name)?.[1].toHex() ?? ""}`);
  }

  #sort(): void {
    if (this.#isSorted) return;
    this.#sorted = [...this.#rows.keys()].sort();
    this.#isSorted = true;
  }
}

function lowerBound(sorted: readonly string[], name: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? "") < name) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What a command does, without its envelope. */
export type Body = NonNullable<Command["body"]>;

export const rigAccount = "account-1";
export const rigNode = 1;

/** A founded cluster of one node in memory, with an open session that commands are proposed by. */
export class Rig {
  readonly state: MemoryState = new MemoryState();
  /** Every command applied so far, as the log holds them. */
  readonly log: Uint8Array[] = [];
  nowUnixMs = 1_700_000_000_000;
  timeInDoubt = false;
  session: SessionId | undefined;
  #number = 0;

  constructor() {
    expectDone(this.apply(foundation));
    this.openSession(1);
  }

  openSession(boot: number): void {
    this.session = undefined;
    const bootId = new Uint8Array(16).fill(boot);
    const value = { node: rigNode, bootId };
    const { outcome } = this.apply({ kind: "openSession", value });
    assert(outcome?.kind === "sessionOpened", "the rig's session opens");
    this.session = outcome.value.session;
  }

  /** A number of the session's that was not used before. */
  draw(): number {
    return ++this.#number;
  }

  /** Applies a command as a batch of its own, through its bytes. */
  apply(body: Body, envelope: Partial<Command> = {}): CommandResult {
    const number = envelope.number ?? this.draw();
    return this.applyEnvelope({
      session: this.session,
      number,
      lowWater: number,
      unitLowWater: 0,
      timeUnixMs: this.nowUnixMs,
      timeInDoubt: this.timeInDoubt,
      body,
      ...envelope,
    });
  }

  applyEnvelope(command: Command): CommandResult {
    const bytes = encodeCommand(command);
    this.log.push(bytes);
    const batch = new StateBatch(this.state);
    const result = applyCommand(batch, decodeCommand(bytes), { index: this.log.length });
    this.state.write(batch.changes());
    return result;
  }

  createBucket(bucket: string, lockEnabled = false): void {
    expectDone(
      this.apply({ kind: "createBucket", value: { bucket, owner: rigAccount, lockEnabled } }),
    );
  }

  /** A unit of this rig's node and session that was never committed. */
  newUnit(lengthBytes: number): NewUnit {
    assert(this.session !== undefined, "units are written in a session");
    const id = { ...this.session, number: this.draw() };
    const form = { k: 1, m: 0, matrix: "xor", sliceSizeBytes: 262_144 } as const;
    const encoding = { ...form, id, roots: [root] };
    return { id, lengthBytes, contentRoot: root, encoding, homes: [rigNode], skipped: [] };
  }

  /** Puts an object of units of these lengths. */
  put(
    name: { bucket: string; key: string },
    unitLengths: readonly number[],
    more: Partial<Extract<Body, { kind: "putVersion" }>["value"]> = {},
  ): CommandResult {
    const units = unitLengths.map((length) => this.newUnit(length));
    const sizeBytes = unitLengths.reduce((sum, length) => sum + length, 0);
    const object = objectInfo({ sizeBytes });
    const versionId = uuid(this.nowUnixMs, this.draw());
    return this.apply({
      kind: "putVersion",
      value: { ...name, versionId, object, units, ...more },
    });
  }
}

const root = new Uint8Array(32).fill(7);

/** An object's description. */
export function objectInfo(more: Partial<ObjectInfo> = {}): ObjectInfo {
  return {
    sizeBytes: 0,
    etag: "d41d8cd98f00b204e9800998ecf8427e",
    checksums: [],
    headers: { system: [], user: [], storageClass: "" },
    partCount: 0,
    ...more,
  };
}

/** An id in the form of a UUIDv7, of this time and this chance. */
export function uuid(unixMs: number, chance: number): Uint8Array {
  const time = unixMs.toString(16).padStart(12, "0");
  const bytes = fromHex(`${time}7000a000${chance.toString(16).padStart(12, "0")}`);
  assert(bytes?.length === 16, "an id has 16 bytes");
  return bytes;
}

/** The command that founds the rig's cluster. */
export const foundation: Body = {
  kind: "foundCluster",
  value: {
    clusterId: new Uint8Array(16).fill(1),
    epoch: 1,
    featureLevel: 1,
    nodeId: rigNode,
    node: {
      raftId: 1,
      keyFingerprint: new Uint8Array(32).fill(2),
      addresses: ["127.0.0.1:7000"],
      host: "host-1",
      zone: "",
      weight: 1,
      state: "up",
      layoutVersionWalked: 0,
    },
    accessKeyId: "AKIAEXAMPLE",
    credential: { secretAccessKey: "secret", account: rigAccount, createdUnixMs: 0 },
  },
};

export function expectDone(result: CommandResult): void {
  assert(result.outcome?.kind === "done", `done, not ${JSON.stringify(result.outcome)}`);
}

/** The refusal of a result; throws where it was not refused. */
export function refusalOf(result: CommandResult): Refusal {
  const { outcome } = result;
  assert(outcome?.kind === "refusal", `refused, not ${JSON.stringify(outcome)}`);
  return outcome.value;
}
