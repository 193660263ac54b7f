import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeOf, sessionOf } from "#metadata/index.ts";
import { ReplicaError } from "#replica/index.ts";
import { simulate, type World } from "../world.ts";
import { createBucket, Group, hasBucket } from "./group.ts";

/** So small that whoever was away gets a snapshot. */
const limits = { segmentSizeBytes: 8 * 1024, checkpointLogBytesMin: 9 * 1024 };

/** What a client of one node knows. */
interface Known {
  created: string[];
  refused: string[];
  stop: boolean;
}

async function client(group: Group, node: number, lane: number, known: Known): Promise<void> {
  const { world } = group;
  const prng = world.prng.fork();
  for (let i = 0; !known.stop; i++) {
    await world.sleep(prng.below(30));
    const name = `bucket-${lane}-${i}`;
    const replica = group.replica(node);
    try {
      const { outcome } = await replica.propose(createBucket(name), { timeoutMs: 4000 });
      assert.equal(outcome?.kind, "done", `R2 ${name} ran once`);
      known.created.push(name);
    } catch (error) {
      if (!(error instanceof ReplicaError)) throw error;
      assert.notEqual(error.code, "refused", "it is not refused for good");
      if (!error.mayStillHappen) known.refused.push(name);
    }
  }
}

async function closeSession(group: Group, node: number): Promise<void> {
  const leader = group.leaderReplica();
  const session = nodeOf(leader.reader, node)?.session;
  if (session === undefined) return;
  await leader.propose({ kind: "closeSession", value: { session } }).catch(() => undefined);
}

async function life(world: World): Promise<void> {
  const group = await Group.of(world, 3, limits);
  const known: Known = { created: [], refused: [], stop: false };
  const node = group.members.find((member) => member !== group.leader)?.node ?? 0;
  const lanes = [1, 2, 3, 4].map((lane) => client(group, node, lane, known));
  const others = group.members.filter((member) => member.node !== node);
  const busy = { created: [], refused: [], stop: false };
  lanes.push(client(group, others[0]?.node ?? 0, 5, busy));
  const prng = world.prng.fork();
  const sessions = new Set<number>();
  for (let turn = 0; turn < 12; turn++) {
    sessions.add(group.replica(node).session.session);
    await world.sleep(prng.below(400));
    const isCutOff = prng.below(2) === 0;
    if (isCutOff) {
      world.network.isolate(group.at(node).machine.name);
      await world.sleep(prng.below(3000));
    }
    await closeSession(group, node);
    world.network.healAll();
    await world.sleep(1500);
  }
  known.stop = busy.stop = true;
  await Promise.all(lanes);
  await group.settle();
  const { reader } = group.replica(node);
  assert.ok(sessions.size > 3, `${sessions.size} sessions`);
  assert.ok(sessionOf(reader, group.replica(node).session) !== undefined);
  for (const name of known.created) assert.ok(hasBucket(reader, name), name);
  for (const name of known.refused) assert.ok(!hasBucket(reader, name), `R2 ${name} did not run`);
  assert.ok(known.created.length > 50, `${known.created.length} were created`);
}

for (const seed of [1, 2]) {
  test(`R2 a node whose session is closed opens another by itself, seed ${seed}`, async () => {
    await simulate(seed, life);
  });
}

for (const seed of [5, 6, 7]) {
  test(`R2 a node whose session an earlier boot's late opening ends opens another, ${seed}`, async () => {
    await simulate(seed, async (world) => {
      const group = await Group.of(world, 3);
      const node = group.leader?.node === 2 ? 3 : 2;
      const ended = group.replica(node).session.session;
      for (let boot = 1; boot <= 3; boot++) {
        const bootId = new Uint8Array(16).fill(boot);
        const opening = { kind: "openSession", value: { node, bootId } } as const;
        await group.leaderReplica().propose(opening);
        if (boot === 2) await world.sleep(world.prng.below(30));
      }
      const replica = group.replica(node);
      await group.until("it has another session", () => {
        const { session } = replica;
        return session.session > ended && sessionOf(replica.reader, session) !== undefined;
      });
      await world.sleep(1000);
      assert.deepEqual(nodeOf(replica.reader, node)?.session, replica.session);
      const { outcome } = await replica.propose(createBucket("later"));
      assert.equal(outcome?.kind, "done");
    });
  });
}
