import { nodeOf, type Reader } from "#metadata/index.ts";

/** A node as people know it: `node 3 (north)`. */
export function nodeText(reader: Reader, node: number): string {
  const name = nodeOf(reader, node)?.name ?? "";
  return name === "" ? `node ${node}` : `node ${node} (${name})`;
}

/** `node 1 (north) and node 3 (south)`. */
export function nodesText(reader: Reader, nodes: readonly number[]): string {
  const texts = nodes.map((node) => nodeText(reader, node));
  return texts.length < 3
    ? texts.join(" and ")
    : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;
}
