import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Command, type CommandResult, decodeCommand, encodeCommand } from "#format/index.ts";
import { applyCommand } from "./apply.ts";
import { UnknownCommandError } from "./cluster.ts";
import { sessionWindow } from "./limits.ts";
import { bucketOf, clusterOf, credentialOf, nodeOf, sessionOf, shardStanding } from "./queries.ts";
import { checkState } from "./rig-invariants.ts";
import { type Body, expectDone, foundation, refusalOf, Rig, rigNode } from "./rig.ts";
import { StateBatch } from "./state-batch.ts";

function creation(bucket: string): Body {
  return { kind: "createBucket", value: { bucket, owner: "me", lockEnabled: false } };
}

test("a cluster is founded once, with its node, layout and credential", () => {
  const rig = new Rig();
  assert.equal(clusterOf(rig.state)?.epoch, 1);
  assert.equal(credentialOf(rig.state, "AKIAEXAMPLE")?.secretAccessKey, "secret");
  assert.equal(nodeOf(rig.state, rigNode)?.addresses[0], "127.0.0.1:7000");
  assert.equal(refusalOf(rig.apply(foundation)).code, "already-founded");
});

test("M9: a session is named by epoch and index, and a boot that asks again gets the same", () => {
  const rig = new Rig();
  const first = rig.session;
  assert.deepEqual(first, { epoch: 1, session: 2 });
  rig.openSession(1);
  assert.deepEqual(rig.session, first);
  rig.openSession(2);
  assert.equal(rig.session?.session, 4);
  assert.ok(first && sessionOf(rig.state, first) === undefined);
  const late = rig.apply(creation("bucket-a"), { session: first });
  assert.equal(refusalOf(late).code, "stale-session");
  checkState(rig.state);
});

test("M9: a command is run once and answered the same while its result is kept", () => {
  const rig = new Rig();
  const envelope = { number: 10, lowWater: 10 };
  expectDone(rig.apply(creation("bucket-a"), envelope));
  expectDone(rig.apply(creation("bucket-a"), envelope));
  assert.equal(
    refusalOf(rig.apply(creation("bucket-a"), { number: 11, lowWater: 10 })).code,
    "bucket-already-owned-by-you",
  );
  // The low water passes 10: whoever asks again now is refused and nothing is run.
  expectDone(rig.apply(creation("bucket-b"), { number: 12, lowWater: 12 }));
  const deletion: Body = { kind: "deleteBucket", value: { bucket: "bucket-a" } };
  assert.equal(refusalOf(rig.apply(deletion, envelope)).code, "stale-number");
  assert.ok(bucketOf(rig.state, "bucket-a"));
  checkState(rig.state);
});

test("M9: numbers run ahead of the low water by the window and no more", () => {
  const rig = new Rig();
  const ahead = (number: number): CommandResult =>
    rig.apply(creation(`bucket-${number}`), { number, lowWater: 5 });
  expectDone(ahead(5 + sessionWindow - 1));
  assert.equal(refusalOf(ahead(5 + sessionWindow)).code, "session-full");
  assert.equal(bucketOf(rig.state, `bucket-${5 + sessionWindow}`), undefined);
});

test("M9: commands of a session in any order, some twice, take effect once each", () => {
  const seen = fc.array(fc.record({ number: fc.nat(30), back: fc.nat(10) }), { maxLength: 60 });
  fc.assert(
    fc.property(seen, (commands) => {
      const rig = new Rig();
      const answers = new Map<number, string>();
      let lowWater = 0;
      for (const { number, back } of commands) {
        const own = Math.max(number - back, 0);
        // What is answered again is not run, and says nothing new.
        if (answers.get(number) !== "done") lowWater = Math.max(lowWater, own);
        const { outcome } = rig.apply(creation(`bucket-${number}`), { number, lowWater: own });
        const answer = outcome?.kind === "refusal" ? outcome.value.code : String(outcome?.kind);
        const before = answers.get(number);
        if (before === "done" && answer !== "stale-number") assert.equal(answer, before);
        if (before === "done") continue;
        // What was passed by before it came is refused, and is never run.
        assert.equal(answer, number < lowWater ? "stale-number" : "done");
        answers.set(number, answer);
        checkState(rig.state);
      }
    }),
    { numRuns: 60 },
  );
});

test("a session can be closed, also by a command of its own", () => {
  const rig = new Rig();
  const { session } = rig;
  assert.ok(session);
  expectDone(rig.apply({ kind: "closeSession", value: { session } }));
  assert.equal(sessionOf(rig.state, session), undefined);
  checkState(rig.state);
  assert.equal(refusalOf(rig.apply(creation("bucket-a"))).code, "stale-session");
});

test("only commands that begin a state or a session need none", () => {
  const rig = new Rig();
  const result = rig.apply(creation("bucket-a"), { session: undefined });
  assert.equal(refusalOf(result).code, "stale-session");
  const stranger: Body = { kind: "openSession", value: { node: 9, bootId: new Uint8Array(16) } };
  assert.equal(refusalOf(rig.apply(stranger, { session: undefined })).code, "no-such-node");
});

test("a sealed shard is garbage once nothing names it and its writer cannot commit it", () => {
  const rig = new Rig();
  rig.createBucket("bucket-a");
  const pending = rig.newUnit(5);
  const name = { unit: pending.id, encoding: pending.encoding.id };
  assert.equal(shardStanding(rig.state, name), "pending");
  rig.put({ bucket: "bucket-a", key: "k" }, [], { units: [pending], object: fiveBytes });
  assert.equal(shardStanding(rig.state, name), "live");

  const left = rig.newUnit(5);
  const leftName = { unit: left.id, encoding: left.encoding.id };
  rig.apply(creation("bucket-b"), { unitLowWater: left.id.number + 1 });
  assert.equal(shardStanding(rig.state, leftName), "garbage");
  // And it stays so: its commit comes too late.
  const late = rig.put({ bucket: "bucket-a", key: "l" }, [], { units: [left], object: fiveBytes });
  assert.equal(refusalOf(late).code, "stale-number");
  const other = rig.newUnit(5);
  rig.openSession(2);
  assert.equal(
    shardStanding(rig.state, { unit: other.id, encoding: other.encoding.id }),
    "garbage",
  );
});

const fiveBytes = {
  sizeBytes: 5,
  etag: "e",
  checksums: [],
  headers: { system: [], user: [], storageClass: "" },
  partCount: 0,
};

test("a command of a newer program stops the node", () => {
  const rig = new Rig();
  const known: Command = {
    session: rig.session,
    number: 1,
    lowWater: 1,
    unitLowWater: 0,
    timeUnixMs: rig.nowUnixMs,
    timeInDoubt: false,
    body: undefined,
  };
  // Field 2000, which no program of this age has, as a message without content.
  const newer = new Uint8Array([...encodeCommand(known), 0x82, 0x7d, 0x00]);
  const apply = (): unknown =>
    applyCommand(new StateBatch(rig.state), decodeCommand(newer), { index: 99 });
  assert.throws(apply, UnknownCommandError);
  const level: Body = { kind: "setFeatureLevel", value: { featureLevel: 2 } };
  assert.throws(() => rig.apply(level), UnknownCommandError);
  expectDone(rig.apply({ kind: "setFeatureLevel", value: { featureLevel: 1 } }));
});
