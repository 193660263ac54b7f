import assert from "node:assert/strict";
import { test } from "node:test";
import { Command } from "commander";
import { withTwoDashes } from "./arguments.ts";
import { type ServeOptions, addServeOptions, environmentCredentials } from "./serve-options.ts";

/** What the flags come to; throws what commander throws. */
function parsed(...args: string[]): ServeOptions {
  const command = new Command("serve")
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  addServeOptions(command);
  const names = new Set(command.options.map((option) => option.name()));
  command.parse(withTwoDashes(args, names), { from: "user" });
  return command.opts();
}

test("without flags a node serves on this machine only", () => {
  assert.deepEqual(parsed(), {
    dataDir: "./hamster-data",
    listen: { host: "127.0.0.1", port: 9001 },
    node: "",
    zone: "",
    s3: { host: "127.0.0.1", port: 9000 },
    region: "us-east-1",
    domain: [],
    scrubTime: 7 * 86_400_000,
    logLevel: "info",
    logFormat: "text",
  });
});

test("long flags take one dash or two, and their value after a space or an equals sign", () => {
  for (const args of [
    ["--data-dir", "/x", "--s3", "[::1]:80"],
    ["-data-dir", "/x", "-s3=[::1]:80"],
    ["-data-dir=/x", "--s3=[::1]:80"],
  ]) {
    const { dataDir, s3 } = parsed(...args);
    assert.equal(dataDir, "/x");
    assert.deepEqual(s3, { host: "::1", port: 80 });
  }
  assert.throws(() => parsed("-unknown-flag"), { code: "commander.unknownOption" });
});

test("a node says where it is reached, what it is called, where it stands and what it takes", () => {
  const { listen, node, zone, capacity, replaces, token } = parsed(
    "-listen",
    "10.0.0.1:9001",
    "-node=n1",
    "-zone",
    "rack-2",
    "-capacity",
    "1.5TiB",
    "-replaces",
    "3",
    "-token",
    "-",
  );
  assert.deepEqual(listen, { host: "10.0.0.1", port: 9001 });
  assert.deepEqual(
    { node, zone, replaces, token },
    {
      node: "n1",
      zone: "rack-2",
      replaces: 3,
      token: "-",
    },
  );
  assert.equal(capacity, 1.5 * 1024 ** 4);
  assert.equal(parsed("--capacity", "2T").capacity, 2 * 1024 ** 4);
  assert.equal(parsed("--capacity", "500GB").capacity, 500 * 1024 ** 3);
});

test("domains may be several", () => {
  const { domain } = parsed("--domain", "a.example, B.example", "--domain", "c.example");
  assert.deepEqual(domain, ["a.example", "b.example", "c.example"]);
});

test("a value that cannot be right is refused", () => {
  const invalid = [
    ["--s3", "9000"],
    ["--s3", "localhost"],
    ["--s3", "::1:9000"],
    ["--s3", "127.0.0.1:65536"],
    ["--s3", "127.0.0.1:-1"],
    ["--s3", ""],
    ["--region", "US East"],
    ["--domain", "http://s3.example.com"],
    ["--domain", "s3.example.com:9000"],
    ["--domain", ""],
    ["--log-level", "verbose"],
    ["--log-format", "xml"],
    ["--data-dir", ""],
    ["--listen", "9001"],
    ["--node", "a name"],
    ["--zone", ""],
    ["--capacity", "500"],
    ["--capacity", "100MiB"],
    ["--capacity", "-1GiB"],
    ["--replaces", "0"],
    ["--replaces", "n1"],
  ];
  for (const args of invalid) {
    assert.throws(() => parsed(...args), { code: "commander.invalidArgument" }, args.join(" "));
  }
});

test("every flag has a variable, and the flag wins", () => {
  process.env["HAMSTER_REGION"] = "eu-north-1";
  process.env["HAMSTER_DOMAIN"] = "a.example,b.example";
  try {
    assert.equal(parsed().region, "eu-north-1");
    assert.deepEqual(parsed().domain, ["a.example", "b.example"]);
    assert.equal(parsed("--region", "eu-west-1").region, "eu-west-1");
    process.env["HAMSTER_REGION"] = "No Region";
    assert.throws(() => parsed(), /HAMSTER_REGION/);
  } finally {
    delete process.env["HAMSTER_REGION"];
    delete process.env["HAMSTER_DOMAIN"];
  }
});

test("credentials come in pairs, and what is said about them does not hold them", () => {
  const pair = (accessKeyId?: string, secretAccessKey?: string): NodeJS.ProcessEnv => ({
    ...(accessKeyId === undefined ? {} : { HAMSTER_ACCESS_KEY_ID: accessKeyId }),
    ...(secretAccessKey === undefined ? {} : { HAMSTER_SECRET_ACCESS_KEY: secretAccessKey }),
  });
  assert.deepEqual(environmentCredentials(pair()), { kind: "none" });
  assert.deepEqual(environmentCredentials(pair("AKIA1", "secret/with+signs=")), {
    kind: "given",
    credentials: { accessKeyId: "AKIA1", secretAccessKey: "secret/with+signs=" },
  });
  for (const environment of [
    pair("AKIA1"),
    pair(undefined, "long enough"),
    pair("AKIA1", "short"),
    pair("AK/IA", "longenough"),
    pair("", ""),
    pair("AKIA1", "has a space"),
  ]) {
    const result = environmentCredentials(environment);
    assert.ok(result.kind === "invalid");
    for (const value of Object.values(environment)) {
      assert.ok(value === undefined || value === "" || !result.reason.includes(value));
    }
  }
});
