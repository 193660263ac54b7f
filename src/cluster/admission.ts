import { sha256 } from "#base/hash.ts";
import { equalBytes, toHex } from "#base/bytes.ts";
import type {
  CommandResult,
  JoinAnswer,
  JoinRefusalCode,
  JoinRequest,
  Refusal,
} from "#format/index.ts";
import { clusterOf, nodeOf, nodeWithKey } from "#metadata/index.ts";
import type { KeyFingerprint, Ports } from "#ports/index.ts";
import type { Replica } from "#replica/index.ts";
import { type Admit, refusal } from "./join-desk.ts";
import { knownPeersOf, type Registry } from "./registry.ts";

/** A joiner waits for no longer: it asks again. */
const decisionMsMax = 10_000;

type Decider = Pick<Replica, "propose" | "readBarrier" | "reader" | "status">;

/** Whom a member lets in: decided by the state, behind a barrier or by a command. */
export class Admission {
  readonly #trace: Ports["trace"];
  readonly #registry: Registry;
  #replica: Decider | undefined;

  constructor({ trace }: Pick<Ports, "trace">, registry: Registry) {
    this.#trace = trace;
    this.#registry = registry;
  }

  /** From now on there is a state to decide by. */
  use(replica: Decider): void {
    this.#replica = replica;
  }

  readonly admit: Admit = async (key, request, signal) => {
    const replica = this.#replica;
    if (replica === undefined) return refusal("unavailable", "the member is starting");
    const options = { signal, timeoutMs: decisionMsMax };
    if (!equalBytes(request.clusterId, this.#registry.clusterId)) {
      return refusal("foreign-cluster", "the token is another cluster's");
    }
    await replica.readBarrier(options);
    const level = clusterOf(replica.reader)?.featureLevel ?? 0;
    if (request.facts.featureLevel < level) {
      return refusal("too-old", `the cluster is at feature level ${level}: take a newer Hamster`);
    }
    const result =
      request.secret.length > 0
        ? await join(replica, key, request, options)
        : await comeBack(replica, key, request, options);
    return this.#answerOf(replica, result);
  };

  #answerOf(replica: Decider, { outcome }: CommandResult): JoinAnswer {
    if (outcome?.kind === "refusal") return refusal(codeOf(outcome.value), outcome.value.detail);
    if (outcome?.kind !== "nodeRegistered") return refusal("unavailable", "there was no result");
    const { node, raftId } = outcome.value;
    // The joiner must be known here before it comes: it is told of as soon as it is applied.
    const known = knownPeersOf(replica.reader, replica.status().appliedIndex);
    if (known === undefined) return refusal("unavailable", "there is no cluster here yet");
    this.#registry.learn(known);
    this.#trace.write("info", "raftIdGiven", { node, raftId });
    const { clusterId } = this.#registry;
    return { outcome: { kind: "accepted", value: { clusterId, node, raftId, known } } };
  }
}

type Options = { signal: AbortSignal; timeoutMs: number };

function join(
  replica: Decider,
  key: KeyFingerprint,
  { secret, facts, replaces }: JoinRequest,
  options: Options,
): Promise<CommandResult> {
  const { addresses, host, zone, weight, name } = facts;
  const claim = replaces === 0 ? {} : { replaces };
  const place = { addresses, host, zone, weight, name, ...claim };
  const value = { secretHash: sha256(secret), keyFingerprint: key, ...place };
  return replica.propose({ kind: "joinNode", value }, options);
}

/** A member that has lost its log, or was left behind in an older epoch, takes part anew. */
async function comeBack(
  replica: Decider,
  key: KeyFingerprint,
  { lostRaftId }: JoinRequest,
  options: Options,
): Promise<CommandResult> {
  const owner = nodeWithKey(replica.reader, key);
  if (owner === undefined) return refusedResult("no-such-node", `nobody has the key ${toHex(key)}`);
  const { id, node } = owner;
  if (node.state === "removed") return refusedResult("key-taken", `node ${id} was removed`);
  // It was answered before, and the answer was lost.
  if (node.raftId !== lostRaftId) return registered(id, node.raftId);
  const value = { node: id, lostRaftId };
  const result = await replica.propose({ kind: "renewRaftId", value }, options);
  if (result.outcome?.kind !== "refusal") return result;
  const raftId = nodeOf(replica.reader, id)?.raftId ?? lostRaftId;
  return raftId === lostRaftId ? result : registered(id, raftId);
}

function registered(node: number, raftId: number): CommandResult {
  return { outcome: { kind: "nodeRegistered", value: { node, raftId } } };
}

function refusedResult(code: Refusal["code"], detail: string): CommandResult {
  return { outcome: { kind: "refusal", value: { code, detail } } };
}

function codeOf({ code }: Refusal): JoinRefusalCode {
  if (code === "no-such-token" || code === "token-used") return "unknown-token";
  if (code === "token-expired") return "expired-token";
  if (code === "no-such-node") return "stranger";
  if (code === "key-taken") return "removed";
  // Nobody's place is free to be taken.
  if (code === "wrong-node-state") return "invalid";
  return code === "invalid-command" ? "invalid" : "unavailable";
}
