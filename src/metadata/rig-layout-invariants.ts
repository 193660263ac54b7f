import { assert } from "#base/assert.ts";
import { toHex } from "#base/bytes.ts";
import { partitionCount } from "#base/partition.ts";
import { openTablesMax, rowOf } from "#placement/index.ts";
import { kindRange, parseLayoutKey } from "./keyspace.ts";
import { layoutOf, tablesOf } from "./layout.ts";
import { partitionsPerLayoutBlock } from "./limits.ts";
import { clusterOf, keysOf, nodeOf, nodesOf, sessionsOf } from "./queries.ts";
import type { Reader } from "./reader.ts";
import * as tables from "./tables.ts";

/*
 * Checks layouts and nodes against M10 and M11.
 */

const checkedLooks = new WeakMap<Reader, string>();

/** The layout's rows are those of the open tables, and these are as placement promises. */
export function checkLayout(reader: Reader): void {
  const current = layoutOf(reader);
  if (current === undefined) return;
  const { version, layout, open } = current;
  assert(open.length <= openTablesMax, "A2: at most four tables are open");
  const heads: number[] = [];
  const blocks = new Map<number, number>();
  for (const [key] of reader.scan(kindRange("l/"))) {
    const { version: of, block } = parseLayoutKey(key);
    if (block === undefined) heads.push(of);
    else blocks.set(of, (blocks.get(of) ?? 0) + 1);
  }
  assert(heads.length === 1 && heads[0] === version, "M10: only the newest layout has a head");
  const versions = open.map((table) => table.version).sort((a, b) => a - b);
  const kept = [...blocks.keys()].sort((a, b) => a - b);
  assert(versions.join(" ") === kept.join(" "), "M10: only open tables are kept");
  const blockCount = partitionCount / partitionsPerLayoutBlock;
  assert(
    [...blocks.values()].every((count) => count === blockCount),
    "M10: tables are whole",
  );
  assert(layout.width === open[0]?.width, "M10: the newest table has the layout's width");
  // Whole tables take long: they are looked at again once they, or who takes shards, have changed.
  const members = [...nodesOf(reader)].map(({ id, node }) => `${id} ${node.state}`);
  const looks = [version, ...versions, ...members].join(" ");
  if (checkedLooks.get(reader) !== looks) checkTables(reader);
  checkedLooks.set(reader, looks);
  if (open.length === 1) assert(layout.awaited.length === 0, "M10: a closed one waits for nobody");
}

function checkTables(reader: Reader): void {
  const open = tablesOf(reader);
  for (let partition = 0; partition < partitionCount; partition++) {
    const indices = new Map<number, number>();
    for (const [age, table] of open.entries()) {
      const row = rowOf(table, partition);
      assert(new Set(row).size === row.length, "A1: no node stands twice in a row");
      for (const [index, node] of row.entries()) {
        assert((indices.get(node) ?? index) === index, "A2: a node has one index in all tables");
        indices.set(node, index);
        if (age === 0) assert(nodeOf(reader, node)?.state === "up", "A1: homes take shards");
      }
    }
  }
  const standing = new Set(open.flatMap(({ homes }) => [...homes]));
  for (const node of standing) {
    assert(nodeOf(reader, node)?.state !== "removed", "M10: who stands in a table is not removed");
  }
}

/** Ids and keys are given once, sessions are of nodes that are there. */
export function checkNodes(reader: Reader): void {
  const cluster = clusterOf(reader);
  const keys = new Set<string>();
  const raftIds = new Set<number>();
  let keyCount = 0;
  let nodeCount = 0;
  for (const { id, node } of nodesOf(reader)) {
    nodeCount++;
    const all = [...keysOf(node), ...(node.otherKeys?.retired ?? [])];
    for (const key of all) keys.add(toHex(key));
    keyCount += all.length;
    raftIds.add(node.raftId);
    const last = cluster?.lastNodeId ?? 0;
    assert(id === 1 || id <= last, "M11: a node's id was given to it");
  }
  assert(keys.size === keyCount, "M11: a key is one node's");
  assert(raftIds.size === nodeCount, "M11: a raft id is one node's");
  for (const { session } of sessionsOf(reader)) {
    assert(nodeOf(reader, session.node)?.state !== "removed", "M11: who is removed has no session");
  }
  for (const [, value] of reader.scan(kindRange("t/"))) {
    const { usedBy } = tables.tokens.decode(value);
    assert(usedBy === 0 || nodeOf(reader, usedBy) !== undefined, "M11: who used a token is there");
  }
}
