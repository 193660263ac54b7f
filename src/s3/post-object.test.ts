// Uploads from forms: what a browser sends, what the signer allows, and what must not pass.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import * as fc from "fast-check";
import { concatBytes, mib, toBase64, utf8 } from "#base/bytes.ts";
import { simulate } from "../../sim/index.ts";
import { formatAmzDate, formatIsoDate } from "./date.ts";
import {
  accessKeyId,
  codeOf,
  collect,
  type GatewayRig,
  heldBytes,
  region,
  secretAccessKey,
  send,
  sendRaw,
  startGateway,
  stopGateway,
  type TestResponse,
  textsOf,
} from "./rig.ts";

type Fields = readonly (readonly [name: string, value: string])[];
type Conditions = readonly unknown[];

const boundary = "----a-boundary";

async function withBucket(use: (rig: GatewayRig) => Promise<void>): Promise<void> {
  await simulate(1, async (world) => {
    const rig = await startGateway(world.machine.boot());
    await send(rig, { method: "PUT", target: "/bucket" });
    await use(rig);
    await stopGateway(rig);
  });
}

function part(name: string, value: Uint8Array | string, more = ""): Uint8Array {
  const head = `Content-Disposition: form-data; name="${name}"${more}\r\n\r\n`;
  const bytes = typeof value === "string" ? utf8(value) : value;
  return concatBytes([utf8(`--${boundary}\r\n${head}`), bytes, utf8("\r\n")]);
}

interface Form {
  fields: Fields;
  file?: Uint8Array | string;
  fileName?: string;
  after?: Fields;
  /** Cuts the form into pieces of this length. */
  pieceSizeBytes?: number;
  end?: string;
}

function encode({ fields, file = "bar", fileName = "a.txt", after = [], end }: Form): Uint8Array {
  return concatBytes([
    ...fields.map(([name, value]) => part(name, value)),
    part("file", file, `; filename="${fileName}"\r\nContent-Type: text/plain`),
    ...after.map(([name, value]) => part(name, value)),
    utf8(end ?? `--${boundary}--\r\n`),
  ]);
}

async function sendForm(rig: GatewayRig, form: Form): Promise<TestResponse> {
  const bytes = encode(form);
  const size = form.pieceSizeBytes ?? 65_536;
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size));
  const headers = {
    host: ["s3.test"],
    "content-type": [`multipart/form-data; boundary=${boundary}`],
    "content-length": [`${bytes.length}`],
  };
  return collect(await sendRaw(rig, { method: "POST", target: "/bucket", headers, body: pieces }));
}

