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
import { exitCodes } from "./exit-codes.ts";
import type { NodeOptions } from "./serve-options.ts";
import { takeDirectory } from "./start.ts";

/** The real world, with a data directory that is this process's. */
export interface World {
  /** Absolute. */
  readonly dataDir: string;
  readonly ports: Ports;
}

/**
 * Takes the data directory, and does something with a node on it.
 *
 * @throws CommandError when the directory cannot be had
 */
export async function inWorld(
  options: Pick<NodeOptions, "dataDir" | "logLevel" | "logFormat">,
  use: (world: World) => Promise<void>,
): Promise<void> {
  process.umask(0o077);
  const trace = logTrace({ level: options.logLevel, format: options.logFormat });
  // What nobody expected stops the node at once: what it goes on from is what is on disk.
  process.on("uncaughtException", (error) => {
    trace.write("error", "crashed", { error: error.stack ?? String(error) });
    process.exit(exitCodes.failed.code);
  });
  const dataDir = resolve(options.dataDir);
  const lock = await takeDirectory(dataDir);
  const compute = new ThreadedCompute();
  const identity = new KeyFolder(dataDir);
  try {
    const ports: Ports = {
      clock: systemClock,
      random: systemRandom(),
      entropy: systemEntropy,
      disk: directoryDisk(dataDir),
      stores: lmdbStores(dataDir, { isChecked: true }),
      compute,
      identity,
      network: tlsNetwork(identity, trace),
      trace,
    };
    await use({ dataDir, ports });
  } finally {
    await compute.close();
    lock.release();
  }
}
