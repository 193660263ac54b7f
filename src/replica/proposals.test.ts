import assert from "node:assert/strict";
import { test } from "node:test";
import type { Refusal } from "#format/index.ts";
import { Numbers } from "./numbers.ts";
import { type CommandBody, Proposals } from "./proposals.ts";
import { replicaLimits } from "./replica-config.ts";
import { ReplicaError } from "./replica-error.ts";

const session = { epoch: 1, session: 7 };
const body: CommandBody = { kind: "deleteBucket", value: { bucket: "photos" } };

/** Sends one command and has its session refuse it; returns what its proposer is told. */
async function refusedWith(code: Refusal["code"], isInstalled: boolean): Promise<ReplicaError> {
  const proposals = new Proposals({ monotonicMs: () => 0 }, replicaLimits, new Numbers());
  proposals.session = session;
  const { answer } = proposals.add(body, {}, 1000);
  const [proposal] = proposals.take({ countMax: 1, bytesMax: 1000 });
  assert.ok(proposal !== undefined);
  proposal.noteSent();
  if (isInstalled) proposals.noteInstalled();
  const outcome = { kind: "refusal", value: { code, detail: "" } } as const;
  const stamp = { timeUnixMs: 0, timeInDoubt: false, lowWater: 0, unitLowWater: 0 };
  proposals.settle({ session, number: proposal.number, ...stamp, body }, { outcome });
  assert.ok(proposals.isIdle);
  try {
    await answer;
  } catch (error) {
    if (error instanceof ReplicaError) return error;
  }
  return assert.fail("a command that its session refused has no result");
}

test("R2 what a session refuses did not happen, unless a snapshot may have had it", async () => {
  for (const [refusal, expected] of [
    ["session-full", "busy"],
    ["stale-number", "refused"],
    ["stale-session", "busy"],
  ] as const) {
    const error = await refusedWith(refusal, false);
    assert.equal(error.code, expected);
    assert.ok(!error.mayStillHappen);
  }
  for (const refusal of ["stale-number", "stale-session"] as const) {
    const error = await refusedWith(refusal, true);
    assert.equal(error.code, "timeout");
    assert.ok(error.mayStillHappen, "it may have been run, and its result forgotten");
  }
});
