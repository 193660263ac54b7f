import type { LinkPace } from "#sim/network-link.ts";
import type { Way } from "#sim/network.ts";
import type { Fault, FaultOutcome, NetworkFaultName, Scene } from "./fault.ts";

/** A way between two members, drawn; undefined where there is but one. */
function drawWay({ prng, cluster: { members } }: Scene): Way | undefined {
  if (members.length < 2) return undefined;
  const from = prng.below(members.length);
  const to = (from + 1 + prng.below(members.length - 1)) % members.length;
  return { from: members[from]?.name ?? "", to: members[to]?.name ?? "" };
}

/** Every way between two members. */
function allWays({ cluster: { members } }: Scene): Way[] {
  return members.flatMap(({ name: from }) =>
    members.flatMap(({ name: to }) => (from === to ? [] : [{ from, to }])),
  );
}

/** Cuts ways for a while. Whether anything was held up by it is what the links have counted. */
async function cutForAWhile(scene: Scene, ways: readonly Way[]): Promise<FaultOutcome> {
  const { world, prng } = scene;
  const { network } = world;
  if (ways.length === 0) return "missed";
  const before = network.heldUpCount;
  for (const way of ways) network.cut(way);
  await world.sleep(20 + prng.below(prng.below(3) === 0 ? 20_000 : 2_000));
  for (const way of ways) network.heal(way);
  return network.heldUpCount > before ? "effective" : "fired";
}

async function slowForAWhile(
  scene: Scene,
  ways: readonly Way[],
  pace: Partial<LinkPace>,
): Promise<FaultOutcome> {
  const { world, prng } = scene;
  const { network } = world;
  if (ways.length === 0) return "missed";
  const before = network.carriedCount(ways);
  for (const way of ways) network.setPace(way, pace);
  await world.sleep(50 + prng.below(8_000));
  const after = network.carriedCount(ways);
  for (const way of ways) network.setPace(way);
  return after > before ? "effective" : "fired";
}

/** What happens between nodes. */
export const networkFaults: Readonly<Record<NetworkFaultName, Fault>> = {
  connectionsBroken: (scene) => {
    const way = drawWay(scene);
    if (way === undefined) return "missed";
    return scene.world.network.breakConnections(way) > 0 ? "effective" : "fired";
  },
  halfOpenLink: (scene) => {
    const way = drawWay(scene);
    if (way === undefined) return "missed";
    return scene.world.network.breakConnections(way, "from") > 0 ? "effective" : "fired";
  },
  breakingConnections: async ({ world, prng }) => {
    const { network } = world;
    const before = network.brokenCount;
    network.breaksPerMillion = 1 + prng.below(100_000);
    await world.sleep(50 + prng.below(3_000));
    network.breaksPerMillion = 0;
    return network.brokenCount > before ? "effective" : "fired";
  },
  slowNetwork: (scene) => {
    const delayFromUs = 1_000 + scene.prng.below(60_000);
    return slowForAWhile(scene, allWays(scene), { delayFromUs, delayToUs: 2 * delayFromUs });
  },
  slowLink: (scene) => {
    const way = drawWay(scene);
    const bytesPerMs = 20 + scene.prng.below(3_000);
    return slowForAWhile(scene, way === undefined ? [] : [way], { bytesPerMs });
  },
  jitter: (scene) => {
    const delayToUs = 10_000 + scene.prng.below(400_000);
    return slowForAWhile(scene, allWays(scene), { delayFromUs: 40, delayToUs });
  },
  oneWayCut: (scene) => {
    const way = drawWay(scene);
    return cutForAWhile(scene, way === undefined ? [] : [way]);
  },
  isolation: (scene) => {
    const { name } = scene.drawMember();
    const ways = allWays(scene).filter(({ from, to }) => from === name || to === name);
    return cutForAWhile(scene, ways);
  },
  partition: (scene) => {
    const inside = scene.cluster.members.filter(() => scene.prng.below(2) === 0);
    const isInside = (place: string): boolean => inside.some(({ name }) => name === place);
    const ways = allWays(scene).filter(({ from, to }) => isInside(from) !== isInside(to));
    return cutForAWhile(scene, ways);
  },
  ringPartition: (scene) => {
    const names = scene.cluster.members.map(({ name }) => name);
    const areNeighbours = ({ from, to }: Way): boolean => {
      const distance = Math.abs(names.indexOf(from) - names.indexOf(to));
      return distance === 1 || distance === names.length - 1;
    };
    return cutForAWhile(
      scene,
      allWays(scene).filter((way) => !areNeighbours(way)),
    );
  },
};
