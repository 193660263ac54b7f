// Object lock through the gateway: AWS's answers and codes, and nothing removed that must stay.
import assert from "node:assert/strict";
import { test } from "node:test";
import { toBase64, utf8 } from "#base/bytes.ts";
import { md5 } from "#base/hash.ts";
import { simulate } from "../../sim/index.ts";
import { formatIsoDate } from "./date.ts";
import {
  codeOf,
  type GatewayRig,
  send,
  startGateway,
  stopGateway,
  type TestRequest,
  type TestResponse,
  textsOf,
} from "./rig.ts";

const dayMs = 86_400_000;
const bypass = { "x-amz-bypass-governance-retention": "true" };

/** A bucket with locks, and one without. */
async function withBuckets(
  use: (rig: GatewayRig, ask: (request: TestRequest) => Promise<TestResponse>) => Promise<void>,
): Promise<void> {
  await simulate(1, async (world) => {
    const rig = await startGateway(world.machine.boot());
    const ask = (request: TestRequest): Promise<TestResponse> => send(rig, request);
    const headers = { "x-amz-bucket-object-lock-enabled": "true" };
    await ask({ method: "PUT", target: "/locked", headers });
    await ask({ method: "PUT", target: "/plain" });
    await ask({ method: "PUT", target: "/plain/key", body: "hello" });
    await use(rig, ask);
    await stopGateway(rig);
  });
}

function configuration(rule: string, enabled = "Enabled"): string {
  return (
    `<ObjectLockConfiguration><ObjectLockEnabled>${enabled}</ObjectLockEnabled>${rule}` +
    "</ObjectLockConfiguration>"
  );
}

function rule(mode: string, period: string): string {
  return `<Rule><DefaultRetention><Mode>${mode}</Mode>${period}</DefaultRetention></Rule>`;
}

function retention(mode: string, untilUnixMs: number): string {
  const until = formatIsoDate(untilUnixMs);
  return `<Retention><Mode>${mode}</Mode><RetainUntilDate>${until}</RetainUntilDate></Retention>`;
}

test("a bucket's lock is on for good, and gives new versions its retention", async () => {
  await withBuckets(async (rig, ask) => {
    const versioning = await ask({ method: "GET", target: "/locked?versioning" });
    assert.deepEqual(textsOf(versioning, "Status"), ["Enabled"]);
    const suspend = "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>";
    const suspended = await ask({ method: "PUT", target: "/locked?versioning", body: suspend });
    assert.equal(codeOf(suspended), "InvalidBucketState");
    const bare = await ask({ method: "GET", target: "/locked?object-lock" });
    assert.match(bare.text, /<ObjectLockEnabled>Enabled<\/ObjectLockEnabled><\/ObjectLockConf/);

    const years = configuration(rule("COMPLIANCE", "<Years>2</Years>"));
    await ask({ method: "PUT", target: "/locked?object-lock", body: years });
    const twoYears = await ask({ method: "GET", target: "/locked?object-lock" });
    assert.deepEqual(textsOf(twoYears, "Years"), ["2"]);
    const days = configuration(rule("GOVERNANCE", "<Days>3</Days>"));
    assert.equal(
      (await ask({ method: "PUT", target: "/locked?object-lock", body: days })).status,
      200,
    );
    const threeDays = await ask({ method: "GET", target: "/locked?object-lock" });
    assert.ok(threeDays.text.includes(rule("GOVERNANCE", "<Days>3</Days>")));

    await ask({ method: "PUT", target: "/locked/key", body: "hello" });
    const head = await ask({ method: "HEAD", target: "/locked/key" });
    assert.equal(head.headers["x-amz-object-lock-mode"], "GOVERNANCE");
    const until = Date.parse(head.headers["x-amz-object-lock-retain-until-date"] ?? "");
    assert.ok(Math.abs(until - rig.ports.clock.unixMs() - 3 * dayMs) < 60_000);
    assert.equal(head.headers["x-amz-object-lock-legal-hold"], undefined);
  });
});

test("a bucket without versions cannot have locks, and one with them gets them later", async () => {
  await withBuckets(async (_, ask) => {
    const target = "/plain?object-lock";
    const body = configuration("");
    assert.equal(
      codeOf(await ask({ method: "GET", target })),
      "ObjectLockConfigurationNotFoundError",
    );
    assert.equal(codeOf(await ask({ method: "PUT", target, body })), "InvalidBucketState");
    const enable = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    await ask({ method: "PUT", target: "/plain?versioning", body: enable });
    assert.equal((await ask({ method: "PUT", target, body })).status, 200);
    assert.equal((await ask({ method: "GET", target })).status, 200);
  });
});

