import assert from "node:assert/strict";
import { test } from "node:test";
import { mib } from "#base/bytes.ts";
import { expiredTokenKeptMs, keysPerNodeMax } from "./limits.ts";
import { keysOf, nodeOf, nodesOf, nodeWithKey, sessionOf } from "./queries.ts";
import { bytesOf, ClusterRig } from "./rig-cluster.ts";
import { checkState } from "./rig-invariants.ts";
import { expectDone, objectInfo, refusalOf } from "./rig.ts";
import { tokenOf } from "./tokens.ts";

test("M11: a token lets one node join, and names it when it is asked again", () => {
  const rig = new ClusterRig();
  expectDone(rig.createToken("secret"));
  const place = { host: "host-2", zone: "zone-b", weight: 931 };
  const first = rig.joinWith("secret", "key-2", place);
  const ids = { node: 2, raftId: 2 };
  assert.deepEqual(first.outcome, { kind: "nodeRegistered", value: ids });
  const row = nodeOf(rig.state, 2);
  assert.equal(row?.state, "joining");
  assert.deepEqual([row.host, row.zone, row.weight], ["host-2", "zone-b", 931]);
  assert.deepEqual(row.addresses, ["key-2:7000"]);
  // The answer was lost: the same node asks with the same token.
  assert.deepEqual(rig.joinWith("secret", "key-2").outcome, first.outcome);
  assert.equal(refusalOf(rig.joinWith("secret", "key-3")).code, "token-used");
  assert.equal([...nodesOf(rig.state)].length, 2);
  checkState(rig.state);
});

test("M11: unknown, expired and malformed tokens let nobody join", () => {
  const rig = new ClusterRig();
  assert.equal(refusalOf(rig.joinWith("guess", "key-2")).code, "no-such-token");
  expectDone(rig.createToken("secret", 1_000));
  rig.nowUnixMs += 1_000;
  assert.equal(refusalOf(rig.joinWith("secret", "key-2")).code, "token-expired");
  assert.equal(refusalOf(rig.createToken("late", 0)).code, "token-expired");
  assert.equal(refusalOf(rig.createToken("secret")).code, "invalid-command");
  const short = { secretHash: new Uint8Array(31), expiresUnixMs: rig.nowUnixMs + 1, issuer: 1 };
  assert.equal(refusalOf(rig.apply({ kind: "createToken", value: short })).code, "invalid-command");
  assert.equal([...nodesOf(rig.state)].length, 1);
});

test("tokens are forgotten a day after they expired", () => {
  const rig = new ClusterRig();
  expectDone(rig.createToken("old", 1_000));
  rig.nowUnixMs += 1_000 + expiredTokenKeptMs;
  expectDone(rig.createToken("newer"));
  assert.ok(tokenOf(rig.state, bytesOf("old")));
  rig.nowUnixMs += 1;
  expectDone(rig.createToken("newest"));
  assert.equal(tokenOf(rig.state, bytesOf("old")), undefined);
  assert.ok(tokenOf(rig.state, bytesOf("newer")));
});

test("a node says where it is, within limits", () => {
  const rig = new ClusterRig();
  const { node } = rig.join();
  const place = { node, addresses: ["10.0.0.2:7000", "[fd00::2]:7000"], host: "h", zone: "z" };
  expectDone(rig.apply({ kind: "updateNode", value: { ...place, weight: 7 } }));
  assert.equal(nodeOf(rig.state, node)?.addresses.length, 2);
  for (const wrong of [
    { ...place, weight: 0 },
    { ...place, weight: 2 ** 24 + 1 },
    { ...place, weight: 1, addresses: [] },
    { ...place, weight: 1, addresses: [""] },
    { ...place, weight: 1, host: "h".repeat(256) },
    { ...place, weight: 1, name: "n".repeat(256) },
    { ...place, weight: 1, zone: "\ud800" },
  ]) {
    // Bytes of a command cannot hold half a character: that one is read as another text.
    if (!wrong.zone.isWellFormed()) continue;
    const result = rig.apply({ kind: "updateNode", value: wrong });
    assert.equal(refusalOf(result).code, "invalid-command");
  }
  const stranger = rig.apply({ kind: "updateNode", value: { ...place, node: 9, weight: 1 } });
  assert.equal(refusalOf(stranger).code, "no-such-node");
});

/** Four nodes with a unit on them, so that changes take their time. */
function filledRig(): ClusterRig {
  const rig = new ClusterRig();
  rig.createBucket("bucket-a");
  rig.growBy(3);
  const units = [rig.unitOf(mib, { k: 2, m: 1 })];
  rig.put({ bucket: "bucket-a", key: "k" }, [], { units, object: objectInfo({ sizeBytes: mib }) });
  return rig;
}

test("a node comes to take the place of one that takes shards, and of nobody else's", () => {
  const rig = filledRig();
  rig.createToken("secret");
  const refusedFor = (replaces: number): string => {
    return refusalOf(rig.joinWith("secret", "key-5", { replaces })).detail;
  };
  assert.match(refusedFor(9), /nobody/);
  expectDone(rig.change({ kind: "drain", node: 3 }));
  assert.match(refusedFor(3), /draining/);
  expectDone(rig.undo());
  rig.walkAll();
  // A refusal leaves the token as it was.
  assert.equal(rig.joinWith("secret", "key-5", { replaces: 3 }).outcome?.kind, "nodeRegistered");
  assert.equal(nodeOf(rig.state, 5)?.replaces, 3);
  rig.createToken("another");
  const twice = rig.joinWith("another", "key-6", { replaces: 3 });
  assert.match(refusalOf(twice).detail, /node 5 takes the place/);
  checkState(rig.state);
});

