/*
 * Whole nodes with objects whose shelves follow the layout, for tests.
 */
import assert from "node:assert/strict";
import type { ClusterStatus } from "#cluster/index.ts";
import { contentOf } from "#objects/rig.ts";
import { checkPlacement } from "./checkers/placement.ts";
import { Member } from "./cluster-rig.ts";
import type { World } from "./index.ts";
import { pathOf } from "./workload/client.ts";

const sizes = [0, 1, 5000, 70_000, 130_000, 300_000, 1_000_000];

/** Until what belongs elsewhere is dropped, also where it was not confirmed at first. */
const tidyMs = 150_000;

type Objects = ReadonlyMap<string, Uint8Array>;

/** A founder with objects of all sizes. */
export async function founded(
  world: World,
): Promise<{ a: Member; objects: Map<string, Uint8Array> }> {
  const a = new Member(world, "a");
  await a.start();
  await a.succeed({ method: "PUT", path: pathOf("bucket") });
  const objects = new Map<string, Uint8Array>();
  await grow(a, objects, "first");
  return { a, objects };
}

export async function grow(
  member: Member,
  objects: Map<string, Uint8Array>,
  name: string,
): Promise<void> {
  for (const size of sizes) {
    const key = `${name}-${size}`;
    objects.set(key, contentOf(size, size));
    await member.put(key, contentOf(size, size));
  }
}

export async function readAll(member: Member, objects: Objects): Promise<void> {
  for (const [key, content] of objects) await member.get(key, content);
}

/** Whether so many nodes take shards and nothing moves. */
export function isSettled(nodeCount: number): (status: ClusterStatus) => boolean {
  return ({ nodes, layout }) =>
    nodes.filter(({ state }) => state === "up").length === nodeCount &&
    layout.transition === undefined;
}

/** Every shard is where the layout says. The members are numbered in the order of their joins. */
export async function stopAndCheck(world: World, members: readonly Member[]): Promise<void> {
  await world.sleep(tidyMs);
  await Promise.all(members.map((member) => member.stop()));
  const machines = new Map(members.map(({ machine }, i) => [i + 1, machine]));
  assert.ok((await checkPlacement(machines)) > 0, "there are shards");
}
