import { assert } from "#base/assert.ts";
import type { CommandResult, Refusal } from "#format/index.ts";
import type { CommandBody } from "#replica/index.ts";
import type { ObjectsContext } from "./context.ts";

/** The state did not allow it, and nothing has changed. */
export interface Refused {
  readonly kind: "refused";
  readonly refusal: Refusal;
}

type Outcome = NonNullable<CommandResult["outcome"]>;

/** What a command comes to where it is not refused. */
type ValueOf<Kind extends Outcome["kind"]> = Extract<Outcome, { kind: Kind }>["value"];

/**
 * Has a command committed and applied.
 *
 * @param expected the outcome the command has where it is not refused
 * @throws ReplicaError where it is not known what became of it, or nothing can be committed now
 */
export async function runCommand<Kind extends Exclude<Outcome["kind"], "refusal">>(
  context: Pick<ObjectsContext, "replica">,
  body: CommandBody,
  expected: Kind,
): Promise<Refused | { kind: "done"; value: ValueOf<Kind> }> {
  const { outcome } = await context.replica.propose(body);
  if (outcome?.kind === "refusal") return { kind: "refused", refusal: outcome.value };
  assert(outcome?.kind === expected, `O1: ${body.kind} comes to ${expected}`);
  return { kind: "done", value: outcome.value as ValueOf<Kind> };
}
