/*
 * What the command line asks of its running node: one line of JSON there, one back.
 *
 *   {"call": "token", "lifetimeMs": 3600000}
 *   {"done": {...}}   or   {"refused": "why", "advice": "what to do next"}
 */

/** A call cannot be done, for a reason that people can do something about. */
export class AdminRefusedError extends Error {
  override readonly name = "AdminRefusedError";
  /** What to do next: a sentence. */
  readonly advice: string;

  constructor(message: string, advice: string, options?: ErrorOptions) {
    super(message, options);
    this.advice = advice;
  }
}

/** A call's fields, as they came. */
export type AdminFields = Readonly<Record<string, unknown>>;

/** Does one call; its answer must be plain JSON. */
export type AdminCall = (fields: AdminFields) => Promise<object>;

/** What a node answered. */
export type AdminAnswer<Done> =
  | { readonly kind: "done"; readonly value: Done }
  | { readonly kind: "refused"; readonly reason: string; readonly advice: string };

/** A call as a line. */
export function adminRequestLine(call: string, fields: AdminFields): string {
  return JSON.stringify({ ...fields, call });
}

/** An answer's line, read. @throws SyntaxError where it is none */
export function parseAdminAnswer<Done>(line: string): AdminAnswer<Done> {
  const answer = JSON.parse(line) as Readonly<Record<string, unknown>>;
  if ("done" in answer) return { kind: "done", value: answer["done"] as Done };
  return { kind: "refused", reason: String(answer["refused"]), advice: String(answer["advice"]) };
}

/** Answers lines by these calls. Never rejects. */
export function answerAdmin(
  calls: Readonly<Record<string, AdminCall>>,
): (line: string) => Promise<string> {
  return async (line) => {
    try {
      const { call, ...fields } = fieldsOf(line);
      const run = typeof call === "string" && Object.hasOwn(calls, call) ? calls[call] : undefined;
      if (run === undefined) {
        throw new AdminRefusedError(
          "the node does not know this call",
          "Use the hamster that the node was started with.",
        );
      }
      return JSON.stringify({ done: await run(fields) });
    } catch (error) {
      const advice = error instanceof AdminRefusedError ? error.advice : "See the node's log.";
      const reason = error instanceof Error ? error.message : String(error);
      return JSON.stringify({ refused: reason, advice });
    }
  };
}

function fieldsOf(line: string): AdminFields {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === "object" && value !== null) return value as AdminFields;
  } catch {
    // Told below.
  }
  throw new AdminRefusedError("that is not a call", "Use hamster's own command line.");
}
