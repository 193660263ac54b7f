import assert from "node:assert/strict";
import type { LayoutReport, OperationPlan } from "#cluster/index.ts";
import { contentOf } from "#objects/rig.ts";
import { Member } from "./cluster-rig.ts";
import { simulate, type World } from "./index.ts";
import type { CrashPlan, Step } from "./machine.ts";
import { founded, isSettled, readAll } from "./walk-rig.ts";

/** A cluster with objects, in the middle of a story. */
interface Staged {
  readonly world: World;
  readonly members: Member[];
  readonly objects: Map<string, Uint8Array>;
  /** What members came with that it takes more than one start to join. */
  readonly tokens: Map<Member, string>;
  /** Is told of a member before anything of the story happens to it. */
  readonly onMember: (member: Member, place: number) => void;
}

/** What nodes do together while one of them is crashed at each of its steps. */
export interface ClusterStory {
  readonly name: string;
  /** Nodes there are before. */
  readonly nodeCount: number;
  begin(staged: Staged): Promise<void>;
}

/** One participant of a story is crashed, by its place. */
export interface ClusterTrial {
  readonly place: number;
  readonly plan: CrashPlan;
}

const seed = 1;
/** Until all is as it should be, whatever happened. */
const patienceMs = 300_000;
const lookPauseMs = 200;
const tokenLifetimeMs = 3_600_000;

async function operate({ members: [a] }: Staged, operation: string, node?: number): Promise<void> {
  const plan = await a?.ask<OperationPlan>("planOperation", { operation, node });
  const fields = { operation, node, layoutVersion: plan?.layoutVersion, mayNarrow: true };
  await a?.ask("beginOperation", fields);
}

/** Stories that concern several nodes. */
export const clusterStories: readonly ClusterStory[] = [
  {
    name: "a join, and shards that move to it",
    nodeCount: 2,
    begin: async ({ world, members, tokens, onMember }) => {
      const joiner = new Member(world, "joiner");
      const token = (await members[0]?.token(tokenLifetimeMs)) ?? "";
      tokens.set(joiner, token);
      members.push(joiner);
      onMember(joiner, members.length - 1);
      await joiner.start(token);
    },
  },
  {
    name: "a drain, and shards that move off it",
    nodeCount: 4,
    begin: (staged) => operate(staged, "drain", 4),
  },
  {
    name: "units that are coded anew",
    nodeCount: 3,
    begin: (staged) => operate(staged, "optimize"),
  },
  {
    name: "PUTs, small and large",
    nodeCount: 3,
    begin: async ({ members: [a], objects }) => {
      for (const sizeBytes of [500, 400_000]) {
        const content = contentOf(sizeBytes, sizeBytes);
        await a?.put(`later-${sizeBytes}`, content);
        objects.set(`later-${sizeBytes}`, content);
      }
    },
  },
];

/** The steps of each participant while a story goes to its end undisturbed. */
export async function clusterSteps(story: ClusterStory): Promise<Step[][]> {
  const steps: Step[][] = [];
  await simulate(seed, async (world) => {
    const staged = await stage(world, story, ({ machine }, place) => {
      const own: Step[] = [];
      steps[place] = own;
      machine.onStep = (step) => void own.push(step);
    });
    await story.begin(staged);
    await untilOver(staged);
    for (const { machine } of staged.members) machine.onStep = undefined;
    await readByAll(staged);
  });
  return steps;
}

/**
 * Crashes a participant at a step of a story, starts it again, waits until all is over, and reads
 * everything through every node.
 */
export async function tryClusterCrash(
  story: ClusterStory,
  { place, plan }: ClusterTrial,
): Promise<void> {
  await simulate(seed, async (world) => {
    const { promise: met, resolve: meet } = Promise.withResolvers<Member>();
    const staged = await stage(world, story, (member, at) => {
      if (at !== place) return;
      member.machine.crashAt(plan);
      meet(member);
    });
    const going = story.begin(staged).then(() => untilOver(staged));
    const victim = await met;
    const { machine } = victim;
    // One that joins has not been switched on yet.
    while (!machine.isUp && machine.stepCount === 0) await world.sleep(1);
    const end = await Promise.race([machine.died.then(() => "died"), going.then(() => "over")]);
    assert.equal(end, "died", `${story.name} is over before step ${plan.step}`);
    await victim.start(staged.tokens.get(victim));
    await untilOver(staged);
    await readByAll(staged);
  });
}

async function stage(
  world: World,
  { nodeCount }: ClusterStory,
  onMember: Staged["onMember"],
): Promise<Staged> {
  const { a, objects } = await founded(world);
  const members = [a];
  for (const name of ["b", "c", "d"].slice(0, nodeCount - 1)) {
    const joiner = new Member(world, name);
    await joiner.start(await a.token());
    members.push(joiner);
    await a.until(`${name} has its part`, isSettled(members.length));
  }
  members.forEach(onMember);
  return { world, members, objects, tokens: new Map(), onMember };
}

/** Waits until nothing is under way, and nobody is on the way in. */
async function untilOver({ world, members }: Staged): Promise<void> {
  const endMs = world.nowMs + patienceMs;
  for (;;) {
    const asked = members.find(({ machine, node }) => machine.isUp && node !== undefined);
    const report = await asked?.ask<LayoutReport>("layout").catch(() => undefined);
    const isOver =
      report?.change === undefined &&
      report?.operation === undefined &&
      report?.nodes.length === members.length &&
      report.nodes.every(({ state }) => state !== "joining");
    if (isOver) return;
    assert.ok(world.nowMs < endMs, `all is over in time: ${JSON.stringify(report)}`);
    await world.sleep(lookPauseMs);
  }
}

async function readByAll({ members, objects }: Staged): Promise<void> {
  for (const member of members) await readAll(member, objects);
}
