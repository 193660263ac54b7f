import { emptyBytes } from "#base/bytes.ts";
import { decodeShardsLeft, encodeShardsLeft } from "#format/index.ts";
import { type Reader, unitOf } from "#metadata/index.ts";
import type { Peers } from "#peering/index.ts";
import type { Shelf } from "#storage/index.ts";

const service = "shards-left";
/** A walk over what little a drained node's shelf has. */
const answerMsMax = 10_000;
/** More are not counted: it is far from empty. */
const shardsCounted = 1_000;

/** How many shards the shelf has that units are kept by: none that were replaced, no garbage. */
export function shardsLeft(reader: Reader, shelf: Pick<Shelf, "pages">): number {
  let count = 0;
  for (const page of shelf.pages(shardsCounted)) {
    for (const { unit, encoding } of page) {
      const id = unitOf(reader, unit)?.encoding.id;
      if (id === undefined || id.number !== encoding.number) continue;
      if (id.session !== encoding.session || id.epoch !== encoding.epoch) continue;
      if (++count === shardsCounted) return count;
    }
  }
  return count;
}

/** Tells other members how many there are here. */
export function serveShardsLeft(peers: Pick<Peers, "serve">, own: () => number): void {
  peers.serve(service, () => Promise.resolve(encodeShardsLeft({ count: own() })));
}

/** How many another node has. @throws PeerError, FormatError */
export async function shardsLeftOn(peers: Pick<Peers, "call">, node: number): Promise<number> {
  const answer = await peers.call(node, service, emptyBytes, { timeoutMs: answerMsMax });
  return decodeShardsLeft(answer).count;
}
