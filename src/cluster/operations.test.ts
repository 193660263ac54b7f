import assert from "node:assert/strict";
import { test } from "node:test";
import { mib } from "#base/bytes.ts";
import type { EncodingSwap } from "#format/index.ts";
import { homesOf, layoutOf, nodeOf, unitsOf, upkeepOf } from "#metadata/index.ts";
import { ClusterRig } from "#metadata/rig-cluster.ts";
import { expectDone, objectInfo } from "#metadata/rig.ts";
import { PeerError } from "#peering/index.ts";
import { partitionCount } from "#base/partition.ts";
import { targetOf } from "#upkeep/index.ts";
import { type AdminAnswer, adminRequestLine, answerAdmin, parseAdminAnswer } from "./admin.ts";
import type { LayoutReport } from "./layout-report.ts";
import { OperationDriver } from "./operation-driver.ts";
import type { OperationPlan } from "./operation-plan.ts";
import { operationCalls } from "./operations.ts";

const bucket = "bucket-a";
const never = (): never => assert.fail("not needed here");

/** A cluster's control, without bytes: walks and the coding of units are what the test says. */
class Trial {
  readonly rig = new ClusterRig();
  readonly down = new Set<number>();
  readonly voters: number[] = [1];
  left = 0;
  readonly #driver: OperationDriver;
  readonly #answer: (line: string) => Promise<string>;

  constructor(nodes: number, profile: { k: number; m: number }, units = 8) {
    const { rig, down } = this;
    rig.createBucket(bucket);
    if (nodes > 1) rig.growBy(nodes - 1);
    for (let i = 0; i < units; i++) {
      const object = objectInfo({ sizeBytes: mib });
      const put = { units: [rig.unitOf(mib, profile)], object };
      assert.equal(rig.put({ bucket, key: `k${i}` }, [], put).outcome?.kind, "versionPut");
    }
    const replica = {
      reader: rig.state,
      propose: (body: Parameters<ClusterRig["apply"]>[0]) => Promise.resolve(rig.apply(body)),
      readBarrier: () => Promise.resolve(),
      status: () => ({ conf: { voters: this.voters, votersOutgoing: [] } }) as never,
      members: never,
      changeMembers: never,
      transferLeadership: never,
    };
    const clock = { unixMs: () => 0, monotonicMs: () => 0, sleep: () => Promise.resolve() };
    const ports = { clock, trace: { write: () => undefined } };
    const peers = {
      self: 1,
      liveness: (node: number) => (down.has(node) ? ("down" as const) : ("up" as const)),
      call: () => Promise.reject(new PeerError("unreachable", "nobody is there")),
    };
    const space = (): Promise<undefined> => Promise.resolve(undefined);
    this.#driver = new OperationDriver({ ports, replica, peers });
    const ownShardsLeft = (): number => this.left;
    this.#answer = answerAdmin(
      operationCalls({ ports, replica, peers, space, ownShardsLeft, walk: space }),
    );
  }

  async ask<Done>(call: string, fields: Record<string, unknown> = {}): Promise<AdminAnswer<Done>> {
    return parseAdminAnswer<Done>(await this.#answer(adminRequestLine(call, fields)));
  }

  async done<Done>(call: string, fields: Record<string, unknown> = {}): Promise<Done> {
    const answer = await this.ask<Done>(call, fields);
    assert.ok(answer.kind === "done", JSON.stringify(answer));
    return answer.value;
  }

  async refusal(call: string, fields: Record<string, unknown> = {}): Promise<string> {
    const answer = await this.ask(call, fields);
    assert.ok(answer.kind === "refused", JSON.stringify(answer));
    assert.match(answer.advice, /^[A-Z].*[.?]$/, "the next step is a sentence");
    return answer.reason;
  }

  /** Plans and begins. */
  async begin(operation: string, node?: number, mayNarrow = false): Promise<OperationPlan> {
    const plan = await this.done<OperationPlan>("planOperation", { operation, node });
    const { layoutVersion } = plan;
    await this.done("beginOperation", { operation, node, layoutVersion, mayNarrow });
    return plan;
  }

  async turn(): Promise<string> {
    await this.#driver.turn();
    const { layout, open } = layoutOf(this.rig.state) ?? assert.fail();
    const { operation } = upkeepOf(this.rig.state);
    const change = open.length > 1 ? `${layout.kind}${layout.isUndone ? " undone" : ""}` : "still";
    return `${operation?.kind ?? "none"}: ${change}`;
  }

  /** Codes everything anew that is due. */
  recode(widens = false): number {
    const { state } = this.rig;
    const width = layoutOf(state)?.layout.width ?? 0;
    let count = 0;
    for (let partition = 0; partition < partitionCount; partition++) {
      for (const { id, unit } of unitsOf(state, partition)) {
        const profile = targetOf(unit, { width, widens, isPaused: false });
        if (profile === undefined) continue;
        const { encoding } = this.rig.unitOf(unit.lengthBytes, profile);
        const homes = homesOf(state, partition).slice(0, profile.k + profile.m);
        const replaced = unit.encoding.id;
        const swap: EncodingSwap = { unit: id, replaced, encoding, homes, skipped: [] };
        this.rig.apply({ kind: "swapEncodings", value: { swaps: [swap] } });
        count++;
      }
    }
    return count;
  }
}

