/**
 * Flips single bits of what a node keeps, one at a time, and reads everything: each answer is the
 * truth or an error. A bit of a body spoils that body at most; a bit of log, checkpoint or store
 * spoils nothing, or the node refuses to start on it and says why.
 */
import { assert } from "#base/assert.ts";
import { StoreDamagedError } from "#base/store-damaged-error.ts";
import { FormatError } from "#format/index.ts";
import { createNode, type Node } from "#node/index.ts";
import { BootRefusedError } from "#replica/index.ts";
import { ask, type Exhibit, furnish, saidBy, type Sizes } from "./bit-truth-shop.ts";
import { check } from "./check-error.ts";
import type { DirectoryNode } from "./disk-media.ts";
import type { Machine } from "./machine.ts";
import { mapAscend, type OrderedMap } from "./ordered-map.ts";
import { simulate, type World } from "./world.ts";

/** One bit of a file, or of the value of a store's row. */
type Bit =
  | { readonly kind: "file"; readonly path: string; readonly offset: number; readonly bit: number }
  | {
      readonly kind: "row";
      readonly store: string;
      readonly key: Uint8Array;
      readonly bit: number;
    };

/** When the bit flips. */
export type Moment =
  /** While the node is down. */
  | "at rest"
  /** While the node is down, and the shelf's index is lost too, so that every pack is read. */
  | "without index"
  /** While the node runs. */
  | "live";

/** What came of a flip. */
export type Outcome =
  /** All is read as it was. */
  | "harmless"
  /** The node does not start, and says why. */
  | "refused"
  /** Something was answered with an error; all else is read as it was. */
  | "detected"
  /** A store was found to be damaged while the node ran: it stopped, and came back with all. */
  | "healed";

/** A node's disk with every kind of object on it, to flip bits of. */
interface Museum {
  readonly exhibits: readonly Exhibit[];
  readonly disk: DirectoryNode;
  readonly stores: ReadonlyMap<string, OrderedMap>;
}

/** Makes the museum: a node that was stopped well, and has written a checkpoint on its way. */
async function found(world: World, sizes: Sizes): Promise<Museum> {
  const { machine } = world;
  const node = await createNode(machine.boot(), sizes.config);
  const exhibits = await furnish(world, node, sizes);
  // Long enough for the shelf's index to flush, not for anything to be given back.
  await world.sleep(60_000);
  await machine.crash("nothing");
  return { exhibits, disk: machine.disk.save(), stores: machine.stores.save() };
}

const firstKey = new Uint8Array(0);

/** One bit in `everyNth` of those there are; of long stretches of zeros one in 61 of these. */
function pickBits({ disk, stores }: Machine, { part, everyNth }: Tour, first: number): Bit[] {
  const picked: Bit[] = [];
  let wait = first;
  /** Passes over so many bits, and calls for each that is picked. */
  const pass = (count: number, pick: (at: number) => void): void => {
    for (; wait < count; wait += everyNth) pick(wait);
    wait -= count;
  };
  for (const { path, file } of disk.files()) {
    if (!part.test(path)) continue;
    const bytes = file.seen.bytes();
    for (let offset = 0; offset < bytes.length; offset++) {
      if (offset % 61 !== 0 && bytes[offset] === 0 && isDull(bytes, offset)) continue;
      pass(8, (bit) => picked.push({ kind: "file", path, offset, bit }));
    }
  }
  for (const store of stores.stores.keys()) {
    if (!part.test(store)) continue;
    for (const [key, value] of mapAscend(stores.seen(store), firstKey, undefined)) {
      pass(value.length * 8, (bit) => picked.push({ kind: "row", store, key, bit }));
    }
  }
  return picked;
}

/** Whether nothing but zeros is around. */
function isDull(bytes: Uint8Array, offset: number): boolean {
  const reach = 40;
  return bytes.subarray(Math.max(0, offset - reach), offset + reach).every((byte) => byte === 0);
}

/** What flips are tried, and what of them is counted. */
export interface Tour {
  readonly sizes: Sizes;
  readonly moment: Moment;
  /** Paths of files and names of stores whose bits flip. */
  readonly part: RegExp;
  /** Takes one bit in so many, the first of them drawn from the seed. */
  readonly everyNth: number;
}

/** What it may take a node to write down that a store is damaged. */
const timeToNoteMs = 1000;

/** How often each outcome came. */
type Counts = Map<Outcome, number>;

/** @throws SimulationError for a flip after which something was read that is not true */
export async function takeTour(tour: Tour, seed = 1): Promise<Counts> {
  const counts: Counts = new Map();
  const limits = { eventsMax: Infinity, virtualMsMax: Infinity };
  const body = async (world: World): Promise<void> => {
    const museum = await found(world, tour.sizes);
    const visit = new Visit(world, museum, tour);
    const first = world.prng.below(tour.everyNth);
    for (const bit of pickBits(world.machine, tour, first)) {
      const outcome = await visit.flip(bit);
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    }
    await visit.end();
  };
  await simulate(seed, body, { limits });
  return counts;
}

