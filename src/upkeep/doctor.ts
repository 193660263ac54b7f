import { partitionCount } from "#base/partition.ts";
import type { UnitId, Version } from "#format/index.ts";
import {
  BodyGoneError,
  bucketsOf,
  type ListedVersion,
  listVersions,
  type Reader,
  segmentsOf,
  type VersionPage,
} from "#metadata/index.ts";
import type { Ports } from "#ports/index.ts";
import { Pace, type Traffic } from "./pace.ts";
import { type AilingUnit, Survey, type SurveyContext, type UnitState } from "./survey.ts";
import { isPassing, Nap } from "./turns.ts";

/** Units that are kept in mind so that their objects can be named. */
const ailingMax = 100_000;
/** Objects that are named. */
const objectsMax = 1_000;
const versionsPerPage = 1_000;
/** Nobody asks without waking it. */
const idleMs = 60 * 60 * 1000;

/** What the doctor works with. */
export interface DoctorContext extends SurveyContext {
  readonly ports: Pick<Ports, "clock">;
  readonly traffic: Traffic;
}

/** An object of which something is not as it should be. */
export interface AilingObject {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: Uint8Array;
  readonly isLatest: boolean;
  readonly sizeBytes: number;
  /** That of its unit that is worst off. */
  readonly worst: AilingUnit;
}

/** What one look at everything has found. */
export interface Diagnosis {
  /** How much was looked at. 1 at the end. */
  share: number;
  isDone: boolean;
  /** Why it was broken off, if it was. */
  failure: string | undefined;
  units: number;
  bytes: number;
  readonly ailing: Record<UnitState, { units: number; bytes: number }>;
  misplaced: number;
  unowned: number;
  /** Nodes that did not answer. */
  readonly silent: Set<number>;
  /** The worst first. */
  objects: AilingObject[];
  /** Objects that are not named, there being so many. */
  objectsCut: number;
}

/** Examines the cluster when it is asked to, once at a time. */
export class Doctor {
  readonly #context: DoctorContext;
  readonly #nap: Nap;
  #diagnosis = newDiagnosis();
  #isWanted = false;

  constructor(context: DoctorContext) {
    this.#context = context;
    this.#nap = new Nap(context.ports.clock);
  }

  /** What was found so far. */
  get diagnosis(): Readonly<Diagnosis> {
    return this.#diagnosis;
  }

  /** Begins an examination, unless one is under way. */
  examine(): void {
    if (this.#isWanted) return;
    this.#isWanted = true;
    this.#diagnosis = newDiagnosis();
    this.#nap.wake();
  }

  /** Works until the signal is aborted. @throws whatever means that the node cannot go on */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (!this.#isWanted) {
        await this.#nap.take(idleMs, signal);
        continue;
      }
      const diagnosis = this.#diagnosis;
      try {
        await diagnose(this.#context, diagnosis, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!isPassing(error)) throw error;
        diagnosis.failure = error.message;
      }
      diagnosis.isDone = true;
      this.#isWanted = false;
    }
  }
}

/**
 * Looks at every unit of the cluster once: whether the shards that it should have are listed by the
 * nodes that should have them; and names the objects of those that are not well. Reads no bodies.
 *
 * @param diagnosis told of what is found as it is found
 * @throws ReplicaError; `signal`'s reason
 */
