import { emptyBytes } from "#base/bytes.ts";
import { decodeNodeSpace, encodeNodeSpace, FormatError, type NodeSpace } from "#format/index.ts";
import { PeerError, type Peers } from "#peering/index.ts";
import type { Disk } from "#ports/index.ts";
import type { Shelf } from "#storage/index.ts";

const service = "node-space";
/** A status is shown to somebody who waits. */
const answerMsMax = 2_000;

/** What this node says of its disk. */
export async function ownSpace(
  disk: Pick<Disk, "space">,
  shelf: Pick<Shelf, "isFull" | "usage">,
): Promise<NodeSpace> {
  const { packs, files } = shelf.usage();
  const packBytes = packs.liveBytes + packs.removalBytes + packs.deadBytes + packs.headerBytes;
  const { freeBytes, totalBytes } = await disk.space();
  const isFull = await shelf.isFull();
  return { usedBytes: packBytes + files.bytes, freeBytes, totalBytes, isFull };
}

/** Tells other members what there is here. */
export function serveSpace(peers: Pick<Peers, "serve">, own: () => Promise<NodeSpace>): void {
  peers.serve(service, async () => encodeNodeSpace(await own()));
}

/** What another node says of its disk; undefined where it does not answer in time. */
export async function spaceOf(
  peers: Pick<Peers, "call">,
  node: number,
): Promise<NodeSpace | undefined> {
  try {
    const answer = await peers.call(node, service, emptyBytes, { timeoutMs: answerMsMax });
    return decodeNodeSpace(answer);
  } catch (error) {
    if (error instanceof PeerError || error instanceof FormatError) return undefined;
    throw error;
  }
}
