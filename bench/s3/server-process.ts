import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** A server that the benchmark started, or was told the process of. */
export interface ServerProcess {
  pid: number;
  port: number;
  stop(): Promise<void>;
}

const hasTaskset: boolean = spawnSync("taskset", ["--version"]).status === 0;
/** How long a server may take to say that it listens. */
const startMsMax = 60_000;

/** Keeps this process to one core, so that client and server do not take turns on both. */
export function pinClient(): void {
  if (hasTaskset) spawnSync("taskset", ["-a", "-c", "-p", "1", String(process.pid)]);
}

/**
 * Starts a server.
 *
 * @param ready finds the port in a line of its standard output or error
 * @param isPinned keeps it to the first core
 */
export function startServer(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  ready: (line: string) => number | undefined,
  isPinned = false,
): Promise<ServerProcess> {
  const pinned = isPinned && hasTaskset ? ["taskset", "-c", "0"] : [];
  const command = [...pinned, process.execPath];
  const [program = "", ...rest] = [...command, ...args];
  const child = spawn(program, rest, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the server does not start")), startMsMax);
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        const port = ready(line);
        if (port === undefined) return;
        clearTimeout(timer);
        resolve({ pid: child.pid ?? 0, port, stop: () => stop(child) });
      });
    }
  });
}

/**
 * Starts a Hamster with these keys, on ports that are free.
 *
 * @param nodeArgs flags for Node itself
 */
export function startHamster(
  dataDir: string,
  keys: { accessKeyId: string; secretAccessKey: string },
  nodeArgs: readonly string[] = [],
): Promise<ServerProcess> {
  const bin = new URL("../../bin/hamster.mjs", import.meta.url).pathname;
  const addresses = ["--s3", "127.0.0.1:0", "--listen", "127.0.0.1:0"];
  const args = [
    ...nodeArgs,
    bin,
    "serve",
    "--data-dir",
    dataDir,
    ...addresses,
    "--log-format",
    "json",
  ];
  const env = {
    HAMSTER_ACCESS_KEY_ID: keys.accessKeyId,
    HAMSTER_SECRET_ACCESS_KEY: keys.secretAccessKey,
  };
  return startServer(args, env, (line) => {
    const [, port] = /"endpoint":"http:\/\/127\.0\.0\.1:(\d+)"/.exec(line) ?? [];
    return port === undefined ? undefined : Number(port);
  });
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}

/** CPU seconds (user and system) that a process has used. Linux; 0 elsewhere. */
export function cpuSecondsOf(pid: number): number {
  const fields = procFile(pid, "stat").split(") ").at(-1)?.split(" ") ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
}

/**
 * Resident memory of a process in MiB: now, at its highest, and without pages of files (LMDB's map
 * is such, and the system takes it back when it likes). Linux; 0 elsewhere.
 */
export function rssMibOf(pid: number): { now: number; peak: number; anonymous: number } {
  const status = procFile(pid, "status");
  const kib = (name: string): number =>
    Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
  const [now, peak, anonymous] = [kib("VmRSS"), kib("VmHWM"), kib("RssAnon")];
  return { now: now / 1024, peak: peak / 1024, anonymous: anonymous / 1024 };
}

function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    return "";
  }
}
