// A checkpoint: all its rows to its end, or an error; with no more memory than it is long.
import assert from "node:assert/strict";
import fc from "fast-check";
import { concatBytes, utf8 } from "#base/bytes.ts";
import {
  type CheckpointRow,
  encodeCheckpointHeader,
  encodeCheckpointPiece,
  encodePreamble,
  FormatError,
  preambleSizeBytes,
} from "#format/index.ts";
import { CheckpointDamagedError, CheckpointReader } from "#storage/index.ts";
import { diskWith } from "./file-of-bytes.ts";
import { partsOf, putCrc, viewOf } from "./repair.ts";
import type { FuzzTarget } from "./target.ts";

const path = "checkpoints/0000000000000007.checkpoint";
const frameHeaderSizeBytes = 12;

function rowOf(number: number): CheckpointRow {
  return { key: utf8(`row ${number}`), value: new Uint8Array(number * 7).fill(number) };
}

/** A checkpoint of so many rows a piece. */
function bytesOfCheckpoint(pieces: readonly number[]): Uint8Array {
  const parts: Uint8Array[] = [encodePreamble("HAMSTCKP", 1)];
  const write = (message: Uint8Array): void => {
    const frame = concatBytes([new Uint8Array(frameHeaderSizeBytes), message]);
    viewOf(frame).setUint32(4, message.length, true);
    viewOf(frame).setUint32(8, parts.length - 1, true);
    putCrc(frame, 0, frame.subarray(4));
    parts.push(frame);
  };
  write(encodeCheckpointHeader({ applied: { index: 7, term: 2 } }));
  let rowCount = 0;
  for (const [at, count] of pieces.entries()) {
    const rows = Array.from({ length: count }, () => rowOf(rowCount++));
    const isLast = at === pieces.length - 1;
    write(encodeCheckpointPiece(isLast ? { rows, end: { rowCount } } : { rows }));
  }
  return concatBytes(parts);
}

function repairCheckpoint(bytes: Uint8Array): void {
  const view = viewOf(bytes);
  for (let at = preambleSizeBytes; at + frameHeaderSizeBytes <= bytes.length;) {
    const end = at + frameHeaderSizeBytes + view.getUint32(at + 4, true);
    putCrc(bytes, at, bytes.subarray(at + 4, end));
    at = end;
  }
}

export const checkpoint: FuzzTarget = {
  name: "checkpoint",
  seeds: fc
    .tuple(fc.nat(1), fc.constantFrom([0], [3], [2, 5, 1], [4, 0, 0]))
    .map(([repair, pieces]) => concatBytes([Uint8Array.of(repair), bytesOfCheckpoint(pieces)])),
  words: ["HAMSTCKP", "\xff\xff\xff\x03", "\0\0\0\x04"],
  async check(input) {
    const { isRepaired, bytes } = partsOf(input);
    if (isRepaired) repairCheckpoint(bytes);
    let rowCount = 0;
    try {
      const reader = await CheckpointReader.open(diskWith(path, bytes), path);
      for await (const rows of reader.pieces()) {
        if (!isRepaired) {
          for (const row of rows) assert.deepEqual(row, rowOf(rowCount++), "no damage passes");
        }
      }
    } catch (error) {
      if (error instanceof CheckpointDamagedError) return "damaged";
      assert.ok(error instanceof FormatError && error.code === "newer", String(error));
      return "newer";
    }
    return "whole";
  },
};
