/*
 * The conditions of a policy's statement: an operator, a fact of the request, and what it is to be.
 *
 *   { "IpAddress": { "aws:SourceIp": ["10.0.0.0/8", "fd00::/8"] },
 *     "StringLikeIfExists": { "s3:prefix": "home/*" } }
 *
 * Source:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
import { addressBlockOf, type AddressBlock, isInBlock } from "./address-block.ts";
import { fitsWildcards, listOf, malformedPolicy, recordOf, textsOf } from "./policy-text.ts";
import { S3Error } from "./s3-error.ts";

/** Facts of a request by condition key, in lower case; undefined where it has none. */
export type PolicyFacts = (key: string) => string | undefined;

/** One condition, whose values are alternatives. */
export interface Condition {
  readonly key: string;
  readonly operator: Operator;
  /** A request without the fact meets it. */
  readonly isIfExists: boolean;
  readonly values: readonly string[];
}

interface Operator {
  readonly name: string;
  /** None of the values may hold. */
  readonly isNegated: boolean;
  readonly holds: (fact: string, value: string) => boolean;
  readonly isValue: (value: string) => boolean;
}

const anyText = (): boolean => true;
const isNumber = (value: string): boolean => /^-?\d{1,15}(\.\d{1,10})?$/.test(value);

function block(value: string): AddressBlock {
  const found = addressBlockOf(value);
  if (found === undefined) throw malformedPolicy("Policy has an invalid condition value");
  return found;
}

type Test = Pick<Operator, "holds" | "isValue">;

/** A comparison by its name, and by the name of its contrary. */
function both(name: string, contrary: string, test: Test): Operator[] {
  return [
    { name, isNegated: false, ...test },
    { name: contrary, isNegated: true, ...test },
  ];
}

function numeric(name: string, holds: (fact: number, value: number) => boolean): Operator {
  return {
    name,
    isNegated: false,
    holds: (fact, value) => isNumber(fact) && holds(Number(fact), Number(value)),
    isValue: isNumber,
  };
}

const operators: ReadonlyMap<string, Operator> = new Map(
  [
    ...both("StringEquals", "StringNotEquals", {
      holds: (fact, value) => fact === value,
      isValue: anyText,
    }),
    ...both("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", {
      holds: (fact, value) => fact.toLowerCase() === value.toLowerCase(),
      isValue: anyText,
    }),
    ...both("StringLike", "StringNotLike", {
      holds: (fact, value) => fitsWildcards(value, fact),
      isValue: anyText,
    }),
    ...both("IpAddress", "NotIpAddress", {
      holds: (fact, value) => isInBlock(fact, block(value)),
      isValue: (value) => addressBlockOf(value) !== undefined,
    }),
    numeric("NumericEquals", (fact, value) => fact === value),
    { ...numeric("NumericNotEquals", (fact, value) => fact === value), isNegated: true },
    numeric("NumericLessThan", (fact, value) => fact < value),
    numeric("NumericLessThanEquals", (fact, value) => fact <= value),
    numeric("NumericGreaterThan", (fact, value) => fact > value),
    numeric("NumericGreaterThanEquals", (fact, value) => fact >= value),
  ].map((operator) => [operator.name, operator]),
);

/** Facts that requests have here, in lower case. Others would never hold, and are refused. */
const keys: ReadonlySet<string> = new Set([
  "aws:sourceip",
  "aws:referer",
  "aws:useragent",
  "s3:prefix",
  "s3:delimiter",
  "s3:max-keys",
  "s3:versionid",
  "s3:x-amz-copy-source",
  "s3:x-amz-metadata-directive",
  "s3:x-amz-storage-class",
]);

const ifExists = "IfExists";

function conditionOf(operatorName: string, key: string, value: unknown): Condition {
  const isIfExists = operatorName.endsWith(ifExists);
  const name = isIfExists ? operatorName.slice(0, -ifExists.length) : operatorName;
  const operator = operators.get(name);
  if (operator === undefined || !keys.has(key.toLowerCase())) {
    throw new S3Error("NotImplemented", {
      message: `The condition ${operatorName} of ${key} is not implemented`,
    });
  }
  const texts = listOf(value).map((one) => (typeof one === "number" ? `${one}` : one));
  const values = textsOf(texts, "Policy has an invalid condition value");
  if (!values.every(operator.isValue)) {
    throw malformedPolicy("Policy has an invalid condition value");
  }
  return { key: key.toLowerCase(), operator, isIfExists, values };
}

/**
 * Reads the element `Condition`.
 *
 * @throws S3Error MalformedPolicy, NotImplemented
 */
export function conditionsOf(value: unknown): Condition[] {
  if (value === undefined) return [];
  const named = recordOf(value);
  if (named === undefined) throw malformedPolicy("Policy has an invalid condition");
  return Object.entries(named).flatMap(([operatorName, tests]) => {
    const facts = recordOf(tests);
    if (facts === undefined) throw malformedPolicy("Policy has an invalid condition");
    return Object.entries(facts).map(([key, one]) => conditionOf(operatorName, key, one));
  });
}

function holds({ key, operator, isIfExists, values }: Condition, facts: PolicyFacts): boolean {
  const fact = facts(key);
  // What is not there is not what it may not be either.
  if (fact === undefined) return isIfExists || operator.isNegated;
  return values.some((value) => operator.holds(fact, value)) !== operator.isNegated;
}

/** Whether all conditions hold. */
export function isMet(conditions: readonly Condition[], facts: PolicyFacts): boolean {
  return conditions.every((condition) => holds(condition, facts));
}

/** Whether a condition lets only some places ask, so that what it allows is not public. */
export function isPinning({ key, operator, isIfExists, values }: Condition): boolean {
  return (
    key === "aws:sourceip" &&
    operator.name === "IpAddress" &&
    !isIfExists &&
    values.every((value) => block(value).prefixBits > 0)
  );
}
