import { setTimeout as sleep } from "node:timers/promises";
import { partitionCount } from "#base/partition.ts";
import type { ScrubReport } from "#cluster/index.ts";
import { askNode } from "./ask.ts";
import type { ScrubOptions } from "./cluster-commands.ts";
import { type Column, sizeText, tableOf } from "./table.ts";

const watchPauseMs = 1_000;
const clearLine = "\r\u001B[K";

type NodeScrub = ScrubReport["nodes"][number];
type Pass = NonNullable<NodeScrub["scrub"]>["current"];

/**
 * Shows how the scrub of each node stands; with `--now` begins a pass on all and waits for its end.
 *
 * @throws CommandError
 */
export async function showScrub({ dataDir, json, now }: ScrubOptions): Promise<void> {
  let report = await askNode<ScrubReport>(dataDir, "scrub", { now: now === true });
  if (now === true) report = await followed(report, dataDir);
  process.stdout.write(`${json === true ? JSON.stringify(report) : scrubText(report)}\n`);
}

/** Waits for the end of the passes that were begun, with a line of progress on a terminal. */
async function followed(first: ScrubReport, dataDir: string): Promise<ScrubReport> {
  const isShown = process.stderr.isTTY;
  let report = first;
  while (report.nodes.some(({ scrub }) => scrub?.isHurried === true)) {
    if (isShown) process.stderr.write(`${clearLine}${progressText(report)}`);
    await sleep(watchPauseMs);
    report = await askNode<ScrubReport>(dataDir, "scrub");
  }
  if (isShown) process.stderr.write(clearLine);
  return report;
}

function progressText({ nodes }: ScrubReport): string {
  const shares = nodes.map(({ scrub }) => (scrub?.isHurried === true ? shareOf(scrub) : 1));
  const share = shares.reduce((sum, one) => sum + one, 0) / Math.max(1, shares.length);
  const bytes = nodes.reduce((sum, { scrub }) => sum + (scrub?.current.bytes ?? 0), 0);
  return `${Math.floor(share * 100)} % verified, ${sizeText(bytes)} read in this pass`;
}

const columns: readonly Column<NodeScrub>[] = [
  ["NODE", ({ node }) => String(node)],
  ["NAME", ({ name }) => name],
  ["PASS", ({ scrub }) => (scrub === undefined ? "no answer" : percentText(shareOf(scrub)))],
  ["LAST ENDED", ({ scrub }) => timeText(scrub?.last?.endedUnixMs)],
  ["VERIFIED", ({ scrub }) => countText(scrub, (pass) => pass.shards)],
  ["BYTES", ({ scrub }) => sizeText(passShown(scrub)?.bytes)],
  ["DAMAGED", ({ scrub }) => countText(scrub, (pass) => pass.damaged)],
  ["MISSING", ({ scrub }) => countText(scrub, (pass) => pass.missing)],
  ["UNOWNED", ({ scrub }) => countText(scrub, (pass) => pass.unowned)],
];

function scrubText(report: ScrubReport): string {
  return [
    ...tableOf(columns, report.nodes),
    "",
    "Counts are those of the last whole pass, or of the first one while it goes on. What is damaged",
    "or missing is made anew where other nodes can; unowned shards are garbage that is being removed.",
  ].join("\n");
}

function passShown(scrub: NodeScrub["scrub"]): Pass | undefined {
  return scrub?.last ?? scrub?.current;
}

function countText(scrub: NodeScrub["scrub"], countOf: (pass: Pass) => number): string {
  const pass = passShown(scrub);
  return pass === undefined ? "" : String(countOf(pass));
}

function shareOf({ partition }: NonNullable<NodeScrub["scrub"]>): number {
  return partition / partitionCount;
}

function percentText(share: number): string {
  return `${Math.floor(share * 100)} %`;
}

function timeText(unixMs: number | undefined): string {
  if (unixMs === undefined) return "";
  return new Date(unixMs).toISOString().replace("T", " ").slice(0, 16);
}
