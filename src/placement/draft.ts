import { assert } from "#base/assert.ts";
import { partitionCount } from "#base/partition.ts";
import type { Member } from "./member.ts";
import { quotasOf } from "./quotas.ts";
import { rankMembers } from "./rendezvous.ts";
import { Seat } from "./seat.ts";
import type { Table } from "./table.ts";

/** No member: in a draft, members are named by their position. */
export const nobody = -1;

/** What a draft begins with. */
export interface DraftRequest {
  /** Those that take shards: `width` or more. */
  members: readonly Member[];
  width: number;
  /** The tables that are open, newest first. */
  open: readonly Table[];
  /** One member stands where another stood. */
  replace?: { from: number; to: number } | undefined;
}

/** A table being made. Keeps count of what each member holds; its cells may be empty at first. */
export class Draft {
  readonly members: readonly Member[];
  readonly width: number;
  /** The tables that are open, newest first, with members by position. */
  readonly open: readonly { readonly width: number; readonly cells: Int16Array }[];
  readonly #cells: Int16Array;
  /** Cells each member lacks of its quota for a width; by width, then by member. */
  readonly #needs: Int32Array;
  readonly #ranks: (Uint16Array | undefined)[] = [];
  readonly #seat: Seat;

  constructor({ members, width, open, replace }: DraftRequest) {
    assert(width >= 1 && members.length >= width, "A1: there is a node for each shard of a unit");
    this.members = members;
    this.width = width;
    const quotas = Array.from({ length: width + 1 }, (_, narrower) => quotasOf(members, narrower));
    this.#needs = Int32Array.from(quotas.flat());
    this.#cells = new Int16Array(partitionCount * width).fill(nobody);
    const positions = new Map(members.map(({ id }, position) => [id, position]));
    if (replace !== undefined) positions.set(replace.from, positions.get(replace.to) ?? nobody);
    this.open = open.map((table) => ({
      width: table.width,
      cells: Int16Array.from(table.homes, (id) => positions.get(id) ?? nobody),
    }));
    this.#seat = new Seat(this);
  }

  at(partition: number, index: number): number {
    return this.#cells[partition * this.width + index] ?? nobody;
  }

  set(partition: number, index: number, member: number): void {
    const cell = partition * this.width + index;
    this.#count(this.#cells[cell] ?? nobody, index, 1);
    this.#cells[cell] = member;
    this.#count(member, index, -1);
  }

  /** Counts a cell in each width that holds it. */
  #count(member: number, index: number, by: number): void {
    if (member === nobody) return;
    for (let width = index + 1; width <= this.width; width++) {
      const at = width * this.members.length + member;
      this.#needs[at] = (this.#needs[at] ?? 0) + by;
    }
  }

  /** The member at a cell of the newest open table. */
  keptAt(partition: number, index: number): number {
    const [newest] = this.open;
    if (newest === undefined || index >= newest.width) return nobody;
    return newest.cells[partition * newest.width + index] ?? nobody;
  }

  /** Cells a member lacks of its quota; below 0 where it has too many. */
  need(member: number): number {
    return this.prefixNeed(this.width, member);
  }

  /** Cells a member lacks of its share of the first `width` indices. */
  prefixNeed(width: number, member: number): number {
    return this.#needs[width * this.members.length + member] ?? 0;
  }

  /** Cells a member lacks at an index, so that each width has its own right share. */
  columnNeed(index: number, member: number): number {
    return this.prefixNeed(index + 1, member) - this.prefixNeed(index, member);
  }

  /** Where a member stands in the order in which a partition prefers them. */
  rank(partition: number, member: number): number {
    return this.#ranksOf(partition)[member] ?? 0;
  }

  #ranksOf(partition: number): Uint16Array {
    const known = this.#ranks[partition];
    if (known !== undefined) return known;
    const ranks = new Uint16Array(this.members.length);
    for (const [rank, member] of rankMembers(this.members, partition).entries()) {
      ranks[member] = rank;
    }
    this.#ranks[partition] = ranks;
    return ranks;
  }

  /** What can be said of a cell; to be used before the next one is asked for. */
  seat(partition: number, index: number): Seat {
    return this.#seat.moveTo(partition, index);
  }

  /** The table; undefined where a cell is empty. */
  toTable(): Table | undefined {
    if (this.#cells.includes(nobody)) return undefined;
    const homes = Uint32Array.from(this.#cells, (member) => this.members[member]?.id ?? 0);
    return { width: this.width, homes };
  }
}
