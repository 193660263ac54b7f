import type { ConfState, Entry, Message } from "#raft/index.ts";

/** A 32-bit hash of `hash` and one more number. */
export function mix(hash: number, value: number): number {
  let h = Math.imul(hash ^ (value | 0) ^ Math.floor(value / 2 ** 32), 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  return (h ^ (h >>> 13)) | 0;
}

/** A hash of bytes. */
export function hashBytes(bytes: Uint8Array): number {
  let hash = mix(17, bytes.length);
  for (const byte of bytes) hash = mix(hash, byte);
  return hash;
}

/** A hash of what an entry says, wherever it stands. */
export function hashEntry(entry: Entry): number {
  let hash = hashBytes(entry.data);
  if (entry.kind === "normal") return hash;
  for (const { op, id } of entry.conf?.changes ?? []) {
    hash = mix(mix(hash, op.charCodeAt(0)), id);
  }
  return mix(hash, (entry.conf?.transition ?? "auto").charCodeAt(0));
}

/** Equal for equal configurations. */
export function confKey(conf: ConfState): string {
  const { voters, learners, votersOutgoing, learnersNext, autoLeave } = conf;
  const lists = [voters, learners, votersOutgoing, learnersNext].map((ids) => ids.join(","));
  return `${lists.join("/")}${autoLeave ? "/auto" : ""}`;
}

/** A running hash of everything that happens: two runs of one seed must end with the same. */
export class Trace {
  hash = 1;
  events = 0;

  note(kind: number, ...values: number[]): void {
    this.events++;
    this.hash = mix(this.hash, kind);
    for (const value of values) this.hash = mix(this.hash, value);
  }

  message(kind: number, now: number, message: Message): void {
    const { type, from, to, term, index, commit, entries, reject } = message;
    const rest = type.charCodeAt(0) * 64 + type.length + (reject ? 7 : 0);
    this.note(kind, now, rest, from, to, term, index, commit, entries.length);
  }
}
