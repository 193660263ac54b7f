import { StoreDamagedError } from "#base/store-damaged-error.ts";
import { listVersions, sessionOf } from "#metadata/index.ts";
import { type CommandBody, ReplicaError } from "#replica/index.ts";
import { check } from "../check-error.ts";
import { checkLinearizable } from "../checkers/linearizable.ts";
import { absent, History } from "../workload/history.ts";
import type { World } from "../world.ts";
import { bucket, runClient, stateOf } from "./clients.ts";
import { disturb } from "./faults.ts";
import { createBucket, Group } from "./group.ts";
import { Lives } from "./lives.ts";
import { Operator } from "./operator.ts";
import { type CallName, type ChangeName, drawPlan, type FaultName, type Plan } from "./plan.ts";
import { Witness } from "./witness.ts";

/** So small that short runs rotate the log, write checkpoints, and let the log go. */
const limits = {
  segmentSizeBytes: 8 * 1024,
  checkpointLogBytesMin: 9 * 1024,
  checkpointLeaseMs: 2000,
};

/** So small that who was away for a moment gets a snapshot. */
const shortLog = { checkpointLogBytesMin: 2 * 1024 };

/** So often that hardly any change of leaders misses one. */
const comparing = { checkPauseMs: 100, checkRestMs: 100, checkBytesMin: 2000 };

/**
 * Once nothing is disturbed, all nodes belong and answer within this time: a checkpoint that failed
 * is tried again after half a minute, and a joiner may have to wait for it.
 */
const convergenceMsMax = 120_000;

/** Somebody leads within this time. */
const electionMsMax = 15_000;

/** What a run came to, for tallies. */
export interface GroupRunReport {
  plan: Plan;
  answered: ReadonlyMap<CallName, number>;
  fired: ReadonlyMap<FaultName, number>;
  changed: ReadonlyMap<ChangeName, number>;
  /** What replicas told of. */
  events: ReadonlyMap<string, number>;
  bootCount: number;
  appliedIndex: number;
  /** How many states two stores were compared at. */
  compared: number;
}

/**
 * One run: clients call all nodes of a group while machines, network and membership are disturbed;
 * then the faults end, all nodes come to the same state within a bound, and the history is judged.
 */
export async function runGroup(
  world: World,
  given: { voterCount?: number | undefined } = {},
): Promise<GroupRunReport> {
  const plan = drawPlan(world.prng, given);
  const witness = new Witness();
  const special = { ...(plan.areCompared && comparing), ...(plan.isLogShort && shortLog) };
  const group = new Group(world, { ...limits, ...special }, witness);
  const history = new History();
  await form(group, plan);
  const lives = new Lives(group);
  const operator = new Operator(lives);
  const fired = new Map<FaultName, number>();
  const answered = new Map<CallName, number>();
  const endMs = world.nowMs + plan.disturbedMs;
  const isOver = (): boolean => world.nowMs > endMs;
  const lived = group.members.map((member) => lives.keep(member));
  const lanes = Array.from({ length: plan.clientCount }, (_, lane) =>
    runClient({ group, plan, history, answered, isOver }, lane),
  );
  const changing = plan.changeMs === undefined ? [] : [operator.run(plan.changeMs, isOver)];
  const whole = async (): Promise<void> => {
    await Promise.all([disturb(lives, plan, { witness, fired, isOver }), ...lanes, ...changing]);
    await converge(group, operator, plan);
    lives.end();
  };
  await Promise.all([whole(), ...lived]);
  readAll(group, plan, history);
  checkLinearizable(history);
  if (plan.isVersioned) checkOnce(group, history);
  const { bootCount } = lives;
  const { appliedIndex, compared, events } = witness;
  const changed = operator.made;
  return { plan, answered, fired, changed, events, bootCount, appliedIndex, compared };
}

/** Forms the group in peace, and makes the bucket. */
async function form(group: Group, plan: Plan): Promise<void> {
  await group.found(plan.nodeCount);
  for (let node = 2; node <= plan.nodeCount; node++) {
    await group.join(node);
    if (node <= plan.voterCount) await group.promote(node);
  }
  const replica = group.leaderReplica();
  await replica.propose(createBucket(bucket));
  if (plan.isVersioned) {
    const value = { bucket, versioning: "enabled" } as const;
    await replica.propose({ kind: "setBucketVersioning", value });
  }
  await group.settle();
}

