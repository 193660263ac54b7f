import { mib } from "#base/bytes.ts";
import type { RecodingState, UnitId } from "#format/index.ts";
import { profileCounts, profilesInUse, unitsOf } from "#metadata/index.ts";
import {
  type ObjectsContext,
  type Recoding,
  type RecodingOutcome,
  recodeUnits,
} from "#objects/index.ts";
import type { Ports } from "#ports/index.ts";
import { Pace, type Traffic } from "./pace.ts";
import { aimOf, dueProfiles, targetOf } from "./reencode-target.ts";
import { isPassing, pause } from "./turns.ts";

/** Between two looks at what has become due. */
const idlePauseMs = 5_000;
/** Between two pieces of work, at the least: others get their turn. */
const busyPauseMs = 2;
/** Units that are coded anew at once: as many small ones share a sync and a command. */
const unitsAtOnce = 32;
/** Their length together, unless it is a single one: bounds what is lost by being overtaken. */
const bytesAtOnce = 8 * mib;
/** Rows that are looked at in one synchronous stretch: a few milliseconds. */
const rowsPerStretch = 256;

/** What re-encoding works with. */
export interface ReencodeContext {
  readonly ports: Pick<Ports, "clock" | "trace">;
  readonly objects: ObjectsContext;
  readonly traffic: Traffic;
}

type Held = Extract<RecodingOutcome, { kind: "held" }>["by"];

/** One way through the partitions that have units to be coded anew. */
interface Pass {
  /** Those that are left, the next one last. */
  readonly partitions: number[];
  after: UnitId | undefined;
  readonly held: Record<Held, number>;
  isFruitful: boolean;
}

/**
 * Codes units anew that are kept by a profile which the layout has left behind. Each partition is
 * the work of the first of its homes that is up; where two nodes take themselves for that one, the
 * second swap of a unit is refused and takes back what it wrote. One loop, a few units at a time.
 */
export class Reencode {
  readonly #context: ReencodeContext;
  readonly #pace: Pace;
  #pass: Pass | undefined;
  #bytes = 0;
  #held: Readonly<Record<Held, number>> = { full: 0, unavailable: 0, unreadable: 0 };

  constructor(context: ReencodeContext) {
    this.#context = context;
    this.#pace = new Pace(context.ports.clock, context.traffic);
  }

  /** How it stands. */
  get state(): RecodingState {
    const { full, unavailable, unreadable } = this.#held;
    return {
      recodedBytesEver: this.#bytes,
      unitsWithoutRoom: full,
      unitsWithoutNodes: unavailable,
      unitsUnreadable: unreadable,
    };
  }

  /**
   * Works until the signal is aborted.
   *
   * @throws whatever means that the node cannot go on
   */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, trace } = this.#context.ports;
    while (!signal.aborted) {
      let state: "busy" | "idle" = "idle";
      this.#pace.begin();
      try {
        state = await this.work(signal);
        await this.#pace.step(signal);
      } catch (error) {
        if (!isPassing(error)) throw error;
        trace.write("warn", "reencodeHeldUp", { reason: error.message });
      }
      await pause(clock, state === "busy" ? busyPauseMs : idlePauseMs, signal);
    }
  }

  /** Does one piece of work, and says whether there may be more. */
  async work(signal: AbortSignal): Promise<"busy" | "idle"> {
    const { objects } = this.#context;
    await objects.replica.readBarrier({ signal });
    const pass = (this.#pass ??= this.#newPass());
    if (pass === undefined) return "idle";
    const batch = this.#nextBatch(pass);
    if (batch.length > 0) {
      this.#note(pass, await recodeUnits(objects, batch, signal));
      return "busy";
    }
    return pass.partitions.length > 0 ? "busy" : this.#end(pass);
  }

  /** What a whole pass could not mend waits for a node or for room. */
  #end({ held, isFruitful }: Pass): "busy" | "idle" {
    this.#pass = undefined;
    this.#held = held;
    if (Object.values(held).some((units) => units > 0)) {
      this.#context.ports.trace.write("warn", "unitsNotReencoded", { ...held });
    }
    return isFruitful ? "busy" : "idle";
  }

  #note(pass: Pass, outcomes: readonly RecodingOutcome[]): void {
    const { trace } = this.#context.ports;
    let units = 0;
    let bytes = 0;
    for (const outcome of outcomes) {
      if (outcome.kind === "held") pass.held[outcome.by]++;
      if (outcome.kind !== "recoded") continue;
      units++;
      bytes += outcome.lengthBytes;
    }
    if (units === 0) return;
    pass.isFruitful = true;
    this.#bytes += bytes;
    trace.write("debug", "unitsReencoded", { units, bytes });
  }

  #newPass(): Pass | undefined {
    const { reader } = this.#context.objects.replica;
    const aim = aimOf(reader);
    const profiles = dueProfiles(profilesInUse(reader), aim);
    if (profiles.length === 0) return undefined;
    const partitions = new Set<number>();
    for (const profile of profiles) {
      for (const { partition } of profileCounts(reader, profile)) partitions.add(partition);
    }
    const held = { full: 0, unavailable: 0, unreadable: 0 };
    return { partitions: [...partitions].reverse(), after: undefined, held, isFruitful: false };
  }

  /** The next units of this node's that are due; none where the stretch or the pass has none. */
  #nextBatch(pass: Pass): Recoding[] {
    for (;;) {
      const partition = pass.partitions.at(-1);
      if (partition === undefined) return [];
      if (this.#isOurs(partition)) return this.#batchIn(pass, partition);
      this.#leave(pass);
    }
  }

  #batchIn(pass: Pass, partition: number): Recoding[] {
    const { reader } = this.#context.objects.replica;
    const aim = aimOf(reader);
    const batch: Recoding[] = [];
    let bytes = 0;
    let rows = 0;
    const stretch = { after: pass.after, limit: rowsPerStretch };
    for (const { id, unit } of unitsOf(reader, partition, stretch)) {
      const profile = targetOf(unit, aim);
      if (profile !== undefined) {
        const isFull = batch.length === unitsAtOnce || bytes + unit.lengthBytes > bytesAtOnce;
        if (batch.length > 0 && isFull) return batch;
        batch.push({ id, profile });
        bytes += unit.lengthBytes;
      }
      rows++;
      pass.after = id;
    }
    if (rows < rowsPerStretch) this.#leave(pass);
    return batch;
  }

  #leave(pass: Pass): void {
    pass.partitions.pop();
    pass.after = undefined;
  }

  /** Whether this node is the first of the partition's homes that is up. */
  #isOurs(partition: number): boolean {
    const { units, shards } = this.#context.objects;
    const first = units.homes(partition).find((node) => shards.standing(node) !== "down");
    return first !== undefined && shards.standing(first) === "here";
  }
}
