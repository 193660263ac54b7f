import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { S3Client } from "@aws-sdk/client-s3";

const bin = fileURLToPath(new URL("../../bin/hamster.mjs", import.meta.url));

/** A node that does not say that it serves within this time is stuck. */
const startMsMax = 30_000;

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

/** The credentials that tests give to new stores. */
export const testCredentials: Credentials = {
  accessKeyId: "HAMSTERTESTKEY",
  secretAccessKey: "a-secret-that-only-tests-use",
};

/** Servers whose processes run. */
const running = new Set<Server>();

/** Runs `hamster` with other arguments than `serve`, and waits for its end. */
export function runCommand(
  args: readonly string[],
  { env = {}, input = "" }: { env?: Readonly<Record<string, string>>; input?: string } = {},
): Promise<Ending> {
  const child = spawn(process.execPath, [bin, ...args], {
    env: { ...environmentWithoutOurs(), ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.end(input);
  return new Promise((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** How a process ended, and what it said. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** How a server is started. */
export interface ServerOptions {
  dataDir: string;
  /** Flags after `serve --data-dir ...`; by default free ports of this machine and JSON logs. */
  args?: readonly string[];
  /** Added to an environment without Hamster's variables; by default the test credentials. */
  env?: Readonly<Record<string, string>>;
  /** Flags for the Node that runs the launcher. */
  nodeArgs?: readonly string[];
  /** What runs that Node, in the place of this process: a program that becomes it. */
  wrapper?: readonly string[];
  /** An executable that is Hamster by itself, run instead of the launcher. */
  executable?: string;
}

/** A real `hamster serve` in a process of its own. */
export class Server {
  readonly process: ChildProcess;
  readonly dataDir: string;
  /** Resolves when the process has ended. */
  readonly ended: Promise<Ending>;
  /** The URL it said it serves. */
  endpoint = "";
  stdout = "";
  stderr = "";

  private constructor(options: ServerOptions) {
    this.dataDir = options.dataDir;
    const { args = freePorts, env = credentialsEnvironment(testCredentials) } = options;
    const { executable = process.execPath, nodeArgs = [] } = options;
    const script = options.executable === undefined ? [...nodeArgs, bin] : [];
    const line = [executable, ...script, "serve", "--data-dir", options.dataDir, ...args];
    const [program = "", ...words] = [...(options.wrapper ?? []), ...line];
    this.process = spawn(program, words, {
      env: { ...environmentWithoutOurs(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process.stdout?.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.process.stderr?.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    running.add(this);
    this.ended = new Promise((resolve) => {
      this.process.once("close", (code, signal) => {
        running.delete(this);
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr });
      });
    });
  }

  /**
   * Starts a server and waits until it serves.
   *
   * @throws Error with what it said when it ends or is silent instead
   */
  static async start(options: ServerOptions): Promise<Server> {
    const server = new Server(options);
    const deadline = performance.now() + startMsMax;
    for (;;) {
      const [, endpoint] = /\bendpoint(?:":"|=)(http:[^"\s]+)/.exec(server.stderr) ?? [];
      if (endpoint !== undefined) {
        server.endpoint = endpoint;
        return server;
      }
      const isOver = server.process.exitCode !== null || server.process.signalCode !== null;
      if (isOver || performance.now() > deadline) {
        const { code } = await server.kill();
        throw new Error(`the server did not start (${code}): ${server.stdout}${server.stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Starts a server that is expected not to serve, and waits for its end. */
  static async fail(options: ServerOptions): Promise<Ending> {
    const server = new Server(options);
    const timer = setTimeout(() => void server.kill(), startMsMax);
    const ending = await server.ended;
    clearTimeout(timer);
    return ending;
  }

  /**
   * Waits until its log has what is asked for.
   *
   * @throws Error when it ends first
   */
  async logged(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.stderr)) {
      const news = new Promise((resolve) => this.process.stderr?.once("data", resolve));
      const ending = await Promise.race([news, this.ended]);
      if (typeof ending === "object" && !pattern.test(this.stderr)) {
        throw new Error(`it ended before it logged ${pattern}: ${this.stderr}`);
      }
    }
  }

  /** Asks it to stop, and waits until it has. */
  stop(): Promise<Ending> {
    this.process.kill("SIGTERM");
    return this.ended;
  }

  /** Kills it as a power cut would, but for the page cache. */
  kill(): Promise<Ending> {
    this.process.kill("SIGKILL");
    return this.ended;
  }

  /** A client of it, which does not try again unless it is allowed more attempts. */
  client(credentials: Credentials = testCredentials, maxAttempts = 1): S3Client {
    return new S3Client({
      endpoint: this.endpoint,
      region: "us-east-1",
      credentials,
      forcePathStyle: true,
      maxAttempts,
    });
  }
}

/** Free ports of this machine, and logs that tests can read. */
export const freePorts: readonly string[] = [
  "--s3",
  "127.0.0.1:0",
  "--listen",
  "127.0.0.1:0",
  "--log-format",
  "json",
];

/** The variables that give a new store its credentials. */
export function credentialsEnvironment(credentials: Credentials): Record<string, string> {
  return {
    HAMSTER_ACCESS_KEY_ID: credentials.accessKeyId,
    HAMSTER_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}

function environmentWithoutOurs(): NodeJS.ProcessEnv {
  const ours = /^(HAMSTER_|AWS_|NODE_TEST_CONTEXT$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

// A test that fails leaves no servers behind.
process.on("exit", () => {
  for (const server of running) server.process.kill("SIGKILL");
});

/** Calls `use` with a path for a data directory; afterwards it is gone, and servers on it too. */
export async function withDataDir(use: (dataDir: string) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "hamster-e2e-"));
  try {
    await use(join(root, "data"));
  } finally {
    for (const server of running) if (server.dataDir.startsWith(root)) await server.kill();
    rmSync(root, { recursive: true, force: true, maxRetries: 3 });
  }
}
