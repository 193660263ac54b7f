import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterStatus } from "#cluster/index.ts";
import { askNode } from "./ask.ts";
import type { StatusOptions } from "./cluster-commands.ts";
import { statusText } from "./status-text.ts";

const watchPauseMs = 2_000;
/** Moves the cursor home and clears what is below it. */
const clearScreen = "\u001B[H\u001B[J";

/**
 * Shows the cluster's status, once or until it is interrupted.
 *
 * @throws CommandError
 */
export async function showStatus({ dataDir, json, watch }: StatusOptions): Promise<void> {
  for (;;) {
    const status = await askNode<ClusterStatus>(dataDir, "status");
    const text = json === true ? JSON.stringify(status) : statusText(status);
    const isScreen = watch === true && json !== true && process.stdout.isTTY;
    process.stdout.write(`${isScreen ? clearScreen : ""}${text}\n`);
    if (watch !== true) return;
    await sleep(watchPauseMs);
  }
}
