import { textOf } from "#base/bytes.ts";
import { CheckError } from "#sim/check-error.ts";

/** A page of ListObjectsV2, as a client reads it. */
export interface ListingPage {
  objects: { key: string; md5: string; sizeBytes: number }[];
  /** Where the next page goes on, or undefined on the last. */
  continuation: string | undefined;
}

/** Reads the XML of a page. */
export function parseListing(body: Uint8Array): ListingPage {
  const text = textOf(body);
  if (text === undefined) throw new CheckError("listings are XML", "not UTF-8");
  const objects = [...text.matchAll(/<Contents>(.*?)<\/Contents>/gs)].map(([, fields = ""]) => ({
    key: fieldOf(fields, "Key"),
    md5: fieldOf(fields, "ETag").replaceAll('"', ""),
    sizeBytes: Number(fieldOf(fields, "Size")),
  }));
  const isTruncated = fieldOf(text, "IsTruncated") === "true";
  return {
    objects,
    continuation: isTruncated ? fieldOf(text, "NextContinuationToken") : undefined,
  };
}

/** The text of the first element of this name. */
export function fieldOf(text: string, name: string): string {
  const found = new RegExp(`<${name}>(.*?)</${name}>`, "s").exec(text)?.[1];
  if (found === undefined) throw new CheckError("listings are XML", `no ${name} in ${text}`);
  return found.replaceAll(/&(lt|gt|amp|quot|apos|#x?[0-9a-fA-F]+);/g, (_, name: string) =>
    characterOf(name),
  );
}

function characterOf(name: string): string {
  if (name.startsWith("#x")) return String.fromCodePoint(Number.parseInt(name.slice(2), 16));
  if (name.startsWith("#")) return String.fromCodePoint(Number(name.slice(1)));
  return { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" }[name] ?? name;
}
