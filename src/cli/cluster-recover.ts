import { recoverNode, type RecoveredNode } from "#node/index.ts";
import { RecoverRefusedError } from "#replica/index.ts";
import type { RecoverOptions } from "./cluster-commands.ts";
import { CommandError } from "./exit-codes.ts";
import { nodeConfigOf } from "./node-config.ts";
import { startErrorOf } from "./start-error.ts";
import { inWorld } from "./world.ts";

/**
 * Lets a stopped node go on alone.
 *
 * @throws CommandError
 */
export async function recoverCluster(options: RecoverOptions): Promise<void> {
  if (options.force !== true) {
    throw new CommandError(
      "usage",
      "Nothing was changed. A recovery makes a cluster of this node alone: what was acknowledged " +
        "and is not in its log is lost for good.",
      "Use it where a majority of the voters will never come back, on the survivor that has the " +
        "most, and say so: hamster cluster recover --force",
    );
  }
  const config = await nodeConfigOf(options, {}, { mayFound: false });
  await inWorld(options, async ({ ports, dataDir }) => {
    const isForced = options.despiteOthers === true;
    const recovered = await recoverNode(ports, config, { isForced }).catch((error: unknown) => {
      throw refusalOf(error);
    });
    console.error(reportOf(recovered, dataDir));
  });
}

function refusalOf(error: unknown): CommandError {
  if (!(error instanceof RecoverRefusedError)) return startErrorOf(error);
  const { reason, message } = error;
  const advice =
    reason === "has-majority" || reason === "others-have-more"
      ? "Do as it says. --despite-others goes on all the same, and loses what they have."
      : "Mend what it names, or take another survivor.";
  return new CommandError("failed", `Nothing was changed: ${message}.`, advice, { cause: error });
}

function reportOf(recovered: RecoveredNode, dataDir: string): string {
  const { node, epoch, last, undecidedCount, leftBehind } = recovered;
  const others = leftBehind.length === 0 ? "nobody" : `node ${leftBehind.join(", ")}`;
  return `
THE CLUSTER NOW CONSISTS OF NODE ${node} ALONE, in epoch ${epoch}.

  It goes on from its log, up to entry ${last.index}.
  What was acknowledged and is not in that log is lost.
  ${undecidedCount} entries at its end were not known to be decided: they are now.
  Left behind: ${others}. Whoever of them lives takes part anew when it runs, and brings its shards.
  Objects can be read as far as their shards are back. Nothing is reclaimed for now.

Next:
  1. start this node:               hamster cluster run --data-dir ${dataDir} ...
  2. start the others that live;    hamster cluster status shows them
  3. when no more of them come:     hamster cluster confirm-recovery --data-dir ${dataDir}
`;
}
