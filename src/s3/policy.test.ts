import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { addressBlockOf, isInBlock } from "./address-block.ts";
import { decide, isPublicPolicy, parseBucketPolicy } from "./policy.ts";
import { fitsWildcards } from "./policy-text.ts";
import { S3Error } from "./s3-error.ts";

const bucket = "photos";
const arn = "arn:aws:s3:::";

type Statement = Readonly<Record<string, unknown>>;

const readAll: Statement = {
  Effect: "Allow",
  Principal: "*",
  Action: "s3:GetObject",
  Resource: `${arn}photos/*`,
};

function policyOf(...statements: readonly Statement[]): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: statements });
}

interface Asked {
  account?: string;
  action?: string;
  resource?: string;
  facts?: Readonly<Record<string, string>>;
}

function verdict(statements: readonly Statement[], asked: Asked = {}): string | undefined {
  const { account = "", action = "s3:GetObject", resource = "photos/a", facts = {} } = asked;
  const policy = parseBucketPolicy(policyOf(...statements), bucket);
  return decide(policy, { account, action, resource, facts: (key) => facts[key] });
}

test("a statement is about whom, what and which it names", () => {
  assert.equal(verdict([readAll]), "Allow");
  assert.equal(verdict([readAll], { action: "s3:PutObject" }), undefined);
  assert.equal(verdict([readAll], { resource: "photos" }), undefined);
  assert.equal(verdict([{ ...readAll, Action: ["S3:put*", "s3:get?bject"] }]), "Allow");
  const some = { ...readAll, Resource: [`${arn}photos/public/*`, `${arn}photos`] };
  assert.equal(verdict([some]), undefined);
  assert.equal(verdict([some], { resource: "photos/public/a/b" }), "Allow");
  const { Action: _, ...rest } = readAll;
  const allBut = { ...rest, NotAction: "s3:Put*" };
  assert.equal(verdict([allBut]), "Allow");
  assert.equal(verdict([allBut], { action: "s3:PutObject" }), undefined);
  const { Resource: __, ...anything } = readAll;
  const elsewhere = { ...anything, NotResource: `${arn}photos/secret/*` };
  assert.equal(verdict([elsewhere]), "Allow");
  assert.equal(verdict([elsewhere], { resource: "photos/secret/a" }), undefined);
});

test("an account is named by its id or its root, and nobody by anything but a star", () => {
  for (const Principal of [
    { AWS: "me" },
    { AWS: ["arn:aws:iam::me:root"] },
    { CanonicalUser: "me" },
  ]) {
    const statement = { ...readAll, Principal };
    assert.equal(verdict([statement], { account: "me" }), "Allow");
    assert.equal(verdict([statement], { account: "you" }), undefined);
    assert.equal(verdict([statement]), undefined);
  }
  assert.equal(verdict([{ ...readAll, Principal: { AWS: "*" } }], { account: "me" }), "Allow");
  assert.equal(verdict([{ ...readAll, Principal: { Service: "*" } }]), undefined);
  const { Principal: _, ...rest } = readAll;
  const others = { ...rest, Effect: "Deny", NotPrincipal: { AWS: "me" } };
  assert.equal(verdict([readAll, others], { account: "me" }), "Allow");
  assert.equal(verdict([readAll, others]), "Deny");
});

test("what is denied is denied, whatever allows it", () => {
  const deny = { ...readAll, Effect: "Deny", Resource: `${arn}photos/secret/*` };
  for (const statements of [
    [readAll, deny],
    [deny, readAll],
  ]) {
    assert.equal(verdict(statements, { resource: "photos/secret/a" }), "Deny");
    assert.equal(verdict(statements), "Allow");
  }
});

test("all conditions have to be met, each by one of its values", () => {
  const where = (Condition: unknown, facts: Readonly<Record<string, string>>): boolean =>
    verdict([{ ...readAll, Condition }], { facts }) === "Allow";
  const home = { StringLike: { "s3:prefix": ["home/*", "x"] } };
  assert.ok(where(home, { "s3:prefix": "home/a" }));
  assert.ok(!where(home, { "s3:prefix": "other" }));
  assert.ok(!where(home, {}));
  const notHome = { StringNotLike: { "S3:Prefix": ["home/*", "x"] } };
  assert.ok(!where(notHome, { "s3:prefix": "x" }));
  assert.ok(where(notHome, { "s3:prefix": "y" }));
  assert.ok(where(notHome, {}));
  assert.ok(where({ StringEqualsIfExists: { "s3:prefix": "a" } }, {}));
  assert.ok(
    where({ StringEqualsIgnoreCase: { "aws:UserAgent": "CURL" } }, { "aws:useragent": "curl" }),
  );
  assert.ok(where({ NumericLessThanEquals: { "s3:max-keys": 10 } }, { "s3:max-keys": "10" }));
  assert.ok(!where({ NumericLessThan: { "s3:max-keys": "10" } }, { "s3:max-keys": "10" }));
  assert.ok(!where({ NumericGreaterThan: { "s3:max-keys": "1" } }, { "s3:max-keys": "x" }));
  assert.ok(where({ NumericNotEquals: { "s3:max-keys": "1" } }, { "s3:max-keys": "2" }));
  const near = { IpAddress: { "aws:SourceIp": ["10.0.0.0/8", "::1"] } };
  assert.ok(where(near, { "aws:sourceip": "10.2.3.4" }));
  assert.ok(where(near, { "aws:sourceip": "::ffff:10.2.3.4" }));
  assert.ok(!where(near, { "aws:sourceip": "11.2.3.4" }));
  assert.ok(!where({ ...near, ...home }, { "aws:sourceip": "10.2.3.4" }));
  assert.ok(where({ NotIpAddress: { "aws:SourceIp": "10.0.0.0/8" } }, { "aws:sourceip": "::1" }));
});

