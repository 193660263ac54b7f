import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  formatAmzDate,
  formatHttpDate,
  formatIsoDate,
  parseAmzDate,
  parseHttpDate,
} from "./date.ts";

const instants = fc.integer({ min: -2_208_988_800_000, max: 253_402_300_799_999 });

test("dates are written as the platform writes them", () => {
  fc.assert(
    fc.property(instants, (unixMs) => {
      const date = new Date(unixMs);
      assert.equal(formatIsoDate(unixMs), date.toISOString());
      assert.equal(formatHttpDate(unixMs), date.toUTCString());
      const compact = date.toISOString().replace(/[-:]|\.\d+/g, "");
      assert.equal(formatAmzDate(unixMs), compact);
    }),
    { numRuns: 2000 },
  );
});

test("dates that are written are read back as exactly as they were written", () => {
  fc.assert(
    fc.property(instants, (unixMs) => {
      const second = Math.floor(unixMs / 1000) * 1000;
      assert.equal(parseAmzDate(formatAmzDate(unixMs)), second);
      assert.equal(parseHttpDate(formatHttpDate(unixMs)), second);
      assert.equal(parseHttpDate(formatIsoDate(unixMs)), Math.floor(unixMs));
    }),
    { numRuns: 2000 },
  );
});

test("HTTP's three date forms are one date", () => {
  const unixMs = Date.UTC(1994, 10, 6, 8, 49, 37);
  assert.equal(parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), unixMs);
  assert.equal(parseHttpDate("Sunday, 06-Nov-94 08:49:37 GMT"), unixMs);
  assert.equal(parseHttpDate("Sun Nov  6 08:49:37 1994"), unixMs);
});

test("dates there are not are not read", () => {
  for (const text of [
    "20130230T000000Z",
    "20131301T000000Z",
    "20130524T240000Z",
    "20130524T006000Z",
    "20130524T000000",
    "2013052aT000000Z",
    "",
  ]) {
    assert.equal(parseAmzDate(text), undefined, text);
  }
  for (const text of ["Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nox 1994 08:49:37 GMT", "now"]) {
    assert.equal(parseHttpDate(text), undefined, text);
  }
});
