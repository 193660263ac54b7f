import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { contentRange, parseRange, resolveRange } from "./range.ts";

function bytesOf(text: string, sizeBytes: number): [number, number] | undefined | "whole" {
  const request = parseRange(text);
  if (request === undefined) return "whole";
  const range = resolveRange(request, sizeBytes);
  return range === undefined ? undefined : [range.offsetBytes, range.lengthBytes];
}

test("ranges mean what RFC 9110 and AWS say they mean", () => {
  const cases: [text: string, size: number, expected: ReturnType<typeof bytesOf>][] = [
    ["bytes=0-9", 100, [0, 10]],
    ["bytes=0-0", 100, [0, 1]],
    ["bytes=99-99", 100, [99, 1]],
    ["bytes=90-", 100, [90, 10]],
    ["bytes=-10", 100, [90, 10]],
    ["bytes=-1000", 100, [0, 100]],
    ["bytes=0-1000", 100, [0, 100]],
    ["bytes=0-99999999999999999999", 100, [0, 100]],
    ["bytes=100-", 100, undefined],
    ["bytes=100-200", 100, undefined],
    ["bytes=99999999999999999999-", 100, undefined],
    ["bytes=-0", 100, undefined],
    ["bytes=0-", 0, undefined],
    ["bytes=-1", 0, undefined],
    ["bytes=5-4", 100, "whole"],
    ["bytes=0-1,3-4", 100, "whole"],
    ["bytes=-", 100, "whole"],
    ["bytes=a-b", 100, "whole"],
    ["bytes 0-9", 100, "whole"],
    ["items=0-9", 100, "whole"],
    ["", 100, "whole"],
  ];
  for (const [text, size, expected] of cases) {
    assert.deepEqual(bytesOf(text, size), expected, `${text} of ${size}`);
  }
});

test("a range lies in its object, whatever is asked", () => {
  const parts = fc.array(
    fc.constantFrom("bytes=", "-", ",", " ", "0", "7", "99", "18446744073709551616", "x"),
  );
  fc.assert(
    fc.property(parts, fc.nat(200), (texts, sizeBytes) => {
      const request = parseRange(texts.join(""));
      if (request === undefined) return;
      const range = resolveRange(request, sizeBytes);
      if (range === undefined) return;
      assert.ok(range.offsetBytes >= 0 && range.lengthBytes > 0);
      assert.ok(range.offsetBytes + range.lengthBytes <= sizeBytes);
      const last = range.offsetBytes + range.lengthBytes - 1;
      assert.equal(
        contentRange(range, sizeBytes),
        `bytes ${range.offsetBytes}-${last}/${sizeBytes}`,
      );
    }),
    { numRuns: 2000 },
  );
});
