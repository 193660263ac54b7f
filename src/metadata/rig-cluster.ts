import { assert } from "#base/assert.ts";
import { sha256 } from "#base/hash.ts";
import type { CommandResult, NewUnit, NodeRegistered } from "#format/index.ts";
import { type LayoutChange, planChange, type Planned } from "#placement/index.ts";
import { partitionOf } from "#base/partition.ts";
import { homesOf, layoutOf, tablesOf } from "./layout.ts";
import { membersOf, profileCounts } from "./queries.ts";
import { expectDone, Rig } from "./rig.ts";

// A rig whose cluster grows: what coordinators do around the commands of nodes and layouts.

const root = new Uint8Array(32).fill(7);

/** 32 bytes that differ by name. */
export function bytesOf(name: string): Uint8Array {
  return sha256(new TextEncoder().encode(name));
}

/** Where a node of a test stands. */
export interface Place {
  host?: string;
  zone?: string;
  weight?: number;
  replaces?: number;
}

export class ClusterRig extends Rig {
  #joined = 0;

  createToken(name: string, lifetimeMs = 60_000): CommandResult {
    const expiresUnixMs = this.nowUnixMs + lifetimeMs;
    const value = { secretHash: bytesOf(name), expiresUnixMs, issuer: 1 };
    return this.apply({ kind: "createToken", value });
  }

  joinWith(token: string, key: string, place: Place = {}): CommandResult {
    const { host = `host of ${key}`, zone = "", weight = 1, replaces } = place;
    const addresses = [`${key}:7000`];
    const node = { keyFingerprint: bytesOf(key), addresses, host, zone, weight, replaces };
    return this.apply({ kind: "joinNode", value: { secretHash: bytesOf(token), ...node } });
  }

  /** Joins one more node; gives its ids. */
  join(place: Place = {}): NodeRegistered {
    const name = `node ${++this.#joined}`;
    expectDone(this.createToken(name));
    const { outcome } = this.joinWith(name, name, place);
    assert(outcome?.kind === "nodeRegistered", `joined, not ${JSON.stringify(outcome)}`);
    return outcome.value;
  }

  plan(change: LayoutChange): Planned {
    const isEmpty = [...profileCounts(this.state)].length === 0;
    const open = tablesOf(this.state);
    return planChange({ members: membersOf(this.state), open, change, isEmpty });
  }

  /** Commits a table that a change leads to, as a coordinator does. */
  change(change: LayoutChange, amends = false): CommandResult {
    const planned = this.plan(change);
    assert(planned.kind === "planned", `planned, not ${JSON.stringify(planned)}`);
    const { width, homes } = planned.table;
    const nodes = namedNodes(change);
    const baseVersion = this.layoutVersion;
    const value = { baseVersion, kind: change.kind, nodes, width, homes: [...homes], amends };
    return this.apply({ kind: "changeLayout", value });
  }

  get layoutVersion(): number {
    return layoutOf(this.state)?.version ?? 0;
  }

  get openTables(): number {
    return layoutOf(this.state)?.open.length ?? 0;
  }

  undo(): CommandResult {
    return this.apply({ kind: "undoLayout", value: { baseVersion: this.layoutVersion } });
  }

  walk(node: number, layoutVersion: number = this.layoutVersion): CommandResult {
    return this.apply({ kind: "reportWalk", value: { node, layoutVersion } });
  }

  /** Everyone that a transition waits for walks. */
  walkAll(): void {
    for (const node of layoutOf(this.state)?.layout.awaited ?? []) expectDone(this.walk(node));
  }

  /** Takes in so many nodes at once, and ends the transition. */
  growBy(count: number, places: readonly Place[] = [{}]): number[] {
    const nodes = Array.from(
      { length: count },
      (_, i) => this.join(places[i % places.length]).node,
    );
    expectDone(this.change({ kind: "grow", nodes }));
    this.walkAll();
    return nodes;
  }

  /** A unit at its partition's homes, of a profile. */
  unitOf(lengthBytes: number, { k, m }: { k: number; m: number }): NewUnit {
    const unit = this.newUnit(lengthBytes);
    const roots = Array.from({ length: k + m }, () => root);
    const encoding = { ...unit.encoding, k, m, roots };
    const homes = homesOf(this.state, partitionOf(unit.id)).slice(0, k + m);
    return { ...unit, encoding, homes };
  }
}

function namedNodes(change: LayoutChange): number[] {
  if (change.kind === "grow") return [...change.nodes];
  if (change.kind === "replace") return [change.from, change.to];
  return change.kind === "resize" ? [] : [change.node];
}
