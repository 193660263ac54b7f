import {
  decodeConfirmShards,
  encodeConfirmShards,
  encodeShardsConfirmed,
  decodeShardsConfirmed,
  FormatError,
  type ShardName,
} from "#format/index.ts";
import { layoutOf, type Reader } from "#metadata/index.ts";
import type { Peers } from "#peering/index.ts";
import type { Clock } from "#ports/index.ts";
import type { Shelf } from "#storage/index.ts";
import { Pace, type Traffic } from "./pace.ts";
import { homeOf } from "./shard-home.ts";

const service = "confirm-shards";
/** Shards that one question names: its message stays small, and its answer does not take long. */
export const shardsPerQuestionMax = 64;
/** All of them are read before the answer, while clients go first. */
const answerMsMax = 120_000;

/** Shards that are being taken off this shelf: nobody may count on them any more. */
export class Leaving {
  readonly #shards = new Set<string>();

  has(name: ShardName): boolean {
    return this.#shards.has(textOf(name));
  }

  /** Takes shards off the shelf. They are leaving from the moment of the call. */
  async during(names: readonly ShardName[], remove: () => Promise<void>): Promise<void> {
    const texts = names.map(textOf);
    for (const text of texts) this.#shards.add(text);
    try {
      await remove();
    } finally {
      for (const text of texts) this.#shards.delete(text);
    }
  }
}

/** A shard's name as text, the same for the same shard. */
export function textOf({ unit, encoding, index }: ShardName): string {
  const ids = [unit, encoding].flatMap(({ epoch, session, number }) => [epoch, session, number]);
  return [...ids, index].join(".");
}

/** What a node confirms by. */
export interface ConfirmContext {
  readonly ports: { readonly clock: Clock };
  readonly self: number;
  readonly reader: Reader;
  readonly shelf: Pick<Shelf, "has" | "verify">;
  readonly leaving: Leaving;
  readonly traffic: Traffic;
}

/**
 * Tells other nodes which shards this one has in their stead: those that belong here under the
 * layout that the asker goes by, and that were read whole and found right.
 */
export function serveConfirmations(peers: Pick<Peers, "serve">, context: ConfirmContext): void {
  peers.serve(service, async (_, body, signal) => {
    const { layoutVersion, shards } = decodeConfirmShards(body);
    if (shards.length > shardsPerQuestionMax) {
      throw new FormatError("malformed", "a question names too many shards");
    }
    const places = await confirmed(context, { layoutVersion, shards }, signal);
    return encodeShardsConfirmed({ places });
  });
}

async function confirmed(
  context: ConfirmContext,
  { layoutVersion, shards }: { layoutVersion: number; shards: readonly ShardName[] },
  signal: AbortSignal,
): Promise<number[]> {
  const { ports, reader, shelf, leaving, self, traffic } = context;
  const pace = new Pace(ports.clock, traffic);
  const right: number[] = [];
  for (const [place, name] of shards.entries()) {
    const home = homeOf(reader, name);
    const root = home?.row.encoding.roots[name.index];
    if (home?.node !== self || root === undefined) continue;
    const { kind } = await shelf.verify(name, { root, afterRead: () => pace.step(signal) });
    if (kind === "intact") right.push(place);
  }
  // It took a while: what counts is what is so now, in one synchronous stretch.
  if (layoutOf(reader)?.version !== layoutVersion) return [];
  return right.filter((place) => {
    const name = shards[place];
    if (name === undefined || leaving.has(name)) return false;
    return homeOf(reader, name)?.node === self && shelf.has(name);
  });
}

/**
 * Asks a node which of these shards it has in this one's stead.
 *
 * @throws PeerError, FormatError
 */
export async function askToConfirm(
  peers: Pick<Peers, "call">,
  node: number,
  { layoutVersion, shards }: { layoutVersion: number; shards: readonly ShardName[] },
  signal: AbortSignal,
): Promise<ShardName[]> {
  const question = encodeConfirmShards({ layoutVersion, shards: [...shards] });
  const patience = { timeoutMs: answerMsMax, signal };
  const { places } = decodeShardsConfirmed(await peers.call(node, service, question, patience));
  return places.flatMap((place) => shards[place] ?? []);
}
