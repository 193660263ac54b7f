import { FormatError, type ShardName } from "#format/index.ts";
import { layoutOf, type Reader } from "#metadata/index.ts";
import { shardSizeOf } from "#objects/index.ts";
import { PeerError, type Peers } from "#peering/index.ts";
import type { Ports } from "#ports/index.ts";
import { mib } from "#base/bytes.ts";
import type { Shelf } from "#storage/index.ts";
import { askToConfirm, type Leaving, shardsPerQuestionMax } from "./confirm.ts";
import { homeOf } from "./shard-home.ts";

/** What one question is about, unless it is a single shard: the other node reads all of it. */
const bytesPerQuestion: number = 32 * mib;
/** Shards that are looked at in one synchronous stretch: a few milliseconds. */
const shardsPerStretch = 256;

/** What dropping works with. */
export interface DropContext {
  readonly ports: Pick<Ports, "clock" | "trace">;
  readonly peers: Pick<Peers, "call" | "self">;
  readonly reader: Reader;
  readonly shelf: Pick<Shelf, "has" | "pages" | "remove">;
  readonly leaving: Leaving;
}

/** Shards that one node is asked to confirm. */
interface Question {
  readonly shards: ShardName[];
  bytes: number;
}

/**
 * Takes shards off the shelf that belong elsewhere by now, each only after the node that it belongs
 * to has confirmed that it has it. As long as a transition is open, nothing that belongs here by
 * any of its layouts is dropped: it may be undone.
 *
 * @returns how many are left that were not confirmed
 * @throws ShelfError; the signal's reason
 */
export async function dropMisplaced(context: DropContext, signal: AbortSignal): Promise<number> {
  const { ports, shelf } = context;
  const questions = new Map<number, Question>();
  let leftCount = 0;
  const ask = async (node: number): Promise<void> => {
    const question = questions.get(node);
    questions.delete(node);
    if (question === undefined) return;
    leftCount += question.shards.length - (await askAndDrop(context, node, question, signal));
  };
  for (const page of shelf.pages(shardsPerStretch)) {
    for (const name of page) {
      const misplaced = misplacedAt(context, name);
      if (misplaced === undefined) continue;
      const { node, sizeBytes } = misplaced;
      const full = questions.get(node);
      if (full !== undefined && full.bytes + sizeBytes > bytesPerQuestion) await ask(node);
      const question = questions.getOrInsertComputed(node, () => ({ shards: [], bytes: 0 }));
      question.shards.push(name);
      question.bytes += sizeBytes;
      if (question.shards.length === shardsPerQuestionMax) await ask(node);
    }
    await ports.clock.sleep(1, signal);
  }
  const unasked = [...questions.keys()];
  for (const node of unasked) await ask(node);
  return leftCount;
}

/** Where a shard belongs that does not belong here any more. */
function misplacedAt(
  { peers, reader }: DropContext,
  name: ShardName,
): { node: number; sizeBytes: number } | undefined {
  const home = homeOf(reader, name);
  if (home === undefined || home.nodes.includes(peers.self)) return undefined;
  return { node: home.node, sizeBytes: shardSizeOf(home.row, name.index) };
}

/** @returns how many were dropped */
async function askAndDrop(
  context: DropContext,
  node: number,
  { shards }: Question,
  signal: AbortSignal,
): Promise<number> {
  const { ports, peers, reader, shelf, leaving } = context;
  const layoutVersion = layoutOf(reader)?.version;
  if (layoutVersion === undefined) return 0;
  let confirmed: readonly ShardName[];
  try {
    confirmed = await askToConfirm(peers, node, { layoutVersion, shards }, signal);
  } catch (error) {
    if (!(error instanceof PeerError) && !(error instanceof FormatError)) throw error;
    ports.trace.write("debug", "shardsNotConfirmed", { node, reason: error.message });
    return 0;
  }
  // From here to the removal nothing may come between: under another layout the answer is worth
  // nothing, and who asks this node from now on is told that they are leaving.
  if (layoutOf(reader)?.version !== layoutVersion) return 0;
  const dropped = confirmed.filter((name) => misplacedAt(context, name)?.node === node);
  if (dropped.length === 0) return 0;
  await leaving.during(dropped, () => shelf.remove(dropped));
  ports.trace.write("info", "shardsDropped", { shards: dropped.length, to: node });
  return dropped.length;
}
