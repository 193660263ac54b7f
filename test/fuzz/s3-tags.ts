// Tags, in a document and in a header field: what is taken keeps S3's rules, and says the same when
// it is written in the other way.
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { utf8 } from "#base/bytes.ts";
import { checkTags, tagsOfDocument, tagsOfHeaders, tagsOfObject } from "#s3/tags.ts";
import { uriEncode } from "#s3/target.ts";
import { parseXml } from "#s3/xml-reader.ts";
import { escapeXml } from "#s3/xml-writer.ts";
import { outcomeOf, reading } from "./s3-refusal.ts";
import { bytesOf, type FuzzTarget, latin1Of } from "./target.ts";

interface Tag {
  readonly key: string;
  readonly value: string;
}

const tags = fc.array(
  fc.record({
    key: fc.constantFrom("color", "a b", "grün", "aws:x", "", "k".repeat(128), "k".repeat(129)),
    value: fc.constantFrom("", "1", "v".repeat(256), "v".repeat(257), "x@y+z=1", "\u{1f439}"),
  }),
  { maxLength: 11 },
);

function documentOf(list: readonly Tag[]): string {
  const set = list.map(
    ({ key, value }) => `<Tag><Key>${escapeXml(key)}</Key><Value>${escapeXml(value)}</Value></Tag>`,
  );
  return `<Tagging><TagSet>${set.join("")}</TagSet></Tagging>`;
}

function fieldOf(list: readonly Tag[]): string {
  return list.map(({ key, value }) => `${uriEncode(key)}=${uriEncode(value)}`).join("&");
}

function assertRuled(list: readonly Tag[]): void {
  assert.ok(list.length <= 10 && new Set(list.map(({ key }) => key)).size === list.length);
  for (const { key, value } of list) {
    assert.ok(key.length >= 1 && Array.from(key).length <= 128 && !key.startsWith("aws:"), key);
    assert.ok(Array.from(value).length <= 256, value);
    assert.doesNotMatch(key + value, /[^\p{L}\p{Z}\p{N}_.:/=+\-@]/u);
  }
}

export const s3Tags: FuzzTarget = {
  name: "s3-tags",
  seeds: fc.oneof(
    tags.map((list) => utf8(documentOf(list))),
    tags.map((list) => bytesOf(fieldOf(list))),
  ),
  words: [
    "<Tag>",
    "</Tag>",
    "<Key>",
    "<Value/>",
    "&",
    "=",
    "%",
    "%00",
    "%C3",
    "+",
    "aws:",
    "&amp;",
  ],
  check(input) {
    const isDocument = latin1Of(input).trimStart().startsWith("<");
    const headers = { "x-amz-tagging": [latin1Of(input)] };
    const result = reading(() =>
      isDocument ? tagsOfDocument(parseXml(input)) : tagsOfHeaders(headers),
    );
    if (result.kind === "refused") {
      assert.ok(["MalformedXML", "InvalidTag", "InvalidArgument"].includes(result.code));
      return outcomeOf(result);
    }
    const list = result.value?.tags ?? [];
    assertRuled(list);
    checkTags(list, tagsOfObject);
    assert.deepEqual(tagsOfDocument(parseXml(utf8(documentOf(list)))).tags, list);
    const field = fieldOf(list);
    assert.deepEqual(tagsOfHeaders({ "x-amz-tagging": [field] })?.tags, list);
    return list.length === 0 ? "none" : "read";
  },
};
