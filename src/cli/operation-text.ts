import type { LayoutReport, OperationPlan } from "#cluster/index.ts";
import { type Column, sizeText, tableOf } from "./table.ts";

/** A plan as people read it. */
export function planText(plan: OperationPlan): string {
  const {
    operation,
    node,
    nodeName = "",
    moved,
    leastBytes,
    recoded,
    profile,
    tolerance,
    trade,
    warnings,
  } = plan;
  const name = nodeName === "" ? "" : ` (${nodeName})`;
  const title = node === undefined ? operation : `${operation} node ${node}${name}`;
  const lines = [`Plan: ${title}, from layout ${plan.layoutVersion}`];
  if (recoded.units > 0) {
    const { units, bytes, written } = recoded;
    lines.push(
      `  code anew   about ${count(units, "unit")} of ${sizeText(bytes)}; ${sizeText(written)} are written`,
    );
  }
  const least = leastBytes > 0 ? `; the node has ${sizeText(leastBytes)}` : "";
  lines.push(
    moved.shards === 0
      ? "  move        nothing"
      : `  move        ${count(moved.shards, "shard")}, ${sizeText(moved.bytes)}${least}`,
    `  takes       about ${durationText(plan.estimateMs)}, longer where clients need the nodes`,
    `  new objects ${profile.before}${profile.after === profile.before ? "" : `, then ${profile.after}`}`,
    `  may fail    before ${failures(tolerance.before)}, on the way ${failures(tolerance.during)}, ` +
      `then ${failures(tolerance.after)}`,
  );
  if (trade !== undefined) lines.push("", `The price: ${trade}.`);
  if (warnings.length > 0) lines.push("", ...warnings.map((warning) => `Warning: ${warning}.`));
  return lines.join("\n");
}

/** How many nodes may fail, in words. */
function failures(nodes: number): string {
  if (nodes < 0) return "too many are down already";
  return nodes === 0 ? "none" : count(nodes, "node");
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;
}

/** `3 min`. */
export function durationText(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 2) return "a second";
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

type LayoutNode = LayoutReport["nodes"][number];

const columns: readonly Column<LayoutNode>[] = [
  ["NODE", ({ node }) => String(node)],
  ["NAME", ({ name }) => name],
  ["STATE", ({ state }) => state],
  ["SHARE", ({ share }) => (share === 0 ? "" : `${(share * 100).toFixed(1)} %`)],
];

/** The layout as people read it. */
export function layoutText(report: LayoutReport): string {
  const { version, width, nodes, isPaused } = report;
  const lines = [
    `Layout ${version}: partitions have homes for ${count(width, "shard")}${isPaused ? "; paused" : ""}`,
    "",
    ...tableOf(columns, nodes),
    "",
    progressText(report),
  ];
  return lines.join("\n");
}

function movingText({ doneBytes, totalBytes, bytesPerSecond }: LayoutReport["moving"]): string {
  const text = `${sizeText(doneBytes)} of ${sizeText(totalBytes)} have come`;
  if (bytesPerSecond === 0) return text;
  const leftMs = ((totalBytes - doneBytes) / bytesPerSecond) * 1000;
  return `${text}, ${sizeText(bytesPerSecond)}/s, ${durationText(leftMs)} to go`;
}

/** What is under way, how far it is, and what it waits for: a line. */
export function progressText(report: LayoutReport): string {
  const { operation, change, moving, recoding, waits } = report;
  const parts: string[] = [];
  if (operation !== undefined) parts.push(`${operation.text} is under way`);
  if (change !== undefined) {
    const { kind, isUndone, walkedCount, nodeCount } = change;
    const name = isUndone ? `the ${kind} goes back` : `${kind}: shards move`;
    parts.push(`${name}, ${walkedCount} of ${count(nodeCount, "node")} have all of theirs`);
  }
  if (moving.totalBytes > moving.doneBytes) parts.push(movingText(moving));
  if (recoding.units > 0) {
    parts.push(
      `about ${count(recoding.units, "unit")} of ${sizeText(recoding.bytes)} to be coded anew`,
    );
  }
  if (parts.length === 0) return "Nothing is under way.";
  const why = waits.length === 0 ? "" : ` It waits: ${waits.join("; ")}.`;
  const text = `${parts.join("; ")}.${why}`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}
