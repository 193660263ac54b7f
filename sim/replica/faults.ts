import type { Prng } from "#base/prng.ts";
import { nodeOf } from "#metadata/index.ts";
import type { KeyValueReader } from "#ports/index.ts";
import type { CommandBody, Replica } from "#replica/index.ts";
import type { OperationKind } from "../boot.ts";
import type { Machine } from "../machine.ts";
import { mapAscend } from "../ordered-map.ts";
import type { World } from "../world.ts";
import { bucket } from "./clients.ts";
import type { Group, Member } from "./group.ts";
import type { Lives } from "./lives.ts";
import type { FaultName, Plan } from "./plan.ts";
import type { Witness } from "./witness.ts";

const storeName = "store";

/** So many commands make some two segments: who is away meanwhile needs a snapshot. */
const burstCount = 80;

const nothingToDelete: CommandBody = {
  kind: "deleteVersions",
  value: { bucket, deletions: [], bypassGovernance: false },
};

/** What a fault has to do with. */
interface Struck {
  world: World;
  lives: Lives;
  witness: Witness;
  prng: Prng;
  /** The one it strikes, if it strikes one, and another. */
  member: Member;
  other: Member;
}

/** One thing that can happen; says whether it did anything. */
type Fault = (struck: Struck) => boolean | Promise<boolean>;

