import { setTimeout as sleep } from "node:timers/promises";
import type { LayoutReport, OperationName, OperationPlan } from "#cluster/index.ts";
import { askNode } from "./ask.ts";
import { confirm } from "./confirm.ts";
import type { OperateOptions } from "./operation-commands.ts";
import { durationText, planText, progressText } from "./operation-text.ts";
import { sizeText } from "./table.ts";

const followPauseMs = 1_000;
const clearLine = "\r\u001B[K";

/**
 * Shows what an operation would do, has it agreed to where it costs, begins it, and follows it.
 *
 * @throws CommandError
 */
export async function operate(
  operation: OperationName,
  node: number | undefined,
  options: OperateOptions,
): Promise<void> {
  const { dataDir, json } = options;
  const plan = await askNode<OperationPlan>(dataDir, "planOperation", { operation, node });
  console.log(json === true ? JSON.stringify({ plan }) : planText(plan));
  if (options.dryRun === true) return;
  const isAgreed = options.reencode === true || options.yes === true;
  if (plan.trade !== undefined && !isAgreed) {
    await confirm("Is that what you want?", { flag: "--reencode" });
  }
  const { layoutVersion } = plan;
  const mayNarrow = plan.trade !== undefined;
  const fields = { operation, node, layoutVersion, mayNarrow };
  const begun = await askNode<LayoutReport>(dataDir, "beginOperation", fields);
  const last = options.wait ? await follow(begun, options) : begun;
  if (json === true) console.log(JSON.stringify({ layout: last }));
  else if (options.wait) console.log("Done.");
  else console.log("Begun. It goes on by itself: hamster cluster layout shows how far it is.");
}

/** Shows how far it is until it is over: a line that changes, or lines where it is no terminal. */
async function follow(first: LayoutReport, options: OperateOptions): Promise<LayoutReport> {
  const { isTTY } = process.stderr;
  let shown = "";
  const begunMs = Date.now();
  let report = first;
  while (report.operation !== undefined || report.change !== undefined) {
    const text = `${progressText(report)}${rateText(first, report, Date.now() - begunMs)}`;
    if (options.json !== true && text !== shown) {
      process.stderr.write(isTTY ? `${clearLine}${text}` : `${text}\n`);
      shown = text;
    }
    await sleep(followPauseMs);
    report = await askNode<LayoutReport>(options.dataDir, "layout");
  }
  if (isTTY && options.json !== true) process.stderr.write(clearLine);
  return report;
}

/** How fast units are coded anew, and how long the rest takes at that rate. */
function rateText(first: LayoutReport, now: LayoutReport, ms: number): string {
  const bytes = first.recoding.bytes - now.recoding.bytes;
  if (bytes <= 0 || now.recoding.bytes === 0) return "";
  const rate = (bytes / ms) * 1000;
  const leftMs = (now.recoding.bytes / rate) * 1000;
  return ` ${sizeText(rate)}/s, ${durationText(leftMs)} to go.`;
}
