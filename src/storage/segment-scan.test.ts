import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes } from "#base/bytes.ts";
import { encodeLogRecord, type LogRecord } from "#format/index.ts";
import { rigEntries } from "./log-rig.ts";
import { encodeFrame, encodeSegmentHeader, segmentHeaderSizeBytes } from "./segment-format.ts";
import { scanSegment } from "./segment-scan.ts";

/** Scans a segment that begins behind entry 9 of term 2 and holds one whole frame. */
function scanOf(record: LogRecord): ReturnType<typeof scanSegment> {
  const header = {
    segment: 1,
    sizeBytes: 8192,
    previous: { index: 9, term: 2 },
    hardState: { term: 3, vote: 1, commit: 9 },
    previousTerms: [],
  };
  const { block, crc } = encodeSegmentHeader(header);
  const position = { segment: 1, offsetBytes: segmentHeaderSizeBytes };
  const place = { position, syncedEnd: position, previousCrc: crc };
  const { parts } = encodeFrame(encodeLogRecord(record), place);
  return scanSegment(concatBytes([block, ...parts]), { header, crc });
}

test("L1 a record cuts the log behind the entry it names, or it is damage", () => {
  const entries = rigEntries(10, 2, 5);
  assert.equal(scanOf({ cut: { index: 9, term: 2 }, entries }).damage, undefined);
  const wrong = scanOf({ cut: { index: 9, term: 4 }, entries });
  assert.match(wrong.damage ?? "", /another entry/);
  assert.deepEqual(wrong.last, { index: 9, term: 2 });
});
