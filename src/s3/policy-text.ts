// What policies are made of: JSON whose single values stand for lists of one, and patterns.
import { S3Error } from "./s3-error.ts";

/** The error for a policy that S3 would not take. */
export function malformedPolicy(message: string): S3Error {
  return new S3Error("MalformedPolicy", { message });
}

/** A JSON object, or undefined. */
export function recordOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord ? (value as Readonly<Record<string, unknown>>) : undefined;
}

/** A list, or a single value as a list of one. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}

/**
 * Texts, one at least.
 *
 * @throws S3Error MalformedPolicy with `message`; NotImplemented for variables, which would be read
 * as they stand otherwise
 */
export function textsOf(value: unknown, message: string): readonly string[] {
  const list = listOf(value);
  if (list.length === 0) throw malformedPolicy(message);
  return list.map((one) => {
    if (typeof one !== "string" || one === "") throw malformedPolicy(message);
    if (!one.includes("${")) return one;
    throw new S3Error("NotImplemented", { message: "Policy variables are not implemented" });
  });
}

/** Whether text fits a pattern in which `*` is any text and `?` any character. */
export function fitsWildcards(pattern: string, text: string): boolean {
  let [at, from] = [0, 0];
  // Where to go on if what follows the last star does not fit here: it takes one character more.
  let star = -1;
  let resume = 0;
  while (from < text.length) {
    if (pattern[at] === "*") {
      star = at++;
      resume = from;
    } else if (pattern[at] === "?" || pattern[at] === text[from]) {
      at++;
      from++;
    } else if (star >= 0) {
      at = star + 1;
      from = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[at] === "*") at++;
  return at === pattern.length;
}
