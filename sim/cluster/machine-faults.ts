import type { Machine } from "#sim/machine.ts";
import type { Fault, MachineFaultName, Scene } from "./fault.ts";

/** How long a node stays down, by lot: mostly it comes back at once, as a supervisor has it. */
function drawDownMs({ prng }: Scene): number {
  return prng.below(3) === 0 ? prng.below(15_000) : prng.below(500);
}

async function cutPower(scene: Scene, machines: readonly Machine[]): Promise<number> {
  const up = machines.filter(({ isUp }) => isUp);
  const remains = scene.prng.below(4) === 0 ? "nothing" : "some";
  await Promise.all(up.map((machine) => machine.crash(remains)));
  return up.length;
}

/** What happens to the machines that nodes run on. */
export const machineFaults: Readonly<Record<MachineFaultName, Fault>> = {
  powerCut: async (scene) => {
    const member = scene.drawMember();
    member.downForMs = drawDownMs(scene);
    return (await cutPower(scene, [member.machine])) > 0 ? "effective" : "missed";
  },
  powerCutOfAll: async (scene) => {
    const { members } = scene.cluster;
    for (const member of members) member.downForMs = drawDownMs(scene);
    const machines = members.map(({ machine }) => machine);
    return (await cutPower(scene, machines)) > 1 ? "effective" : "missed";
  },
  powerCutAtStep: async (scene) => {
    const { prng, world } = scene;
    const member = scene.drawMember();
    const { machine } = member;
    if (!machine.isUp) return "missed";
    const { died } = machine;
    let isDead = false;
    void died.then(() => (isDead = true));
    machine.crashAt({
      step: machine.stepCount + 1 + prng.below(40),
      when: prng.below(2) === 0 ? "before" : "after",
      remains: prng.below(3) === 0 ? "nothing" : "some",
    });
    member.downForMs = drawDownMs(scene);
    await world.sleep(5_000);
    machine.crashAt(undefined);
    return isDead ? "effective" : "fired";
  },
  kill: async (scene) => {
    const member = scene.drawMember();
    if (!member.machine.isUp) return "missed";
    member.downForMs = drawDownMs(scene);
    await member.machine.kill();
    return "effective";
  },
  restartLoop: async ({ prng, world, drawMember }) => {
    const { machine } = drawMember();
    let killed = 0;
    for (let i = 0; i < 5; i++) {
      if (machine.isUp) {
        killed++;
        await machine.kill();
      }
      await world.sleep(prng.below(prng.below(2) === 0 ? 60 : 1_000));
    }
    return killed > 1 ? "effective" : "fired";
  },
  cleanRestart: ({ drawMember }) => {
    const member = drawMember();
    if (member.contact === undefined) return "missed";
    member.restart();
    return "effective";
  },
  pause: ({ prng, drawMember }) => {
    const ms = 1 + prng.below(prng.below(3) === 0 ? 15_000 : 800);
    return drawMember().machine.pause(ms) ? "effective" : "missed";
  },
  clockJump: ({ prng, drawMember }) => {
    drawMember().machine.clock.jump(prng.below(4_000_000) - 2_000_000);
    return "effective";
  },
  clockDrift: ({ prng, world, drawMember }) => {
    drawMember().machine.clock.drift(prng.below(2_000) - 1_000, world.scheduler.nowUs);
    return "effective";
  },
  slowDisk: async ({ prng, world, drawMember }) => {
    const { machine } = drawMember();
    const before = machine.stepCount;
    machine.pace.slowness = 2 + prng.below(50);
    await world.sleep(50 + prng.below(3_000));
    machine.pace.slowness = 1;
    return machine.stepCount > before ? "effective" : "fired";
  },
  entropyFails: async ({ prng, world, drawMember }) => {
    const member = drawMember();
    const { machine } = member;
    member.isExcused = true;
    const before = machine.entropyRefusedCount;
    machine.lacksEntropy = true;
    // What a start needs is what nobody has.
    if (prng.below(2) === 0 && machine.isUp) await machine.kill();
    await world.sleep(200 + prng.below(4_000));
    machine.lacksEntropy = false;
    return machine.entropyRefusedCount > before ? "effective" : "fired";
  },
};
