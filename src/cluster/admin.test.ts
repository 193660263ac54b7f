import assert from "node:assert/strict";
import { test } from "node:test";
import { AdminRefusedError, adminRequestLine, answerAdmin, parseAdminAnswer } from "./admin.ts";

const answer = answerAdmin({
  echo: (fields) => Promise.resolve(fields),
  refuse: () => Promise.reject(new AdminRefusedError("not now", "Try again later.")),
  fail: () => Promise.reject(new Error("it broke")),
});

test("a call's answer is what it gave, what it refused with its advice, or what it failed of", async () => {
  const ask = async (call: string): Promise<unknown> =>
    parseAdminAnswer(await answer(adminRequestLine(call, { number: 7, text: "a\nb" })));
  assert.deepEqual(await ask("echo"), { kind: "done", value: { number: 7, text: "a\nb" } });
  assert.deepEqual(await ask("refuse"), {
    kind: "refused",
    reason: "not now",
    advice: "Try again later.",
  });
  assert.deepEqual(await ask("fail"), {
    kind: "refused",
    reason: "it broke",
    advice: "See the node's log.",
  });
});

test("what is no call is refused", async () => {
  for (const line of ["", "{", "7", "null", "[]", '{"call":7}', '{"call":"toString"}']) {
    assert.equal(parseAdminAnswer(await answer(line)).kind, "refused", line);
  }
});
