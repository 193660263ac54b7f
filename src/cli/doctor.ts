import { setTimeout as sleep } from "node:timers/promises";
import type { DoctorReport, ObjectReport } from "#cluster/index.ts";
import { askNode } from "./ask.ts";
import type { DoctorOptions } from "./cluster-commands.ts";
import { CommandError } from "./exit-codes.ts";
import { type Column, sizeText, tableOf } from "./table.ts";

const watchPauseMs = 500;
const clearLine = "\r\u001B[K";
/** Objects that are shown to people; `--json` has more. */
const shownMax = 50;

/**
 * Has a node examine the cluster, and shows what it found.
 *
 * @throws CommandError also where something cannot be read: scripts see it by the exit code
 */
export async function examine({ dataDir, json }: DoctorOptions): Promise<void> {
  const isShown = process.stderr.isTTY;
  let report = await askNode<DoctorReport>(dataDir, "doctor", { begin: true });
  while (!report.isDone) {
    if (isShown) {
      const percent = Math.floor(report.share * 100);
      process.stderr.write(`${clearLine}${percent} % examined, ${report.units} units`);
    }
    await sleep(watchPauseMs);
    report = await askNode<DoctorReport>(dataDir, "doctor");
  }
  if (isShown) process.stderr.write(clearLine);
  process.stdout.write(`${json === true ? JSON.stringify(report) : doctorText(report)}\n`);
  if (report.failure !== undefined) {
    throw new CommandError(
      "failed",
      `The examination was broken off: ${report.failure}.`,
      "Run it again; hamster cluster status shows which nodes answer.",
    );
  }
  const { lost, unavailable } = report.ailing;
  if (lost.units + unavailable.units === 0) return;
  throw new CommandError(
    "failed",
    "Some objects cannot be read.",
    lost.units > 0
      ? "Bring back the disks of nodes that are gone, if there are any: what is left is kept."
      : "Start the nodes that do not answer: their shards are needed.",
  );
}

const columns: readonly Column<ObjectReport>[] = [
  ["STATE", ({ state }) => state],
  ["SPARE", ({ spare }) => (spare < 0 ? "none" : String(spare))],
  ["SIZE", ({ sizeBytes }) => sizeText(sizeBytes)],
  [
    "OBJECT",
    ({ bucket, key, versionId, isLatest }) => {
      return `${bucket}/${JSON.stringify(key).slice(1, -1)}${isLatest ? "" : ` (version ${versionId})`}`;
    },
  ],
  ["WHY", ({ reason }) => reason],
];

function doctorText(report: DoctorReport): string {
  const { units, bytes, ailing, silentNodes, misplacedShards, unownedShards, objects } = report;
  const worse = (["lost", "unavailable", "at-risk"] as const).filter(
    (state) => ailing[state].units > 0,
  );
  const lines = [`Examined ${units} units of ${sizeText(bytes)}.`];
  if (worse.length === 0) lines.push("Every one has all its shards.");
  for (const state of worse) {
    const { units: count, bytes: size } = ailing[state];
    lines.push(`${count} (${sizeText(size)}) ${meanings[state]}`);
  }
  if (silentNodes.length > 0) lines.push(`Not answering: node ${silentNodes.join(", node ")}.`);
  if (misplacedShards > 0) lines.push(`${misplacedShards} shards are not where they belong yet.`);
  if (unownedShards > 0) lines.push(`${unownedShards} shards are garbage that is being removed.`);
  if (objects.length > 0) lines.push("", ...tableOf(columns, objects.slice(0, shownMax)));
  const cut = report.objectsCut + Math.max(0, objects.length - shownMax);
  if (cut > 0) lines.push(`... and ${cut} more; --json shows up to 1,000`);
  return lines.join("\n");
}

const meanings = {
  lost: "are lost: all nodes answered, and what they have is not enough. What is left is kept.",
  unavailable: "cannot be read now: shards are on nodes that do not answer.",
  "at-risk": "can be read, but lack shards that are being made anew or wait for a node.",
} as const;
