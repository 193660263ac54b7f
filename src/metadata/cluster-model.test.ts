import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mib } from "#base/bytes.ts";
import { decodeCommand, type RefusalCode } from "#format/index.ts";
import { type LayoutChange, openTablesMax } from "#placement/index.ts";
import { applyCommand } from "./apply.ts";
import { transitionWait } from "./change-layout.ts";
import { homesOf, layoutOf } from "./layout.ts";
import { graceMs } from "./limits.ts";
import { upkeepOf } from "./operations.ts";
import { membersOf } from "./queries.ts";
import { ClusterRig } from "./rig-cluster.ts";
import { checkState } from "./rig-invariants.ts";
import { MemoryState, objectInfo } from "./rig.ts";
import { StateBatch } from "./state-batch.ts";

/** What can be done, as often as it stands here. */
const kinds = `
  join join grow grow drain drain undrain replace resize undo undo amend
  walk walk walk walkAll walkAll walkAll remove put put put delete wait begin begin end
`
  .trim()
  .split(/\s+/);

const action = fc.record({ kind: fc.constantFrom(...kinds), a: fc.nat(1_000), b: fc.nat(1_000) });
type Action = { kind: string; a: number; b: number };

const bucket = "bucket-a";
const profiles = [
  { k: 1, m: 0 },
  { k: 1, m: 1 },
  { k: 2, m: 1 },
  { k: 1, m: 2 },
  { k: 3, m: 2 },
  { k: 4, m: 2 },
];

/**
 * Drives a cluster of up to nine nodes, and says beforehand what will be refused from what little
 * the rules speak of: states, versions, and how many tables are open.
 */
class Trial {
  readonly rig = new ClusterRig();
  #keys = 0;

  constructor() {
    this.rig.createBucket(bucket);
  }

  run({ kind, a, b }: Action): void {
    this.rig.nowUnixMs++;
    const before = layoutOf(this.rig.state)?.version ?? 0;
    this.#step(kind, a, b);
    const { version, open } = layoutOf(this.rig.state) ?? assert.fail();
    assert.ok(version === before || version === before + 1, "M10: versions follow one another");
    const { nodes, widths } = transitionWait(this.rig.state);
    const isWaiting = nodes.length + widths.length > 0;
    assert.ok(open.length === 1 || isWaiting, "M10: what is over is closed");
    checkState(this.rig.state);
  }

  #step(kind: string, a: number, b: number): unknown {
    const [node, other] = [this.#member(a), this.#member(b)];
    switch (kind) {
      case "join":
        return this.#members.length < 9 ? this.rig.join({ zone: `zone-${a % 3}` }) : undefined;
      case "grow": {
        const joining = this.#members.filter(({ state }) => state === "joining");
        const nodes = joining.map(({ id }) => id).slice(0, 1 + (b % 3));
        return nodes.length === 0 ? undefined : this.#change({ kind, nodes });
      }
      case "drain":
      case "undrain":
        return this.#change({ kind, node });
      case "replace":
        return this.#change({ kind, from: node, to: other });
      case "amend":
        return this.#change({ kind: "replace", from: node, to: other }, true);
      case "resize":
        return this.#change({ kind, width: 1 + (b % 6) });
      case "undo":
        return this.#undo();
      case "begin":
        return this.#begin(node, b % 3 > 0 ? "drain" : "optimize");
      case "end":
        return this.#end(a);
      case "walk":
        return this.rig.walk(node, Math.max(this.rig.layoutVersion - (b % 2), 0));
      case "walkAll":
        return this.rig.walkAll();
      case "remove":
        // The rig proposes by node 1's session, which would end with it.
        return node === 1 ? undefined : this.rig.apply({ kind: "removeNode", value: { node } });
      case "put":
        return this.#put(a);
      case "delete":
        return this.#delete(a);
      default:
        this.rig.nowUnixMs += graceMs;
        this.rig.apply({ kind: "releaseBodies", value: { units: 100 } });
        return this.rig.apply({ kind: "forgetUnits", value: { units: 100 } });
    }
  }

