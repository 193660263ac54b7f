// Policies of buckets: nothing is allowed but by a statement that says so in an independent
// reading, and nothing that is allowed is by one that denies it.
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { utf8 } from "#base/bytes.ts";
import { decide, isPublicPolicy, parseBucketPolicy } from "#s3/policy.ts";
import { reading } from "./s3-refusal.ts";
import type { FuzzTarget } from "./target.ts";

const asked = { account: "", action: "s3:GetObject", resource: "photos/a/b" };

const statement = fc.record(
  {
    Effect: fc.constantFrom("Allow", "Deny"),
    Principal: fc.constantFrom<unknown>("*", { AWS: "*" }, { AWS: ["me", "*"] }, { AWS: "me" }),
    Action: fc.constantFrom<unknown>(
      "s3:GetObject",
      "s3:*",
      ["s3:Put*", "S3:get?bject"],
      "s3:Put*",
    ),
    Resource: fc.constantFrom<unknown>(
      "arn:aws:s3:::photos/*",
      "arn:aws:s3:::photos/a*b",
      ["arn:aws:s3:::photos", "arn:aws:s3:::*/?/b"],
      "arn:aws:s3:::photos/b/*",
    ),
    Condition: fc.constantFrom<unknown>(
      { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } },
      { StringLike: { "s3:prefix": "a*" } },
      {},
    ),
  },
  { requiredKeys: ["Effect", "Principal", "Action", "Resource"] },
);

function anyOf(value: unknown, form: (text: string) => boolean): boolean {
  return (Array.isArray(value) ? value : [value]).some((one) => form(String(one)));
}

/** Whether a pattern is this text, by a regular expression. */
function isLike(pattern: string, text: string): boolean {
  const plain = pattern.replace(/[^\w*?]/gu, (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`);
  const form = plain.replace(/\*+/g, "[^]*").replaceAll("?", "[^]");
  return new RegExp(`^${form}$`, "u").test(text);
}

/** Whether a statement that names no exceptions and no conditions is about what is asked. */
function isAbout(one: Readonly<Record<string, unknown>>): boolean {
  const { Principal: principal, Action: action, Resource: resource } = one;
  const names = principal === "*" ? "*" : (principal as Readonly<Record<string, unknown>>);
  const isEveryone =
    names === "*" ||
    ["AWS", "CanonicalUser"].some((kind) => anyOf((names as never)[kind], (text) => text === "*"));
  const isAction = anyOf(action, (text) => isLike(text.toLowerCase(), asked.action.toLowerCase()));
  const isResource = anyOf(resource, (text) =>
    isLike(text === "*" ? text : text.slice("arn:aws:s3:::".length), asked.resource),
  );
  return isEveryone && isAction && isResource;
}

function isPlain(one: Readonly<Record<string, unknown>>): boolean {
  const isWhole = ["Principal", "Action", "Resource"].every((name) => one[name] !== undefined);
  return isWhole && Object.keys(one["Condition"] ?? {}).length === 0;
}

export const s3BucketPolicy: FuzzTarget = {
  name: "s3-bucket-policy",
  seeds: fc
    .array(statement, { minLength: 1, maxLength: 3 })
    .map((list) => utf8(JSON.stringify({ Version: "2012-10-17", Statement: list }))),
  words: [
    '"*"',
    "*",
    "?",
    '"NotAction"',
    '"NotPrincipal"',
    "arn:aws:s3:::",
    "${",
    "Deny",
    "[",
    "]",
  ],
  check(input) {
    const text = new TextDecoder().decode(input);
    const result = reading(() => parseBucketPolicy(text, "photos"));
    if (result.kind === "refused") {
      assert.ok(["MalformedPolicy", "NotImplemented"].includes(result.code), result.code);
      return result.code;
    }
    const policy = result.value;
    const verdict = decide(policy, { ...asked, facts: () => undefined });
    const { Statement: given } = JSON.parse(text) as { Statement: unknown };
    const list = (Array.isArray(given) ? given : [given]) as Readonly<Record<string, unknown>>[];
    if (list.every(isPlain)) {
      const about = list.filter(isAbout);
      const isDenied = about.some(({ Effect }) => Effect === "Deny");
      const isAllowed = about.some(({ Effect }) => Effect === "Allow");
      assert.equal(verdict, isDenied ? "Deny" : isAllowed ? "Allow" : undefined);
      assert.ok(verdict !== "Allow" || isPublicPolicy(policy), "everyone may: it is public");
    }
    return verdict ?? "silent";
  },
};