/** Nothing is disturbed any more: all nodes belong, answer, and come to the same state. */
async function converge(group: Group, operator: Operator, plan: Plan): Promise<void> {
  const { world } = group;
  const startMs = world.nowMs;
  await group.until("somebody leads", () => group.leader !== undefined, electionMsMax);
  let stage = "all belong";
  while (world.nowMs - startMs < convergenceMsMax) {
    await world.sleep(50);
    if (stage === "all belong") {
      if (await operator.finish()) stage = "all are open";
    } else if (stage === "all are open") {
      if (group.members.every(({ isOpen, machine }) => isOpen && machine.isUp)) stage = "all write";
    } else if (await allAnswer(group)) {
      await group.settle();
      if (isSame(group) && isReleased(group)) return;
      stage = "all are open";
    }
  }
  const states = group.members.map(({ node, isOpen, replica }) => {
    const { role, term, appliedIndex, conf } = replica?.status() ?? {};
    const kept = replica && isOpen && sessionOf(replica.reader, replica.session)?.kept.length;
    return `${node}: ${isOpen} ${role} ${term} ${appliedIndex} ${kept} ${JSON.stringify(conf)}`;
  });
  const details = `not "${stage}" of ${plan.nodeCount}\n${states.join("\n")}`;
  check(false, "progress within a bound after healing", details);
}

async function allAnswer({ members }: Group): Promise<boolean> {
  const body: CommandBody = {
    kind: "deleteVersions",
    value: { bucket, deletions: [], bypassGovernance: false },
  };
  const answers = members.map(async ({ replica, machine }) => {
    try {
      await Promise.race([replica?.propose(body, { timeoutMs: 10_000 }), machine.died]);
      await Promise.race([replica?.readBarrier({ timeoutMs: 10_000 }), machine.died]);
      return machine.isUp;
    } catch (error) {
      // A damaged row that is met only now.
      if (error instanceof ReplicaError) return false;
      throw error;
    }
  });
  return (await Promise.all(answers)).every(Boolean);
}

/** Whether all stores hold the same; false where one turns out to be damaged. */
function isSame(group: Group): boolean {
  const all = group.members.map(({ node, machine, replica }) => {
    const isReadable = machine.isUp && replica !== undefined && replica.status().role !== "stopped";
    try {
      return isReadable ? group.rows(node).join("\n") : undefined;
    } catch (error) {
      if (error instanceof StoreDamagedError || error instanceof ReplicaError) return undefined;
      throw error;
    }
  });
  if (all.includes(undefined)) return false;
  check(new Set(all).size === 1, "byte-identical stores at equal index", "at the end");
  return true;
}

/** Whether nothing that a client gave up on is waited for still: it would be so for ever. */
function isReleased(group: Group): boolean {
  return group.members.every(({ replica }) => {
    const session = replica && sessionOf(replica.reader, replica.session);
    return session !== undefined && session.kept.length <= 1;
  });
}

/** Reads every key at every node. */
function readAll(group: Group, plan: Plan, history: History): void {
  for (const { node } of group.members) {
    const replica = group.replica(node);
    for (let i = 0; i < plan.keyCount; i++) {
      const key = `key-${i}`;
      const state = stateOf(replica, key);
      history.show(key, `last get at ${node}`, history.tick(), { kind: "read", state });
    }
  }
}

/** Exactly once: a bucket that keeps all versions shows no write twice, and none that was sure is
 * missing. */
function checkOnce(group: Group, history: History): void {
  const { reader } = group.replica(1);
  for (const key of history.keys()) {
    const { entries } = listVersions(reader, { bucket, prefix: key, limit: 10_000 });
    const counts = new Map<string, number>();
    for (const entry of entries) {
      if (entry.kind !== "version") continue;
      const state = entry.version.object?.etag ?? absent;
      counts.set(state, (counts.get(state) ?? 0) + 1);
    }
    const writes = history.of(key).flatMap(({ action, isCertain }) => {
      const isWrite = action.kind === "write" || action.kind === "create";
      return isWrite || action.kind === "replace" ? [{ state: action.state, isCertain }] : [];
    });
    const states = new Set([...counts.keys(), ...writes.map(({ state }) => state)]);
    for (const state of states) {
      const tries = writes.filter((write) => write.state === state);
      const sure = tries.filter(({ isCertain }) => isCertain).length;
      const found = counts.get(state) ?? 0;
      const isOnce = sure <= found && found <= tries.length;
      const details = `${key} ${state}: ${found} versions of ${sure} to ${tries.length} writes`;
      check(isOnce, "exactly once", details);
    }
  }
}