/** Every fault, by name. */
const faults: Record<FaultName, Fault> = {
  powerCut: async ({ member, prng }) => {
    if (!member.machine.isUp) return false;
    await member.machine.crash(remainsOf(prng));
    return true;
  },
  powerCutAtStep: ({ member: { machine }, prng }) => {
    crashSoon(machine, prng, machine.stepCount + 1, 60);
    return true;
  },
  powerCutOfAll: async ({ lives, prng }) => {
    const up = lives.group.members.filter(({ machine }) => machine.isUp);
    const remains = remainsOf(prng);
    await Promise.all(up.map(({ machine }) => machine.crash(remains)));
    return true;
  },
  powerCutAtInstall: ({ lives: { group }, prng }) => {
    for (const { machine } of group.members) {
      machine.onStep = ({ kind, number }) => {
        if (kind !== "renameStore") return;
        machine.onStep = undefined;
        crashSoon(machine, prng, number, 8);
      };
    }
    return true;
  },
  powerCutAtOverwrite: ({ witness, prng }) => {
    witness.onOverwrite = ({ machine }) => {
      witness.onOverwrite = undefined;
      crashSoon(machine, prng, machine.stepCount + 1, 8);
    };
    return true;
  },
  kill: async ({ member }) => {
    if (!member.machine.isUp) return false;
    await member.machine.kill();
    return true;
  },
  cleanRestart: ({ lives, member }) => lives.restart(member),
  pause: ({ member, prng }) =>
    member.machine.pause(1 + prng.below(prng.below(3) === 0 ? 6000 : 800)),
  storeLost: (struck) =>
    whileDown(struck, ({ stores }) => {
      if (stores.stores.has(storeName)) stores.lose(storeName);
    }),
  storeDamaged: (struck) =>
    whileDown(struck, ({ stores }) => {
      if (stores.stores.has(storeName)) stores.damage(storeName);
    }),
  rowFlipped: (struck) => whileDown(struck, (machine) => flipRow(machine, struck.prng)),
  clockJump: ({ member, prng }) => {
    member.machine.clock.jump(prng.below(120_000) - 60_000);
    return true;
  },
  clockDrift: ({ world, member, prng }) => {
    member.machine.clock.drift(prng.below(100_000) - 50_000, world.scheduler.nowUs);
    return true;
  },
  slowDisk: (struck) =>
    forAWhile(struck, 3000, ({ pace }, prng) => {
      pace.slowness = 2 + prng.below(prng.below(3) === 0 ? 2000 : 40);
      return () => (pace.slowness = 1);
    }),
  diskFull: (struck) =>
    forAWhile(struck, 3000, ({ disk }, prng) => {
      const freeBytes = prng.below(60_000);
      disk.foreignBytes = Math.max(0, disk.totalBytes - disk.usedBytes - freeBytes);
      return () => (disk.foreignBytes = 0);
    }),
  writeErrors: (struck) => failing(struck, ["write", "resize", "create", "rename", "remove"]),
  syncErrors: (struck) => failing(struck, ["sync", "syncDirectory"]),
  flushErrors: (struck) => failing(struck, ["flush"]),
  fillErrors: ({ member }) => {
    member.machine.faults.failNext("flush", /^store-rebuilt$/);
    return true;
  },
  burst: ({ member: { machine, replica, isOpen } }) => {
    if (!isOpen || !machine.isUp || replica === undefined) return false;
    for (let i = 0; i < burstCount; i++) proposeBlindly(replica, nothingToDelete);
    return true;
  },
  sessionClosed: ({ lives: { group }, member }) => {
    const session = nodeOf(group.leader?.replica?.reader ?? nobody, member.node)?.session;
    return session !== undefined && propose(group, { kind: "closeSession", value: { session } });
  },
  lateOpening: ({ world, lives: { group }, member: { node } }) => {
    const bootId = Uint8Array.from({ length: 16 }, () => world.prng.below(256));
    return propose(group, { kind: "openSession", value: { node, bootId } });
  },
  isolate: (struck) => cutOff(struck, [struck.member.machine.name]),
  cutOneWay: (struck) => {
    const { world, member, other } = struck;
    if (member === other) return false;
    world.network.cut({ from: member.machine.name, to: other.machine.name });
    return mended(struck);
  },
  partition: (struck) => {
    const { lives, prng } = struck;
    const side = lives.group.members.filter(() => prng.below(2) === 0);
    return cutOff(
      struck,
      side.map(({ machine }) => machine.name),
    );
  },
  heal: ({ world }) => {
    world.network.healAll();
    return true;
  },
  breakConnections: (struck) => breakConnections(struck, "both"),
  halfOpen: (struck) => breakConnections(struck, "from"),
  lossyNetwork: ({ world, prng }) => {
    world.network.breaksPerMillion = prng.below(60_000);
    return true;
  },
  slowNetwork: ({ world, lives, member, other, prng }) => {
    const isOfAll = prng.below(2) === 0;
    for (const { machine } of isOfAll ? lives.group.members : [other]) {
      if (machine === member.machine) continue;
      const delayFromUs = prng.below(200_000);
      const pace = { delayFromUs, delayToUs: delayFromUs + prng.below(400_000) };
      world.network.setPace({ from: member.machine.name, to: machine.name }, pace);
      if (isOfAll) world.network.setPace({ from: machine.name, to: member.machine.name }, pace);
    }
    return true;
  },
};

/** Where nobody leads nothing is read. */
const nobody: KeyValueReader = { get: () => undefined, scan: () => [] };

/** Has the leader take a command that no client sent; whether somebody leads. */
function propose({ leader }: Group, body: CommandBody): boolean {
  if (leader?.replica === undefined) return false;
  proposeBlindly(leader.replica, body);
  return true;
}

function proposeBlindly(replica: Replica, body: CommandBody): void {
  replica.propose(body, { timeoutMs: 1000 }).catch(() => undefined);
}

/** Cuts some off from the others. */
function cutOff(struck: Struck, side: readonly string[]): boolean | Promise<boolean> {
  const { world, lives } = struck;
  const names = lives.group.members.map(({ machine }) => machine.name);
  world.network.partition(
    side,
    names.filter((name) => !side.includes(name)),
  );
  return mended(struck);
}

/** By lot the network is whole again after a while; else it stays as it is until another fault. */
async function mended({ world, prng }: Struck): Promise<boolean> {
  if (prng.below(3) === 0) return true;
  await world.sleep(200 + prng.below(3500));
  world.network.healAll();
  return true;
}

