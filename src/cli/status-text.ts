import type { ClusterStatus, NodeReport } from "#cluster/index.ts";
import { progressText } from "./cluster-repair.ts";
import { type Column, sizeText, tableOf } from "./table.ts";

const columns: readonly Column<NodeReport>[] = [
  ["NODE", ({ node, isAsked }) => `${node}${isAsked ? "*" : ""}`],
  ["NAME", ({ name }) => name],
  ["STATE", ({ state }) => state],
  ["ROLE", ({ role }) => role],
  ["HOST", ({ host }) => host],
  ["ZONE", ({ zone }) => zone],
  ["WEIGHT", ({ weight }) => String(weight)],
  ["USED", ({ usedBytes }) => sizeText(usedBytes)],
  ["FREE", ({ freeBytes }) => sizeText(freeBytes)],
  ["SHARDS", ({ walk }) => (walk === undefined ? "" : progressText(walk))],
  ["ADDRESS", ({ addresses }) => addresses.join(" ")],
];

/** The status as people read it: a table, then sentences. */
export function statusText(status: ClusterStatus): string {
  const { clusterId, epoch, profile, layout, tolerances, warnings } = status;
  const lines = [
    `Cluster ${clusterId}, epoch ${epoch}; asked is the node with the star`,
    "",
    ...tableOf(columns, status.nodes),
    "",
    `New objects are kept as ${profile}. Layout ${layout.version}${transitionText(layout)}.`,
    "",
    "What may fail now:",
    ...tolerances.map(({ text }) => `  ${text}`),
  ];
  if (warnings.length > 0) lines.push("", ...warnings.map((warning) => `Warning: ${warning}`));
  return lines.join("\n");
}

function transitionText({ transition }: ClusterStatus["layout"]): string {
  if (transition === undefined) return "; nothing moves";
  const { walkedCount, nodeCount } = transition;
  return `; shards move to it: ${walkedCount} of ${nodeCount} nodes have all of theirs`;
}
