import { resolve } from "node:path";
import { adminRequestLine, parseAdminAnswer } from "#cluster/index.ts";
import { askAdmin, NoNodeError } from "#host/index.ts";
import { CommandError } from "./exit-codes.ts";

/**
 * Asks the node that runs on a data directory.
 *
 * @throws CommandError where none runs there, or it refuses
 */
export async function askNode<Done>(
  dataDir: string,
  call: string,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<Done> {
  const path = resolve(dataDir);
  try {
    const answer = parseAdminAnswer<Done>(await askAdmin(path, adminRequestLine(call, fields)));
    if (answer.kind === "done") return answer.value;
    throw new CommandError("failed", `The node refuses: ${answer.reason}.`, answer.advice);
  } catch (error) {
    if (!(error instanceof NoNodeError)) throw error;
    throw new CommandError(
      "noNode",
      `No node runs on ${path}.`,
      "Start it with hamster serve, or name the directory of one that runs with --data-dir.",
      { cause: error },
    );
  }
}