test("a lock configuration that makes no sense changes nothing", async () => {
  await withBuckets(async (_, ask) => {
    for (const [body, code] of [
      [configuration("", "Disabled"), "MalformedXML"],
      [configuration(rule("GOVERNANCE", "<Days>1</Days><Years>1</Years>")), "MalformedXML"],
      [configuration(rule("GOVERNANCE", "")), "MalformedXML"],
      [configuration(rule("governance", "<Days>1</Days>")), "MalformedXML"],
      [configuration(rule("GOVERNANCE", "<Days>one</Days>")), "MalformedXML"],
      [configuration("<Rule></Rule>"), "MalformedXML"],
      [configuration(rule("GOVERNANCE", "<Days>0</Days>")), "InvalidRetentionPeriod"],
      [configuration(rule("GOVERNANCE", "<Years>-1</Years>")), "InvalidRetentionPeriod"],
      [configuration(rule("GOVERNANCE", "<Years>101</Years>")), "InvalidRetentionPeriod"],
      ["<Other/>", "MalformedXML"],
      ["", "MissingRequestBodyError"],
    ] as const) {
      const put = await ask({ method: "PUT", target: "/locked?object-lock", body });
      assert.equal(codeOf(put), code, body);
    }
    const read = await ask({ method: "GET", target: "/locked?object-lock" });
    assert.ok(!read.text.includes("<Rule>"));
  });
});

test("a version under retention stays; governance may be lifted, compliance may not", async () => {
  await withBuckets(async (rig, ask) => {
    for (const mode of ["GOVERNANCE", "COMPLIANCE"]) {
      const mayBypass = mode === "GOVERNANCE";
      const put = await ask({ method: "PUT", target: `/locked/${mode}`, body: "hello" });
      const object = `/locked/${mode}?versionId=${put.headers["x-amz-version-id"] ?? ""}`;
      const target = `/locked/${mode}?retention`;
      const nowUnixMs = rig.ports.clock.unixMs();
      const set = (days: number, headers = {}): Promise<TestResponse> =>
        ask({ method: "PUT", target, body: retention(mode, nowUnixMs + days * dayMs), headers });
      assert.equal((await set(2)).status, 200);
      const read = await ask({ method: "GET", target });
      assert.ok(read.text.includes(retention(mode, nowUnixMs + 2 * dayMs).slice(11, -12)));

      assert.equal(codeOf(await ask({ method: "DELETE", target: object })), "AccessDenied");
      assert.equal(codeOf(await set(1)), "AccessDenied");
      assert.equal((await set(3)).status, 200);
      assert.equal((await set(1, bypass)).status, mayBypass ? 200 : 403);
      const none = { method: "PUT", target, body: "<Retention/>" };
      assert.equal(codeOf(await ask(none)), "AccessDenied");
      assert.equal((await ask({ ...none, headers: bypass })).status, mayBypass ? 200 : 403);
      const gone = await ask({ method: "DELETE", target: object });
      assert.equal(gone.status, mayBypass ? 204 : 403);
      // What hides it takes nothing away.
      assert.equal((await ask({ method: "DELETE", target: `/locked/${mode}` })).status, 204);
      assert.equal((await ask({ method: "GET", target: object })).status, mayBypass ? 404 : 200);
    }
  });
});

test("many deletions at once go round what is locked, each with its own answer", async () => {
  await withBuckets(async (rig, ask) => {
    const until = formatIsoDate(rig.ports.clock.unixMs() + dayMs);
    const headers = {
      "x-amz-object-lock-mode": "GOVERNANCE",
      "x-amz-object-lock-retain-until-date": until,
      "content-md5": toBase64(md5(utf8("hello"))),
    };
    const kept = await ask({ method: "PUT", target: "/locked/kept", body: "hello", headers });
    const free = await ask({ method: "PUT", target: "/locked/free", body: "hello" });
    const entry = (key: string, put: TestResponse): string =>
      `<Object><Key>${key}</Key><VersionId>${put.headers["x-amz-version-id"]}</VersionId></Object>`;
    const body = `<Delete>${entry("kept", kept)}${entry("free", free)}</Delete>`;
    const sum = { "content-md5": toBase64(md5(utf8(body))) };
    const request = { method: "POST", target: "/locked?delete", body, headers: sum };
    const first = await ask(request);
    assert.match(first.text, /<Error><Key>kept<\/Key>.*<Code>AccessDenied<\/Code>/);
    assert.match(first.text, /<Deleted><Key>free<\/Key>/);
    const second = await ask({ ...request, headers: { ...sum, ...bypass } });
    assert.match(second.text, /<Deleted><Key>kept<\/Key>/);
  });
});

test("a legal hold keeps a version until it is taken off, whoever asks", async () => {
  await withBuckets(async (_, ask) => {
    const put = await ask({ method: "PUT", target: "/locked/key", body: "hello" });
    const object = `/locked/key?versionId=${put.headers["x-amz-version-id"] ?? ""}`;
    const target = "/locked/key?legal-hold";
    const hold = (status: string): Promise<TestResponse> =>
      ask({ method: "PUT", target, body: `<LegalHold><Status>${status}</Status></LegalHold>` });
    assert.equal(codeOf(await ask({ method: "GET", target })), "NoSuchObjectLockConfiguration");
    assert.equal(codeOf(await hold("abc")), "MalformedXML");
    assert.equal((await hold("ON")).status, 200);
    assert.deepEqual(textsOf(await ask({ method: "GET", target }), "Status"), ["ON"]);
    const head = await ask({ method: "HEAD", target: object });
    assert.equal(head.headers["x-amz-object-lock-legal-hold"], "ON");
    const remove = { method: "DELETE", target: object, headers: bypass };
    assert.equal(codeOf(await ask(remove)), "AccessDenied");
    assert.equal((await hold("OFF")).status, 200);
    assert.deepEqual(textsOf(await ask({ method: "GET", target }), "Status"), ["OFF"]);
    assert.equal((await ask(remove)).status, 204);
  });
});

