import type { Ports } from "#ports/index.ts";
import type { NodeConfig } from "./config.ts";
import { LeftBehindError } from "./membership.ts";
import { type Node, startNode } from "./node.ts";

/**
 * Starts a node on its data directory: founds a cluster, joins one, or recovers. One that is alone
 * is ready when this resolves. Where the cluster went on without the node, in a later epoch, it
 * begins anew by itself.
 *
 * @throws as `startNode` does
 */
export async function createNode(ports: Ports, config: NodeConfig): Promise<Node> {
  const first = await startNode(ports, config);
  let current = first;
  let isClosing = false;
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => undefined);
  const failure = Promise.withResolvers<Error>();
  const fail = (error: unknown): void => {
    ready.reject(error);
    failure.resolve(error instanceof Error ? error : new Error(String(error)));
  };
  let beginning: Promise<void> = Promise.resolve();
  const watch = (node: Node): void => {
    node.ready.then(ready.resolve, () => undefined);
    void node.failure.then((error) => {
      if (isClosing || !(error instanceof LeftBehindError)) return fail(error);
      ports.trace.write("warn", "nodeBeginsAnew", { reason: error.message });
      beginning = beginAnew(node).catch(fail);
    });
  };
  const beginAnew = async (left: Node): Promise<void> => {
    await left.close();
    if (isClosing) return;
    current = await startNode(ports, config);
    watch(current);
  };
  watch(first);
  return {
    handle: (request) => current.handle(request),
    admin: (line) => current.admin(line),
    madeCredentials: first.madeCredentials,
    ready: ready.promise,
    failure: failure.promise,
    close: async () => {
      isClosing = true;
      await beginning;
      await current.close();
    },
  };
}
