import { type Draft, nobody } from "./draft.ts";
import type { Member } from "./member.ts";

/*
 * How bad it is to have two shards of a unit at members that fail together. A pair at indices
 * i < j counts in every width in use that holds both. The full width counts more than all narrower
 * ones together, and zones more than all hosts, so that a row of the least cost spreads over zones
 * first, then over hosts, and in the full width first.
 */
const sameZoneCost = 4096;
const sameHostCost = 1;
const fullWidthWeight = 128;
/** Widths that a profile has: `1+0`, `1+1`, `2+1` and `1+2`, `3+2`, `4+2`. */
const widthsInUse: readonly number[] = [2, 3, 5, 6];

/** What a pair counts, by the later one's index, for a table's width. */
export function pairWeights(width: number): number[] {
  return Array.from({ length: width }, (_, index) => {
    const narrower = widthsInUse.filter((other) => other > index && other < width);
    return fullWidthWeight + narrower.length;
  });
}

/** What two members cost as a pair, before it is weighted. */
export function pairCost(a: Member, b: Member): number {
  if (a.zone !== b.zone) return 0;
  return sameZoneCost + (a.host === b.host ? sameHostCost : 0);
}

/**
 * One cell of a draft: who may stand there, and what that would cost the row's spread. Whoever
 * stands there now counts as gone.
 */
export class Seat {
  readonly #draft: Draft;
  readonly #weights: readonly number[];
  readonly #zones: readonly number[];
  readonly #hosts: readonly number[];
  /** The turn in which a member was last found to be taken. */
  readonly #taken: Int32Array;
  /** What one more of a zone, and of a host, would cost; valid for the turn beside it. */
  readonly #zoneCosts: Costs;
  readonly #hostCosts: Costs;
  #turn = 0;

  constructor(draft: Draft) {
    this.#draft = draft;
    this.#weights = pairWeights(draft.width);
    this.#zones = numbered(draft.members, ({ zone }) => zone);
    this.#hosts = numbered(draft.members, ({ zone, host }) => `${zone}\0${host}`);
    this.#taken = new Int32Array(draft.members.length);
    this.#zoneCosts = new Costs(draft.members.length);
    this.#hostCosts = new Costs(draft.members.length);
  }

  moveTo(partition: number, index: number): this {
    const turn = ++this.#turn;
    const { width, open } = this.#draft;
    for (let i = 0; i < width; i++) {
      const other = this.#draft.at(partition, i);
      if (i === index || other === nobody) continue;
      this.#taken[other] = turn;
      const weight = this.#weights[Math.max(i, index)] ?? 0;
      this.#zoneCosts.add(this.#zones[other] ?? 0, sameZoneCost * weight, turn);
      this.#hostCosts.add(this.#hosts[other] ?? 0, sameHostCost * weight, turn);
    }
    for (const table of open) {
      const first = partition * table.width;
      for (let i = 0; i < table.width; i++) {
        const other = table.cells[first + i] ?? nobody;
        if (i !== index && other !== nobody) this.#taken[other] = turn;
      }
    }
    return this;
  }

  /** Whether it has no other shard of the partition, neither here nor in an open table. */
  isFree(member: number): boolean {
    return this.#taken[member] !== this.#turn;
  }

  /** What it costs the spread of the row to have this member here. */
  cost(member: number): number {
    const zone = this.#zoneCosts.of(this.#zones[member] ?? 0, this.#turn);
    return zone + this.#hostCosts.of(this.#hosts[member] ?? 0, this.#turn);
  }
}

/** Sums that are 0 again with each turn. */
class Costs {
  readonly #sums: Int32Array;
  readonly #turns: Int32Array;

  constructor(count: number) {
    this.#sums = new Int32Array(count);
    this.#turns = new Int32Array(count);
  }

  add(at: number, cost: number, turn: number): void {
    this.#sums[at] = this.of(at, turn) + cost;
    this.#turns[at] = turn;
  }

  of(at: number, turn: number): number {
    return this.#turns[at] === turn ? (this.#sums[at] ?? 0) : 0;
  }
}

/** A number for each member, the same for those of one name. */
function numbered(members: readonly Member[], nameOf: (member: Member) => string): number[] {
  const numbers = new Map<string, number>();
  return members.map((member) => {
    const name = nameOf(member);
    const number = numbers.get(name) ?? numbers.size;
    numbers.set(name, number);
    return number;
  });
}
