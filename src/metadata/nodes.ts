import { equalBytes } from "#base/bytes.ts";
import type {
  AddKey,
  CommandResult,
  JoinNode,
  Node,
  Refusal,
  RemoveNode,
  RenewRaftId,
  RetireKey,
  UpdateNode,
} from "#format/index.ts";
import { memberCountMax, weightMax } from "#placement/index.ts";
import { clusterKey, nodeKey, rangeOf, skippedMarkKey, tokenKey } from "./keyspace.ts";
import { tablesOf } from "./layout.ts";
import {
  addressesPerNodeMax,
  fingerprintSizeBytes,
  keysPerNodeMax,
  nodeTextLengthMax,
  retiredKeysMax,
} from "./limits.ts";
import { clusterOf, keysOf, nodeOf, nodesOf, nodeWithKey } from "./queries.ts";
import { endSession } from "./sessions.ts";
import { type Step, done, refusal, refused, resultOf } from "./step.ts";
import { clusters, nodes, tokens } from "./tables.ts";
import { tokenOf, tokenRefusal } from "./tokens.ts";

/** Applies JoinNode: the token is used up and the node registered at once, or neither. */
export function joinNode(step: Step, command: JoinNode): CommandResult {
  const { secretHash, keyFingerprint } = command;
  const cluster = clusterOf(step.batch);
  if (cluster === undefined) return refused("not-founded", "there is no cluster");
  const fault = placeFault(command) ?? keyFault(keyFingerprint);
  if (fault !== undefined) return refused("invalid-command", fault);
  const token = tokenOf(step.batch, secretHash);
  const owner = nodeWithKey(step.batch, keyFingerprint);
  // Its first answer may have been lost on the way.
  const isAgain = owner !== undefined && owner.id === token?.usedBy;
  if (isAgain && owner.node.state !== "removed") return registered(owner.id, owner.node.raftId);
  const tokenFault = tokenRefusal(step, token);
  if (token === undefined || tokenFault !== undefined) {
    return tokenFault === undefined ? refused("no-such-token", "") : resultOf(tokenFault);
  }
  if (owner !== undefined) return refused("key-taken", `it is or was node ${owner.id}'s`);
  const all = [...nodesOf(step.batch)];
  const claim = claimRefusal(all, command.replaces);
  if (claim !== undefined) return resultOf(claim);
  if (all.filter(({ node }) => node.state !== "removed").length >= memberCountMax) {
    return refused("invalid-command", "there are too many nodes");
  }

  const id = Math.max(cluster.lastNodeId, ...all.map((one) => one.id)) + 1;
  const raftId = Math.max(cluster.lastRaftId, ...all.map(({ node }) => node.raftId)) + 1;
  step.batch.put(clusters, clusterKey, { ...cluster, lastNodeId: id, lastRaftId: raftId });
  step.batch.put(tokens, tokenKey(secretHash), { ...token, usedBy: id });
  const { addresses, host, zone, weight, name, replaces } = command;
  const place = { addresses, host, zone, weight, name, replaces };
  const row: Node = { raftId, keyFingerprint, ...place, state: "joining", layoutVersionWalked: 0 };
  step.batch.put(nodes, nodeKey(id), row);
  return registered(id, raftId);
}

/** Why nobody can come to take a node's place, if so. */
function claimRefusal(
  all: readonly { id: number; node: Node }[],
  replaces: number | undefined,
): Refusal | undefined {
  if (replaces === undefined) return undefined;
  const state = all.find(({ id }) => id === replaces)?.node.state;
  if (state !== "up") {
    return refusal("wrong-node-state", `node ${replaces} is ${state ?? "nobody"}, so has no place`);
  }
  const other = all.find(({ node }) => node.state !== "removed" && node.replaces === replaces);
  if (other === undefined) return undefined;
  return refusal("wrong-node-state", `node ${other.id} takes the place of ${replaces} already`);
}

function registered(node: number, raftId: number): CommandResult {
  return { outcome: { kind: "nodeRegistered", value: { node, raftId } } };
}

/** What is wrong with what a node says of itself. */
function placeFault(
  place: Pick<Node, "addresses" | "host" | "zone" | "weight" | "name">,
): string | undefined {
  const { addresses, host, zone, weight, name = "" } = place;
  if (addresses.length < 1 || addresses.length > addressesPerNodeMax) return "the addresses";
  if (addresses.some((address) => !isNodeText(address) || address === "")) return "an address";
  if (!isNodeText(host) || !isNodeText(zone)) return "the host or the zone";
  if (!isNodeText(name)) return "the name";
  return weight < 1 || weight > weightMax ? "the weight" : undefined;
}

