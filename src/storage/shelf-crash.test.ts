import assert from "node:assert/strict";
import { test } from "node:test";
import { type CrashPlan, type Machine, type Remains, simulate, type World } from "#sim/index.ts";
import { Shelf } from "./index.ts";
import { lookAt, putShard, rigConfig, type RigShard, rigShard, scanAll } from "./shelf-rig.ts";

/** What is known of a shard: `maybe` while an operation on it is under way. */
type Fate = "live" | "gone" | "maybe";

/** Operations on the shelf, with what they promised. */
class Story {
  readonly shelf: Shelf;
  readonly fates: Map<RigShard, Fate>;
  /** Waits until what the index gathered has reached its store. */
  readonly pause: () => Promise<void>;

  constructor(shelf: Shelf, fates: Map<RigShard, Fate>, pause: () => Promise<void>) {
    this.shelf = shelf;
    this.fates = fates;
    this.pause = pause;
  }

  async put(shard: RigShard): Promise<void> {
    this.fates.set(shard, "maybe");
    await putShard(this.shelf, shard);
    this.fates.set(shard, "live");
  }

  async remove(shards: readonly RigShard[]): Promise<void> {
    for (const shard of shards) this.fates.set(shard, "maybe");
    await this.shelf.remove(shards.map(({ name }) => name));
    for (const shard of shards) this.fates.set(shard, "gone");
  }
}

const small = 700;
const large = 20_000;

/** The operations whose steps are crash points. The first boot of a machine is one of them. */
const stories: Record<string, (story: Story) => Promise<void>> = {
  "a small shard is put": (story) => story.put(rigShard(1, small)),
  "a large shard is put": (story) => story.put(rigShard(1, large)),
  "small and large shards are put at once": async (story) => {
    await Promise.all([1, 2, 3, 4].map((i) => story.put(rigShard(i, i % 2 === 0 ? large : small))));
  },
  "shards are removed": async (story) => {
    const shards = [1, 2, 3, 4].map((i) => rigShard(i, i % 2 === 0 ? large : small));
    for (const shard of shards) await story.put(shard);
    await story.pause();
    await story.remove(shards.slice(0, 3));
    await story.pause();
    await story.put(rigShard(9, small));
  },
  "a pack is filled and the next begun": async (story) => {
    for (let i = 0; i < 8; i++) await story.put(rigShard(i, 6000));
  },
  "a pack is compacted while shards come and go": async (story) => {
    const shards = Array.from({ length: 10 }, (_, i) => rigShard(i, 6000));
    await Promise.all(shards.map((shard) => story.put(shard)));
    await story.remove(shards.slice(0, 3));
    await story.pause();
    await Promise.all([
      story.shelf.compact({ deadFractionMin: 0.01 }),
      story.remove(shards.slice(3, 5)),
      story.put(rigShard(11, small)),
    ]);
    await story.shelf.compact({ deadFractionMin: 0.01 });
    await story.remove(shards.slice(5, 6));
  },
};

interface Telling {
  readonly seed: number;
  readonly plan?: CrashPlan;
  readonly losesIndex?: boolean;
}

/**
 * Runs a story, with power cut where the plan says, then checks what a new boot finds.
 *
 * @returns how many steps the story took
 */
async function runStory(name: string, { seed, plan, losesIndex }: Telling): Promise<number> {
  const tell = stories[name];
  assert.ok(tell !== undefined);
  const lines: string[] = [];
  const tellAndCheck = async (world: World): Promise<number> => {
    const { machine } = world;
    if (plan !== undefined) machine.crashAt(plan);
    const fates = new Map<RigShard, Fate>();
    const telling = (async (): Promise<void> => {
      const shelf = await Shelf.open(machine.boot(), rigConfig);
      await tell(new Story(shelf, fates, () => world.sleep(200)));
    })();
    await Promise.race([telling, machine.died]);
    const stepCount = machine.stepCount;
    assert.ok(plan === undefined || !machine.isUp, "the planned step comes");
    if (machine.isUp) await machine.crash("nothing");
    const hasIndex = machine.stores.stores.has("shelf-index");
    if (losesIndex === true && hasIndex) machine.stores.lose("shelf-index");
    await checkAfter(machine, fates);
    // The index was never ahead of the disk: it is not built anew unless it was lost.
    if (losesIndex !== true) assert.ok(!lines.some((line) => line.includes("packsMissing")));
    return stepCount;
  };
  const run = await simulate(seed, tellAndCheck, { traceSink: (line) => lines.push(line) });
  return run.value;
}

