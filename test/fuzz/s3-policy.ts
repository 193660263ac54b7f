// Policies of forms: no form passes one that an independent reading of it does not let pass.
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { checkPolicy, checkRange, parsePolicy } from "#s3/post-policy.ts";
import { reading } from "./s3-refusal.ts";
import { bytesOf, type FuzzTarget, latin1Of } from "./target.ts";

const nowUnixMs = Date.UTC(2026, 0, 1);

const fields = fc.constantFrom(
  "bucket=photos&key=user/a",
  "bucket=photos&key=user/a&acl=private&x-ignore-a=1",
  "bucket=other&key=user/a",
  "bucket=photos&key=user/a&content-type=image/png&policy=x",
  "bucket=photos",
);

const conditions = fc.array(
  fc.constantFrom<unknown>(
    { bucket: "photos" },
    { Bucket: "photos" },
    ["eq", "$bucket", "photos"],
    ["starts-with", "$key", "user/"],
    ["STARTS-WITH", "$Key", ""],
    ["starts-with", "$content-type", "image/"],
    ["starts-with", "$acl", ""],
    ["content-length-range", 0, 10],
    ["content-length-range", "5", "7"],
    { acl: "private", key: "a" },
    ["eq", "key", "user/a"],
    { key: 1 },
  ),
  { maxLength: 5 },
);

/** Whether a policy lets a form pass, by the letter of AWS's page on policies. */
function passes(document: unknown, form: ReadonlyMap<string, string>, sizeBytes: number): boolean {
  const policy = document as { expiration: string; conditions: unknown[] };
  if (!(Date.parse(policy.expiration) > nowUnixMs)) return false;
  const named = new Set(["awsaccesskeyid", "signature", "policy", "x-amz-signature"]);
  let range: readonly [number, number] = [0, Infinity];
  for (const condition of policy.conditions) {
    const list: unknown[] = Array.isArray(condition)
      ? condition
      : [
          "eq",
          ...Object.entries(condition as object).map(([name, value]) => [`$${name}`, value]),
        ].flat();
    const [operator, first, second] = list.map(String) as [string, string, string];
    if (operator.toLowerCase() === "content-length-range") {
      range = [Number(first), Number(second)];
      continue;
    }
    const name = first.slice(1).toLowerCase();
    named.add(name);
    const sent = form.get(name) ?? "";
    const isExact = operator.toLowerCase() === "eq";
    if (isExact ? sent !== second : !sent.startsWith(second)) return false;
  }
  const isNamed = [...form.keys()].every((name) => named.has(name) || name.startsWith("x-ignore-"));
  return isNamed && sizeBytes >= range[0] && sizeBytes <= range[1];
}

export const s3Policy: FuzzTarget = {
  name: "s3-policy",
  seeds: fc
    .record({
      form: fields,
      sizeBytes: fc.constantFrom(0, 6, 11),
      expiration: fc.constantFrom("2030-01-01T00:00:00Z", "2030-01-01T00:00:00.000Z", "2020"),
      conditions,
    })
    .map(({ form, sizeBytes, ...document }) =>
      bytesOf(`${sizeBytes}&${form}\n${JSON.stringify(document)}`),
    ),
  words: [
    '["eq","$',
    '"]',
    "{}",
    "\\$",
    '"conditions":',
    '"expiration":',
    "null",
    "[",
    "__proto__",
  ],
  check(input) {
    const end = input.indexOf(0x0a);
    const [size = "", ...pairs] = latin1Of(input.subarray(0, Math.max(end, 0))).split("&");
    const sizeBytes = /^\d{1,9}$/.test(size) ? Number(size) : 0;
    const form = new Map(
      pairs.map((pair): [string, string] => {
        const at = pair.indexOf("=");
        return [pair.slice(0, Math.max(at, 0)).toLowerCase(), pair.slice(at + 1)];
      }),
    );
    const json = input.subarray(end + 1);
    const policy = reading(() => parsePolicy(Buffer.from(json).toString("base64")));
    if (policy.kind === "refused") {
      assert.equal(policy.code, "InvalidPolicyDocument");
      return policy.code;
    }
    const held = reading(() => {
      checkPolicy(policy.value, form, nowUnixMs);
      checkRange(policy.value, sizeBytes);
    });
    const text = new TextDecoder()
      .decode(json)
      .replace(/\\[\s\S]/g, (two) => (two === "\\$" ? "$" : two));
    const isAllowed = passes(JSON.parse(text), form, sizeBytes);
    assert.equal(held.kind === "read", isAllowed, "a form passes where its policy lets it");
    return held.kind === "read" ? "passes" : held.code;
  },
};