function isNodeText(text: string): boolean {
  return text.length <= nodeTextLengthMax && text.isWellFormed();
}

function keyFault(fingerprint: Uint8Array): string | undefined {
  return fingerprint.length === fingerprintSizeBytes ? undefined : "the key's fingerprint";
}

/** A node that was not removed. */
function memberOf(step: Step, id: number): Node | undefined {
  const row = nodeOf(step.batch, id);
  return row?.state === "removed" ? undefined : row;
}

function noSuchNode(id: number): CommandResult {
  return refused("no-such-node", String(id));
}

/** Applies UpdateNode. */
export function updateNode(step: Step, command: UpdateNode): CommandResult {
  const { node, addresses, host, zone, weight, name } = command;
  const row = memberOf(step, node);
  if (row === undefined) return noSuchNode(node);
  const fault = placeFault(command);
  if (fault !== undefined) return refused("invalid-command", fault);
  step.batch.put(nodes, nodeKey(node), { ...row, addresses, host, zone, weight, name });
  return done();
}

/** Applies AddKey. That the node has it already is no failure. */
export function addKey(step: Step, { node, keyFingerprint }: AddKey): CommandResult {
  const row = memberOf(step, node);
  if (row === undefined) return noSuchNode(node);
  const fault = keyFault(keyFingerprint);
  if (fault !== undefined) return refused("invalid-command", fault);
  const own = keysOf(row);
  if (own.some((key) => equalBytes(key, keyFingerprint))) return done();
  const owner = nodeWithKey(step.batch, keyFingerprint);
  if (owner !== undefined) return refused("key-taken", `it is or was node ${owner.id}'s`);
  if (own.length >= keysPerNodeMax) return refused("invalid-command", "retire a key first");
  const added = [...(row.otherKeys?.added ?? []), keyFingerprint];
  const otherKeys = { added, retired: row.otherKeys?.retired ?? [] };
  step.batch.put(nodes, nodeKey(node), { ...row, otherKeys });
  return done();
}

/** Applies RetireKey. That it was retired before is no failure. */
export function retireKey(step: Step, { node, keyFingerprint }: RetireKey): CommandResult {
  const row = memberOf(step, node);
  if (row === undefined) return noSuchNode(node);
  const isIt = (key: Uint8Array): boolean => equalBytes(key, keyFingerprint);
  const retired = row.otherKeys?.retired ?? [];
  if (retired.some(isIt)) return done();
  const own = keysOf(row);
  const kept = own.filter((key) => !isIt(key));
  if (kept.length === own.length) return refused("invalid-command", "it is not the node's key");
  const [first, ...added] = kept;
  if (first === undefined) return refused("invalid-command", "a node keeps one key at least");
  if (retired.length >= retiredKeysMax) return refused("invalid-command", "too many were retired");
  const otherKeys = { added, retired: [...retired, keyFingerprint] };
  step.batch.put(nodes, nodeKey(node), { ...row, keyFingerprint: first, otherKeys });
  return done();
}

/** Applies RenewRaftId. */
export function renewRaftId(step: Step, { node, lostRaftId }: RenewRaftId): CommandResult {
  const cluster = clusterOf(step.batch);
  const row = memberOf(step, node);
  if (cluster === undefined || row === undefined) return noSuchNode(node);
  if (row.raftId !== lostRaftId) {
    return refused("wrong-node-state", `its raft id is ${row.raftId} by now`);
  }
  const given = [...nodesOf(step.batch)].map((one) => one.node.raftId);
  const raftId = Math.max(cluster.lastRaftId, ...given) + 1;
  step.batch.put(clusters, clusterKey, { ...cluster, lastRaftId: raftId });
  step.batch.put(nodes, nodeKey(node), { ...row, raftId });
  return registered(node, raftId);
}

/** Applies RemoveNode: the row stays as a tombstone, so that its keys and ids are never reused. */
export function removeNode(step: Step, { node }: RemoveNode): CommandResult {
  const row = memberOf(step, node);
  if (row === undefined) return noSuchNode(node);
  if (row.state === "up") return refused("wrong-node-state", "drain or replace it first");
  if (tablesOf(step.batch).some(({ homes }) => homes.includes(node))) {
    return refused("node-not-empty", "it stands in a table that is open");
  }
  if (row.session !== undefined) endSession(step.batch, row.session);
  step.batch.put(nodes, nodeKey(node), { ...row, state: "removed" });
  const marks = rangeOf(skippedMarkKey(node, 0).subarray(0, -2));
  for (const key of [...step.batch.scan(marks)].map(([at]) => at)) step.batch.remove(key);
  return done();
}
