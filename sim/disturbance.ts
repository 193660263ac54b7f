import type { Prng } from "#base/prng.ts";
import type { OperationKind } from "./boot.ts";
import type { Machine } from "./machine.ts";
import type { FaultName, Plan } from "./plan.ts";
import type { World } from "./world.ts";

/** What a fault can do to the run. */
export interface Disturbed {
  world: World;
  machine: Machine;
  prng: Prng;
  /** Stops the node as its owner would, and starts it again. */
  restart(): void;
  /** Does something to the machine the next time it is down. */
  whileDown(action: () => void): void;
  /** Nothing is disturbed any more. */
  readonly isOver: boolean;
  /** Nothing is disturbed for now, so that the node can get up. */
  readonly isHeldOff: boolean;
}

/** One thing that can happen; says whether it did anything. */
type Fault = (disturbed: Disturbed) => boolean | Promise<boolean>;

const storeName = "store";
const indexName = "shelf-index";

/** Every fault, by name. */
const faults: Record<FaultName, Fault> = {
  powerCut: async ({ machine, prng }) => {
    if (!machine.isUp) return false;
    await machine.crash(prng.below(4) === 0 ? "nothing" : "some");
    return true;
  },
  powerCutAtStep: ({ machine, prng }) => {
    machine.crashAt({
      step: machine.stepCount + 1 + prng.below(40),
      when: prng.below(2) === 0 ? "before" : "after",
      remains: prng.below(3) === 0 ? "nothing" : "some",
    });
    return true;
  },
  kill: async ({ machine }) => {
    if (!machine.isUp) return false;
    await machine.kill();
    return true;
  },
  cleanRestart: (disturbed) => {
    disturbed.restart();
    return true;
  },
  pause: ({ machine, prng }) => machine.pause(1 + prng.below(prng.below(4) === 0 ? 20_000 : 300)),
  clockJump: ({ machine, prng }) => {
    machine.clock.jump(prng.below(4_000_000) - 2_000_000);
    return true;
  },
  clockDrift: ({ world, machine, prng }) => {
    machine.clock.drift(prng.below(2000) - 1000, world.scheduler.nowUs);
    return true;
  },
  slowDisk: (disturbed) =>
    forAWhile(disturbed, ({ pace }, prng) => {
      pace.slowness = 2 + prng.below(50);
      return () => (pace.slowness = 1);
    }),
  shelfFull: (disturbed) => fillDisk(disturbed, 1_500_000 + disturbed.prng.below(4_000_000)),
  diskFull: (disturbed) => fillDisk(disturbed, disturbed.prng.below(300_000)),
  readErrors: (disturbed) => failing(disturbed, ["read", "open", "stat"], 50_000),
  writeErrors: (disturbed) =>
    failing(disturbed, ["write", "resize", "create", "rename", "remove"], 50_000),
  syncErrors: (disturbed) => failing(disturbed, ["sync", "syncDirectory"], 100_000),
  flushErrors: (disturbed) => failing(disturbed, ["flush"], 100_000),
  shelfRot: ({ machine, prng }) => {
    if (machine.disk.find("shelf") === undefined) return false;
    const files = machine.disk.files("shelf").filter(({ file }) => file.seen.sizeBytes > 0);
    const rotten = files[prng.below(Math.max(1, files.length))];
    if (rotten === undefined) return false;
    machine.disk.flipBit(rotten.path, prng.below(rotten.file.seen.sizeBytes), prng.below(8));
    return true;
  },
  storeLost: (disturbed) => loseStore(disturbed, storeName),
  storeDamaged: (disturbed) => damageStore(disturbed, storeName),
  indexLost: (disturbed) => loseStore(disturbed, indexName),
  indexDamaged: (disturbed) => damageStore(disturbed, indexName),
};

/** Lets the faults of the plan happen, each at its own times, until the disturbance is over. */
export class Disturbance {
  /** How often each fault happened. */
  readonly fired: Map<FaultName, number> = new Map<FaultName, number>();
  readonly #disturbed: Disturbed;

  constructor(disturbed: Disturbed) {
    this.#disturbed = disturbed;
  }

  async run(plan: Plan): Promise<void> {
    const { fired } = this;
    const disturbed = this.#disturbed;
    const { world, prng } = disturbed;
    const happen = async (name: FaultName, meanMs: number): Promise<void> => {
      for (;;) {
        await world.sleep(prng.below(2 * meanMs));
        if (disturbed.isOver) return;
        if (disturbed.isHeldOff) continue;
        world.trace.record(`fault ${name}`);
        if (await faults[name](disturbed)) fired.set(name, (fired.get(name) ?? 0) + 1);
      }
    };
    const entries = Object.entries(plan.faults) as [FaultName, number][];
    await Promise.all(entries.map(([name, meanMs]) => happen(name, meanMs)));
  }
}

/** Begins something, and ends it after a drawn time. */
async function forAWhile(
  { world, machine, prng }: Disturbed,
  begin: (machine: Machine, prng: Prng) => () => void,
): Promise<boolean> {
  const end = begin(machine, prng);
  await world.sleep(5 + prng.below(200));
  end();
  return true;
}

/** Leaves so little of the disk free for a while. */
function fillDisk(disturbed: Disturbed, freeBytes: number): Promise<boolean> {
  return forAWhile(disturbed, ({ disk }) => {
    disk.foreignBytes = Math.max(0, disk.totalBytes - disk.usedBytes - freeBytes);
    return () => (disk.foreignBytes = 0);
  });
}

function failing(
  disturbed: Disturbed,
  kinds: readonly OperationKind[],
  perMillionMax: number,
): Promise<boolean> {
  return forAWhile(disturbed, ({ faults: { perMillion } }, prng) => {
    const struck = kinds.filter(() => prng.below(2) === 0);
    for (const kind of struck) perMillion[kind] = 1 + prng.below(perMillionMax);
    return () => {
      for (const kind of struck) delete perMillion[kind];
    };
  });
}

function loseStore(disturbed: Disturbed, name: string): boolean {
  const { stores } = disturbed.machine;
  disturbed.whileDown(() => {
    if (stores.stores.has(name)) stores.lose(name);
  });
  return true;
}

function damageStore(disturbed: Disturbed, name: string): boolean {
  const { stores } = disturbed.machine;
  disturbed.whileDown(() => {
    if (stores.stores.has(name)) stores.damage(name);
  });
  return true;
}