  get #members(): ReturnType<typeof membersOf> {
    return membersOf(this.rig.state).filter(({ state }) => state !== "removed");
  }

  #member(choice: number): number {
    return this.#members[choice % this.#members.length]?.id ?? 1;
  }

  #change(change: LayoutChange, amends = false): void {
    const planned = this.rig.plan(change);
    if (planned.kind !== "planned") return;
    const open = this.rig.openTables;
    const mayAmend = amends && open < openTablesMax;
    const isFree = open === 1 || mayAmend;
    const isBeside = !amends && !this.#isStep(change);
    const expected = isFree ? (isBeside ? "operation-open" : undefined) : "transition-open";
    const { outcome } = this.rig.change(change, amends);
    const code = outcome?.kind === "refusal" ? outcome.value.code : undefined;
    assert.equal(code, expected, JSON.stringify(outcome));
  }

  /** Whether there is no operation, or the change is a step of it. */
  #isStep(change: LayoutChange): boolean {
    const { operation } = upkeepOf(this.rig.state);
    if (operation === undefined || change.kind === "resize") return true;
    return change.kind === "drain" && change.node === operation.node;
  }

  #begin(node: number, kind: "drain" | "optimize"): void {
    const { operation } = upkeepOf(this.rig.state);
    const isUp = this.#members.some(({ id, state }) => id === node && state === "up");
    const baseVersion = this.rig.layoutVersion;
    const value = { baseVersion, kind, node, mayNarrow: false };
    const { outcome } = this.rig.apply({ kind: "beginOperation", value });
    const code = outcome?.kind === "refusal" ? outcome.value.code : undefined;
    if (operation !== undefined) assert.equal(code, "operation-open", "M12: one at a time");
    else if (kind === "drain" && !isUp) assert.equal(code, "wrong-node-state");
    else if (code !== undefined) assert.equal(code, "transition-open");
    else assert.equal(upkeepOf(this.rig.state).operation?.kind, kind);
  }

  #end(a: number): void {
    const logIndex = (upkeepOf(this.rig.state).operation?.logIndex ?? 1) + (a % 2);
    const isIt = upkeepOf(this.rig.state).operation?.logIndex === logIndex;
    const { outcome } = this.rig.apply({ kind: "endOperation", value: { logIndex } });
    assert.equal(outcome?.kind, isIt ? "done" : "refusal");
  }

  #undo(): void {
    const open = this.rig.openTables;
    const expected: Record<number, RefusalCode> = { 1: "no-transition", 3: "transition-open" };
    const { outcome } = this.rig.undo();
    const code = outcome?.kind === "refusal" ? outcome.value.code : undefined;
    assert.equal(code, open > 3 ? "transition-open" : expected[open], JSON.stringify(outcome));
  }

  #put(a: number): void {
    const width = homesOf(this.rig.state, 0).length;
    const fitting = profiles.filter(({ k, m }) => k + m <= width && (m > 0 || width === 1));
    const profile = fitting[a % fitting.length] ?? assert.fail();
    const units = [this.rig.unitOf(mib, profile)];
    const object = objectInfo({ sizeBytes: mib });
    const key = `k${this.#keys++}`;
    const { outcome } = this.rig.put({ bucket, key }, [], { units, object });
    assert.equal(outcome?.kind, "versionPut", JSON.stringify(outcome));
  }

  #delete(a: number): void {
    const deletions = [{ key: `k${a % (this.#keys + 1)}`, markerId: new Uint8Array(16) }];
    this.rig.apply({
      kind: "deleteVersions",
      value: { bucket, deletions, bypassGovernance: false },
    });
  }
}

test("M10 M11 M12 whatever is done to a cluster, its tables and its nodes are in order", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 40, size: "max" }), (actions) => {
      const trial = new Trial();
      for (const one of actions) trial.run(one);
    }),
    { numRuns: 12 },
  );
});

test("M2: the same commands about a cluster give the same rows, in one batch too", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 25, size: "max" }), (actions) => {
      const trial = new Trial();
      for (const one of actions) trial.run(one);
      const state = new MemoryState();
      const batch = new StateBatch(state);
      for (const [i, bytes] of trial.rig.log.entries()) {
        applyCommand(batch, decodeCommand(bytes), { index: i + 1 });
      }
      state.write(batch.changes());
      assert.deepEqual(state.dump(), trial.rig.state.dump());
    }),
    { numRuns: 3 },
  );
});
