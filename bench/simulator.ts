/** How fast the simulator's loop goes: bare timers, and a machine that writes and syncs. */
import { type World, simulate } from "#sim/index.ts";

async function timers(world: World): Promise<void> {
  const { clock } = world.machine.boot();
  const sleeper = async (every: number): Promise<void> => {
    for (let i = 0; i < 20_000; i++) await clock.sleep(every);
  };
  await Promise.all([1, 2, 3, 5, 7, 11, 13, 17, 19, 23].map(sleeper));
}

async function writes(world: World): Promise<void> {
  const { disk } = world.machine.boot();
  const writer = async (path: string): Promise<void> => {
    const file = await disk.open(path, "create");
    const bytes = new Uint8Array(300);
    for (let i = 0; i < 5_000; i++) {
      await file.write([bytes], (i % 100) * 300);
      if (i % 4 === 0) await file.sync();
    }
  };
  await Promise.all(["a", "b", "c", "d"].map(writer));
}

for (const [name, body] of Object.entries({ timers, writes })) {
  for (let round = 0; round < 3; round++) {
    const startedMs = performance.now();
    const { eventCount, virtualMs } = await simulate(1, body);
    const tookMs = performance.now() - startedMs;
    const rate = Math.round(eventCount / tookMs);
    console.log(`${name}: ${rate}k events/s, ${Math.round(virtualMs / tookMs)} times real time`);
  }
}
