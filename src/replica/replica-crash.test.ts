import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ports } from "#ports/index.ts";
import { type CrashScenario, enumerateCrashPoints, type World } from "#sim/index.ts";
import { Replica } from "./index.ts";
import { createBucket, hasBucket, isDone, rigConfig } from "./replica-rig.ts";

/** What clients know. */
interface State {
  /** Answered with success. */
  created: Set<string>;
  /** Proposed. */
  proposed: Set<string>;
  sessions: number[];
  replica: Replica | undefined;
}

/** So small that a few dozen commands rotate the log, make checkpoints and let the log go. */
const limits = { segmentSizeBytes: 8 * 1024, checkpointLogBytesMin: 9 * 1024 };

async function open(ports: Ports, state: State): Promise<Replica> {
  const replica = await Replica.open(ports, rigConfig(limits));
  const { session } = replica.session;
  assert.ok(
    state.sessions.every((earlier) => earlier < session),
    "R6: a session's id is never used twice",
  );
  state.sessions.push(session);
  state.replica = replica;
  return replica;
}

async function create(state: State, count: number): Promise<void> {
  const { replica } = state;
  assert.ok(replica !== undefined);
  const from = state.proposed.size;
  const names = Array.from({ length: count }, (_, i) => `bucket-${from + i}`);
  await Promise.all(
    names.map(async (name) => {
      state.proposed.add(name);
      const result = await replica.propose(createBucket(name));
      assert.ok(isDone(result), "R2: run twice, a command would find its own bucket");
      assert.ok(hasBucket(replica.reader, name), "R1: what is answered is applied");
      state.created.add(name);
    }),
  );
}

function scenario(
  name: string,
  run: (state: State, world: World) => Promise<void>,
): CrashScenario<State> {
  return {
    name,
    seed: 1,
    prepare: async () => ({
      created: new Set(),
      proposed: new Set(),
      sessions: [],
      replica: undefined,
    }),
    run: async (ports, state, world) => {
      await open(ports, state);
      await run(state, world);
    },
    check: async (ports, state) => {
      const replica = await open(ports, state);
      await replica.readBarrier();
      for (const name of state.created) assert.ok(hasBucket(replica.reader, name), name);
      for (let i = state.proposed.size; i < state.proposed.size + 20; i++) {
        assert.ok(
          !hasBucket(replica.reader, `bucket-${i}`),
          "nothing is there that nobody asked for",
        );
      }
      await create(state, 3);
    },
  };
}

test("R1 R2 R3 power is cut at any step of a node's first boot and stop", async () => {
  const story = scenario("a first boot and stop", async (state) => {
    await create(state, 5);
    await state.replica?.close();
  });
  const { points } = await enumerateCrashPoints(story, { crashInCheck: true });
  assert.ok(points.length > 20, `${points.length} crash points`);
});

test("R1 R2 R3 R4 power is cut at any step of rotation, checkpoint, truncation", async () => {
  const seen = new Set<string>();
  const story = scenario("many commands", async (state, world) => {
    for (let i = 0; i < 9; i++) {
      await create(state, 40);
      await world.sleep(50);
    }
    const { replica } = state;
    // Until what is due in the background is done.
    await world.sleep(500);
    assert.ok((replica?.status().firstIndex ?? 0) > 1, "R4 the log was truncated");
  });
  const half = await enumerateCrashPoints(story, { tornCount: 1, everyNth: 2 });
  // There are few of them: none is passed over.
  const renames = await enumerateCrashPoints(story, { kinds: new Set(["rename"]) });
  for (const { kind, target } of [...half.points, ...renames.points])
    seen.add(`${kind} ${target.split("/")[0]}`);
  for (const kind of ["rename log", "rename checkpoints", "sync log", "flush store"]) {
    assert.ok(seen.has(kind), `${kind} is a crash point`);
  }
});

test("R9 power is cut at any step while the store is made anew of a checkpoint", async () => {
  const story: CrashScenario<State> = {
    ...scenario("a rebuild", async () => undefined),
    prepare: async (ports, world) => {
      const state: State = {
        created: new Set(),
        proposed: new Set(),
        sessions: [],
        replica: undefined,
      };
      await open(ports, state);
      for (let i = 0; i < 12; i++) await create(state, 40);
      await world.sleep(2000);
      assert.ok((state.replica?.status().firstIndex ?? 0) > 1);
      const { machine } = world;
      await state.replica?.close();
      machine.stores.damage("store");
      return state;
    },
  };
  await enumerateCrashPoints(story, { crashInCheck: true });
});