test("who takes shards again has its place for itself", () => {
  const rig = filledRig();
  const { node } = rig.join({ replaces: 3 });
  expectDone(rig.change({ kind: "replace", from: 3, to: node }));
  assert.equal(nodeOf(rig.state, node)?.replaces, 3);
  assert.equal(nodeOf(rig.state, 3)?.state, "draining");
  expectDone(rig.undo());
  assert.equal(nodeOf(rig.state, 3)?.state, "up");
  assert.equal(nodeOf(rig.state, node)?.replaces, undefined);
  assert.equal(nodeOf(rig.state, node)?.state, "joining");
});

test("M11: keys are changed by adding one and retiring the other", () => {
  const rig = new ClusterRig();
  const { node } = rig.join();
  const key = (name: string): { node: number; keyFingerprint: Uint8Array } => ({
    node,
    keyFingerprint: bytesOf(name),
  });
  const [old] = keysOf(nodeOf(rig.state, node) ?? assert.fail());
  assert.ok(old);
  expectDone(rig.apply({ kind: "addKey", value: key("next") }));
  expectDone(rig.apply({ kind: "addKey", value: key("next") }));
  assert.equal(nodeWithKey(rig.state, bytesOf("next"))?.id, node);
  assert.equal(nodeWithKey(rig.state, old)?.id, node);
  const retire = { node, keyFingerprint: old };
  expectDone(rig.apply({ kind: "retireKey", value: retire }));
  expectDone(rig.apply({ kind: "retireKey", value: retire }));
  const row = nodeOf(rig.state, node) ?? assert.fail();
  assert.deepEqual(keysOf(row), [bytesOf("next")]);
  // It is nobody's for ever, its old owner's included.
  assert.equal(nodeWithKey(rig.state, old)?.id, node);
  const back = rig.apply({ kind: "addKey", value: { node, keyFingerprint: old } });
  assert.equal(refusalOf(back).code, "key-taken");
  const last = rig.apply({ kind: "retireKey", value: key("next") });
  assert.match(refusalOf(last).detail, /keeps one/);
  const foreign = rig.apply({ kind: "retireKey", value: key("foreign") });
  assert.match(refusalOf(foreign).detail, /not the node's/);
  const taken = rig.apply({ kind: "addKey", value: { ...key("next"), node: 1 } });
  assert.equal(refusalOf(taken).code, "key-taken");
  for (let i = 1; i < keysPerNodeMax; i++) {
    expectDone(rig.apply({ kind: "addKey", value: key(`more ${i}`) }));
  }
  const many = rig.apply({ kind: "addKey", value: key("too many") });
  assert.match(refusalOf(many).detail, /retire/);
  checkState(rig.state);
});

test("M11: a lost log is answered with a raft id that nobody ever had, once", () => {
  const rig = new ClusterRig();
  const { node } = rig.join();
  const renew = { kind: "renewRaftId", value: { node, lostRaftId: 2 } } as const;
  assert.deepEqual(rig.apply(renew).outcome, {
    kind: "nodeRegistered",
    value: { node, raftId: 3 },
  });
  assert.equal(refusalOf(rig.apply(renew)).code, "wrong-node-state");
  // Neither the lost one nor the new one is given to who comes next.
  assert.deepEqual(rig.join(), { node: 3, raftId: 4 });
  checkState(rig.state);
});

test("M11: who is removed comes back neither by its key nor by its session", () => {
  const rig = new ClusterRig();
  const { node } = rig.join();
  const bootId = new Uint8Array(16).fill(9);
  const { outcome } = rig.apply(
    { kind: "openSession", value: { node, bootId } },
    { session: undefined },
  );
  assert.ok(outcome?.kind === "sessionOpened");
  const { session } = outcome.value;
  assert.ok(sessionOf(rig.state, session));
  expectDone(rig.apply({ kind: "removeNode", value: { node } }));
  assert.equal(sessionOf(rig.state, session), undefined);
  const boot = rig.apply({ kind: "openSession", value: { node, bootId } }, { session: undefined });
  assert.equal(refusalOf(boot).code, "no-such-node");
  expectDone(rig.createToken("again"));
  assert.equal(refusalOf(rig.joinWith("again", "node 1")).code, "key-taken");
  // The token was not used up, and a fresh key is welcome under a fresh id.
  const fresh = rig.joinWith("again", "fresh");
  assert.deepEqual(fresh.outcome, { kind: "nodeRegistered", value: { node: 3, raftId: 3 } });
  for (const again of [
    { kind: "removeNode", value: { node } },
    { kind: "renewRaftId", value: { node, lostRaftId: 2 } },
    { kind: "addKey", value: { node, keyFingerprint: bytesOf("k") } },
    { kind: "retireKey", value: { node, keyFingerprint: bytesOf("k") } },
    { kind: "reportWalk", value: { node, layoutVersion: 1 } },
  ] as const) {
    assert.equal(refusalOf(rig.apply(again)).code, "no-such-node", again.kind);
  }
  checkState(rig.state);
});

test("M10: who takes shards is not removed, nor who stands in an open table", () => {
  const rig = new ClusterRig();
  rig.createBucket("bucket-a");
  rig.put({ bucket: "bucket-a", key: "k" }, [5]);
  assert.equal(
    refusalOf(rig.apply({ kind: "removeNode", value: { node: 1 } })).code,
    "wrong-node-state",
  );
  const nodes = rig.growBy(3);
  const [first = 0] = nodes;
  expectDone(rig.change({ kind: "drain", node: first }));
  const remove = { kind: "removeNode", value: { node: first } } as const;
  assert.equal(refusalOf(rig.apply(remove)).code, "node-not-empty");
  rig.walkAll();
  expectDone(rig.apply(remove));
  assert.equal(nodeOf(rig.state, first)?.state, "removed");
  checkState(rig.state);
});
