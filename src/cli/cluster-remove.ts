import { askNode } from "./ask.ts";
import { confirm } from "./confirm.ts";
import type { RemoveOptions } from "./operation-commands.ts";

/**
 * Lets a node go that is drained, for good.
 *
 * @throws CommandError
 */
export async function removeNode(node: number, options: RemoveOptions): Promise<void> {
  const { dataDir, json, yes } = options;
  if (yes !== true) {
    await confirm(`Node ${node} never comes back under its number and key. Let it go?`, {
      flag: "--yes",
    });
  }
  const removed = await askNode<{ node: number }>(dataDir, "removeNode", { node });
  console.log(
    json === true
      ? JSON.stringify({ removed })
      : `Node ${node} is gone. Its process stops by itself; its directory is of no more use.`,
  );
}
