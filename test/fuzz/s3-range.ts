// A Range field and an object's size: a range lies in its object, and says what RFC 9110 says.
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { contentRange, parseRange, resolveRange } from "#s3/range.ts";
import { bytesOf, type FuzzTarget, latin1Of } from "./target.ts";

const number = fc.oneof(fc.nat(300), fc.maxSafeNat(), fc.constantFrom("", "18446744073709551616"));

/** No object is so large: positions from here on are one. */
const farthest = BigInt(Number.MAX_SAFE_INTEGER);

function positionOf(digits: string): bigint {
  const position = BigInt(digits);
  return position < farthest ? position : farthest;
}

/** The range by whole numbers of any size: first and last byte, or why there is none. */
function expected(text: string, sizeBytes: bigint): [bigint, bigint] | "whole" | "none" {
  const match = /^bytes=[\s]*([0-9]*)[\s]*-[\s]*([0-9]*)[\s]*$/i.exec(text);
  const [, first = "", last = ""] = match ?? [];
  if (first === "" && last === "") return "whole";
  if (first === "") {
    const count = positionOf(last) < sizeBytes ? positionOf(last) : sizeBytes;
    return count === 0n ? "none" : [sizeBytes - count, sizeBytes - 1n];
  }
  const from = positionOf(first);
  const to = last === "" ? sizeBytes - 1n : positionOf(last);
  if (last !== "" && to < from) return "whole";
  return from >= sizeBytes ? "none" : [from, to < sizeBytes ? to : sizeBytes - 1n];
}

export const s3Range: FuzzTarget = {
  name: "s3-range",
  seeds: fc
    .tuple(number, number, number)
    .map(([first, last, size]) => bytesOf(`bytes=${first}-${last}\n${size}`)),
  words: [
    "bytes=",
    "BYTES=",
    "-",
    "--",
    ",",
    " ",
    "\t",
    "\n",
    "items=",
    "0x",
    "1e3",
    "9".repeat(400),
  ],
  check(input) {
    const [text = "", size = ""] = latin1Of(input).split("\n");
    const sizeBytes = Number(/^\d{1,15}$/.test(size) ? size : "100");
    const request = parseRange(text);
    const range = request === undefined ? undefined : resolveRange(request, sizeBytes);
    const outcome = request === undefined ? "whole" : range === undefined ? "none" : "range";
    const wanted = expected(text, BigInt(sizeBytes));
    if (range === undefined) {
      assert.equal(outcome, wanted);
    } else {
      const { offsetBytes, lengthBytes } = range;
      const last = offsetBytes + lengthBytes - 1;
      assert.deepEqual([BigInt(offsetBytes), BigInt(last)], wanted);
      assert.equal(contentRange(range, sizeBytes), `bytes ${offsetBytes}-${last}/${sizeBytes}`);
    }
    return outcome;
  },
};
