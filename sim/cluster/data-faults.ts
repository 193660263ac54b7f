import type { ClusterStatus } from "#cluster/index.ts";
import type { FileImage } from "#sim/file-image.ts";
import { mapAscend, type OrderedMap } from "#sim/ordered-map.ts";
import type { DataFaultName, Fault, FaultOutcome, Scene } from "./fault.ts";

/** As many must vote that one can lose its log, and the others still decide. */
const votersMin = 3;
/** A log segment begins with a header of more bytes than this, all of them checked. */
const segmentHeaderBytesMin = 20;

/** Does something to a store of the victim's, the next time it is down. */
async function harmStore(
  scene: Scene,
  harm: "damage" | "lose",
  name: string,
): Promise<FaultOutcome> {
  const { victim, world } = scene;
  const { machine } = victim;
  let isDone = false;
  victim.whileDown(() => {
    if (!machine.stores.stores.has(name)) return;
    machine.stores[harm](name);
    isDone = true;
  });
  if (machine.isUp) await machine.kill();
  await world.sleep(2_000);
  return isDone ? "effective" : "missed";
}

/** Flips a bit of one of the victim's files below a directory. */
function rot({ victim, prng }: Scene, directory: string): FaultOutcome {
  const { disk } = victim.machine;
  if (disk.find(directory) === undefined) return "missed";
  const files = disk.files(directory).filter(({ file }) => file.seen.sizeBytes > 0);
  const rotten = files[prng.below(Math.max(1, files.length))];
  if (rotten === undefined) return "missed";
  disk.flipBit(rotten.path, prng.below(rotten.file.seen.sizeBytes), prng.below(8));
  return "effective";
}

/**
 * Flips a bit of one of the victim's log segments, and lets it start on that. Of the newest only
 * the header: what was not yet known to be durable when the power went cannot be told from what
 * rotted there.
 */
async function rotLog({ victim, prng, cluster, world }: Scene): Promise<FaultOutcome> {
  const { disk } = victim.machine;
  // Without its log it asks those it has noted, which takes a disk that it could write to.
  if (cluster.members.length < votersMin || victim.contact === undefined || victim.isExcused) {
    return "missed";
  }
  const segments = disk.files("log").filter(({ path }) => path.endsWith(".log"));
  segments.sort((a, b) => (a.path < b.path ? -1 : 1));
  const rotten = segments[prng.below(Math.max(1, segments.length))];
  if (rotten === undefined) return "missed";
  const isNewest = rotten === segments.at(-1);
  const sizeBytes = isNewest ? segmentHeaderBytesMin : rotten.file.seen.sizeBytes;
  disk.flipBit(rotten.path, prng.below(sizeBytes), prng.below(8));
  await victim.machine.kill();
  await world.sleep(2_000);
  return "effective";
}

/** Flips a bit of a value in the victim's store of the state. */
function rotStore({ victim, prng }: Scene): FaultOutcome {
  const { stores } = victim.machine;
  if (!stores.stores.has("store")) return "missed";
  const pairs = [...pairsOf(stores.seen("store"))].filter(([, value]) => value.length > 0);
  const [key, value] = pairs[prng.below(Math.max(1, pairs.length))] ?? [];
  if (key === undefined || value === undefined) return "missed";
  victim.hasRottenStore = true;
  stores.flipBit("store", key, prng.below(8 * value.length));
  return "effective";
}

function pairsOf(state: OrderedMap): Iterable<readonly [Uint8Array, Uint8Array]> {
  return mapAscend(state, Uint8Array.of(0), undefined);
}

/** Lets reads of the victim's shelf be answered from other images for a while, one in so many. */
async function misread(
  { victim, prng, world }: Scene,
  imageFor: (path: string) => FileImage | undefined,
): Promise<FaultOutcome> {
  const { disk } = victim.machine;
  let misreadCount = 0;
  const oneIn = 1 + prng.below(6);
  disk.misread = (path) => {
    if (!path.startsWith("shelf/") || prng.below(oneIn) > 0) return undefined;
    const image = imageFor(path);
    if (image !== undefined) misreadCount++;
    return image;
  };
  await world.sleep(100 + prng.below(5_000));
  disk.misread = undefined;
  return misreadCount > 0 ? "effective" : "fired";
}

/** The victim is gone for good, with all that it had; another takes its place. */
async function wipe(scene: Scene): Promise<FaultOutcome> {
  const { victim, cluster } = scene;
  const asked = cluster.members.find(({ contact }) => contact !== undefined);
  const canBeSpared = cluster.members.filter(({ isLeaving }) => !isLeaving).length >= votersMin;
  if (asked === undefined || asked === victim || victim.isLeaving || !canBeSpared) return "missed";
  const status = await asked.ask<ClusterStatus>("status");
  const node = status?.nodes.find(({ name }) => name === victim.name);
  if (node?.state !== "up" || victim.isLeaving) return "missed";
  victim.isLeaving = true;
  victim.isGone = true;
  const killed = victim.machine.isUp ? victim.machine.kill() : undefined;
  victim.finish();
  await killed;
  // Where nobody makes a token, the node is let go of at the end of the run.
  const joiner = await cluster.join(victim.zone, node.node);
  if (joiner !== undefined) scene.victim = joiner;
  return "effective";
}

/**
 * What harms data that was durable. All of it befalls one node of a run, so that it stays inside
 * what every profile makes up for.
 */
export const dataFaults: Readonly<Record<DataFaultName, Fault>> = {
  shelfRot: (scene) => rot(scene, "shelf"),
  storeLost: (scene) => harmStore(scene, "lose", "store"),
  storeDamaged: (scene) => harmStore(scene, "damage", "store"),
  indexLost: (scene) => harmStore(scene, "lose", "shelf-index"),
  indexDamaged: (scene) => harmStore(scene, "damage", "shelf-index"),
  logLost: async ({ victim, world, cluster }) => {
    const { machine } = victim;
    if (cluster.members.length < votersMin || victim.contact === undefined) return "missed";
    let lostCount = 0;
    victim.whileDown(() => {
      for (const { path } of machine.disk.files("log")) {
        machine.disk.remove(path);
        lostCount++;
      }
    });
    if (machine.isUp) await machine.kill();
    await world.sleep(2_000);
    return lostCount > 0 ? "effective" : "fired";
  },
  logRot: rotLog,
  storeRot: rotStore,
  misdirectedReads: (scene) => {
    const { disk } = scene.victim.machine;
    return misread(scene, (path) => {
      const others = disk.files("shelf").filter((other) => other.path !== path);
      return others[scene.prng.below(Math.max(1, others.length))]?.file.seen;
    });
  },
  staleReads: (scene) => {
    const { disk } = scene.victim.machine;
    if (disk.find("shelf") === undefined) return "missed";
    const before = new Map(disk.files("shelf").map(({ path, file }) => [path, file.seen.clone()]));
    return misread(scene, (path) => before.get(path));
  },
  diskWiped: wipe,
};
