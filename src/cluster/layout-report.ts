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
import { nodesText, nodeText } from "./node-text.ts";
import { operationText } from "./operation-guard.ts";
import type { WalkReport } from "./repair-desk.ts";

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
  /** Shards on their way, as far as the nodes that get them know. */
  readonly moving: {
    readonly doneBytes: number;
    readonly totalBytes: number;
    readonly bytesPerSecond: number;
  };
  /** What is left to be coded anew, about. */
  readonly recoding: { readonly units: number; readonly bytes: number };
  readonly nodes: readonly {
    readonly node: number;
    readonly name: string;
    readonly state: string;
    /** Its part of the newest table's homes, of 1. */
    readonly share: number;
  }[];
  /** What nodes have got and coded anew since each of them started. */
  readonly ever: { readonly pulledBytes: number; readonly recodedBytes: number };
  /** Why it does not go on, where it does not. */
  readonly waits: readonly string[];
}

/** What the nodes say that answer. */
type Walks = ReadonlyMap<number, WalkReport>;

/** How the layout is, and what becomes of it. */
export function layoutReport(
  reader: Reader,
  { isDown, walks }: { isDown: (node: number) => boolean; walks: Walks },
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
  const isUnderWay = isChanging || operation !== undefined || recoding.units > 0;
  const waits = isUnderWay
    ? waitsOf(reader, walks, { isPaused, away: waiting.nodes.filter(isDown) })
    : [];
  const sum = (of: (one: WalkReport) => number): number =>
    [...walks.values()].reduce((total, one) => total + of(one), 0);
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
      text: operationText(reader, operation),
      begunUnixMs: operation.begunUnixMs,
    },
    isPaused,
    moving: {
      doneBytes: sum(({ doneBytes }) => doneBytes),
      totalBytes: sum(({ totalBytes }) => totalBytes),
      bytesPerSecond: sum(({ bytesPerSecond }) => bytesPerSecond),
    },
    recoding,
    ever: {
      pulledBytes: sum(({ pulledBytesEver }) => pulledBytesEver),
      recodedBytes: sum(({ recoding: own }) => own?.recodedBytesEver ?? 0),
    },
    nodes: nodes.map(({ id, node: { name = "", state } }) => ({
      node: id,
      name,
      state,
      share: (loads.get(id) ?? 0) / newest.homes.length,
    })),
    waits,
  };
}

/** Why it does not go on: sentences without their end. */
function waitsOf(
  reader: Reader,
  walks: Walks,
  { isPaused, away }: { isPaused: boolean; away: readonly number[] },
): string[] {
  const waits = isPaused ? ["it is paused"] : [];
  waits.push(...away.map((node) => `${nodeText(reader, node)} is down: it gets shards`));
  for (const [node, one] of walks) {
    const { waitingShards, silentNodes, isFull, lostShards, recoding } = one;
    const silent = nodesText(reader, silentNodes);
    const title = nodeText(reader, node);
    if (waitingShards > 0 && isFull) waits.push(`${title} has no room for what it gets`);
    else if (waitingShards > 0) {
      waits.push(`${title} lacks ${waitingShards} shards that only ${silent} may give`);
    }
    if (lostShards > 0) waits.push(`${lostShards} shards of ${title} are lost: hamster doctor`);
    const { unitsWithoutNodes = 0, unitsWithoutRoom = 0, unitsUnreadable = 0 } = recoding ?? {};
    if (unitsWithoutNodes > 0) {
      waits.push(`${unitsWithoutNodes} units cannot be coded anew while their homes are down`);
    }
    if (unitsWithoutRoom > 0) {
      waits.push(`${unitsWithoutRoom} units cannot be coded anew for want of room`);
    }
    if (unitsUnreadable > 0) {
      waits.push(`${unitsUnreadable} units cannot be read to be coded anew: hamster doctor`);
    }
  }
  return waits;
}
