import { NodeRemovedError } from "#cluster/index.ts";
import type { Node } from "#node/index.ts";
import { listenAdmin } from "#host/index.ts";
import { announce, showCredentials } from "./announcement.ts";
import { CommandError } from "./exit-codes.ts";
import { nodeConfigOf } from "./node-config.ts";
import type { ServeOptions } from "./serve-options.ts";
import { listen, startNode } from "./start.ts";
import { stopSignal } from "./stop-signal.ts";
import { inWorld, type World } from "./world.ts";

/** Requests under way have this long to end when the node is told to stop. */
const graceMs = 30_000;

/**
 * Serves S3 from a data directory until a signal says to stop.
 *
 * @throws CommandError when it cannot start
 */
export async function serve(
  options: ServeOptions,
  environment: NodeJS.ProcessEnv,
  { mayFound }: { mayFound: boolean },
): Promise<void> {
  const config = await nodeConfigOf(options, environment, { mayFound });
  await inWorld(options, async (world) => {
    // The address is taken first, so that nothing is founded where nobody can be served. Requests
    // that come before the node is ready wait for it.
    const { ports } = world;
    const ready = Promise.withResolvers<Node>();
    ready.promise.catch(() => undefined);
    let node: Node | undefined;
    const listener = await listen(
      options.s3,
      ports.trace,
      (request) =>
        node?.handle(request) ?? ready.promise.then((started) => started.handle(request)),
    );
    const stop = stopSignal();
    try {
      node = await startNode(ports, config);
      ready.resolve(node);
      if (node.madeCredentials !== undefined) showCredentials(node.madeCredentials);
      const admin = await openAdmin(world, node);
      announce({ ...options, dataDir: world.dataDir }, listener, ports.trace);
      const end = await Promise.race([stop.asked, node.failure]);
      const isFailure = end instanceof Error;
      ports.trace.write(isFailure ? "error" : "info", "stopping", { reason: String(end) });
      await admin?.close();
      const isComplete = await listener.close(isFailure ? 0 : graceMs);
      if (!isComplete) ports.trace.write("warn", "requestsCutOff");
      await closeNode(node, isFailure ? end : undefined);
      ports.trace.write("info", "stopped");
    } finally {
      stop.forget();
      await listener.close(0);
    }
  });
}

/** Opens the way for the command line. A node serves without it all the same. */
async function openAdmin(
  { dataDir, ports }: World,
  node: Node,
): Promise<Awaited<ReturnType<typeof listenAdmin>> | undefined> {
  try {
    return await listenAdmin(dataDir, (line) => node.admin(line));
  } catch (error) {
    // A path may be too long for a socket.
    ports.trace.write("warn", "commandLineShutOut", { reason: String(error) });
    return undefined;
  }
}

/** @throws CommandError with the failure that the node stops for, if there is one */
async function closeNode(node: Node, failure: Error | undefined): Promise<void> {
  if (failure === undefined) return node.close();
  // What cannot be made durable any more says so once more here.
  await node.close().catch(() => undefined);
  if (failure instanceof NodeRemovedError) {
    throw new CommandError(
      "removed",
      `The cluster has no place for this node any more: ${failure.message}.`,
      "To come back as a new node, empty its data directory and join with a new token.",
      { cause: failure },
    );
  }
  throw new CommandError(
    "failed",
    `The node cannot go on: ${failure.message}`,
    "What was acknowledged is on disk. Mend what the message names, then start again.",
    { cause: failure },
  );
}
