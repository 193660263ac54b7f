import {
  decodeWalkRequest,
  decodeWalkState,
  encodeWalkRequest,
  encodeWalkState,
  FormatError,
  type WalkState,
} from "#format/index.ts";
import { nodesOf, type Reader } from "#metadata/index.ts";
import { PeerError, type Peers } from "#peering/index.ts";
import type { AdminFields } from "./admin.ts";

const service = "walk";
/** It is shown to somebody who waits. */
const answerMsMax = 2_000;

/** The walk of a node, as far as others may ask of it. */
export interface NodeWalk {
  readonly state: WalkState;
  hurry(): void;
}

/** How a node's walk stands, for people and programs. */
export type WalkReport = Omit<WalkState, "unknownFields">;

/** What `hamster cluster repair --json` prints. */
export interface RepairReport {
  readonly nodes: readonly {
    readonly node: number;
    readonly name: string;
    /** Missing where it did not say. */
    readonly walk?: WalkReport | undefined;
  }[];
}

/** Lets other members ask for this node's walk. */
export function serveWalk(peers: Pick<Peers, "serve">, walk: NodeWalk): void {
  peers.serve(service, async (_, body) => {
    if (decodeWalkRequest(body).now) walk.hurry();
    return encodeWalkState(walk.state);
  });
}

/** What is asked of whose walk. */
interface RepairParts {
  readonly peers: Pick<Peers, "call" | "self">;
  readonly walk: NodeWalk;
}

/** How the walks of all nodes stand; the node that `now` names in the fields begins one at once. */
export async function repairReport(
  parts: RepairParts & { reader: Reader },
  { now }: AdminFields,
): Promise<RepairReport> {
  const members = [...nodesOf(parts.reader)].filter(({ node }) => node.state !== "removed");
  return {
    nodes: await Promise.all(
      members.map(async ({ id, node }) => ({
        node: id,
        name: node.name ?? "",
        walk: await walkOf(parts, id, { now: now === id }),
      })),
    ),
  };
}

/** How a node's walk stands; undefined where it does not answer in time. */
export async function walkOf(
  { peers, walk }: RepairParts,
  node: number,
  { now = false }: { now?: boolean } = {},
): Promise<WalkReport | undefined> {
  if (node === peers.self) {
    if (now) walk.hurry();
    return walk.state;
  }
  try {
    const request = encodeWalkRequest({ now });
    return decodeWalkState(await peers.call(node, service, request, { timeoutMs: answerMsMax }));
  } catch (error) {
    if (error instanceof PeerError || error instanceof FormatError) return undefined;
    throw error;
  }
}
