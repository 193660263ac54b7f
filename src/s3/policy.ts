/*
 * A bucket's policy: who may do what with what, and who may not, whoever else says so.
 *
 *   { "Version": "2012-10-17",
 *     "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
 *                     "Resource": "arn:aws:s3:::photos/public/*" }] }
 *
 * What is not understood in full is refused when it is set, so that nothing is passed over later.
 *
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
import {
  type Condition,
  conditionsOf,
  isPinning,
  isMet,
  type PolicyFacts,
} from "./policy-conditions.ts";
import { fitsWildcards, listOf, malformedPolicy, recordOf, textsOf } from "./policy-text.ts";

/** Patterns of which one must fit, or none. */
interface Patterns {
  readonly isExcept: boolean;
  readonly patterns: readonly string[];
}

interface Statement {
  readonly effect: "Allow" | "Deny";
  /** Accounts as AWS names them; `*` is everyone. */
  readonly principals: Patterns;
  /** In lower case. */
  readonly actions: Patterns;
  /** `bucket` or `bucket/key`. */
  readonly resources: Patterns;
  readonly conditions: readonly Condition[];
}

/** A policy that was understood. */
export interface BucketPolicy {
  readonly statements: readonly Statement[];
}

/** What somebody wants to do. */
export interface PolicyRequest {
  /** Empty where nobody says who asks. */
  readonly account: string;
  /** `s3:GetObject`. */
  readonly action: string;
  /** `bucket` or `bucket/key`. */
  readonly resource: string;
  readonly facts: PolicyFacts;
}

const arnPrefix = "arn:aws:s3:::";

/** An element of a statement, or its contrary: `Action`, `NotAction`. */
function either(
  statement: Readonly<Record<string, unknown>>,
  name: string,
  read: (value: unknown) => readonly string[],
): Patterns {
  const [wanted, except] = [statement[name], statement[`Not${name}`]];
  if ((wanted === undefined) === (except === undefined)) {
    throw malformedPolicy(`Missing required field ${name}`);
  }
  return { isExcept: except !== undefined, patterns: read(wanted ?? except) };
}

/** Whom a principal names. Services and federated users are kept, and are nobody here. */
function principalsOf(value: unknown): readonly string[] {
  if (value === "*") return ["*"];
  const kinds = recordOf(value);
  if (kinds === undefined) throw malformedPolicy("Invalid principal in policy");
  return Object.entries(kinds).flatMap(([kind, names]) => {
    const isKnown = ["AWS", "CanonicalUser", "Service", "Federated"].includes(kind);
    if (!isKnown) throw malformedPolicy("Invalid principal in policy");
    const texts = textsOf(names, "Invalid principal in policy");
    return kind === "AWS" || kind === "CanonicalUser" ? texts : [];
  });
}

function actionsOf(value: unknown): readonly string[] {
  return textsOf(value, "Policy has invalid action").map((text) => {
    const action = text.toLowerCase();
    if (action === "*" || /^s3:[a-z*?]+$/.test(action)) return action;
    throw malformedPolicy("Policy has invalid action");
  });
}

/** Resources of this bucket; a pattern may be about others as well. */
function resourcesOf(value: unknown, bucket: string): readonly string[] {
  return textsOf(value, "Policy has invalid resource").map((text) => {
    const pattern = text === "*" ? text : text.slice(arnPrefix.length);
    const isArn = text === "*" || text.startsWith(arnPrefix);
    const slash = pattern.indexOf("/");
    const isOurs = fitsWildcards(slash < 0 ? pattern : pattern.slice(0, slash), bucket);
    if (!isArn || !isOurs) throw malformedPolicy("Policy has invalid resource");
    return pattern;
  });
}

const elements: ReadonlySet<string> = new Set([
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
]);

function statementOf(value: unknown, bucket: string): Statement {
  const statement = recordOf(value);
  if (statement === undefined) throw malformedPolicy("Invalid statement");
  const unknown = Object.keys(statement).find((name) => !elements.has(name));
  if (unknown !== undefined) throw malformedPolicy(`Unknown field ${unknown}`);
  const { Effect: effect, Sid: sid } = statement;
  if (effect !== "Allow" && effect !== "Deny") throw malformedPolicy("Invalid effect");
  if (sid !== undefined && typeof sid !== "string") throw malformedPolicy("Invalid statement id");
  return {
    effect,
    principals: either(statement, "Principal", principalsOf),
    actions: either(statement, "Action", actionsOf),
    resources: either(statement, "Resource", (one) => resourcesOf(one, bucket)),
    conditions: conditionsOf(statement["Condition"]),
  };
}

/**
 * Reads a bucket's policy.
 *
 * @throws S3Error MalformedPolicy, or NotImplemented for what is good and not known here
 */
export function parseBucketPolicy(text: string, bucket: string): BucketPolicy {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw malformedPolicy("Policies must be valid JSON and the first byte must be '{'");
  }
  const document = recordOf(json);
  if (document === undefined) {
    throw malformedPolicy("Policies must be valid JSON and the first byte must be '{'");
  }
  const { Version: version, Id: id, Statement: statement, ...others } = document;
  const isKnown = version === undefined || version === "2012-10-17" || version === "2008-10-17";
  if (!isKnown) throw malformedPolicy("The policy must contain a valid version string");
  const isIdText = id === undefined || typeof id === "string";
  if (!isIdText || Object.keys(others).length > 0) throw malformedPolicy("Unknown field");
  const list = listOf(statement);
  if (list.length === 0) throw malformedPolicy("Missing required field Statement");
  return { statements: list.map((one) => statementOf(one, bucket)) };
}

function fits({ isExcept, patterns }: Patterns, text: string): boolean {
  return patterns.some((pattern) => fitsWildcards(pattern, text)) !== isExcept;
}

function concerns({ isExcept, patterns }: Patterns, account: string): boolean {
  const names = account === "" ? ["*"] : ["*", account, `arn:aws:iam::${account}:root`];
  return patterns.some((pattern) => names.includes(pattern)) !== isExcept;
}

/** What a policy says of a request; nothing where it does not speak of it. */
export function decide(policy: BucketPolicy, request: PolicyRequest): "Allow" | "Deny" | undefined {
  let verdict: "Allow" | undefined;
  const action = request.action.toLowerCase();
  for (const statement of policy.statements) {
    const isMeant =
      concerns(statement.principals, request.account) &&
      fits(statement.actions, action) &&
      fits(statement.resources, request.resource) &&
      isMet(statement.conditions, request.facts);
    if (!isMeant) continue;
    if (statement.effect === "Deny") return "Deny";
    verdict = "Allow";
  }
  return verdict;
}

/** Whether a policy lets everyone do something, wherever they are. */
export function isPublicPolicy({ statements }: BucketPolicy): boolean {
  return statements.some(
    ({ effect, principals, conditions }) =>
      effect === "Allow" && concerns(principals, "") && !conditions.some(isPinning),
  );
}
