import {
  decodeScrubRequest,
  decodeScrubState,
  encodeScrubRequest,
  encodeScrubState,
  FormatError,
  type ScrubState,
} from "#format/index.ts";
import { nodesOf, type Reader } from "#metadata/index.ts";
import { PeerError, type Peers } from "#peering/index.ts";
import type { AdminFields } from "./admin.ts";

const service = "scrub";
/** It is shown to somebody who waits. */
const answerMsMax = 2_000;

/** The scrub of a node, as far as others may ask of it. */
interface NodeScrub {
  readonly progress: ScrubState;
  hurry(): void;
}

/** What `hamster cluster scrub --json` prints. */
export interface ScrubReport {
  readonly nodes: readonly {
    readonly node: number;
    readonly name: string;
    /** Missing where it did not say. */
    readonly scrub?: Omit<ScrubState, "unknownFields"> | undefined;
  }[];
}

/** Lets other members ask for this node's scrub. */
export function serveScrub(peers: Pick<Peers, "serve">, scrub: NodeScrub): void {
  peers.serve(service, async (_, body) => {
    if (decodeScrubRequest(body).now) scrub.hurry();
    return encodeScrubState(scrub.progress);
  });
}

/** How the scrubs of all nodes stand; with `now` in the fields each begins a pass at once. */
export async function scrubReport(
  parts: { peers: Pick<Peers, "call" | "self">; reader: Reader; scrub: NodeScrub },
  fields: AdminFields,
): Promise<ScrubReport> {
  const { peers, reader, scrub } = parts;
  const now = fields["now"] === true;
  const members = [...nodesOf(reader)].filter(({ node }) => node.state !== "removed");
  const ask = (id: number): Promise<ScrubState | undefined> => {
    if (id !== peers.self) return scrubOf(peers, id, now);
    if (now) scrub.hurry();
    return Promise.resolve(scrub.progress);
  };
  return {
    nodes: await Promise.all(
      members.map(async ({ id, node }) => ({
        node: id,
        name: node.name ?? "",
        scrub: await ask(id),
      })),
    ),
  };
}

/** Undefined where the node does not answer in time. */
async function scrubOf(
  peers: Pick<Peers, "call">,
  node: number,
  now: boolean,
): Promise<ScrubState | undefined> {
  try {
    const request = encodeScrubRequest({ now });
    return decodeScrubState(await peers.call(node, service, request, { timeoutMs: answerMsMax }));
  } catch (error) {
    if (error instanceof PeerError || error instanceof FormatError) return undefined;
    throw error;
  }
}
