// Conditional fields of reads, writes and deletions: against an object they come to what RFC 9110
// says, however lists of ETags and dates are written.
import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  checkReadConditions,
  deleteConditions,
  isRangeCurrent,
  writeConditions,
} from "#s3/conditions.ts";
import { outcomeOf, reading } from "./s3-refusal.ts";
import { headersOf, requestOf } from "./s3-request-text.ts";
import { bytesOf, type FuzzTarget, latin1Of } from "./target.ts";

const object = { etag: "d41d8cd98f00b204e9800998ecf8427e", modifiedUnixMs: 1_369_353_600_500 };
const other = "0123456789abcdef0123456789abcdef-7";

const fields = [
  "if-match",
  "if-none-match",
  "if-modified-since",
  "if-unmodified-since",
  "if-range",
  "x-amz-if-match-size",
  "x-amz-if-match-last-modified-time",
];
const values = fc.constantFrom(
  `"${object.etag}"`,
  object.etag,
  `W/"${object.etag}"`,
  `"${other}", "${object.etag}"`,
  `"${other}"`,
  "*",
  "",
  "Fri, 24 May 2013 00:00:00 GMT",
  "Friday, 24-May-13 00:00:01 GMT",
  "Thu May 23 23:59:59 2013",
  "2013-05-24T00:00:00.500Z",
  "17",
);

function withField(text: string, name: string, value: string): string {
  return `GET /\n${text}\n${name}: ${value}`;
}

function without(text: string, name: string): string {
  const lines = text.split("\n");
  return lines.filter((line) => !line.toLowerCase().startsWith(`${name}:`)).join("\n");
}

/** What holds between the outcomes of related requests, whatever else they say. */
function checkRelations(text: string): void {
  const outcome = (changed: string): string =>
    checkReadConditions(headersOf(requestOf(changed)), object).kind;
  const plain = ["if-match", "if-none-match"].reduce(without, text);
  const matching = `"${other}",W/"${object.etag}"`;
  assert.notEqual(outcome(withField(plain, "if-match", matching)), "failed", "a match is one");
  assert.notEqual(outcome(withField(plain, "if-match", "*")), "failed", "there is an object");
  assert.equal(outcome(withField(plain, "if-match", other)), "failed", "If-Match comes first");
  const notModified = withField(plain, "if-none-match", matching);
  const first = outcome(withField(plain, "if-none-match", `"${other}"`));
  // The date of If-None-Match's own kind counts for nothing beside it.
  assert.ok(first === "met" || first === "failed");
  assert.equal(outcome(notModified), first === "met" ? "not-modified" : "failed");
}

export const s3Conditions: FuzzTarget = {
  name: "s3-conditions",
  seeds: fc
    .array(fc.tuple(fc.constantFrom(...fields), values), { minLength: 1, maxLength: 4 })
    .map((list) => bytesOf(list.map(([name, value]) => `${name}: ${value}`).join("\n"))),
  words: [...fields.map((name) => `\n${name}: `), '"', "W/", ",", "*", object.etag, " GMT", "2013"],
  check(input) {
    const text = latin1Of(input);
    const headers = headersOf(requestOf(`GET /\n${text}`));
    checkRelations(text);
    const read = checkReadConditions(headers, object).kind;
    const isCurrent = isRangeCurrent(headers, object);
    const write = writeConditions(headers);
    for (const etag of [...(write?.ifMatch ?? []), ...(write?.ifNoneMatch ?? [])]) {
      assert.notEqual(etag, "", "an empty ETag would match nothing, and is none");
    }
    const deletion = reading(() => deleteConditions(headers));
    if (deletion.kind === "refused") assert.equal(deletion.code, "InvalidArgument");
    return `${read}, range ${isCurrent ? "heeded" : "ignored"}, delete ${outcomeOf(deletion)}`;
  },
};
