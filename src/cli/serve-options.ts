import { type Command, InvalidArgumentError, Option } from "commander";
import { gib } from "#base/bytes.ts";
import { type LogFormat, type LogLevel, logLevels } from "#host/index.ts";
import { parseDuration } from "./duration.ts";

/** Where to listen. */
export interface Address {
  host: string;
  port: number;
}

/** What each command that looks into a data directory is told. */
export interface DirectoryOptions {
  dataDir: string;
}

/** What a node is told of itself and of its place among the others. */
export interface NodeOptions extends DirectoryOptions {
  listen: Address;
  node: string;
  zone: string;
  /** In bytes. */
  capacity?: number;
  logLevel: LogLevel;
  logFormat: LogFormat;
}

/** How a node gets into a cluster that is there. */
export interface JoinOptions {
  token?: string;
  /** A node's number. */
  replaces?: number;
}

/** What `hamster serve` was asked for. */
export interface ServeOptions extends NodeOptions, JoinOptions {
  s3: Address;
  region: string;
  domain: readonly string[];
  /** In milliseconds. */
  scrubTime: number;
}

/** Adds options to a command; each has an environment variable of the same meaning. */
function add(command: Command, options: readonly Option[]): void {
  for (const option of options) command.addOption(option);
}

/** The flag of every command that works on a data directory. */
export function addDirectoryOption(command: Command): void {
  add(command, [
    new Option("--data-dir <path>", "where everything is kept; made if it does not exist")
      .env("HAMSTER_DATA_DIR")
      .default("./hamster-data")
      .argParser(parsePath),
  ]);
}

/** The flags of a node among others. */
export function addNodeOptions(command: Command): void {
  addDirectoryOption(command);
  add(command, [
    new Option("--listen <host:port>", "where other nodes reach this one; port 0 takes a free one")
      .env("HAMSTER_LISTEN")
      .default({ host: "127.0.0.1", port: 9001 }, "127.0.0.1:9001")
      .argParser(parseAddress),
    new Option("--node <name>", "what people call this node; its number it gets from the cluster")
      .env("HAMSTER_NODE")
      .default("", "none")
      .argParser(parseName),
    new Option("--zone <name>", "what fails as a whole: a rack, a room; data is spread over zones")
      .env("HAMSTER_ZONE")
      .default("", "none")
      .argParser(parseName),
    new Option("--capacity <size>", "how much it takes beside the others, such as 500GiB or 2TiB")
      .env("HAMSTER_CAPACITY")
      .argParser(parseCapacity),
    new Option("--log-level <level>", "how much is logged, on standard error")
      .env("HAMSTER_LOG_LEVEL")
      .default("info")
      .choices(logLevels),
    new Option("--log-format <format>", "log lines for people or for machines")
      .env("HAMSTER_LOG_FORMAT")
      .default("text")
      .choices(["text", "json"]),
  ]);
}

/** The flags of a node that comes into a cluster. */
export function addJoinOptions(command: Command): void {
  add(command, [
    new Option(
      "--token <token>",
      "joins the cluster that made it, once; - reads it from the input",
    ).env("HAMSTER_TOKEN"),
    new Option(
      "--replaces <number>",
      "joins in the place of this node, alive or dead, which leaves",
    )
      .env("HAMSTER_REPLACES")
      .argParser(parseNodeNumber),
  ]);
}

/** The flags of `hamster serve` and `hamster cluster run`. */
export function addServeOptions(command: Command): void {
  addNodeOptions(command);
  addJoinOptions(command);
  add(command, [
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
    new Option("--scrub-time <time>", "every shard is read and verified once in this time: 12h, 7d")
      .env("HAMSTER_SCRUB_TIME")
      .default(7 * 86_400_000, "7d")
      .argParser(parseScrubTime),
  ]);
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

function parseName(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(text)) {
    throw new InvalidArgumentError(
      "Give 1 to 63 letters, digits, dots, _ and -, such as rack-2, beginning with a letter or digit.",
    );
  }
  return text;
}

const unitBytes: Readonly<Record<string, number>> = { G: gib, T: 1024 * gib, P: 1024 ** 2 * gib };

/** `500GiB`, `2T`; below a GiB nothing can be told apart. */
function parseCapacity(text: string): number {
  const [, number, unit = ""] = /^(\d{1,6}(?:\.\d{1,3})?) ?([GTP])(?:i?B)?$/i.exec(text) ?? [];
  const bytes = Number(number) * (unitBytes[unit.toUpperCase()] ?? 0);
  if (!(bytes >= gib)) {
    throw new InvalidArgumentError("Give a size of 1GiB or more, such as 500GiB or 2TiB.");
  }
  return Math.floor(bytes);
}

/** Less reads all the time, more finds rot too late to mend it. */
function parseScrubTime(text: string): number {
  return parseDuration(text, { least: "1h", most: "90d" });
}

function parseNodeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) {
    throw new InvalidArgumentError("Give a node's number, as hamster cluster status shows it.");
  }
  return Number(text);
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
