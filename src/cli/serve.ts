import { resolve } from "node:path";
import type { Ports } from "#ports/index.ts";
import {
  KeyFolder,
  ThreadedCompute,
  directoryDisk,
  lmdbStores,
  logTrace,
  systemClock,
  systemEntropy,
  systemRandom,
  tlsNetwork,
} from "#host/index.ts";
import type { Node } from "#node/index.ts";
import { announce, showCredentials } from "./announcement.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";
import type { Credentials, ServeOptions } from "./serve-options.ts";
import { credentialsOf, listen, startNode, takeDirectory } from "./start.ts";
import { stopSignal } from "./stop-signal.ts";

/** Requests under way have this long to end when the node is told to stop. */
const graceMs = 30_000;

/**
 * Serves S3 from a data directory until a signal says to stop.
 *
 * @throws CommandError when it cannot start
 */
export async function serve(options: ServeOptions, environment: NodeJS.ProcessEnv): Promise<void> {
  process.umask(0o077);
  const trace = logTrace({ level: options.logLevel, format: options.logFormat });
  // What nobody expected stops the node at once: what it goes on from is what is on disk.
  process.on("uncaughtException", (error) => {
    trace.write("error", "crashed", { error: error.stack ?? String(error) });
    process.exit(exitCodes.failed.code);
  });
  const credentials = credentialsOf(environment);
  const dataDir = resolve(options.dataDir);
  const lock = await takeDirectory(dataDir);
  const compute = new ThreadedCompute();
  try {
    const identity = new KeyFolder(dataDir);
    const ports: Ports = {
      clock: systemClock,
      random: systemRandom(),
      entropy: systemEntropy,
      disk: directoryDisk(dataDir),
      network: tlsNetwork(identity, trace),
      identity,
      stores: lmdbStores(dataDir, { isChecked: true }),
      compute,
      trace,
    };
    await run(ports, { ...options, dataDir }, credentials);
  } finally {
    await compute.close();
    lock.release();
  }
}

/** Starts the node, serves, and stops it. */
async function run(
  ports: Ports,
  options: ServeOptions,
  credentials: Credentials | undefined,
): Promise<void> {
  // The address is taken first, so that nothing is founded where nobody can be served. Requests
  // that come before the node is ready wait for it.
  const ready = Promise.withResolvers<Node>();
  ready.promise.catch(() => undefined);
  const listener = await listen(options.s3, ports.trace, async (request) => {
    const node = await ready.promise;
    return node.handle(request);
  });
  const stop = stopSignal();
  try {
    const node = await startNode(ports, {
      region: options.region,
      domains: options.domain,
      credentials,
    });
    ready.resolve(node);
    if (node.madeCredentials !== undefined) showCredentials(node.madeCredentials);
    announce(options, listener, ports.trace);
    const end = await Promise.race([stop.asked, node.failure]);
    const isFailure = end instanceof Error;
    ports.trace.write(isFailure ? "error" : "info", "stopping", { reason: String(end) });
    const isComplete = await listener.close(isFailure ? 0 : graceMs);
    if (!isComplete) ports.trace.write("warn", "requestsCutOff");
    await closeNode(node, isFailure ? end : undefined);
    ports.trace.write("info", "stopped");
  } finally {
    stop.forget();
    await listener.close(0);
  }
}

/** @throws CommandError with the failure that the node stops for, if there is one */
async function closeNode(node: Node, failure: Error | undefined): Promise<void> {
  if (failure === undefined) return node.close();
  // What cannot be made durable any more says so once more here.
  await node.close().catch(() => undefined);
  throw new CommandError(
    "failed",
    `The node cannot go on: ${failure.message}`,
    "What was acknowledged is on disk. Mend what the message names, then start again.",
    { cause: failure },
  );
}
