import { toHex } from "#base/bytes.ts";
import type { AilingObject, Diagnosis } from "#upkeep/index.ts";

/** What `hamster doctor --json` prints. */
export interface DoctorReport {
  /** How much was looked at, 0 to 1. */
  readonly share: number;
  readonly isDone: boolean;
  /** Why the examination was broken off, if it was. */
  readonly failure?: string | undefined;
  /** Units of all objects; an object has one for each 256 MiB. */
  readonly units: number;
  readonly bytes: number;
  readonly ailing: Diagnosis["ailing"];
  readonly misplacedShards: number;
  readonly unownedShards: number;
  /** Nodes that did not answer. */
  readonly silentNodes: readonly number[];
  /** The worst first. */
  readonly objects: readonly ObjectReport[];
  /** Objects that are not named, there being so many. */
  readonly objectsCut: number;
}

/** One object that is not well. */
export interface ObjectReport {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  readonly isLatest: boolean;
  readonly sizeBytes: number;
  readonly state: AilingObject["worst"]["state"];
  /** Shards that may still be lost; below 0 it cannot be read. */
  readonly spare: number;
  /** Why, in words. */
  readonly reason: string;
}

/** A diagnosis as plain JSON. */
export function doctorReport(diagnosis: Readonly<Diagnosis>): DoctorReport {
  const { share, isDone, failure, units, bytes, ailing, objectsCut } = diagnosis;
  return {
    share,
    isDone,
    failure,
    units,
    bytes,
    ailing,
    misplacedShards: diagnosis.misplaced,
    unownedShards: diagnosis.unowned,
    silentNodes: [...diagnosis.silent].sort((a, b) => a - b),
    objects: diagnosis.objects.map(objectReport),
    objectsCut,
  };
}

function objectReport(object: AilingObject): ObjectReport {
  const { bucket, key, versionId, isLatest, sizeBytes, worst } = object;
  const { state, spare } = worst;
  const reason = reasonOf(worst);
  return { bucket, key, versionId: toHex(versionId), isLatest, sizeBytes, state, spare, reason };
}

function reasonOf({ absent, down }: AilingObject["worst"]): string {
  const gone = absent.filter(({ cause }) => cause === "gone").map(({ index }) => index);
  const waiting = absent.filter(({ cause }) => cause === "down").map(({ index }) => index);
  const parts = [
    ...(waiting.length > 0 ? [`${shards(waiting)} on ${nodes(down)}, not answering`] : []),
    ...(gone.length > 0 ? [`${shards(gone)} on no node`] : []),
  ];
  return parts.join("; ");
}

function shards(indexes: readonly number[]): string {
  return `shard${indexes.length === 1 ? "" : "s"} ${indexes.join(", ")}`;
}

function nodes(numbers: readonly number[]): string {
  return `node${numbers.length === 1 ? "" : "s"} ${numbers.join(", ")}`;
}
