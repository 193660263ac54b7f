// A segment of the log: read up to the first frame that is not whole, which is torn or damaged.
import assert from "node:assert/strict";
import fc from "fast-check";
import { concatBytes } from "#base/bytes.ts";
import { crc32c } from "#base/hash.ts";
import { encodeLogRecord, FormatError, type LogRecord } from "#format/index.ts";
import { rigEntries, rigEntry } from "#storage/log-rig.ts";
import {
  decodeSegmentHeader,
  encodeFrame,
  encodeSegmentHeader,
  frameHeaderSizeBytes,
  frameSizeBytes,
  frameStepBytes,
  segmentHeaderSizeBytes,
} from "#storage/segment-format.ts";
import { scanSegment } from "#storage/segment-scan.ts";
import { partsOf, putCrc, viewOf } from "./repair.ts";
import type { FuzzTarget } from "./target.ts";

const segment = 2;
const hardState = { term: 3, vote: 1, commit: 9 };

const segments: readonly (readonly LogRecord[])[] = [
  [],
  [{ entries: rigEntries(10, 3, 3) }],
  [
    { entries: rigEntries(10, 2, 3) },
    { entries: rigEntries(12, 1, 4), hardState: { ...hardState, term: 4 } },
    { cut: { index: 11, term: 3 }, entries: rigEntries(12, 2, 5, 300) },
    { entries: [], hardState: { term: 5, vote: 0, commit: 13 } },
    { entries: rigEntries(14, 1, 5, 0), nextSegment: segment + 1 },
  ],
];

function bytesOfSegment(records: readonly LogRecord[]): Uint8Array {
  const previous = { index: 9, term: 2 };
  const header = { segment, sizeBytes: 16_384, previous, hardState, previousTerms: [previous] };
  const { block, crc } = encodeSegmentHeader(header);
  const parts: Uint8Array[] = [block];
  let previousCrc = crc;
  let offsetBytes = segmentHeaderSizeBytes;
  let syncedEnd = { segment, offsetBytes };
  for (const [at, record] of records.entries()) {
    const place = { position: { segment, offsetBytes }, syncedEnd, previousCrc };
    const frame = encodeFrame(encodeLogRecord(record), place);
    parts.push(...frame.parts);
    previousCrc = frame.crc;
    offsetBytes += frame.sizeBytes;
    if (at % 2 === 0) syncedEnd = { segment, offsetBytes };
  }
  return concatBytes([...parts, new Uint8Array(200)]);
}

/** Makes the checksums of the header and of the chain of frames right, as far as it goes. */
function repairSegment(bytes: Uint8Array): void {
  if (bytes.length < segmentHeaderSizeBytes) return;
  const view = viewOf(bytes);
  const headerEnd = Math.min(20 + view.getUint32(16, true), segmentHeaderSizeBytes);
  putCrc(bytes, 12, bytes.subarray(16, headerEnd), bytes.subarray(0, 12));
  let previousCrc = view.getUint32(12, true);
  for (let at = segmentHeaderSizeBytes; at + frameHeaderSizeBytes <= bytes.length;) {
    const length = view.getUint32(at + 4, true);
    const end = at + frameHeaderSizeBytes + length;
    if (view.getUint32(at + 12, true) !== at || end > bytes.length) return;
    view.setUint32(at + 24, previousCrc, true);
    putCrc(bytes, at, bytes.subarray(at + 4, end));
    previousCrc = crc32c(bytes.subarray(at + 4, end));
    at += frameSizeBytes(length);
  }
}

export const logSegment: FuzzTarget = {
  name: "log-segment",
  seeds: fc
    .tuple(fc.nat(1), fc.constantFrom(...segments))
    .map(([repair, records]) => concatBytes([Uint8Array.of(repair), bytesOfSegment(records)])),
  words: ["HAMSTLOG", "\0\x10\0\0", "\x02\0\0\0", "\0\0\0\0\0\0\0\0"],
  check(input) {
    const { isRepaired, bytes } = partsOf(input);
    if (isRepaired) repairSegment(bytes);
    let opened: ReturnType<typeof decodeSegmentHeader>;
    try {
      opened = decodeSegmentHeader(bytes.subarray(0, segmentHeaderSizeBytes));
    } catch (error) {
      assert.ok(error instanceof FormatError, String(error));
      return error.code;
    }
    const scan = scanSegment(bytes, opened);
    const { previous } = opened.header;
    let { index, term } = previous;
    for (const entry of scan.entries) {
      assert.equal(entry.index, ++index, "L1");
      assert.ok(entry.term >= term, "L1");
      ({ term } = entry);
    }
    assert.deepEqual(
      { ...scan.last, unknownFields: undefined },
      { index, term, unknownFields: undefined },
    );
    assert.ok(scan.terms.every((point) => point.index > previous.index && point.index <= index));
    const { endOffsetBytes } = scan;
    assert.ok(endOffsetBytes % frameStepBytes === 0);
    assert.ok(endOffsetBytes <= Math.max(bytes.length, segmentHeaderSizeBytes));
    if (!isRepaired) {
      for (const entry of scan.entries) {
        assert.deepEqual(entry, rigEntry(entry.index, entry.term, entry.data.length));
      }
    }
    if (scan.damage !== undefined) return scan.damage.replace(/:.*/, "");
    return scan.nextSegment === undefined ? "ends here" : "goes on";
  },
};
