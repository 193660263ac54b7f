// A short run of every fuzz target over its corpus and a few thousand inputs from one seed.
// `npm run fuzz` goes on for as long as it is told to.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type Broken, Campaign } from "./campaign.ts";
import { bytesOf, latin1Of } from "./target.ts";
import { targets } from "./targets.ts";

const runs = 1500;

function assertUnbroken(broken: Broken | undefined): void {
  if (broken === undefined) return;
  const input = JSON.stringify(latin1Of(broken.input));
  throw new Error(`broken by ${input}`, { cause: broken.error });
}

for (const target of targets) {
  test(`fuzz ${target.name}: no input breaks a promise`, async () => {
    const campaign = new Campaign(target);
    assertUnbroken(await campaign.replay());
    assertUnbroken(await campaign.search(1, { runs }));
    // Inputs that all end alike would prove nothing.
    assert.ok(campaign.outcomes.size > 1, [...campaign.outcomes.keys()].join(", "));
  });
}

test("an input that breaks a promise is found, and made small", async () => {
  const broken = await new Campaign({
    name: "self-test",
    seeds: fc.constant(bytesOf("a haystack")),
    words: ["needle"],
    check(input) {
      assert.ok(!latin1Of(input).includes("needle"));
      return "read";
    },
  }).search(1, { runs: 10_000 });
  assert.ok(broken !== undefined, "found");
  assert.ok(broken.input.length <= "a haystack with needle".length, latin1Of(broken.input));
});
