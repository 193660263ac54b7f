// Dates of headers: what is read is a time of the calendar, and its other forms are read as it.
import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  formatAmzDate,
  formatHttpDate,
  formatIsoDate,
  parseAmzDate,
  parseHttpDate,
} from "#s3/date.ts";
import { bytesOf, type FuzzTarget, latin1Of } from "./target.ts";

const times = fc
  .oneof(
    fc.integer({ min: Date.UTC(1970, 0), max: Date.UTC(2069, 11, 31) }),
    fc.constantFrom(
      0,
      Date.UTC(2000, 1, 29),
      Date.UTC(2100, 1, 28, 23, 59, 59),
      Date.UTC(9999, 11),
    ),
  )
  .map((unixMs) => new Date(unixMs));

function asctime(date: Date): string {
  const [weekday = "", day = "", month = "", year = "", time = ""] = date.toUTCString().split(" ");
  return `${weekday.slice(0, 3)} ${month} ${day.replace(/^0/, " ")} ${time} ${year}`;
}

export const s3Date: FuzzTarget = {
  name: "s3-date",
  seeds: fc
    .tuple(times, fc.nat(4))
    .map(([date, form]) => {
      const iso = date.toISOString();
      if (form === 0) return date.toUTCString();
      if (form === 1) return iso.replace(/[-:]|\.\d{3}/g, "");
      if (form === 2) return asctime(date);
      if (form === 3) return "Sunday, 06-Nov-94 08:49:37 GMT";
      return iso;
    })
    .map(bytesOf),
  words: [" GMT", "UTC", "Feb", "29", "30", "31", "24", "60", "T", "Z", ".000", "-", ":", "0000"],
  check(input) {
    const text = latin1Of(input);
    const amz = parseAmzDate(text);
    const unixMs = amz ?? parseHttpDate(text);
    if (unixMs === undefined) return "ignored";
    assert.ok(Number.isInteger(unixMs), "whole milliseconds");
    const date = new Date(unixMs);
    assert.equal(formatIsoDate(unixMs), date.toISOString());
    assert.equal(formatHttpDate(unixMs), date.toUTCString());
    const second = Math.floor(unixMs / 1000) * 1000;
    assert.equal(parseAmzDate(formatAmzDate(unixMs)), second);
    assert.equal(parseHttpDate(formatHttpDate(unixMs)), second);
    assert.equal(parseHttpDate(formatIsoDate(unixMs)), unixMs);
    return amz === undefined ? "a date" : "a date of a signature";
  },
};
