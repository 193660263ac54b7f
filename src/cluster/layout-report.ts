import type { LayoutChangeKind } from "#format/index.ts";
import {
  layoutOf,
  nodesOf,
  profileCounts,
  type Reader,
  tablesOf,
  transitionWait,
  upkeepOf,
} from "#metadata/index.ts";
import { loadsOf } from "#placement/index.ts";
import { spreadOf } from "./layout-cost.ts";
import { operationText } from "./operation-guard.ts";

/** What `hamster cluster layout --json` prints. */
export interface LayoutReport {
  readonly version: number;
  /** Shards that a partition has homes for. */
  readonly width: number;
  /** A change of the layout whose shards are on their way. */
  readonly change?:
    | {
        readonly kind: LayoutChangeKind;
        readonly isUndone: boolean;
        /** How many nodes get shards, and how many have all of theirs. */
        readonly nodeCount: number;
        readonly walkedCount: number;
      }
    | undefined;
  readonly operation?: { readonly text: string; readonly begunUnixMs: number } | undefined;
  readonly isPaused: boolean;
  /** What is left to be coded anew, about. */
  readonly recoding: { readonly units: number; readonly bytes: number };
  readonly nodes: readonly {
    readonly node: number;
    readonly name: string;
    readonly state: string;
    /** Its part of the newest table's homes, of 1. */
    readonly share: number;
  }[];
  /** Why it does not go on, where it does not. */
  readonly waits: readonly string[];
}

/** How the layout is, and what becomes of it. */
export function layoutReport(
  reader: Reader,
  isDown: (node: number) => boolean,
): LayoutReport | undefined {
  const current = layoutOf(reader);
  const [newest] = tablesOf(reader);
  if (current === undefined || newest === undefined) return undefined;
  const { version, layout, open } = current;
  const { isPaused, operation } = upkeepOf(reader);
  const isChanging = open.length > 1;
  const waiting = transitionWait(reader);
  const loads = loadsOf(newest);
  const nodes = [...nodesOf(reader)].filter(({ node }) => node.state !== "removed");
  const widens = operation?.kind === "optimize";
  const due = spreadOf(profileCounts(reader), { width: layout.width, widens });
  const recoding = { units: 0, bytes: 0 };
  for (const { units, bytes, next } of due) {
    if (next === undefined) continue;
    recoding.units += units;
    recoding.bytes += bytes;
  }
  const waits = waiting.nodes.filter(isDown).map((node) => `node ${node} is down: it gets shards`);
  if (isPaused && (isChanging || operation !== undefined)) waits.unshift("it is paused");
  return {
    version,
    width: layout.width,
    change: isChanging
      ? {
          kind: layout.kind,
          isUndone: layout.isUndone,
          nodeCount: layout.awaited.length,
          walkedCount: layout.awaited.length - waiting.nodes.length,
        }
      : undefined,
    operation: operation && {
      text: operationText(operation),
      begunUnixMs: operation.begunUnixMs,
    },
    isPaused,
    recoding,
    nodes: nodes.map(({ id, node: { name = "", state } }) => ({
      node: id,
      name,
      state,
      share: (loads.get(id) ?? 0) / newest.homes.length,
    })),
    waits,
  };
}
