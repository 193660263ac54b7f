import { assert } from "#base/assert.ts";
import type { ManifestId, PartInfo, PieceStart, Segment, Version } from "#format/index.ts";
import {
  deadManifestKey,
  manifestKey,
  parseQueueKey,
  partsRange,
  pieceKey,
  queueRange,
} from "./keyspace.ts";
import { graceMs, segmentsPerPieceMax, upkeepRowsMax } from "./limits.ts";
import { firstOf } from "./reader.ts";
import { readRow } from "./state-batch.ts";
import type { Step } from "./step.ts";
import { manifests, parts, pieces, queueEntries } from "./tables.ts";
import { dereferenceUnit, referenceUnit } from "./units.ts";

/** What keeps a version's bytes: nothing, a run of one unit, or a manifest. */
export type Body = Version["body"];

/**
 * Makes a body of segments whose units are referenced already. A body of one run needs no manifest;
 * what was uploaded in parts has one all the same, for it says where its parts are.
 */
export function makeBody(
  step: Step,
  segments: readonly Segment[],
  partInfos: readonly PartInfo[] = [],
): Body {
  const [first] = segments;
  if (partInfos.length === 0) {
    if (first === undefined) return undefined;
    if (segments.length === 1) return { kind: "segment", value: first };
  }
  const id = { ...step.session, number: step.number };
  writeManifest(step, id, segments, partInfos);
  return { kind: "manifest", value: id };
}

function writeManifest(
  step: Step,
  id: ManifestId,
  segments: readonly Segment[],
  partInfos: readonly PartInfo[],
): void {
  const starts: PieceStart[] = [];
  let offsetBytes = 0;
  let begun = 0;
  do {
    const first = starts.length * segmentsPerPieceMax;
    const run = segments.slice(first, first + segmentsPerPieceMax);
    const start = { offsetBytes, partNumber: partInfos[begun]?.number ?? 0 };
    for (const segment of run) offsetBytes += segment.lengthBytes;
    // The last piece takes what begins at the very end: parts without bytes.
    const isLast = first + segmentsPerPieceMax >= segments.length;
    const end = isLast ? Number.POSITIVE_INFINITY : offsetBytes;
    const next = firstFrom(partInfos, begun, end);
    const piece = { segments: run, parts: partInfos.slice(begun, next) };
    step.batch.put(pieces, pieceKey(id, starts.length), piece);
    starts.push(start);
    begun = next;
  } while (starts.length * segmentsPerPieceMax < segments.length);
  const manifest = { references: 1, sizeBytes: offsetBytes, pieces: starts };
  step.batch.put(manifests, manifestKey(id), manifest);
}

/** The index of the first part, not before `index`, that begins at `endBytes` or behind it. */
function firstFrom(partInfos: readonly PartInfo[], index: number, endBytes: number): number {
  for (let i = index; i < partInfos.length; i++) {
    if ((partInfos[i]?.offsetBytes ?? 0) >= endBytes) return i;
  }
  return partInfos.length;
}

/** One more version has this body. */
export function holdBody(step: Step, body: Body): void {
  if (body === undefined) return;
  if (body.kind === "segment") {
    referenceUnit(step, body.value.unit);
    return;
  }
  const key = manifestKey(body.value);
  const manifest = readRow(step.batch, manifests, key);
  assert(manifest !== undefined && manifest.references > 0, "M3: a count of zero never rises");
  step.batch.put(manifests, key, { ...manifest, references: manifest.references + 1 });
}

/** One version less has this body. A manifest that nobody has waits to be released. */
export function letGoOfBody(step: Step, body: Body): void {
  if (body === undefined) return;
  if (body.kind === "segment") {
    dereferenceUnit(step, body.value.unit, step.nowUnixMs);
    return;
  }
  const key = manifestKey(body.value);
  const manifest = readRow(step.batch, manifests, key);
  assert(manifest !== undefined && manifest.references > 0, "M3: what is held is counted");
  const references = manifest.references - 1;
  step.batch.put(manifests, key, { ...manifest, references });
  if (references > 0) return;
  step.batch.put(queueEntries, deadManifestKey(step.nowUnixMs, body.value), true);
}

