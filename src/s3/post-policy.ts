/*
 * What the signer of a form lets its sender upload: a JSON document of conditions on the fields.
 *
 *   { "expiration": "2030-01-01T00:00:00Z",
 *     "conditions": [ {"bucket": "photos"}, ["starts-with", "$key", "user/"],
 *                     ["content-length-range", 0, 1048576] ] }
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
import { fromBase64, textOf } from "#base/bytes.ts";
import { parseHttpDate } from "./date.ts";
import { S3Error } from "./s3-error.ts";

/** A condition on one field, its name in lower case. */
interface FieldCondition {
  readonly kind: "eq" | "starts-with";
  readonly name: string;
  readonly value: string;
}

/** A policy that was understood. */
export interface PostPolicy {
  readonly expiresUnixMs: number;
  readonly fields: readonly FieldCondition[];
  /** How large the file may be, each end counted. */
  readonly range: { readonly from: number; readonly to: number } | undefined;
}

function invalid(reason: string): S3Error {
  return new S3Error("InvalidPolicyDocument", { message: `Invalid Policy: ${reason}` });
}

/** `\$` is how S3 wants a dollar sign written; JSON knows no such escape. */
function withoutDollars(json: string): string {
  return json.replace(/\\[\s\S]/g, (escape) => (escape === "\\$" ? "$" : escape));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(withoutDollars(text));
  } catch {
    throw invalid("Invalid JSON.");
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sizeOf(value: unknown): number {
  const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number === "number" && Number.isSafeInteger(number) && number >= 0) return number;
  throw invalid("Invalid 'content-length-range' condition.");
}

/** The condition an array stands for: an operator, and what it is about. */
function listed(condition: readonly unknown[]): FieldCondition | PostPolicy["range"] {
  const [operator, ...operands] = condition;
  const kind = typeof operator === "string" ? operator.toLowerCase() : "";
  if (operands.length !== 2) throw invalid("Invalid Condition: wrong number of arguments.");
  const [name, value] = operands;
  if (kind === "content-length-range") return { from: sizeOf(name), to: sizeOf(value) };
  if (kind !== "eq" && kind !== "starts-with") {
    throw invalid(`Invalid Condition: unknown operation '${kind}'.`);
  }
  if (typeof name !== "string" || typeof value !== "string" || !name.startsWith("$")) {
    throw invalid("Invalid Condition: a field and a text are needed.");
  }
  return { kind, name: name.slice(1).toLowerCase(), value };
}

/** The condition an object stands for: a field, and its value. */
function exact(condition: unknown): FieldCondition {
  const entries = isRecord(condition) ? Object.entries(condition) : [];
  const [name, value] = entries[0] ?? [];
  if (entries.length !== 1 || name === undefined || typeof value !== "string") {
    throw invalid("Invalid Simple-Condition: Simple-Conditions must have exactly one property.");
  }
  return { kind: "eq", name: name.toLowerCase(), value };
}

/**
 * Reads a policy.
 *
 * @param text base64, as it stands in the form
 * @throws S3Error InvalidPolicyDocument
 */
export function parsePolicy(text: string): PostPolicy {
  const bytes = fromBase64(text);
  const json = bytes === undefined ? undefined : textOf(bytes);
  if (json === undefined) throw invalid("Invalid base64 encoding.");
  const document = parseJson(json);
  if (!isRecord(document)) throw invalid("Invalid JSON.");
  const { expiration, conditions } = document;
  if (expiration === undefined) throw invalid("Policy missing expiration.");
  const expiresUnixMs = typeof expiration === "string" ? parseHttpDate(expiration) : undefined;
  if (expiresUnixMs === undefined) throw invalid("Invalid 'expiration' value.");
  if (!Array.isArray(conditions)) throw invalid("Policy missing conditions.");
  const fields: FieldCondition[] = [];
  let range: PostPolicy["range"];
  for (const condition of conditions as readonly unknown[]) {
    const read = Array.isArray(condition) ? listed(condition) : exact(condition);
    if (read !== undefined && "from" in read) range = read;
    else if (read !== undefined) fields.push(read);
  }
  return { expiresUnixMs, fields, range };
}

function denied(reason: string): S3Error {
  return new S3Error("AccessDenied", { message: `Invalid according to Policy: ${reason}` });
}

/** Fields that no condition has to allow: those that prove the policy, and those to be ignored. */
const freeFields: ReadonlySet<string> = new Set([
  "awsaccesskeyid",
  "signature",
  "policy",
  "x-amz-signature",
]);

/**
 * Holds a form against the policy it came with.
 *
 * @param fields names in lower case, without the file, and with the bucket
 * @throws S3Error AccessDenied
 */
export function checkPolicy(
  policy: PostPolicy,
  fields: ReadonlyMap<string, string>,
  nowUnixMs: number,
): void {
  if (policy.expiresUnixMs <= nowUnixMs) throw denied("Policy expired.");
  for (const { kind, name, value } of policy.fields) {
    const sent = fields.get(name) ?? "";
    const holds = kind === "eq" ? sent === value : sent.startsWith(value);
    if (!holds) {
      throw denied(`Policy Condition failed: ["${kind}", "$${name}", "${value}"]`);
    }
  }
  const allowed = new Set(policy.fields.map(({ name }) => name));
  for (const name of fields.keys()) {
    if (freeFields.has(name) || name.startsWith("x-ignore-") || allowed.has(name)) continue;
    throw denied(`Extra input fields: ${name}`);
  }
}

/**
 * Holds a file's length against the policy.
 *
 * @throws S3Error EntityTooLarge, EntityTooSmall
 */
export function checkRange({ range }: PostPolicy, sizeBytes: number): void {
  if (range === undefined) return;
  const ProposedSize = `${sizeBytes}`;
  if (sizeBytes > range.to) {
    const details = { ProposedSize, MaxSizeAllowed: `${range.to}` };
    throw new S3Error("EntityTooLarge", { details });
  }
  if (sizeBytes < range.from) {
    const details = { ProposedSize, MinSizeAllowed: `${range.from}` };
    throw new S3Error("EntityTooSmall", { details });
  }
}
