import { askNode } from "./ask.ts";
import type { DirectoryOptions } from "./serve-options.ts";

/**
 * Says that no more survivors come back.
 *
 * @throws CommandError
 */
export async function confirmRecovery({ dataDir }: DirectoryOptions): Promise<void> {
  await askNode(dataDir, "confirm-recovery");
  console.error("The recovery is over: what nothing names is reclaimed again.");
}
