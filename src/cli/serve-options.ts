import { type Command, InvalidArgumentError, Option } from "commander";
import { type LogFormat, type LogLevel, logLevels } from "#host/index.ts";

/** Where to listen. */
export interface Address {
  host: string;
  port: number;
}

/** What `hamster serve` was asked for. */
export interface ServeOptions {
  dataDir: string;
  s3: Address;
  region: string;
  domain: readonly string[];
  logLevel: LogLevel;
  logFormat: LogFormat;
}

/** The flags of `hamster serve`; each has an environment variable of the same meaning. */
export function addServeOptions(command: Command): void {
  const options = [
    new Option("--data-dir <path>", "where everything is kept; made if it does not exist")
      .env("HAMSTER_DATA_DIR")
      .default("./hamster-data")
      .argParser(parsePath),
    new Option("--s3 <host:port>", "where S3 is served; port 0 takes one that is free")
      .env("HAMSTER_S3")
      .default({ host: "127.0.0.1", port: 9000 }, "127.0.0.1:9000")
      .argParser(parseAddress),
    new Option("--region <name>", "the region that clients sign for")
      .env("HAMSTER_REGION")
      .default("us-east-1")
      .argParser(parseRegion),
    new Option(
      "--domain <name>",
      "buckets are also hosts below this domain: BUCKET.NAME; may be given more than once",
    )
      .env("HAMSTER_DOMAIN")
      .default([], "none")
      .argParser(parseDomains),
    new Option("--log-level <level>", "how much is logged, on standard error")
      .env("HAMSTER_LOG_LEVEL")
      .default("info")
      .choices(logLevels),
    new Option("--log-format <format>", "log lines for people or for machines")
      .env("HAMSTER_LOG_FORMAT")
      .default("text")
      .choices(["text", "json"]),
  ];
  for (const option of options) command.addOption(option);
}

function parsePath(text: string): string {
  if (text === "" || text.includes("\0")) throw new InvalidArgumentError("It is not a path.");
  return text;
}

/** `host:port`, with an IPv6 address in brackets. */
function parseAddress(text: string): Address {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65_535) {
    throw new InvalidArgumentError(
      "Give a host and a port from 0 to 65535, such as 127.0.0.1:9000, 0.0.0.0:9000 or [::1]:9000.",
    );
  }
  return { host, port };
}

function parseRegion(text: string): string {
  if (!/^[a-z0-9][a-z0-9-]{0,31}$/.test(text)) {
    throw new InvalidArgumentError(
      "A region has 1 to 32 lower-case letters, digits and hyphens, such as us-east-1.",
    );
  }
  return text;
}

/** One or more domains with commas between, added to those given before. */
function parseDomains(text: string, before: readonly string[]): string[] {
  const domains = text.split(",").map((domain) => domain.trim().toLowerCase());
  for (const domain of domains) {
    const labels = domain.split(".");
    const isName = labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
    if (!isName || domain.length > 253) {
      throw new InvalidArgumentError("Give a domain name without a port, such as s3.example.com.");
    }
  }
  return [...before, ...domains];
}

/** A pair of S3 credentials. */
export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** What is wrong with the credentials of the environment, in words; never with their values. */
export type CredentialsResult =
  | { kind: "none" }
  | { kind: "given"; credentials: Credentials }
  | { kind: "invalid"; reason: string };

/** The environment's credentials. There are no flags for them: all users see a process's flags. */
export function environmentCredentials(environment: NodeJS.ProcessEnv): CredentialsResult {
  const accessKeyId = environment["HAMSTER_ACCESS_KEY_ID"];
  const secretAccessKey = environment["HAMSTER_SECRET_ACCESS_KEY"];
  if (accessKeyId === undefined && secretAccessKey === undefined) return { kind: "none" };
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    return {
      kind: "invalid",
      reason: "HAMSTER_ACCESS_KEY_ID and HAMSTER_SECRET_ACCESS_KEY go together; one is missing",
    };
  }
  if (!/^[A-Za-z0-9._-]{3,128}$/.test(accessKeyId)) {
    return {
      kind: "invalid",
      reason: "HAMSTER_ACCESS_KEY_ID has to be 3 to 128 letters, digits, dots, _ and -",
    };
  }
  if (!/^[\x21-\x7e]{8,128}$/.test(secretAccessKey)) {
    return {
      kind: "invalid",
      reason: "HAMSTER_SECRET_ACCESS_KEY has to be 8 to 128 printable characters without spaces",
    };
  }
  return { kind: "given", credentials: { accessKeyId, secretAccessKey } };
}
