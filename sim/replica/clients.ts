import { unreachable } from "#base/assert.ts";
import { StoreDamagedError } from "#base/store-damaged-error.ts";
import type { Prng } from "#base/prng.ts";
import type { CommandResult, Conditions } from "#format/index.ts";
import { bucketOf, newestVersion } from "#metadata/index.ts";
import { type CommandBody, type Replica, ReplicaError } from "#replica/index.ts";
import { check } from "../check-error.ts";
import { absent, type History, type KeyAction, type KeyState } from "../workload/history.ts";
import type { Group, Member } from "./group.ts";
import { type CallName, callNames, type Plan } from "./plan.ts";

/** The bucket that all keys are in. */
export const bucket = "bucket";

/** Histories of more calls than this on one key take too long to judge. */
const callsPerKeyMax = 250;

/** How long a client waits for an answer, in milliseconds: some are told that it is unknown. */
const patienceMs = [100, 300, 1000, 3000];

/** What clients share. */
export interface Clients {
  group: Group;
  plan: Plan;
  history: History;
  /** How many calls of each kind were answered. */
  answered: Map<CallName, number>;
  isOver: () => boolean;
}

/** One call on its way, and where it was sent. */
interface Call {
  name: CallName;
  key: string;
  /** What a write is to leave. */
  state: KeyState;
  /** What a conditional one expects. */
  expected: KeyState;
  member: Member;
  replica: Replica;
  timeoutMs: number;
}

/** A client: calls any node, one call after the other. */
export async function runClient(clients: Clients, lane: number): Promise<void> {
  const { group, plan, history, answered, isOver } = clients;
  const prng = group.world.prng.fork();
  /** What the client last saw of each key. */
  const seen = new Map<string, KeyState>();
  for (let i = 0; !isOver(); i++) {
    await group.world.sleep(prng.below(plan.thinkMsMax));
    const member = chosen(group, prng);
    const { replica, isOpen = false } = member ?? {};
    if (member === undefined || replica === undefined || !member.machine.isUp) continue;
    const name = drawCall(prng, plan.mix);
    // Who has no session yet can be read from all the same.
    if (!isOpen && name !== "get") continue;
    const key = `key-${prng.below(plan.keyCount)}`;
    if (history.of(key).length >= callsPerKeyMax) continue;
    const call: Call = {
      name,
      key,
      state: `${lane}.${i}`,
      expected: seen.get(key) ?? absent,
      member,
      replica,
      timeoutMs: patienceMs[prng.below(patienceMs.length)] ?? 0,
    };
    const shown = await (name === "get" ? get : write)(group, history, call);
    if (shown === undefined) continue;
    seen.set(key, shown);
    answered.set(call.name, (answered.get(call.name) ?? 0) + 1);
  }
}

/** Any member; more often one that leads, or thinks that it does. */
function chosen({ members }: Group, prng: Prng): Member | undefined {
  const leading = members.filter(({ replica }) => replica?.status().role === "leader");
  const from = prng.below(4) === 0 && leading.length > 0 ? leading : members;
  return from[prng.below(from.length)];
}

function drawCall(prng: Prng, mix: Plan["mix"]): CallName {
  let lot = prng.below(callNames.reduce((sum, name) => sum + mix[name], 0));
  return callNames.find((name) => (lot -= mix[name]) < 0) ?? "put";
}

/** An answer, or nothing where the node died or is stopped for so long that its client leaves. */
function unlessGone<T>(
  { world }: Group,
  { member, timeoutMs }: Call,
  answer: Promise<T>,
): Promise<T | void> {
  return Promise.race([answer, member.machine.died, world.sleep(timeoutMs + 100)]);
}