function policyOf(rig: GatewayRig, conditions: Conditions, seconds = 60): string {
  const expiration = formatIsoDate(rig.ports.clock.unixMs() + seconds * 1000);
  return toBase64(utf8(JSON.stringify({ expiration, conditions })));
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

/** The fields that prove a policy, by the newer signature. */
function signedV4(rig: GatewayRig, conditions: Conditions): Fields {
  const amzDate = formatAmzDate(rig.ports.clock.unixMs());
  const date = amzDate.slice(0, 8);
  const credential = `${accessKeyId}/${date}/${region}/s3/aws4_request`;
  const proofs = [
    ["x-amz-algorithm", "AWS4-HMAC-SHA256"],
    ["x-amz-credential", credential],
    ["x-amz-date", amzDate],
  ] as const;
  const own = proofs.map(([name, value]) => ({ [name]: value }));
  const policy = policyOf(rig, [...conditions, ...own]);
  let key = hmac(`AWS4${secretAccessKey}`, date);
  for (const scope of [region, "s3", "aws4_request"]) key = hmac(key, scope);
  return [...proofs, ["policy", policy], ["x-amz-signature", hmac(key, policy).toString("hex")]];
}

/** The fields that prove a policy, by the older signature. */
function signedV2(policy: string, secret = secretAccessKey): Fields {
  const signature = createHmac("sha1", secret).update(policy).digest("base64");
  return [
    ["AWSAccessKeyId", accessKeyId],
    ["signature", signature],
    ["policy", policy],
  ];
}

const usual: Conditions = [
  { bucket: "bucket" },
  ["starts-with", "$key", "foo"],
  { acl: "private" },
  ["starts-with", "$Content-Type", "text/plain"],
  ["content-length-range", 0, 1024],
];
const usualFields: Fields = [
  ["key", "foo.txt"],
  ["acl", "private"],
  ["Content-Type", "text/plain"],
];

const read = (rig: GatewayRig, key: string) =>
  send(rig, { method: "GET", target: `/bucket/${key}` });

test("a form is stored as an object, with what its fields say", async () => {
  await withBucket(async (rig) => {
    const conditions = [
      ...usual,
      ["starts-with", "$x-amz-meta-note", ""],
      ["starts-with", "$tagging", ""],
      ["starts-with", "$success_action_status", ""],
    ];
    const tagging = "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>";
    const fields: Fields = [
      ...usualFields,
      ["x-amz-meta-note", "grün"],
      ["tagging", tagging],
      ["success_action_status", "201"],
      ["x-ignore-this", "!"],
      ...signedV4(rig, conditions),
    ];
    const posted = await sendForm(rig, { fields });
    assert.equal(posted.status, 201, posted.text);
    assert.deepEqual(textsOf(posted, "Key"), ["foo.txt"]);
    assert.deepEqual(textsOf(posted, "Location"), ["http://s3.test/bucket/foo.txt"]);
    const object = await read(rig, "foo.txt");
    assert.equal(object.text, "bar");
    assert.equal(object.headers["content-type"], "text/plain");
    assert.equal(object.headers["x-amz-meta-note"], Buffer.from("grün").toString("latin1"));
    assert.equal(object.headers["x-amz-tagging-count"], "1");
    assert.equal(posted.headers["etag"], object.headers["etag"]);
  });
});

test("names of fields, operators and conditions count in any case; a key takes the file's name", async () => {
  await withBucket(async (rig) => {
    const conditions = [{ bUcKeT: "bucket" }, ["StArTs-WiTh", "$KeY", "foo/"], { AcL: "private" }];
    const fields: Fields = [
      ["kEy", "foo/${filename}"],
      ["aCl", "private"],
      ...signedV2(policyOf(rig, conditions)),
    ];
    const posted = await sendForm(rig, { fields, fileName: String.raw`C:\tmp\ü $& 1.txt` });
    assert.equal(posted.status, 204, posted.text);
    assert.equal((await read(rig, "foo/%C3%BC%20%24%26%201.txt")).text, "bar");
  });
});

test("the answer is the one that the form asks for", async () => {
  await withBucket(async (rig) => {
    const answer = async (name: string, value: string): Promise<TestResponse> => {
      const conditions = [...usual, ["starts-with", `$${name}`, ""]];
      const fields: Fields = [...usualFields, [name, value], ...signedV4(rig, conditions)];
      return sendForm(rig, { fields });
    };
    assert.equal((await answer("success_action_status", "200")).status, 200);
    assert.equal((await answer("success_action_status", "404")).status, 204);
    const sent = await answer("success_action_redirect", "http://app.test/done?a=1#end");
    assert.equal(sent.status, 303);
    assert.equal(
      sent.headers["location"],
      "http://app.test/done?a=1&bucket=bucket&key=foo.txt&etag=%2237b51d194a7513e45b56f6524f2d51f2%22#end",
    );
    assert.equal((await answer("success_action_redirect", "javascript:1")).status, 204);
  });
});

test("files of any size and content come back exactly, however the form is cut", async () => {
  await withBucket(async (rig) => {
    const conditions = [{ bucket: "bucket" }, ["starts-with", "$key", ""]];
    const fields: Fields = [["key", "k"], ...signedV4(rig, conditions)];
    const fragment = fc.constantFrom(
      "\r",
      "\n",
      "\r\n",
      `\r\n--`,
      `\r\n--${boundary.slice(1)}`,
      "x",
    );
    const files = fc.tuple(fc.array(fragment, { maxLength: 40 }), fc.integer({ min: 1, max: 300 }));
    for (const [parts, pieceSizeBytes] of fc.sample(files, { numRuns: 40, seed: 5 })) {
      const file = parts.join("");
      const posted = await sendForm(rig, { fields, file, pieceSizeBytes });
      assert.equal(posted.status, 204, posted.text);
      assert.equal((await read(rig, "k")).text, file);
    }
    const large = new Uint8Array(2 * mib + 7).map((_, i) => (i % 61 === 0 ? 13 : i * 7));
    for (const pieceSizeBytes of [65_536, 1_000_003]) {
      const posted = await sendForm(rig, { fields, file: large, pieceSizeBytes });
      assert.equal(posted.status, 204, posted.text);
      assert.equal(posted.requestBody, "read");
      assert.deepEqual((await read(rig, "k")).body, large);
    }
    const after: Fields = [["submit", "Upload"]];
    assert.equal((await sendForm(rig, { fields, file: "small", after })).status, 204);
    assert.equal((await read(rig, "k")).text, "small");
    const trailed = await sendForm(rig, { fields, file: large, after });
    assert.equal(codeOf(trailed), "MalformedPOSTRequest");
    const open = await sendForm(rig, { fields, file: large, end: "" });
    assert.equal(codeOf(open), "MalformedPOSTRequest");
    assert.equal((await read(rig, "k")).text, "small");
  });
});

/** Sends a form that must be refused, and checks that nothing came of it. */
async function refused(rig: GatewayRig, form: Form, code: string, status: number): Promise<void> {
  const posted = await sendForm(rig, form);
  assert.deepEqual({ code: codeOf(posted), status: posted.status }, { code, status }, posted.text);
  assert.equal(heldBytes(rig), 0, "G2: no bytes are held");
  assert.equal((await read(rig, "foo.txt")).status, 404);
}

test("G2 a form that nobody signed, or signed for something else, is refused", async () => {
  await withBucket(async (rig) => {
    const policy = policyOf(rig, usual);
    const deny = (fields: Fields, code = "AccessDenied", status = 403) =>
      refused(rig, { fields: [...usualFields, ...fields] }, code, status);
    await deny([]);
    await deny(signedV2(policy, "guess"), "SignatureDoesNotMatch");
    await deny([["policy", policy]], "InvalidArgument", 400);
    await deny(signedV2(policy).slice(0, 2), "InvalidArgument", 400);
    const [, ...unknown] = signedV2(policy);
    await deny([["AWSAccessKeyId", "nobody"], ...unknown], "InvalidAccessKeyId");
    await deny([...signedV2(policy), ["x-amz-meta-more", "1"]]);
    await deny(signedV2(policyOf(rig, usual, -1)));
    for (const i of [0, 1, 2, 3]) {
      const others = usual.map((one, j) => (i === j ? ["eq", "$key", "other"] : one));
      await deny(signedV2(policyOf(rig, others)));
      await deny(signedV2(policyOf(rig, usual.toSpliced(i, 1))));
    }
    const [first, ...rest] = signedV4(rig, usual);
    assert.ok(first !== undefined);
    await deny(rest, "InvalidArgument", 400);
    const changed = rest.map(([name, value]) =>
      name === "x-amz-signature"
        ? ([name, value.replace(/^./, "x")] as const)
        : ([name, value] as const),
    );
    await deny([first, ...changed], "SignatureDoesNotMatch");
    for (const [from, to] of [
      ["us-east-1", "eu-west-1"],
      ["s3", "sqs"],
    ] as const) {
      const moved = rest.map(([name, value]) => [name, value.replace(from, to)] as const);
      await deny([first, ...moved], "AuthorizationQueryParametersError", 400);
    }
  });
});

test("G2 a policy that cannot be understood is refused", async () => {
  await withBucket(async (rig) => {
    const later = formatIsoDate(rig.ports.clock.unixMs() + 60_000);
    const range = (...ends: unknown[]): unknown => ["content-length-range", ...ends];
    for (const document of [
      "{",
      "[]",
      "1",
      JSON.stringify({ expiration: later }),
      JSON.stringify({ conditions: usual }),
      JSON.stringify({ EXPIRATION: later, conditions: usual }),
      JSON.stringify({ expiration: "2030-01-01 00:00:00+00:00", conditions: usual }),
      JSON.stringify({ expiration: later, CONDITIONS: usual }),
      JSON.stringify({ expiration: later, conditions: [...usual, {}] }),
      JSON.stringify({ expiration: later, conditions: [...usual, { a: "1", b: "2" }] }),
      JSON.stringify({ expiration: later, conditions: [...usual, range(0)] }),
      JSON.stringify({ expiration: later, conditions: [...usual, range(-1, 5)] }),
      JSON.stringify({ expiration: later, conditions: [...usual, ["like", "$key", "a"]] }),
      JSON.stringify({ expiration: later, conditions: [...usual, ["eq", "key", "a"]] }),
      JSON.stringify({ expiration: later, conditions: [...usual, 7, null] }),
    ]) {
      const fields = [...usualFields, ...signedV2(toBase64(utf8(document)))];
      await refused(rig, { fields }, "InvalidPolicyDocument", 400);
    }
    const unreadable = [...usualFields, ...signedV2("%%%")];
    await refused(rig, { fields: unreadable }, "InvalidPolicyDocument", 400);
  });
});

test("G2 a file out of the policy's bounds, and a form without key, file or end, is refused", async () => {
  await withBucket(async (rig) => {
    const signed = signedV2(policyOf(rig, [...usual.slice(0, 4), ["content-length-range", 3, 9]]));
    const fields = [...usualFields, ...signed];
    await refused(rig, { fields, file: "0123456789" }, "EntityTooLarge", 400);
    await refused(rig, { fields, file: "01" }, "EntityTooSmall", 400);
    await refused(rig, { fields: fields.slice(1) }, "InvalidArgument", 400);
    await refused(rig, { fields, end: "" }, "MalformedPOSTRequest", 400);
    const long: Fields = [["x-ignore-it", "x".repeat(30_000)], ...fields];
    await refused(rig, { fields: long }, "MaxPostPreDataLengthExceededError", 400);
    const broken: Fields = [["x-amz-meta-a", "1\r\nx-injected: 1"], ...fields];
    await refused(rig, { fields: broken }, "AccessDenied", 403);
    const checked = signedV2(
      policyOf(rig, [...usual, ["starts-with", "$x-amz-checksum-crc32", ""]]),
    );
    const wrong: Fields = [...usualFields, ["x-amz-checksum-crc32", "AAAAAA=="], ...checked];
    await refused(rig, { fields: wrong }, "BadDigest", 400);
    const line = signedV2(policyOf(rig, [...usual, ["starts-with", "$x-amz-meta-a", ""]]));
    const injected: Fields = [...usualFields, ["x-amz-meta-a", "1\r\nx-injected: 1"], ...line];
    await refused(rig, { fields: injected }, "InvalidArgument", 400);
  });
});

test("a POST to a bucket that is no form is told so", async () => {
  await withBucket(async (rig) => {
    const posted = await send(rig, { method: "POST", target: "/bucket", body: "x" });
    assert.equal(codeOf(posted), "PreconditionFailed");
    for (const type of ["multipart/form-data", "multipart/form-data; boundary="]) {
      const headers = { host: ["s3.test"], "content-type": [type], "content-length": ["1"] };
      const body = [utf8("x")];
      const sent = await sendRaw(rig, { method: "POST", target: "/bucket", headers, body });
      assert.equal(codeOf(await collect(sent)), "MalformedPOSTRequest");
    }
    const headers = { host: ["s3.test"], "content-type": [`multipart/form-data; boundary=x`] };
    const unsized = await sendRaw(rig, { method: "POST", target: "/bucket", headers });
    assert.equal(codeOf(await collect(unsized)), "MissingContentLength");
  });
});