test("a drain moves a node's shards, is over, and lets the node go", async () => {
  const trial = new Trial(7, { k: 4, m: 2 });
  const plan = await trial.begin("drain", 3);
  assert.equal(plan.trade, undefined);
  assert.ok(plan.moved.bytes >= plan.leastBytes && plan.leastBytes > 0);
  assert.deepEqual(plan.tolerance, { before: 2, during: 2, after: 2 });
  assert.match(await trial.refusal("removeNode", { node: 3 }), /takes shards/);
  assert.equal(await trial.turn(), "drain: drain");
  assert.equal(await trial.turn(), "drain: drain");
  assert.match(await trial.refusal("removeNode", { node: 3 }), /on their way/);
  trial.rig.walkAll();
  assert.equal(await trial.turn(), "none: still");
  assert.match(await trial.refusal("removeNode", { node: 3 }), /does not say/);
  trial.down.add(3);
  await trial.done("removeNode", { node: 3 });
  assert.equal(nodeOf(trial.rig.state, 3)?.state, "removed");
  assert.match(await trial.refusal("planOperation", { operation: "drain", node: 3 }), /removed/);
});

test("a drain past a profile's boundary says its price, and codes everything anew first", async () => {
  for (const [nodes, from, to] of [
    [6, { k: 4, m: 2 }, "3+2"],
    [5, { k: 3, m: 2 }, "2+1"],
    [3, { k: 2, m: 1 }, "1+1"],
    [2, { k: 1, m: 1 }, "1+0"],
  ] as const) {
    const trial = new Trial(nodes, from);
    const fields = { operation: "drain", node: nodes };
    const plan = await trial.done<OperationPlan>("planOperation", fields);
    assert.match(plan.trade ?? "", new RegExp(`kept as ${to.replace("+", "\\+")} instead of`));
    assert.equal(plan.recoded.units, 8);
    const { layoutVersion } = plan;
    const refused = await trial.refusal("beginOperation", { ...fields, layoutVersion });
    assert.match(refused, /price/);
    await trial.done("beginOperation", { ...fields, layoutVersion, mayNarrow: true });
    assert.equal(await trial.turn(), "drain: resize");
    trial.rig.walkAll();
    assert.equal(await trial.turn(), "drain: resize", "it waits for the units");
    const report = await trial.done<LayoutReport>("layout");
    assert.equal(report.recoding.units, 8);
    assert.equal(trial.recode(), 8);
    trial.rig.walkAll();
    assert.equal(await trial.turn(), "drain: drain");
    trial.rig.walkAll();
    assert.equal(await trial.turn(), "none: still");
    assert.equal(layoutOf(trial.rig.state)?.layout.width, nodes === 5 ? 3 : nodes - 1);
  }
});