test("copies and uploads in parts bring locks of their own, and take none over", async () => {
  await withBuckets(async (rig, ask) => {
    const until = formatIsoDate(rig.ports.clock.unixMs() + dayMs);
    const lock = {
      "x-amz-object-lock-mode": "COMPLIANCE",
      "x-amz-object-lock-retain-until-date": until,
      "x-amz-object-lock-legal-hold": "ON",
    };
    const copy = { method: "PUT", target: "/locked/copy" };
    const source = { "x-amz-copy-source": "/plain/key" };
    assert.equal((await ask({ ...copy, headers: { ...source, ...lock } })).status, 200);
    const again = { "x-amz-copy-source": "/locked/copy" };
    await ask({ method: "PUT", target: "/locked/free", headers: again });
    const begun = await ask({ method: "POST", target: "/locked/parts?uploads", headers: lock });
    const upload = `/locked/parts?uploadId=${textsOf(begun, "UploadId")[0] ?? ""}`;
    const part = await ask({ method: "PUT", target: `${upload}&partNumber=1`, body: "hello" });
    const named = `<Part><PartNumber>1</PartNumber><ETag>${part.headers["etag"]}</ETag></Part>`;
    const body = `<CompleteMultipartUpload>${named}</CompleteMultipartUpload>`;
    assert.equal((await ask({ method: "POST", target: upload, body })).status, 200);
    for (const [key, mode] of [
      ["copy", "COMPLIANCE"],
      ["parts", "COMPLIANCE"],
      ["free", undefined],
    ] as const) {
      const head = await ask({ method: "HEAD", target: `/locked/${key}` });
      assert.equal(head.headers["x-amz-object-lock-mode"], mode, key);
    }
  });
});

test("lock fields that make no sense are refused, and so are locks where there are none", async () => {
  await withBuckets(async (rig, ask) => {
    const nowUnixMs = rig.ports.clock.unixMs();
    const mode = { "x-amz-object-lock-mode": "GOVERNANCE" };
    const until = (days: number): Record<string, string> => ({
      "x-amz-object-lock-retain-until-date": formatIsoDate(nowUnixMs + days * dayMs),
    });
    const sum = { "content-md5": toBase64(md5(utf8("hello"))) };
    for (const [target, headers, code] of [
      ["/locked/key", mode, "InvalidArgument"],
      ["/locked/key", until(1), "InvalidArgument"],
      ["/locked/key", { ...mode, ...until(-1) }, "InvalidArgument"],
      ["/locked/key", { ...until(1), "x-amz-object-lock-mode": "abc" }, "InvalidArgument"],
      ["/locked/key", { "x-amz-object-lock-legal-hold": "abc" }, "InvalidArgument"],
      [
        "/locked/key",
        { ...mode, "x-amz-object-lock-retain-until-date": "soon" },
        "InvalidArgument",
      ],
      ["/locked/key", { ...mode, ...until(1), "content-md5": "" }, "InvalidRequest"],
      ["/plain/key", { ...mode, ...until(1) }, "InvalidRequest"],
    ] as const) {
      const request = { method: "PUT", target, body: "other", headers: { ...sum, ...headers } };
      assert.equal(codeOf(await ask(request)), code, JSON.stringify(headers));
    }
    assert.equal((await ask({ method: "HEAD", target: "/locked/key" })).status, 404);
    for (const [method, target, body] of [
      ["PUT", "/plain/key?retention", retention("GOVERNANCE", nowUnixMs + dayMs)],
      ["GET", "/plain/key?retention", ""],
      ["PUT", "/plain/key?legal-hold", "<LegalHold><Status>ON</Status></LegalHold>"],
      ["GET", "/plain/key?legal-hold", ""],
    ] as const) {
      assert.equal(codeOf(await ask({ method, target, body })), "InvalidRequest", target);
    }
    const abc = retention("abc", nowUnixMs + dayMs);
    await ask({ method: "PUT", target: "/locked/key", body: "hello" });
    const target = "/locked/key?retention";
    assert.equal(codeOf(await ask({ method: "PUT", target, body: abc })), "MalformedXML");
    const past = retention("GOVERNANCE", nowUnixMs - dayMs);
    assert.equal(codeOf(await ask({ method: "PUT", target, body: past })), "InvalidArgument");
    assert.equal(codeOf(await ask({ method: "GET", target })), "NoSuchObjectLockConfiguration");
  });
});