/**
 * Lets go of units that manifests and uploads dead for the grace period name, the longest dead
 * first. The units count as unreferenced since then, so that they can be forgotten at once.
 *
 * @param limit how many segments, at most `upkeepRowsMax`
 * @returns how much was done; less than the limit means there is no more
 */
export function releaseBodies(step: Step, limit: number): number {
  const limited = Math.min(limit, upkeepRowsMax);
  const range = queueRange("x/q", step.nowUnixMs - graceMs);
  let left = limited;
  for (const [queueKey] of step.batch.scan({ ...range, limit: limited })) {
    if (left === 0) break;
    const entry = parseQueueKey(queueKey);
    const { sinceUnixMs } = entry;
    const released =
      entry.kind === "manifest"
        ? releaseManifest(step, { id: entry.manifest, sinceUnixMs, left })
        : releaseParts(step, { upload: entry.key, sinceUnixMs, left });
    left -= released.count;
    if (released.isAll) step.batch.remove(queueKey);
  }
  return limited - left;
}

interface Released {
  /** How much of what may be let go of was used. */
  count: number;
  /** Nothing is left. */
  isAll: boolean;
}

function releaseManifest(
  step: Step,
  { id, sinceUnixMs, left }: { id: ManifestId; sinceUnixMs: number; left: number },
): Released {
  const key = manifestKey(id);
  const manifest = readRow(step.batch, manifests, key);
  assert(manifest !== undefined && manifest.references === 0, "M3: only what is dead is released");
  let pieceCount = manifest.pieces.length;
  let rest = left;
  while (pieceCount > 0 && rest > 0) {
    const at = pieceKey(id, pieceCount - 1);
    const piece = readRow(step.batch, pieces, at);
    assert(piece !== undefined, "M3: a manifest has its pieces");
    const kept = releaseSegments(step, { segments: piece.segments, sinceUnixMs, left: rest });
    // An empty piece takes its share too, so that a command's work stays bounded.
    rest -= Math.max(piece.segments.length - kept.length, 1);
    if (kept.length > 0) {
      step.batch.put(pieces, at, { ...piece, segments: kept });
      break;
    }
    step.batch.remove(at);
    pieceCount--;
  }
  if (pieceCount === 0) step.batch.remove(key);
  else
    step.batch.put(manifests, key, { ...manifest, pieces: manifest.pieces.slice(0, pieceCount) });
  return { count: left - rest, isAll: pieceCount === 0 };
}

function releaseParts(
  step: Step,
  { upload, sinceUnixMs, left }: { upload: Uint8Array; sinceUnixMs: number; left: number },
): Released {
  let rest = left;
  for (const [key] of step.batch.scan({ ...partsRange(upload), limit: left })) {
    if (rest === 0) break;
    const part = readRow(step.batch, parts, key);
    assert(part !== undefined, "M4: a row that was scanned is there");
    const kept = releaseSegments(step, { segments: part.segments, sinceUnixMs, left: rest });
    rest -= Math.max(part.segments.length - kept.length, 1);
    if (kept.length === 0) step.batch.remove(key);
    else step.batch.put(parts, key, { ...part, segments: kept });
  }
  const isAll = firstOf(step.batch, partsRange(upload)) === undefined;
  return { count: left - rest, isAll };
}

/** Lets go of as many of the last segments as it may, and gives the others. */
function releaseSegments(
  step: Step,
  { segments, sinceUnixMs, left }: { segments: Segment[]; sinceUnixMs: number; left: number },
): Segment[] {
  const keptCount = Math.max(segments.length - left, 0);
  for (const { unit } of segments.slice(keptCount)) dereferenceUnit(step, unit, sinceUnixMs);
  return segments.slice(0, keptCount);
}