async function diagnose(
  context: DoctorContext,
  diagnosis: Diagnosis,
  signal: AbortSignal,
): Promise<void> {
  const pace = new Pace(context.ports.clock, context.traffic);
  const ailing = new Map<string, AilingUnit>();
  await context.replica.readBarrier({ signal });
  const survey = new Survey(context);
  for (let partition = 0; partition < partitionCount; partition++) {
    const found = await survey.of(partition);
    diagnosis.units += found.units;
    diagnosis.bytes += found.bytes;
    diagnosis.misplaced += found.misplaced;
    diagnosis.unowned += found.unowned;
    for (const unit of found.ailing) {
      const count = diagnosis.ailing[unit.state];
      count.units++;
      count.bytes += unit.lengthBytes;
      for (const node of unit.down) diagnosis.silent.add(node);
      if (ailing.size < ailingMax) ailing.set(textOf(unit.id), unit);
    }
    diagnosis.share = (partition + 1) / partitionCount / (ailing.size === 0 ? 1 : 2);
    await pace.step(signal);
  }
  if (ailing.size > 0)
    await nameObjects(context.replica.reader, diagnosis, { ailing, pace, signal });
  diagnosis.share = 1;
}

/** Nothing is known yet. */
function newDiagnosis(): Diagnosis {
  const none = (): { units: number; bytes: number } => ({ units: 0, bytes: 0 });
  return {
    share: 0,
    isDone: false,
    failure: undefined,
    units: 0,
    bytes: 0,
    ailing: { "at-risk": none(), unavailable: none(), lost: none() },
    misplaced: 0,
    unowned: 0,
    silent: new Set(),
    objects: [],
    objectsCut: 0,
  };
}

/** What naming objects works with. */
interface Naming {
  readonly ailing: ReadonlyMap<string, AilingUnit>;
  readonly pace: Pace;
  readonly signal: AbortSignal;
}

async function nameObjects(reader: Reader, diagnosis: Diagnosis, naming: Naming): Promise<void> {
  const names = Array.from(bucketsOf(reader), ({ name }) => name);
  for (const [i, bucket] of names.entries()) {
    let next: VersionPage["next"] = { after: "" };
    while (next !== undefined) {
      const page: VersionPage = listVersions(reader, { bucket, limit: versionsPerPage, ...next });
      for (const entry of page.entries) {
        if (entry.kind === "version") noteIfAiling(reader, diagnosis, { bucket, entry, naming });
      }
      next = page.next;
      await naming.pace.step(naming.signal);
    }
    diagnosis.share = (1 + (i + 1) / names.length) / 2;
  }
  cut(diagnosis);
}

function noteIfAiling(
  reader: Reader,
  diagnosis: Diagnosis,
  { bucket, entry, naming }: { bucket: string; entry: ListedVersion; naming: Naming },
): void {
  const { key, id, version, isLatest } = entry;
  const worst = worstUnitOf(reader, version, naming.ailing);
  if (worst === undefined) return;
  const sizeBytes = version.object?.sizeBytes ?? 0;
  diagnosis.objects.push({ bucket, key, versionId: id, isLatest, sizeBytes, worst });
  if (diagnosis.objects.length > 2 * objectsMax) cut(diagnosis);
}

/** The unit of a body that is worst off, if any is not well. */
function worstUnitOf(
  reader: Reader,
  version: Version,
  ailing: ReadonlyMap<string, AilingUnit>,
): AilingUnit | undefined {
  let worst: AilingUnit | undefined;
  const whole = { offsetBytes: 0, lengthBytes: version.object?.sizeBytes ?? 0 };
  try {
    for (const { segment } of segmentsOf(reader, version, whole)) {
      const unit = ailing.get(textOf(segment.unit));
      if (unit !== undefined && (worst === undefined || unit.spare < worst.spare)) worst = unit;
    }
  } catch (error) {
    // The version was removed since the page was read.
    if (!(error instanceof BodyGoneError)) throw error;
  }
  return worst;
}

/** Keeps the objects that are worst off, those first. */
function cut(diagnosis: Diagnosis): void {
  diagnosis.objects.sort((a, b) => a.worst.spare - b.worst.spare);
  diagnosis.objectsCut += Math.max(0, diagnosis.objects.length - objectsMax);
  diagnosis.objects.length = Math.min(diagnosis.objects.length, objectsMax);
}

function textOf({ epoch, session, number }: UnitId): string {
  return `${epoch}.${session}.${number}`;
}
