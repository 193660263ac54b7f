import type { CommandResult, Refusal, RefusalCode, SessionId } from "#format/index.ts";
import type { StateBatch } from "./state-batch.ts";

/** What a command is applied to, and what the log and its envelope say of it. */
export interface Step {
  readonly batch: StateBatch;
  /** The command's index in the log. */
  readonly index: number;
  /** The command's stamp: the only time there is. */
  readonly nowUnixMs: number;
  /** The stamp cannot be trusted to say that a retention is over. */
  readonly timeInDoubt: boolean;
  /** The session that proposed the command, and its number there. */
  readonly session: SessionId;
  readonly number: number;
  /** Units and encodings of the session below this number are garbage. */
  readonly unitLowWater: number;
}

/** A refusal, as part of a result. */
export function refusal(code: RefusalCode, detail: string): Refusal {
  return { code, detail };
}

/** The result of a command that was refused: nothing has changed. */
export function refused(code: RefusalCode, detail: string): CommandResult {
  return resultOf(refusal(code, detail));
}

/** The result of a command that was refused. */
export function resultOf(value: Refusal): CommandResult {
  return { outcome: { kind: "refusal", value } };
}

/** The result of a command that leaves nothing to say. */
export function done(): CommandResult {
  return { outcome: { kind: "done", value: {} } };
}