test("a drain is undone half-way, begun again, aborted, and undone when it is over", async () => {
  const trial = new Trial(7, { k: 4, m: 2 });
  await trial.begin("drain", 3);
  assert.equal(await trial.turn(), "drain: drain");
  await trial.begin("undrain", 3);
  assert.equal(await trial.turn(), "none: drain undone");
  assert.match(await trial.refusal("abortOperation"), /on its way back/);
  await trial.begin("drain", 3);
  assert.equal(await trial.turn(), "drain: drain");
  await trial.done("abortOperation");
  assert.equal(await trial.turn(), "none: drain undone");
  trial.rig.walkAll();
  assert.equal(await trial.turn(), "none: still");
  assert.equal(nodeOf(trial.rig.state, 3)?.state, "up");
  await trial.begin("drain", 3);
  await trial.turn();
  trial.rig.walkAll();
  assert.equal(await trial.turn(), "none: still");
  await trial.begin("undrain", 3);
  assert.equal(await trial.turn(), "none: undrain");
  trial.rig.walkAll();
  assert.equal(nodeOf(trial.rig.state, 3)?.state, "up");
  assert.match(await trial.refusal("abortOperation"), /nothing is under way/);
  assert.match(await trial.refusal("planOperation", { operation: "undrain", node: 3 }), /is up/);
});

test("a shrink is undone while units are coded anew", async () => {
  const trial = new Trial(6, { k: 4, m: 2 });
  await trial.begin("drain", 6, true);
  assert.equal(await trial.turn(), "drain: resize");
  await trial.begin("undrain", 6);
  assert.equal(await trial.turn(), "none: resize undone");
  trial.rig.walkAll();
  assert.equal(await trial.turn(), "none: still");
  assert.equal(layoutOf(trial.rig.state)?.layout.width, 6);
});

test("an optimization ends when every unit is as wide as it can be", async () => {
  const trial = new Trial(6, { k: 2, m: 1 });
  const plan = await trial.begin("optimize");
  assert.deepEqual([plan.recoded.units, plan.trade], [8, undefined]);
  assert.equal(plan.tolerance.after, 2);
  let state = await trial.turn();
  while (state !== "optimize: still") {
    trial.rig.walkAll();
    state = await trial.turn();
  }
  assert.equal(await trial.turn(), "optimize: still", "it waits for the units");
  assert.equal(trial.recode(true), 8);
  assert.equal(await trial.turn(), "none: still");
  assert.equal(
    (await trial.done<OperationPlan>("planOperation", { operation: "optimize" })).recoded.units,
    0,
  );
});

test("one operation at a time, and none while a pause lasts", async () => {
  const trial = new Trial(7, { k: 4, m: 2 });
  await trial.done("pauseUpkeep", { isPaused: true });
  const plan = await trial.begin("drain", 3);
  assert.match(plan.warnings.join(), /paused/);
  assert.equal(await trial.turn(), "drain: still");
  assert.match(await trial.refusal("planOperation", { operation: "optimize" }), /drain of node 3/);
  assert.deepEqual((await trial.done<LayoutReport>("layout")).waits, ["it is paused"]);
  await trial.done("pauseUpkeep", { isPaused: false });
  assert.equal(await trial.turn(), "drain: drain");
  const late = { operation: "undrain", node: 3, layoutVersion: 1 };
  assert.match(await trial.refusal("beginOperation", late), /has changed/);
});

test("a node that dies while others wait for it is drained on top of that", async () => {
  const trial = new Trial(8, { k: 4, m: 2 });
  await trial.begin("drain", 3);
  await trial.turn();
  assert.match(await trial.refusal("planOperation", { operation: "drain", node: 4 }), /drain of/);
  trial.down.add(4);
  assert.match((await trial.done<LayoutReport>("layout")).waits.join(), /node 4 is down/);
  await trial.begin("drain", 4);
  assert.equal(layoutOf(trial.rig.state)?.open.length, 3);
  trial.rig.walkAll();
  assert.equal(await trial.turn(), "none: still");
});

test("who cannot be drained or let go is told why, and what to do", async () => {
  const trial = new Trial(1, { k: 1, m: 0 });
  const plan = { operation: "drain", node: 1 };
  assert.match(await trial.refusal("planOperation", plan), /only one/);
  assert.match(await trial.refusal("planOperation", { ...plan, node: 9 }), /no node 9/);
  assert.match(await trial.refusal("planOperation", { operation: "grow" }), /no such operation/);
  assert.match(await trial.refusal("planOperation", { operation: "drain" }), /no node's number/);
  const { node } = trial.rig.join();
  assert.match(await trial.refusal("planOperation", { ...plan, node }), /no shards yet/);
  trial.voters.push(2);
  await trial.refusal("removeNode", { node: 1 });
  trial.voters.pop();
  expectDone(trial.rig.change({ kind: "grow", nodes: [node] }));
  assert.match(await trial.refusal("abortOperation"), /take their part/);
});
