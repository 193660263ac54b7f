// Browsers: what a bucket's rules let pages of other places do, and what they are told.
import assert from "node:assert/strict";
import { test } from "node:test";
import { simulate } from "../../sim/index.ts";
import {
  codeOf,
  collect,
  type GatewayRig,
  presignedTarget,
  send,
  sendRaw,
  startGateway,
  stopGateway,
  type TestResponse,
  textsOf,
} from "./rig.ts";

async function withBucket(use: (rig: GatewayRig) => Promise<void>): Promise<void> {
  await simulate(1, async (world) => {
    const rig = await startGateway(world.machine.boot());
    await send(rig, { method: "PUT", target: "/bucket" });
    await use(rig);
    await stopGateway(rig);
  });
}

const ask = (rig: GatewayRig, method: string, target: string, body?: string) =>
  send(rig, { method, target, ...(body === undefined ? {} : { body }) });

const allowed = (origin: string, method: string): string =>
  `<AllowedOrigin>${origin}</AllowedOrigin><AllowedMethod>${method}</AllowedMethod>`;

function configuration(...rules: readonly string[]): string {
  const elements = rules.map((rule) => `<CORSRule>${rule}</CORSRule>`);
  return `<CORSConfiguration>${elements.join("")}</CORSConfiguration>`;
}

const rules = configuration(
  `<ID>one</ID><AllowedHeader>x-amz-*</AllowedHeader>${allowed("https://*.app.test", "GET")}` +
    "<ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>600</MaxAgeSeconds>",
  allowed("https://put.test", "PUT"),
  allowed("*", "DELETE"),
);

/** Sends a request that nobody signed. */
async function unsigned(
  rig: GatewayRig,
  method: string,
  target: string,
  fields: Readonly<Record<string, string>>,
): Promise<TestResponse> {
  const sent = Object.entries({ host: "s3.test", ...fields }).map(([name, value]) => [
    name,
    [value],
  ]);
  return collect(await sendRaw(rig, { method, target, headers: Object.fromEntries(sent) }));
}

test("a bucket's rules are put, shown and taken away", async () => {
  await withBucket(async (rig) => {
    assert.equal(codeOf(await ask(rig, "GET", "/bucket?cors")), "NoSuchCORSConfiguration");
    assert.equal((await ask(rig, "PUT", "/bucket?cors", rules)).status, 200);
    const shown = await ask(rig, "GET", "/bucket?cors");
    assert.deepEqual(textsOf(shown, "AllowedMethod"), ["GET", "PUT", "DELETE"]);
    assert.deepEqual(textsOf(shown, "ID"), ["one"]);
    assert.deepEqual(textsOf(shown, "AllowedHeader"), ["x-amz-*"]);
    assert.deepEqual(textsOf(shown, "ExposeHeader"), ["ETag"]);
    assert.deepEqual(textsOf(shown, "MaxAgeSeconds"), ["600"]);
    assert.equal((await ask(rig, "DELETE", "/bucket?cors")).status, 204);
    assert.equal(codeOf(await ask(rig, "GET", "/bucket?cors")), "NoSuchCORSConfiguration");
  });
});

test("rules that make no sense are refused, and change nothing", async () => {
  await withBucket(async (rig) => {
    await ask(rig, "PUT", "/bucket?cors", rules);
    const whole = allowed("*", "GET");
    for (const [document, code] of [
      ["", "MissingRequestBodyError"],
      ["<Other/>", "MalformedXML"],
      [configuration(), "MalformedXML"],
      [configuration(...Array.from({ length: 101 }, () => whole)), "MalformedXML"],
      [configuration("<AllowedOrigin>*</AllowedOrigin>"), "MalformedXML"],
      [configuration("<AllowedMethod>GET</AllowedMethod>"), "MalformedXML"],
      [configuration(`${whole}<MaxAgeSeconds>x</MaxAgeSeconds>`), "MalformedXML"],
      [configuration(allowed("*", "PATCH")), "InvalidRequest"],
      [configuration(allowed("*a*", "GET")), "InvalidRequest"],
      [configuration(`${whole}<ExposeHeader>x-*</ExposeHeader>`), "InvalidRequest"],
      [configuration(`${whole}<AllowedHeader>*-*</AllowedHeader>`), "InvalidRequest"],
      [configuration(`${whole}<ID>${"x".repeat(256)}</ID>`), "InvalidRequest"],
      [configuration(`${whole}<ExposeHeader>a&#10;b</ExposeHeader>`), "InvalidArgument"],
    ] as const) {
      assert.equal(codeOf(await ask(rig, "PUT", "/bucket?cors", document)), code, document);
    }
    const shown = await ask(rig, "GET", "/bucket?cors");
    assert.deepEqual(textsOf(shown, "AllowedMethod"), ["GET", "PUT", "DELETE"]);
  });
});

