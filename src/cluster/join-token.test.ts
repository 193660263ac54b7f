import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { TokenContent } from "#format/index.ts";
import { JoinTokenError, joinTokenText, parseJoinToken } from "./join-token.ts";

const bytesOf = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });

const member = fc.record({
  addresses: fc.array(fc.string({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 3 }),
  keyFingerprint: bytesOf(32),
});

const token: fc.Arbitrary<TokenContent> = fc.record({
  clusterId: bytesOf(16),
  secret: bytesOf(32),
  expiresUnixMs: fc.maxSafeNat(),
  members: fc.array(member, { minLength: 1, maxLength: 5 }),
});

const example: TokenContent = {
  clusterId: new Uint8Array(16).fill(1),
  secret: new Uint8Array(32).fill(2),
  expiresUnixMs: 1_800_000_000_000,
  members: [{ addresses: ["127.0.0.1:9001"], keyFingerprint: new Uint8Array(32).fill(3) }],
};

test("a token is one line that needs no quotes, and is read back as it was", () => {
  fc.assert(
    fc.property(token, (made) => {
      const text = joinTokenText(made);
      assert.match(text, /^hamster1-[\w-]+$/);
      const read = parseJoinToken(` ${text}\n`);
      assert.equal(read.expiresUnixMs, made.expiresUnixMs);
      assert.deepEqual(read.secret, made.secret);
      assert.equal(joinTokenText(read), text);
    }),
  );
});

test("a token's text stays the same from version to version", () => {
  assert.equal(
    joinTokenText(example),
    "hamster1-R3mfgwoQAQEBAQEBAQEBAQEBAQEBARIgAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIYgKDxwrE0" +
      "IjIKDjEyNy4wLjAuMTo5MDAxEiADAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw",
  );
});

test("a text that is cut off or changed anywhere is refused", () => {
  const text = joinTokenText(example);
  fc.assert(
    fc.property(
      fc.nat(text.length - 1),
      fc.constantFrom(...Array.from("ABCxyz019-_ =")),
      (at, character) => {
        fc.pre(text[at] !== character);
        const changed = text.slice(0, at) + character + text.slice(at + 1);
        // The last character has bits that stand for nothing.
        fc.pre(at < text.length - 1);
        assert.throws(() => parseJoinToken(changed), JoinTokenError);
        assert.throws(() => parseJoinToken(text.slice(0, at)), JoinTokenError);
      },
    ),
  );
});

test("what is no token is refused with what is wrong, and without its content", () => {
  const refusals: readonly (readonly [string, RegExp])[] = [
    ["", /empty/],
    ["a-secret-that-was-pasted-by-mistake", /begins with hamster1-/],
    ["hamster2-AAAA", /newer/],
    ["hamster1-", /cut off/],
    ["hamster1-!!!", /cut off/],
    [`hamster1-${"A".repeat(10_000)}`, /cut off/],
    ["hamster1-AAAAAAAA", /not whole/],
    [joinTokenText({ ...example, members: [] }), /no member/],
    [joinTokenText({ ...example, secret: new Uint8Array(4) }), /no secret/],
  ];
  for (const [text, reason] of refusals) {
    assert.throws(
      () => parseJoinToken(text),
      (error) =>
        error instanceof JoinTokenError &&
        reason.test(error.message) &&
        !(text.length > 20 && error.message.includes(text)),
      text.slice(0, 40),
    );
  }
});
