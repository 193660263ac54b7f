import type { Fault, FaultOutcome, OperatorFaultName, Scene } from "./fault.ts";
import { beginOperation, numberOf } from "./last-word.ts";
import type { Member } from "./member.ts";

/** Fewer take shards never: what one of them loses, others must have. */
const membersMin = 3;
/** More come never: each call costs the more the more nodes take part. */
const membersMax = 8;
/** Until a node that was let go has nothing left, and nobody counts on it. */
const removalMsMax = 60_000;

/** A drawn member that serves. */
function drawServing({ prng, cluster }: Scene): Member | undefined {
  const serving = cluster.members.filter(({ contact }) => contact !== undefined);
  return serving[prng.below(Math.max(1, serving.length))];
}

/** Asks a drawn member for something, as the command line does. */
async function ask(
  scene: Scene,
  call: string,
  fields: Record<string, unknown> = {},
): Promise<FaultOutcome> {
  const asked = drawServing(scene);
  if (asked === undefined) return "missed";
  return (await asked.ask(call, fields)) === undefined ? "fired" : "effective";
}

async function begin(scene: Scene, operation: "drain" | "undrain"): Promise<FaultOutcome> {
  const asked = drawServing(scene);
  const target = scene.drawMember();
  if (asked === undefined || scene.cluster.members.length < membersMin) return "missed";
  const node = await numberOf(asked, target);
  if (node === undefined) return "fired";
  return (await beginOperation(asked, operation, node)) ? "effective" : "fired";
}

/** Drains a member and removes it for good, as soon as the others have all that it had. */
async function remove(scene: Scene): Promise<FaultOutcome> {
  const { world, cluster } = scene;
  const target = scene.drawMember();
  const asked = drawServing(scene);
  if (asked === undefined || asked === target || staying(scene).length <= membersMin) {
    return "missed";
  }
  const node = target.isLeaving ? undefined : await numberOf(asked, target);
  if (node === undefined || !(await beginOperation(asked, "drain", node))) return "fired";
  const endMs = world.nowMs + removalMsMax;
  while (world.nowMs < endMs && cluster.members.includes(target)) {
    await world.sleep(1_000);
    // It may be let go though nobody is left to say so.
    target.isLeaving = true;
    if ((await drawServing(scene)?.ask("removeNode", { node })) === undefined) continue;
    cluster.dismiss(target);
    return "effective";
  }
  return "fired";
}

async function join({ prng, cluster }: Scene, replaced?: Member): Promise<FaultOutcome> {
  const asked = cluster.members.find(({ contact }) => contact !== undefined);
  const node = replaced && asked && (await numberOf(asked, replaced));
  if (cluster.members.length >= membersMax || (node === undefined) !== (replaced === undefined)) {
    return "missed";
  }
  const zone = cluster.members[prng.below(cluster.members.length)]?.zone ?? "";
  const joiner = await cluster.join(zone, node);
  if (joiner !== undefined && replaced !== undefined) replaced.isLeaving = true;
  return joiner === undefined ? "fired" : "effective";
}

function staying({ cluster }: Scene): Member[] {
  return cluster.members.filter(({ isLeaving }) => !isLeaving);
}

/** What operators do, at any time. What they leave undone is undone at the end of the run. */
export const operatorFaults: Readonly<Record<OperatorFaultName, Fault>> = {
  drain: (scene) => begin(scene, "drain"),
  undrain: (scene) => begin(scene, "undrain"),
  optimize: async (scene) => {
    const asked = drawServing(scene);
    if (asked === undefined) return "missed";
    return (await beginOperation(asked, "optimize")) ? "effective" : "fired";
  },
  pauseUpkeep: async (scene) => {
    const outcome = await ask(scene, "pauseUpkeep", { isPaused: true });
    await scene.world.sleep(scene.prng.below(10_000));
    await ask(scene, "pauseUpkeep", { isPaused: false });
    return outcome;
  },
  abortOperation: (scene) => ask(scene, "abortOperation"),
  scrubNow: (scene) => ask(scene, "scrub", { now: true }),
  repairNow: (scene) => ask(scene, "repair", { now: 1 + scene.prng.below(membersMax) }),
  doctor: (scene) => ask(scene, "doctor", { begin: true }),
  keyRotation: (scene) => ask(scene, "rotate-key"),
  removal: remove,
  joinUnderLoad: (scene) => join(scene),
  replacement: (scene) => {
    const target = scene.drawMember();
    return target.isLeaving || target.replaces !== undefined ? "missed" : join(scene, target);
  },
};
