// The rules of a bucket for browsers, as a document of S3.
import type { CorsRule } from "#format/index.ts";
import { corsRulesMax } from "#metadata/index.ts";
import { isCorsMethod } from "./cors.ts";
import { headerText } from "./object-headers.ts";
import { S3Error } from "./s3-error.ts";
import { childText, type XmlElement } from "./xml-reader.ts";
import { element, optionalElement, xmlDocument } from "./xml-writer.ts";

/** The texts of all elements `name` within another. */
function textsOf(parent: XmlElement, name: string): string[] {
  return parent.children.filter((one) => one.name === name).map(({ text }) => headerText(text));
}

function invalid(message: string): S3Error {
  return new S3Error("InvalidRequest", { message });
}

function checkWildcards(name: string, patterns: readonly string[]): void {
  const wrong = patterns.find((pattern) => pattern.split("*").length > 2);
  if (wrong === undefined) return;
  throw invalid(`${name} "${wrong}" can not have more than one wildcard.`);
}

/** The longest a rule's name may be; AWS's limit. */
const ruleIdLengthMax = 255;

function maxAgeOf(rule: XmlElement): number | undefined {
  const text = childText(rule, "MaxAgeSeconds")?.trim();
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text)) throw new S3Error("MalformedXML");
  return Number(text);
}

function ruleOf(element: XmlElement): CorsRule {
  const id = childText(element, "ID") ?? "";
  const allowedOrigins = textsOf(element, "AllowedOrigin");
  const allowedMethods = textsOf(element, "AllowedMethod");
  const allowedHeaders = textsOf(element, "AllowedHeader");
  const exposeHeaders = textsOf(element, "ExposeHeader");
  const isWhole = allowedOrigins.length > 0 && allowedMethods.length > 0;
  if (element.name !== "CORSRule" || !isWhole) throw new S3Error("MalformedXML");
  if (id.length > ruleIdLengthMax) throw invalid("The ID of a rule is too long.");
  const method = allowedMethods.find((one) => !isCorsMethod(one));
  if (method !== undefined) {
    throw invalid(`Found unsupported HTTP method in CORS config. Unsupported method is ${method}`);
  }
  checkWildcards("AllowedOrigin", allowedOrigins);
  checkWildcards("AllowedHeader", allowedHeaders);
  const exposed = exposeHeaders.find((one) => one.includes("*"));
  if (exposed !== undefined) {
    throw invalid(
      `ExposeHeader "${exposed}" contains wildcard. We currently do not support wildcard for ` +
        "ExposeHeader.",
    );
  }
  const maxAgeSeconds = maxAgeOf(element);
  return { id, allowedOrigins, allowedMethods, allowedHeaders, exposeHeaders, maxAgeSeconds };
}

/**
 * The rules in a document.
 *
 * @throws S3Error MalformedXML, InvalidRequest
 */
export function corsRulesOf({ name, children }: XmlElement): CorsRule[] {
  const isCounted = children.length > 0 && children.length <= corsRulesMax;
  if (name !== "CORSConfiguration" || !isCounted) throw new S3Error("MalformedXML");
  return children.map(ruleOf);
}

function elements(name: string, texts: readonly string[]): string {
  return texts.map((text) => element(name, text)).join("");
}

function ruleElement(rule: CorsRule): string {
  const content =
    optionalElement("ID", rule.id === "" ? undefined : rule.id) +
    elements("AllowedHeader", rule.allowedHeaders) +
    elements("AllowedMethod", rule.allowedMethods) +
    elements("AllowedOrigin", rule.allowedOrigins) +
    elements("ExposeHeader", rule.exposeHeaders) +
    optionalElement("MaxAgeSeconds", rule.maxAgeSeconds);
  return `<CORSRule>${content}</CORSRule>`;
}

/** The document that has these rules. */
export function corsDocument(rules: readonly CorsRule[]): Uint8Array {
  return xmlDocument("CORSConfiguration", rules.map(ruleElement).join(""));
}