/** Reads behind a barrier; the state, or undefined where there was no answer. */
async function get(group: Group, history: History, call: Call): Promise<KeyState | undefined> {
  const { key, member, replica, timeoutMs } = call;
  const begun = history.tick();
  try {
    const barrier = replica.readBarrier({ timeoutMs }).then(() => true);
    if ((await unlessGone(group, call, barrier)) !== true) return undefined;
    const state = stateOf(replica, key);
    history.show(key, `get at ${member.node}`, begun, { kind: "read", state });
    return state;
  } catch (error) {
    // A damaged row is not given out.
    if (error instanceof ReplicaError || error instanceof StoreDamagedError) return undefined;
    throw error;
  }
}

/** What a node's store says of a key. */
export function stateOf({ reader }: Replica, key: string): KeyState {
  const row = bucketOf(reader, bucket);
  check(row !== undefined, "what is acknowledged stays", "the bucket is gone");
  const version = newestVersion(reader, { row, bucket, key })?.version;
  return version?.object?.etag ?? absent;
}

/** Writes; the state that is known then, or undefined where nobody knows. */
async function write(group: Group, history: History, call: Call): Promise<KeyState | undefined> {
  const { key, name, member, replica, timeoutMs } = call;
  const begun = history.tick();
  const open = history.begin(key, `${name} at ${member.node}`, actionOf(call));
  let result: CommandResult | void;
  try {
    const proposed = replica.propose(bodyOf(group, call), { timeoutMs });
    result = await unlessGone(group, call, proposed);
  } catch (error) {
    if (!(error instanceof ReplicaError)) throw error;
    if (error.mayStillHappen) open.leaveOpen();
    else open.refuse();
    return undefined;
  }
  // Nobody answered: nobody knows.
  if (result === undefined) return open.leaveOpen() ?? undefined;
  const { outcome } = result;
  if (outcome?.kind === "versionPut" || outcome?.kind === "versionsDeleted") {
    open.acknowledge();
    return name === "delete" ? absent : call.state;
  }
  check(outcome?.kind === "refusal", "a write is done or refused", JSON.stringify(outcome));
  open.refuse();
  history.show(key, `${name} at ${member.node}`, begun, refusalOf(call, outcome.value.code));
  return undefined;
}

function actionOf({ name, state, expected }: Call): KeyAction {
  switch (name) {
    case "putIfAbsent":
      return { kind: "create", state };
    case "putIfMatch":
      return { kind: "replace", expected, state };
    case "delete":
      return { kind: "write", state: absent };
    case "put":
    case "get":
      return { kind: "write", state };
    default:
      return unreachable(name);
  }
}

/** What a refusal shows of a key. */
function refusalOf({ name, expected }: Call, code: string): KeyAction {
  if (name === "putIfAbsent" && code === "precondition-failed") return { kind: "present" };
  if (name === "putIfMatch" && code === "precondition-failed") {
    return { kind: "differs", state: expected };
  }
  const isAbsent = name === "putIfMatch" && code === "no-such-key";
  check(isAbsent, "a write is refused for its condition alone", `${name} ${code}`);
  return { kind: "read", state: absent };
}

function bodyOf({ world }: Group, call: Call): CommandBody {
  const { name, key, state, expected } = call;
  if (name === "delete") {
    return {
      kind: "deleteVersions",
      value: {
        bucket,
        deletions: [{ key, markerId: versionId(world.prng) }],
        bypassGovernance: false,
      },
    };
  }
  return {
    kind: "putVersion",
    value: {
      bucket,
      key,
      versionId: versionId(world.prng),
      object: {
        sizeBytes: 0,
        etag: state,
        checksums: [],
        headers: { system: [], user: [], storageClass: "" },
        partCount: 0,
      },
      units: [],
      conditions: conditionsOf(name, expected),
    },
  };
}

function conditionsOf(name: CallName, expected: KeyState): Conditions | undefined {
  if (name === "putIfAbsent") return { ifMatch: [], ifNoneMatch: ["*"] };
  return name === "putIfMatch" ? { ifMatch: [expected], ifNoneMatch: [] } : undefined;
}

/** By lot: the state puts a version behind the others whatever its id. */
function versionId(prng: Prng): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, i) => prng.below(i === 0 ? 16 : 256));
}
