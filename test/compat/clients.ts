import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { seededPrng } from "#base/prng.ts";
import { testCredentials } from "../e2e/server.ts";
import { withTarget } from "./target.ts";

/** A client that takes longer over one command hangs. */
const commandMsMax = 120_000;

/** A client of S3 on a store of its own, with a directory of its own. */
export interface ClientRun {
  readonly endpoint: string;
  /** `127.0.0.1:PORT`. */
  readonly address: string;
  readonly directory: string;
  /**
   * Runs a command in the directory.
   *
   * @returns what it wrote to its standard output
   * @throws Error with all it wrote where it fails
   */
  readonly run: (...words: string[]) => Promise<string>;
}

function isInstalled(program: string): boolean {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
}

/**
 * A test with a real client on a real server. Where the client is not installed the test is left
 * out, unless `HAMSTER_TEST_REQUIRE_CLIENTS` says that it must be there.
 *
 * @param env variables of the client; a function of the server's endpoint
 */
export function clientTest(
  program: string,
  name: string,
  env: (endpoint: string) => Readonly<Record<string, string>>,
  use: (client: ClientRun) => Promise<void>,
): void {
  const isRequired = process.env["HAMSTER_TEST_REQUIRE_CLIENTS"] !== undefined;
  const skip = !isRequired && !isInstalled(program) && `${program} is not installed`;
  test(`${program}: ${name}`, { skip }, async () => {
    const directory = mkdtempSync(join(tmpdir(), "hamster-client-"));
    try {
      await withTarget(async ({ endpoint }) => {
        const variables = { PATH: process.env["PATH"] ?? "", HOME: directory, ...env(endpoint) };
        const run = (...words: string[]): Promise<string> =>
          runCommand(words, directory, variables);
        await use({ endpoint, address: new URL(endpoint).host, directory, run });
      });
    } finally {
      rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
    }
  });
}

function runCommand(
  words: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const [program = "", ...args] = words;
  const options = { cwd, env, timeout: commandMsMax, maxBuffer: 2 ** 26 };
  return new Promise((resolve, reject) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${words.join(" ")}: ${error.message}\n${stdout}${stderr}`));
    });
  });
}

/** Where the SDKs look for an endpoint and credentials. */
export function awsEnvironment(endpoint: string): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: testCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: testCredentials.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

/**
 * Random bytes are made once in blocks of this length, a prime: so that no part repeats another.
 */
const blockSizeBytes = 1_048_583;

/** Bytes that do not compress; the same for the same size. */
export function randomBytes(sizeBytes: number): Uint8Array {
  const prng = seededPrng(sizeBytes);
  const block = new Uint8Array(Math.min(sizeBytes, blockSizeBytes)).map(() => prng.below(256));
  const bytes = new Uint8Array(sizeBytes);
  for (let at = 0; at < sizeBytes; at += block.length) {
    bytes.set(block.subarray(0, sizeBytes - at), at);
  }
  return bytes;
}

/** Writes a file of random bytes, and the directories above it. */
export function writeRandom(directory: string, name: string, sizeBytes: number): string {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, randomBytes(sizeBytes));
  return path;
}

/** The SHA-256 of a file. */
export async function digestOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece as Uint8Array);
  return hash.digest("hex");
}
