import assert from "node:assert/strict";
import { test } from "node:test";
import { UnreadableError } from "#objects/index.ts";
import { s3ErrorOf } from "./failure.ts";
import type { S3Error } from "./s3-error.ts";
import { valueOf } from "./services.ts";

const never = new AbortController().signal;

test("what may pass is told as something to try again, and what will not is not", () => {
  const codeOf = (kind: UnreadableError["code"]): string =>
    s3ErrorOf(new UnreadableError(kind, "shards are away"), never).code;
  assert.equal(codeOf("unavailable"), "ServiceUnavailable");
  assert.equal(codeOf("missing"), "InternalError");
  assert.equal(codeOf("corrupt"), "InternalError");
});

test("a write that too few nodes took is to be tried again; full shelves are another matter", () => {
  const isCode = (code: string) => (error: unknown) => (error as S3Error).code === code;
  assert.throws(() => valueOf({ kind: "unavailable" }), isCode("SlowDown"));
  assert.throws(() => valueOf({ kind: "full" }), isCode("InsufficientStorage"));
  assert.equal(valueOf({ kind: "done", value: 7 }), 7);
});