test("G2 a policy that is not understood in full is not taken", () => {
  const codeOf = (text: string): string => {
    try {
      parseBucketPolicy(text, bucket);
    } catch (error) {
      if (error instanceof S3Error) return error.code;
      throw error;
    }
    return "taken";
  };
  for (const text of ["", "[]", "{", "null", '"x"', "{}", '{"Statement":[]}']) {
    assert.equal(codeOf(text), "MalformedPolicy", text);
  }
  assert.equal(codeOf(JSON.stringify({ Version: "1", Statement: [readAll] })), "MalformedPolicy");
  assert.equal(codeOf(JSON.stringify({ Statement: readAll, Other: 1 })), "MalformedPolicy");
  assert.equal(codeOf(JSON.stringify({ Id: "a", Statement: readAll })), "taken");
  for (const [change, code] of [
    [{ Effect: "allow" }, "MalformedPolicy"],
    [{ Sid: 1 }, "MalformedPolicy"],
    [{ Principal: undefined }, "MalformedPolicy"],
    [{ Principal: "me" }, "MalformedPolicy"],
    [{ Principal: { Other: "*" } }, "MalformedPolicy"],
    [{ NotPrincipal: "*" }, "MalformedPolicy"],
    [{ Action: [] }, "MalformedPolicy"],
    [{ Action: "ec2:Run" }, "MalformedPolicy"],
    [{ Action: 1 }, "MalformedPolicy"],
    [{ Resource: "photos/*" }, "MalformedPolicy"],
    [{ Resource: `${arn}others/*` }, "MalformedPolicy"],
    [{ Resource: `${arn}*` }, "taken"],
    [{ Resource: `${arn}photos/\${aws:username}/*` }, "NotImplemented"],
    [{ Extra: 1 }, "MalformedPolicy"],
    [{ Condition: 1 }, "MalformedPolicy"],
    [{ Condition: { StringEquals: "x" } }, "MalformedPolicy"],
    [{ Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/33" } } }, "MalformedPolicy"],
    [{ Condition: { NumericEquals: { "s3:max-keys": "many" } } }, "MalformedPolicy"],
    [{ Condition: { ArnLike: { "aws:SourceArn": "*" } } }, "NotImplemented"],
    [{ Condition: { StringEquals: { "s3:ExistingObjectTag/a": "b" } } }, "NotImplemented"],
  ] as const) {
    assert.equal(codeOf(policyOf({ ...readAll, ...change })), code, JSON.stringify(change));
  }
});

test("a policy is public that lets everyone do something, wherever they are", () => {
  const isPublic = (change: Statement): boolean =>
    isPublicPolicy(parseBucketPolicy(policyOf({ ...readAll, ...change }), bucket));
  assert.ok(isPublic({}));
  assert.ok(isPublic({ Condition: { StringLike: { "aws:Referer": "*" } } }));
  assert.ok(isPublic({ Condition: { IpAddress: { "aws:SourceIp": "0.0.0.0/0" } } }));
  assert.ok(!isPublic({ Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/32" } } }));
  assert.ok(!isPublic({ Principal: { AWS: "me" } }));
  assert.ok(!isPublic({ Effect: "Deny" }));
});

test("wildcards fit what a regular expression of them fits", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "/"), maxLength: 8 });
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 6 });
  fc.assert(
    fc.property(pattern, text, (wild, plain) => {
      const form = new RegExp(`^${wild.replaceAll("*", "[^]*").replaceAll("?", "[^]")}$`);
      assert.equal(fitsWildcards(wild, plain), form.test(plain));
    }),
  );
  assert.ok(!fitsWildcards(`${"a*".repeat(5_000)}b`, "a".repeat(10_000)));
});

test("blocks of addresses", () => {
  for (const [blockText, address, isIn] of [
    ["192.0.2.0/25", "192.0.2.127", true],
    ["192.0.2.0/25", "192.0.2.128", false],
    ["192.0.2.7", "192.0.2.7", true],
    ["0.0.0.0/0", "8.8.8.8", true],
    ["0.0.0.0/0", "::1", false],
    ["2001:db8::/33", "2001:db8:7fff::1", true],
    ["2001:db8::/33", "2001:db8:8000::1", false],
    ["::1", "0:0:0:0:0:0:0:1", true],
    ["10.0.0.0/8", "no address", false],
  ] as const) {
    const found = addressBlockOf(blockText);
    assert.ok(found !== undefined, blockText);
    assert.equal(isInBlock(address, found), isIn, `${address} in ${blockText}`);
  }
  for (const wrong of [
    "",
    "1.2.3",
    "1.2.3.256",
    "01.2.3.4",
    "1.2.3.4/33",
    "1.2.3.4/x",
    "1::2::3",
    ":1",
    "1:2",
    "g::",
  ]) {
    assert.equal(addressBlockOf(wrong), undefined, wrong);
  }
});