class Visit {
  readonly #world: World;
  readonly #museum: Museum;
  readonly #tour: Tour;
  /** Runs over several flips of files, where they are live. */
  #node: Node | undefined;

  constructor(world: World, museum: Museum, tour: Tour) {
    this.#world = world;
    this.#museum = museum;
    this.#tour = tour;
  }

  async flip(bit: Bit): Promise<Outcome> {
    const text = JSON.stringify(bit.kind === "file" ? bit : { ...bit, key: bit.key.toHex() });
    this.#world.trace.record(`flip ${text}`);
    if (this.#tour.moment === "live") return this.#flipLive(bit);
    this.#restore();
    this.#apply(bit);
    const node = await this.#start();
    // A start that met the damage has noted it: the next one is to come up.
    if (node === undefined) return bit.kind === "row" ? this.#startAnew() : "refused";
    const spoilt = await this.#readAll(node);
    if (bit.kind === "row") return this.#comeBack(spoilt);
    await this.#world.machine.crash("nothing");
    return this.#judge(bit, spoilt);
  }

  async end(): Promise<void> {
    if (this.#world.machine.isUp) await this.#world.machine.crash("nothing");
  }

  #judge(bit: Bit, spoilt: ReadonlySet<string>): Outcome {
    const isOfBody = bit.kind === "file" && bit.path.startsWith("shelf/");
    const most = isOfBody ? 1 : 0;
    check(spoilt.size <= most, "what a bit does not touch is read", [...spoilt].join(", "));
    return spoilt.size === 0 ? "harmless" : "detected";
  }

  async #flipLive(bit: Bit): Promise<Outcome> {
    if (this.#node === undefined) {
      this.#restore();
      this.#node = await this.#start();
    }
    const node = this.#node;
    assert(node !== undefined, "a node starts on what is as it was");
    this.#apply(bit);
    const spoilt = await this.#readAll(node);
    if (bit.kind === "file") {
      // Flipped back; the node goes on, with whatever it keeps in memory.
      this.#apply(bit);
      const after = await this.#readAll(node);
      check(after.size === 0, "a bit that is right again is read", [...after].join(", "));
      return this.#judge(bit, spoilt);
    }
    this.#node = undefined;
    return this.#comeBack(spoilt);
  }

  /** A damaged row is noted when it is met, and the next start makes its store anew. */
  async #comeBack(spoilt: ReadonlySet<string>): Promise<Outcome> {
    if (spoilt.size > 0) await this.#world.sleep(timeToNoteMs);
    await this.#world.machine.crash("nothing");
    return spoilt.size === 0 ? "harmless" : this.#startAnew();
  }

  async #startAnew(): Promise<Outcome> {
    const again = await this.#start();
    assert(again !== undefined, "a node starts on a store that can be made anew");
    const still = await this.#readAll(again);
    check(still.size === 0, "a store that is made anew has everything", [...still].join(", "));
    await this.#world.machine.crash("nothing");
    return "healed";
  }

  #restore(): void {
    const { machine } = this.#world;
    machine.disk.restore(this.#museum.disk);
    machine.stores.restore(this.#museum.stores);
    if (this.#tour.moment === "without index") machine.stores.lose("shelf-index");
  }

  #apply(bit: Bit): void {
    const { disk, stores } = this.#world.machine;
    if (bit.kind === "file") disk.flipBit(bit.path, bit.offset, bit.bit);
    else stores.flipBit(bit.store, bit.key, bit.bit);
  }

  /** Starts a node, or gives nothing where it says that it cannot, and why. */
  async #start(): Promise<Node | undefined> {
    const { machine } = this.#world;
    try {
      return await createNode(machine.boot(), this.#tour.sizes.config);
    } catch (error) {
      if (machine.isUp) await machine.crash("nothing");
      const isTyped =
        error instanceof BootRefusedError ||
        error instanceof FormatError ||
        error instanceof StoreDamagedError;
      if (!isTyped) throw error;
      return undefined;
    }
  }

  /** Reads everything; gives the bodies of what was answered with an error. */
  async #readAll(node: Node): Promise<Set<string>> {
    const spoilt = new Set<string>();
    for (const { name, call, body, truth } of this.#museum.exhibits) {
      const said = saidBy(await ask(this.#world, node, call));
      check(said === undefined || said === truth, "what is read is true", `${name}: ${said}`);
      if (said === undefined) spoilt.add(body);
    }
    return spoilt;
  }
}
