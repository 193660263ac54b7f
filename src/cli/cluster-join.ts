import { enrol, isEnrolled } from "#node/index.ts";
import { CommandError } from "./exit-codes.ts";
import { nodeConfigOf } from "./node-config.ts";
import type { JoinOptions, NodeOptions } from "./serve-options.ts";
import { startErrorOf } from "./start-error.ts";
import { inWorld } from "./world.ts";

/**
 * Makes an empty directory a node of a cluster; it is not run.
 *
 * @throws CommandError
 */
export async function joinCluster(options: NodeOptions & JoinOptions): Promise<void> {
  const config = await nodeConfigOf(options, {}, { mayFound: false });
  if (config.cluster.token === undefined) {
    throw new CommandError(
      "usage",
      "A token is needed to join.",
      "Make one on a node that runs, with hamster cluster token, and give it with --token.",
    );
  }
  await inWorld(options, async ({ dataDir, ports }) => {
    if (await isEnrolled(ports.disk)) {
      throw new CommandError(
        "failed",
        `${dataDir} belongs to a cluster already.`,
        "Run it with hamster cluster run, or name an empty directory with --data-dir.",
      );
    }
    const { node } = await enrol(ports, config.cluster).catch((error: unknown) => {
      throw startErrorOf(error);
    });
    console.error(
      `Node ${node} of the cluster is in ${dataDir}. Next:\n` +
        `  hamster cluster run --data-dir ${options.dataDir} --listen ... --s3 ...\n`,
    );
  });
}