test("a browser that asks first is told what a page may do", async () => {
  await withBucket(async (rig) => {
    await ask(rig, "PUT", "/bucket?cors", rules);
    const preflight = (origin: string, method: string, headers = "", target = "/bucket/key") =>
      unsigned(rig, "OPTIONS", target, {
        ...(origin === "" ? {} : { origin }),
        ...(method === "" ? {} : { "access-control-request-method": method }),
        ...(headers === "" ? {} : { "access-control-request-headers": headers }),
      });
    const met = await preflight("https://a.app.test", "GET", "X-Amz-Date, x-amz-meta-a");
    assert.equal(met.status, 200);
    assert.equal(met.headers["access-control-allow-origin"], "https://a.app.test");
    assert.equal(met.headers["access-control-allow-methods"], "GET");
    assert.equal(met.headers["access-control-allow-headers"], "x-amz-date, x-amz-meta-a");
    assert.equal(met.headers["access-control-allow-credentials"], "true");
    assert.equal(met.headers["access-control-expose-headers"], "ETag");
    assert.equal(met.headers["access-control-max-age"], "600");
    const all = await preflight("https://any.test", "DELETE");
    assert.equal(all.headers["access-control-allow-origin"], "*");
    assert.equal(all.headers["access-control-allow-credentials"], undefined);
    for (const [origin, method, headers, code] of [
      ["", "GET", "", "BadRequest"],
      ["https://a.app.test", "", "", "BadRequest"],
      ["https://a.app.test", "PATCH", "", "BadRequest"],
      ["https://a.app.test", "PUT", "", "AccessForbidden"],
      ["https://app.test", "GET", "", "AccessForbidden"],
      ["https://a.app.test", "GET", "x-other", "AccessForbidden"],
      ["https://put.test", "PUT", "x-amz-date", "AccessForbidden"],
    ] as const) {
      const refused = await preflight(origin, method, headers);
      assert.equal(codeOf(refused), code, `${origin} ${method} ${headers}`);
      assert.equal(refused.headers["access-control-allow-origin"], undefined);
    }
    await ask(rig, "PUT", "/plain-bucket");
    for (const target of ["/plain-bucket", "/missing-bucket/key", "/"]) {
      const none = await preflight("https://a.app.test", "GET", "", target);
      assert.equal(codeOf(none), "AccessForbidden");
      assert.match(none.text, /CORS is not enabled for this bucket/);
    }
  });
});

test("an answer to a page says that the page may read it, whatever the answer is", async () => {
  await withBucket(async (rig) => {
    await ask(rig, "PUT", "/bucket?cors", rules);
    await ask(rig, "PUT", "/bucket/key", "x");
    const origin = "https://a.app.test";
    const get = async (target: string, fields: Readonly<Record<string, string>>) =>
      unsigned(
        rig,
        "GET",
        presignedTarget(rig.ports, { method: "GET", target, expiresSeconds: "60" }),
        fields,
      );
    const read = await get("/bucket/key", { origin });
    assert.equal(read.text, "x");
    assert.equal(read.headers["access-control-allow-origin"], origin);
    assert.equal(read.headers["access-control-expose-headers"], "ETag");
    assert.match(read.headers["vary"] ?? "", /Origin/);
    const missing = await get("/bucket/missing", { origin });
    assert.equal(missing.status, 404);
    assert.equal(missing.headers["access-control-allow-origin"], origin);
    const denied = await unsigned(rig, "GET", "/bucket/key", { origin });
    assert.equal(denied.status, 403);
    assert.equal(denied.headers["access-control-allow-origin"], origin);
    const other = await get("/bucket/key", { origin: "https://other.test" });
    assert.equal(other.text, "x");
    assert.equal(other.headers["access-control-allow-origin"], undefined);
    assert.equal((await get("/bucket/key", {})).headers["vary"], undefined);
    for (const target of ["/%zz", "/Bad_Name/key", "/"]) {
      const unreadable = await unsigned(rig, "GET", target, { origin });
      assert.equal(unreadable.headers["access-control-allow-origin"], undefined);
    }
  });
});

test("what is said to be public of a bucket is put, shown and taken away", async () => {
  await withBucket(async (rig) => {
    const target = "/bucket?publicAccessBlock";
    const none = "NoSuchPublicAccessBlockConfiguration";
    assert.equal(codeOf(await ask(rig, "GET", target)), none);
    const block = (text: string): string =>
      "<PublicAccessBlockConfiguration><BlockPublicAcls>" +
      `${text}</BlockPublicAcls></PublicAccessBlockConfiguration>`;
    assert.equal((await ask(rig, "PUT", target, block("true"))).status, 200);
    const shown = await ask(rig, "GET", target);
    assert.deepEqual(textsOf(shown, "BlockPublicAcls"), ["true"]);
    assert.deepEqual(textsOf(shown, "RestrictPublicBuckets"), ["false"]);
    assert.equal(codeOf(await ask(rig, "PUT", target, block("maybe"))), "MalformedXML");
    assert.equal(codeOf(await ask(rig, "PUT", target, "<Other/>")), "MalformedXML");
    assert.equal((await ask(rig, "DELETE", target)).status, 204);
    assert.equal(codeOf(await ask(rig, "GET", target)), none);
  });
});
