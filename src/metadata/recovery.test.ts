import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommandResult } from "#format/index.ts";
import { clusterOf, nodesOf } from "./queries.ts";
import { ClusterRig } from "./rig-cluster.ts";
import { checkState } from "./rig-invariants.ts";
import { expectDone, refusalOf } from "./rig.ts";

function recover(rig: ClusterRig, epoch: number, node: number): CommandResult {
  const body = { kind: "recoverCluster", value: { epoch, node } } as const;
  return rig.apply(body, { session: undefined, number: 0, lowWater: 0 });
}

test("M11: a recovered cluster has a later epoch, and fresh Raft ids for all but the survivor", () => {
  const rig = new ClusterRig();
  const ids = [rig.join(), rig.join()].map(({ node }) => node);
  expectDone(recover(rig, 3, 2));
  assert.deepEqual(
    [...nodesOf(rig.state)].map(({ id, node }) => [id, node.raftId]),
    [
      [1, 4],
      [2, 2],
      [3, 5],
    ],
  );
  assert.deepEqual(ids, [2, 3]);
  assert.equal(clusterOf(rig.state)?.epoch, 3);
  rig.openSession(2);
  assert.equal(rig.session?.epoch, 3);
  assert.equal(rig.join().raftId, 6, "no id is given twice");
  checkState(rig.state);
});

test("a recovery is no command of a cluster that runs, and its epoch is later than the last", () => {
  const rig = new ClusterRig();
  rig.join();
  const body = { kind: "recoverCluster", value: { epoch: 2, node: 1 } } as const;
  assert.equal(refusalOf(rig.apply(body)).code, "invalid-command");
  assert.equal(refusalOf(recover(rig, 1, 1)).code, "invalid-command");
  assert.equal(refusalOf(recover(rig, 2, 9)).code, "no-such-node");
  assert.equal(clusterOf(rig.state)?.epoch, 1);
});

test("nothing is reclaimed after a recovery until it is confirmed", () => {
  const rig = new ClusterRig();
  expectDone(recover(rig, 2, 1));
  assert.equal(clusterOf(rig.state)?.awaitsConfirmation, true);
  rig.openSession(2);
  expectDone(rig.apply({ kind: "confirmRecovery", value: {} }));
  assert.equal(clusterOf(rig.state)?.awaitsConfirmation, false);
});
