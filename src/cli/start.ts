import { mkdir } from "node:fs/promises";
import { type DirectoryLock, type Handle, type HttpListener } from "#host/index.ts";
import { listenHttp, lockDirectory } from "#host/index.ts";
import { type Node, type NodeConfig, createNode } from "#node/index.ts";
import type { Ports, Trace } from "#ports/index.ts";
import { CommandError } from "./exit-codes.ts";
import { type Address, type Credentials, environmentCredentials } from "./serve-options.ts";
import { startErrorOf } from "./start-error.ts";

/**
 * The credentials of the environment, if there are any.
 *
 * @throws CommandError when they cannot be credentials
 */
export function credentialsOf(environment: NodeJS.ProcessEnv): Credentials | undefined {
  const result = environmentCredentials(environment);
  if (result.kind === "none") return undefined;
  if (result.kind === "given") return result.credentials;
  throw new CommandError("usage", `${result.reason}.`, "Set both, or unset both.");
}

/**
 * Makes the data directory where there is none, and takes it for this process.
 *
 * @throws CommandError when that cannot be done
 */
export async function takeDirectory(
  dataDir: string,
): Promise<Extract<DirectoryLock, { kind: "held" }>> {
  let lock: DirectoryLock;
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    lock = lockDirectory(dataDir, Date.now());
  } catch (error) {
    throw new CommandError(
      "failed",
      `The data directory ${dataDir} cannot be used: ${String(error)}.`,
      "Name one that this user may write to with --data-dir.",
      { cause: error },
    );
  }
  if (lock.kind === "held") return lock;
  const { owner } = lock;
  const who =
    owner === undefined
      ? "another process"
      : `process ${owner.pid}, since ${new Date(owner.sinceUnixMs).toISOString()}`;
  throw new CommandError(
    "locked",
    `The data directory ${dataDir} is in use by ${who}.`,
    "Stop that node first, or name another directory with --data-dir.",
  );
}

/**
 * Listens for HTTP.
 *
 * @throws CommandError when the address cannot be listened on
 */
export async function listen(
  address: Address,
  trace: Trace,
  handle: Handle,
): Promise<HttpListener> {
  try {
    return await listenHttp(handle, { ...address, trace });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const name = `${address.host}:${address.port}`;
    const reason = listenReasons[code ?? ""] ?? String(error);
    throw new CommandError(
      "addressTaken",
      `S3 cannot be served on ${name}: ${reason}.`,
      "Name another address with --s3, such as --s3 127.0.0.1:9100; port 0 takes one that is free.",
      { cause: error },
    );
  }
}

const listenReasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "something listens there already",
  EACCES: "this user may not listen there",
  EADDRNOTAVAIL: "it is no address of this machine",
  ENOTFOUND: "there is no such host",
};

/**
 * Founds or recovers the node.
 *
 * @throws CommandError that says what is wrong with the data directory
 */
export async function startNode(ports: Ports, config: NodeConfig): Promise<Node> {
  try {
    return await createNode(ports, config);
  } catch (error) {
    throw startErrorOf(error);
  }
}
