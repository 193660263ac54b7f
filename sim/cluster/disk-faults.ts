import type { OperationKind } from "#sim/boot.ts";
import type { DiskFaultName, Fault, FaultOutcome, Scene } from "./fault.ts";
import type { Member } from "./member.ts";

/** Lets operations of a disk fail for a while, some in a million each. */
async function failing(
  scene: Scene,
  kinds: readonly OperationKind[],
  perMillionMax: number,
): Promise<FaultOutcome> {
  const { prng, world, drawMember } = scene;
  const member = drawMember();
  const { faults } = member.machine;
  member.isExcused = true;
  const before = faults.firedCount;
  const struck = kinds.filter(() => prng.below(2) === 0);
  for (const kind of struck) faults.perMillion[kind] = 1 + prng.below(perMillionMax);
  await world.sleep(50 + prng.below(2_000));
  for (const kind of struck) delete faults.perMillion[kind];
  return faults.firedCount > before ? "effective" : "fired";
}

/** Leaves so little of a disk free for a while. */
async function fill(
  { prng, world }: Scene,
  member: Member,
  freeBytes: number,
): Promise<FaultOutcome> {
  const { disk } = member.machine;
  member.isExcused = true;
  disk.foreignBytes = Math.max(0, disk.totalBytes - disk.usedBytes - freeBytes);
  const before = disk.refusedCount;
  await world.sleep(200 + prng.below(6_000));
  disk.foreignBytes = 0;
  return disk.refusedCount > before ? "effective" : "fired";
}

/** What disks do that is not their content: errors, and no room. */
export const diskFaults: Readonly<Record<DiskFaultName, Fault>> = {
  readErrors: (scene) => failing(scene, ["read", "open", "stat"], 50_000),
  writeErrors: (scene) => failing(scene, ["write", "resize", "create", "rename", "remove"], 50_000),
  syncErrors: (scene) => failing(scene, ["sync", "syncDirectory"], 100_000),
  flushErrors: (scene) => failing(scene, ["flush"], 100_000),
  diskFull: (scene) => fill(scene, scene.drawMember(), scene.prng.below(300_000)),
};
