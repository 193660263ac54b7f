import type { LayoutReport } from "#cluster/index.ts";
import { askNode } from "./ask.ts";
import type { LayoutOptions } from "./operation-commands.ts";
import { layoutText } from "./operation-text.ts";

/** What is done before the layout is shown, if anything. */
const calls = {
  layout: { call: "layout", fields: {} },
  pause: { call: "pauseUpkeep", fields: { isPaused: true } },
  resume: { call: "pauseUpkeep", fields: { isPaused: false } },
  abort: { call: "abortOperation", fields: {} },
} as const;

/**
 * Shows the layout and what is under way, after it was held up, let go on or aborted.
 *
 * @throws CommandError
 */
export async function showLayout(
  action: keyof typeof calls,
  { dataDir, json }: LayoutOptions,
): Promise<void> {
  const { call, fields } = calls[action];
  const report = await askNode<LayoutReport>(dataDir, call, fields);
  console.log(json === true ? JSON.stringify(report) : layoutText(report));
}
