import type { HttpHeaders } from "./http.ts";

/** A header field's value, several joined as HTTP has it; undefined where it was not sent. */
export function headerValue(headers: HttpHeaders, name: string): string | undefined {
  const values = headers[name];
  if (values === undefined) return undefined;
  return values.length === 1 ? values[0] : values.join(", ");
}

const linearWhite = /[ \t]{2,}|\t/g;

function trimmed(value: string): string {
  const text = value.trim();
  return text.includes("  ") || text.includes("\t") ? text.replace(linearWhite, " ") : text;
}

/**
 * A header field's value as SigV4 signs it: trimmed, runs of white space one space, joined by `,`.
 */
export function canonicalHeaderValue(headers: HttpHeaders, name: string): string | undefined {
  const values = headers[name];
  if (values === undefined) return undefined;
  return values.length === 1 ? trimmed(values[0] ?? "") : values.map(trimmed).join(",");
}