/** Cuts the power at one of the machine's next steps. */
function crashSoon(machine: Machine, prng: Prng, from: number, stepCount: number): void {
  const when = prng.below(2) === 0 ? "before" : "after";
  machine.crashAt({ step: from + prng.below(stepCount), when, remains: remainsOf(prng) });
}

function remainsOf(prng: Prng): "nothing" | "some" {
  return prng.below(2) === 0 ? "nothing" : "some";
}

/** Brings the member down for it, where it is up. */
async function whileDown(
  { lives, member }: Struck,
  action: (machine: Machine) => void,
): Promise<boolean> {
  lives.whileDown(member, () => action(member.machine));
  if (member.machine.isUp) await member.machine.kill();
  return true;
}

function flipRow({ stores }: Machine, prng: Prng): void {
  if (!stores.stores.has(storeName)) return;
  const rows = mapAscend(stores.seen(storeName), Uint8Array.of(0), undefined);
  const keys = [...rows].map(([key]) => key);
  const key = keys[prng.below(Math.max(1, keys.length))];
  if (key !== undefined) stores.flipBit(storeName, key, prng.below(8));
}

/** Begins something, and ends it after a drawn time. */
async function forAWhile(
  { world, prng, member }: Struck,
  msMax: number,
  begin: (machine: Machine, prng: Prng) => () => void,
): Promise<boolean> {
  const end = begin(member.machine, prng);
  await world.sleep(5 + prng.below(msMax));
  end();
  return true;
}

function failing(struck: Struck, kinds: readonly OperationKind[]): Promise<boolean> {
  return forAWhile(struck, 400, ({ faults: { perMillion } }, prng) => {
    const struckKinds = kinds.filter(() => prng.below(2) === 0);
    for (const kind of struckKinds) perMillion[kind] = 1 + prng.below(100_000);
    return () => {
      for (const kind of struckKinds) delete perMillion[kind];
    };
  });
}

function breakConnections({ world, member, other }: Struck, noticedBy: "both" | "from"): boolean {
  if (member === other) return false;
  const way = { from: member.machine.name, to: other.machine.name };
  return world.network.breakConnections(way, noticedBy) > 0;
}

/** Lets the faults of a plan happen, each at its own times, until the disturbance is over. */
export async function disturb(
  lives: Lives,
  plan: Plan,
  {
    witness,
    fired,
    isOver,
  }: { witness: Witness; fired: Map<FaultName, number>; isOver: () => boolean },
): Promise<void> {
  const { world, members } = lives.group;
  const prng = world.prng.fork();
  // Whoever leads is struck more often than others: most depends on it.
  const any = (): Member =>
    (prng.below(3) === 0 ? lives.group.leader : undefined) ??
    members[prng.below(members.length)] ??
    lives.group.at(1);
  const happen = async (name: FaultName, meanMs: number): Promise<void> => {
    for (;;) {
      await world.sleep(prng.below(2 * meanMs));
      if (isOver()) return;
      world.trace.record(`fault ${name}`);
      const struck = { world, lives, witness, prng, member: any(), other: any() };
      const isDone = await faults[name](struck);
      if (isDone) fired.set(name, (fired.get(name) ?? 0) + 1);
    }
  };
  const entries = Object.entries(plan.faults) as [FaultName, number][];
  await Promise.all(entries.map(([name, meanMs]) => happen(name, meanMs)));
  witness.onOverwrite = undefined;
  heal(lives);
}

/** Nothing is disturbed any more. */
function heal(lives: Lives): void {
  const { world, members } = lives.group;
  world.network.healAll();
  for (const { machine } of members) {
    machine.crashAt(undefined);
    machine.onStep = undefined;
    machine.faults.stop();
    machine.pace.slowness = 1;
    machine.disk.foreignBytes = 0;
    machine.clock.drift(0, world.scheduler.nowUs);
  }
  lives.isHealed = true;
}
