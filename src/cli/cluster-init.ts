import { isEnrolled } from "#node/index.ts";
import { showCredentials } from "./announcement.ts";
import { CommandError } from "./exit-codes.ts";
import { nodeConfigOf } from "./node-config.ts";
import type { NodeOptions } from "./serve-options.ts";
import { startNode } from "./start.ts";
import { inWorld } from "./world.ts";

/**
 * Founds a cluster on an empty directory.
 *
 * @throws CommandError
 */
export async function initCluster(
  options: NodeOptions,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const config = await nodeConfigOf(options, environment, { mayFound: true });
  await inWorld(options, async ({ dataDir, ports }) => {
    if (await isEnrolled(ports.disk)) {
      throw new CommandError(
        "failed",
        `${dataDir} belongs to a cluster already.`,
        "Run it with hamster cluster run, or name an empty directory with --data-dir.",
      );
    }
    const node = await startNode(ports, config);
    if (node.madeCredentials !== undefined) showCredentials(node.madeCredentials);
    await node.close();
    console.error(
      `\nA cluster of one node is in ${dataDir}. Next:\n` +
        `  hamster cluster run --data-dir ${options.dataDir}\n`,
    );
  });
}