async function checkAfter(machine: Machine, fates: ReadonlyMap<RigShard, Fate>): Promise<void> {
  const shelf = await Shelf.open(machine.boot(), rigConfig);
  const found = await scanAll(shelf);
  for (const [shard, fate] of fates) {
    const seen = await lookAt(shelf, shard);
    const name = `unit ${shard.name.unit.number} (${fate})`;
    if (fate === "live") assert.equal(seen, "exact", name);
    else if (fate === "gone") assert.equal(seen, "missing", name);
    else assert.ok(seen === "exact" || seen === "missing", `${name}: ${seen}`);
    assert.equal(found.has(shard.name.unit.number), seen === "exact", `${name} is listed if whole`);
  }
  for (const [number, result] of found) assert.equal(result.kind, "intact", `unit ${number}`);
  checkBytes(machine, shelf);
  // The space of what was cut off comes back, and the shelf goes on.
  const names = [...fates.keys()].map(({ name }) => name);
  await shelf.remove(names);
  const next = rigShard(100, small);
  await putShard(shelf, next);
  while ((await shelf.compact({ deadFractionMin: 0.000_1 })).kind === "compacted");
  assert.equal(await lookAt(shelf, next), "exact");
  const { packs, files } = shelf.usage();
  assert.deepEqual([packs.deadBytes, packs.shardCount, files.count], [0, 1, 0]);
  checkBytes(machine, shelf);
}

/** S7: what the shelf says that it holds is what the disk holds. */
function checkBytes(machine: Machine, shelf: Shelf): void {
  const { packs, files } = shelf.usage();
  const packBytes = packs.liveBytes + packs.removalBytes + packs.deadBytes + packs.headerBytes;
  assert.equal(bytesUnder(machine, "shelf/packs"), packBytes, "S7: the packs' bytes");
  assert.equal(bytesUnder(machine, "shelf/files"), files.bytes, "S7: the files' bytes");
  assert.equal(bytesUnder(machine, "shelf/staged"), 0, "S3: nothing is staged");
}

function bytesUnder(machine: Machine, path: string): number {
  let bytes = 0;
  for (const { name, kind } of machine.disk.list(path)) {
    const child = `${path}/${name}`;
    bytes += kind === "file" ? machine.disk.file(child).seen.sizeBytes : bytesUnder(machine, child);
  }
  return bytes;
}

/** Crashes that keep nothing or everything need one seed; those that draw lots, several. */
const remainders: readonly { seed: number; remains: Remains }[] = [
  { seed: 1, remains: "nothing" },
  { seed: 1, remains: "everything" },
  { seed: 1, remains: "some" },
  { seed: 2, remains: "some" },
];

for (const name of Object.keys(stories)) {
  test(`S3 S4 S6 power is cut at every step of: ${name}`, async () => {
    for (const { seed, remains } of remainders) {
      const stepCount = await runStory(name, { seed });
      for (let step = 1; step <= stepCount; step++) {
        await runStory(name, { seed, plan: { step, when: "before", remains } });
        await runStory(name, { seed, plan: { step, when: "after", remains } });
      }
    }
  });

  test(`S5 power is cut at every step, and the index is lost: ${name}`, async () => {
    for (const { seed, remains } of remainders) {
      const stepCount = await runStory(name, { seed, losesIndex: true });
      for (let step = 1; step <= stepCount; step++) {
        await runStory(name, { seed, plan: { step, when: "after", remains }, losesIndex: true });
      }
    }
  });
}
