import { equalBytes } from "#base/bytes.ts";
import type {
  CloseSession,
  Command,
  CommandResult,
  OpenSession,
  Session,
  SessionId,
} from "#format/index.ts";
import { nodeKey, resultKey, sessionKey } from "./keyspace.ts";
import { sessionWindow } from "./limits.ts";
import { clusterOf } from "./queries.ts";
import { readRow, type StateBatch } from "./state-batch.ts";
import { type Step, done, refused } from "./step.ts";
import { nodes, results, sessions } from "./tables.ts";

/** Applies OpenSession: ends the node's earlier session, unless this very boot opened it. */
export function openSession(step: Step, { node, bootId }: OpenSession): CommandResult {
  const cluster = clusterOf(step.batch);
  if (cluster === undefined) return refused("not-founded", "there is no cluster");
  const row = readRow(step.batch, nodes, nodeKey(node));
  if (row === undefined || row.state === "removed") return refused("no-such-node", String(node));
  const earlier = row.session;
  if (earlier !== undefined) {
    const open = readRow(step.batch, sessions, sessionKey(earlier));
    if (open !== undefined && equalBytes(open.bootId, bootId)) return opened(earlier);
    endSession(step.batch, earlier);
  }
  const id = { epoch: cluster.epoch, session: step.index };
  const session = { node, bootId, lowWater: 0, unitLowWater: 0, kept: [] };
  step.batch.put(sessions, sessionKey(id), session);
  step.batch.put(nodes, nodeKey(node), { ...row, session: id });
  return opened(id);
}

function opened(session: SessionId): CommandResult {
  return { outcome: { kind: "sessionOpened", value: { session } } };
}

/** Applies CloseSession. That it has ended before is no failure. */
export function closeSession(step: Step, { session }: CloseSession): CommandResult {
  endSession(step.batch, session);
  return done();
}

/** Ends a session, with all that was kept of it. */
export function endSession(batch: StateBatch, id: SessionId): void {
  const session = readRow(batch, sessions, sessionKey(id));
  if (session === undefined) return;
  for (const number of session.kept) batch.remove(resultKey(id, number));
  batch.remove(sessionKey(id));
}

/** What a command's session says of it: run it, or give this result instead. */
export type Admission =
  | { kind: "run"; session: Session }
  | { kind: "answer"; result: CommandResult };

/** Says whether a command is to be run; changes nothing. */
export function admit(batch: StateBatch, id: SessionId, command: Command): Admission {
  const before = readRow(batch, sessions, sessionKey(id));
  if (before === undefined) return answer(refused("stale-session", "the session has ended"));
  const { number } = command;
  if (before.kept.includes(number)) {
    const result = readRow(batch, results, resultKey(id, number));
    if (result !== undefined) return answer(result);
  }
  const lowWater = Math.max(before.lowWater, command.lowWater);
  const unitLowWater = Math.max(before.unitLowWater, command.unitLowWater);
  if (number < lowWater) return answer(refused("stale-number", "it was answered before"));
  if (number >= lowWater + sessionWindow)
    return answer(refused("session-full", "wait for answers"));
  return { kind: "run", session: { ...before, lowWater, unitLowWater } };
}

function answer(result: CommandResult): Admission {
  return { kind: "answer", result };
}

/** Keeps a command's result, and drops those that cannot be asked again. */
export function keepResult(
  batch: StateBatch,
  id: SessionId,
  { session, number, result }: { session: Session; number: number; result: CommandResult },
): void {
  // The command may have ended its own session.
  if (readRow(batch, sessions, sessionKey(id)) === undefined) return;
  const kept: number[] = [];
  for (const old of session.kept) {
    if (old < session.lowWater) batch.remove(resultKey(id, old));
    else kept.push(old);
  }
  kept.push(number);
  batch.put(results, resultKey(id, number), result);
  batch.put(sessions, sessionKey(id), { ...session, kept });
}
