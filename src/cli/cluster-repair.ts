import { setTimeout as sleep } from "node:timers/promises";
import type { RepairReport } from "#cluster/index.ts";
import { askNode } from "./ask.ts";
import type { RepairOptions } from "./cluster-commands.ts";
import { type Column, sizeText, tableOf } from "./table.ts";

const pollMs = 500;
const clearLine = "\r\u001B[K";

type NodeWalk = RepairReport["nodes"][number];

/**
 * Shows what each node lacks and what it does about it; with `--now` has them look at everything,
 * one node after the other, and waits.
 *
 * @throws CommandError
 */
export async function showRepair({ dataDir, json, now }: RepairOptions): Promise<void> {
  let report = await askNode<RepairReport>(dataDir, "repair");
  if (now === true) {
    for (const { node, walk } of report.nodes) if (walk !== undefined) await sweep(node, dataDir);
    report = await askNode<RepairReport>(dataDir, "repair");
  }
  process.stdout.write(`${json === true ? JSON.stringify(report) : repairText(report)}\n`);
}

/** Has one node look at everything, with a line of progress on a terminal. */
async function sweep(node: number, dataDir: string): Promise<void> {
  const isShown = process.stderr.isTTY;
  let report = await askNode<RepairReport>(dataDir, "repair", { now: node });
  for (;;) {
    const walk = report.nodes.find((one) => one.node === node)?.walk;
    if (walk?.phase !== "looking" && walk?.phase !== "pulling") break;
    if (isShown) process.stderr.write(`${clearLine}node ${node}: ${progressText(walk)}`);
    await sleep(pollMs);
    report = await askNode<RepairReport>(dataDir, "repair");
  }
  if (isShown) process.stderr.write(clearLine);
}

/** What a walk is at, and how far it has come. */
export function progressText(walk: NonNullable<NodeWalk["walk"]>): string {
  const { phase, doneShards, totalShards, doneBytes, totalBytes, bytesPerSecond } = walk;
  if (phase === "paused") return "paused";
  if (phase !== "pulling") return phase === "looking" ? "looking for what is missing" : phase;
  const left = totalBytes - doneBytes;
  const rate = bytesPerSecond > 0 ? `, ${sizeText(bytesPerSecond)}/s` : "";
  const time = bytesPerSecond > 0 ? `, about ${timeText(left / bytesPerSecond)} left` : "";
  return `${doneShards} of ${totalShards} shards, ${sizeText(doneBytes)} of ${sizeText(totalBytes)}${rate}${time}`;
}

function timeText(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
}

const columns: readonly Column<NodeWalk>[] = [
  ["NODE", ({ node }) => String(node)],
  ["NAME", ({ name }) => name],
  ["NOW", ({ walk }) => (walk === undefined ? "no answer" : progressText(walk))],
  ["WAITING", ({ walk }) => countText(walk?.waitingShards)],
  ["FOR", ({ walk }) => (walk === undefined ? "" : causeText(walk))],
  ["DAMAGED", ({ walk }) => countText(walk?.damagedShards)],
  ["LOST", ({ walk }) => countText(walk?.lostShards)],
];

function countText(count: number | undefined): string {
  return count === undefined ? "" : String(count);
}

function causeText({ waitingShards, isFull, silentNodes }: NonNullable<NodeWalk["walk"]>): string {
  if (waitingShards === 0) return "";
  const causes = silentNodes.map((node) => `node ${node}`);
  return (isFull ? ["room", ...causes] : causes).join(", ") || "other nodes";
}

function repairText(report: RepairReport): string {
  return [
    ...tableOf(columns, report.nodes),
    "",
    "Shards that a node lacks are copied or made from others by themselves. What is lost is told by",
    "hamster doctor, object by object.",
  ].join("\n");
}
