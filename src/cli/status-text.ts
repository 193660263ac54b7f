import type { ClusterStatus, NodeReport } from "#cluster/index.ts";

const columns: readonly (readonly [string, (node: NodeReport) => string])[] = [
  ["NODE", ({ node, isAsked }) => `${node}${isAsked ? "*" : ""}`],
  ["NAME", ({ name }) => name],
  ["STATE", ({ state }) => state],
  ["ROLE", ({ role }) => role],
  ["HOST", ({ host }) => host],
  ["ZONE", ({ zone }) => zone],
  ["WEIGHT", ({ weight }) => String(weight)],
  ["USED", ({ usedBytes }) => sizeText(usedBytes)],
  ["FREE", ({ freeBytes }) => sizeText(freeBytes)],
  ["ADDRESS", ({ addresses }) => addresses.join(" ")],
];

/** The status as people read it: a table, then sentences. */
export function statusText(status: ClusterStatus): string {
  const { clusterId, epoch, profile, layout, tolerances, warnings } = status;
  const lines = [
    `Cluster ${clusterId}, epoch ${epoch}; asked is the node with the star`,
    "",
    ...tableOf(status.nodes),
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

function tableOf(nodes: readonly NodeReport[]): readonly string[] {
  const rows = [
    columns.map(([heading]) => heading),
    ...nodes.map((node) => columns.map(([, textOf]) => textOf(node) || "-")),
  ];
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** `1.4 GiB`; nothing where it is not known. */
function sizeText(bytes: number | undefined): string {
  if (bytes === undefined) return "?";
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  const size = bytes / 1024 ** power;
  return `${size >= 100 || power === 0 ? size.toFixed(0) : size.toFixed(1)} ${units[power]}`;
}
