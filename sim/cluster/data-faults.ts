import type { DataFaultName, Fault, FaultOutcome, Scene } from "./fault.ts";

/** As many must vote that one can lose its log, and the others still decide. */
const votersMin = 3;

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
};
