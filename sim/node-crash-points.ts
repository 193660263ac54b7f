import { kib } from "#base/bytes.ts";
import { type Node, type NodeConfig, type NodeLimits, createNode } from "#node/index.ts";
import type { Ports } from "#ports/index.ts";
import { checkLinearizable } from "./checkers/linearizable.ts";
import type { CrashScenario } from "./crash-points.ts";
import { clientCredentials, nodeConfig } from "./node-run.ts";
import { type OperationName, type Plan, operationNames } from "./plan.ts";
import { send } from "./workload/client.ts";
import { Seen } from "./workload/seen.ts";
import type { Contact } from "./workload/shop.ts";
import { Traffic } from "./workload/traffic.ts";
import type { World } from "./world.ts";

/** A node with its clients, and what they saw. */
interface Watched {
  node: Node;
  readonly traffic: Traffic;
  readonly seen: Seen;
}

/** What is done while the node is crashed at each of its steps. */
interface Story {
  name: string;
  limits: NodeLimits;
  before?: (traffic: Traffic, world: World) => Promise<void>;
  during: (traffic: Traffic, world: World, node: Node) => Promise<void>;
}

const keyCount = 6;
const small = 500;
const large = 150 * kib;
const hourMs = 3_600_000;

const usual: NodeLimits = nodeConfig.limits ?? {};
const shortLog: NodeLimits = {
  ...usual,
  replica: { segmentSizeBytes: 6 * kib, checkpointLogBytesMin: 1000 * kib },
};
const frequentCheckpoints: NodeLimits = {
  ...usual,
  replica: { segmentSizeBytes: 6 * kib, checkpointLogBytesMin: 4 * kib },
};
const shortPacks: NodeLimits = {
  ...usual,
  shelf: { ...usual.shelf, packSizeBytes: 4 * kib, packedDataBytesMax: 2 * kib },
};

async function putEach(traffic: Traffic, sizeBytes: number, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const key of traffic.keys) await traffic.put(key, sizeBytes);
  }
}

const stories: readonly Story[] = [
  {
    name: "small PUTs",
    limits: usual,
    during: async (traffic) => {
      const [first = "", ...others] = traffic.keys;
      await traffic.put(first, small);
      await Promise.all(others.map((key) => traffic.put(key, small)));
      await traffic.put(first, 0);
    },
  },
  {
    name: "a large PUT, and one over it",
    limits: usual,
    during: async (traffic) => {
      await traffic.put(traffic.keys[0] ?? "", large);
      await traffic.put(traffic.keys[0] ?? "", 7 * large);
    },
  },
  {
    name: "DELETEs",
    limits: usual,
    before: async (traffic) => {
      await putEach(traffic, small, 1);
      await traffic.put(traffic.keys[0] ?? "", large);
    },
    during: async (traffic) => {
      for (const key of traffic.keys) await traffic.delete(key);
    },
  },
  {
    name: "copies",
    limits: usual,
    before: (traffic) => putEach(traffic, small, 1),
    during: async (traffic) => {
      for (const key of traffic.keys) await traffic.make("copy", key);
    },
  },
  {
    name: "uploads in parts, completed",
    limits: usual,
    during: async (traffic) => {
      for (const key of traffic.keys.slice(0, 3)) await traffic.make("upload", key);
    },
  },
  {
    name: "log rotation",
    limits: shortLog,
    during: (traffic) => putEach(traffic, small, 4),
  },
  {
    name: "checkpoints",
    limits: frequentCheckpoints,
    during: (traffic) => putEach(traffic, small, 5),
  },
  {
    name: "forgetting, removal and pack compaction",
    limits: shortPacks,
    before: async (traffic) => {
      await putEach(traffic, 900, 3);
      await traffic.put(traffic.keys[0] ?? "", large);
      await traffic.delete(traffic.keys[0] ?? "");
    },
    during: (_, world) => world.sleep(2.5 * hourMs),
  },
  {
    name: "a clean stop",
    limits: usual,
    before: (traffic) => putEach(traffic, small, 1),
    during: async (traffic, _, node) => {
      await traffic.put(traffic.keys[0] ?? "", small);
      await node.close();
    },
  },
];

/**
 * Every story as something that can be crashed at each of its steps; and the founding of a cluster.
 */
export function nodeCrashScenarios(): CrashScenario<Watched>[] {
  return [foundingScenario(), ...stories.map(scenarioOf)];
}

function scenarioOf(story: Story): CrashScenario<Watched> {
  const config: NodeConfig = { ...nodeConfig, limits: story.limits };
  return {
    name: story.name,
    seed: 1,
    prepare: async (ports, world) => {
      const watched = watch(world, await createNode(ports, config));
      await watched.traffic.createBuckets();
      await story.before?.(watched.traffic, world);
      return watched;
    },
    run: (_, { traffic, node }, world) => story.during(traffic, world, node),
    check: (ports, watched) => checkNode(ports, watched, config),
  };
}

/** The first start on an empty directory, to the first object. */
function foundingScenario(): CrashScenario<Watched> {
  const found = async (ports: Ports, watched: Watched): Promise<void> => {
    watched.node = await createNode(ports, nodeConfig);
    await watched.traffic.createBuckets();
    await watched.traffic.put(watched.traffic.keys[0] ?? "", small);
  };
  return {
    name: "founding a cluster",
    seed: 1,
    prepare: async (_, world) => watch(world, undefined as unknown as Node),
    run: found,
    check: async (ports, watched) => {
      watched.seen.nodeEnded();
      watched.node = await createNode(ports, nodeConfig);
      await watched.traffic.createBuckets();
      await watched.traffic.readAll();
      checkLinearizable(watched.seen.objects);
    },
  };
}

/** Starts the node again, reads everything, and holds it against what clients saw before. */
async function checkNode(ports: Ports, watched: Watched, config: NodeConfig): Promise<void> {
  watched.seen.nodeEnded();
  watched.node = await createNode(ports, config);
  await watched.traffic.readAll();
  checkLinearizable(watched.seen.objects);
}

function watch(world: World, node: Node): Watched {
  const seen = new Seen();
  const { machine } = world;
  const surroundings = {
    prng: world.prng,
    unixMs: () => machine.clock.unixMs(world.scheduler.nowUs),
    sleep: (ms: number) => world.sleep(ms),
  };
  const contact: Contact = {
    name: "",
    send: async (call) => {
      const reply = await send(watched.node, call, clientCredentials, surroundings, machine.died);
      // Whoever called a node that died is not to go on with the next one.
      return reply.kind === "died" ? new Promise(() => undefined) : reply;
    },
  };
  const watched: Watched = {
    node,
    seen,
    traffic: new Traffic({
      plan: calmPlan(),
      prng: world.prng.fork(),
      seen,
      line: {
        ready: () => Promise.resolve(contact),
        excusesErrors: () => false,
      },
    }),
  };
  return watched;
}

function calmPlan(): Plan {
  const mix = Object.fromEntries(operationNames.map((name) => [name, 1]));
  return {
    clientCount: 1,
    keyCount,
    callCount: 1,
    sizeBytesMax: 5 * kib,
    thinkMsMax: 1,
    mix: mix as Record<OperationName, number>,
    faults: {},
    isPatient: false,
  };
}
