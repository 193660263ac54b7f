// Tags as requests carry them: what they may be, and the fields of writes and answers.
import type { Tag, TagSet } from "#format/index.ts";
import {
  tagKeyLengthMax,
  tagsPerBucketMax,
  tagsPerVersionMax,
  tagValueLengthMax,
} from "#metadata/index.ts";
import type { HttpHeaders } from "./http.ts";
import { headerValue } from "./headers.ts";
import { S3Error } from "./s3-error.ts";
import { parseTarget, type QueryParameter } from "./target.ts";
import { child, childText, type XmlElement } from "./xml-reader.ts";

const tagCharacter = String.raw`[\p{L}\p{Z}\p{N}_.:/=+\-@]`;
const keyForm = new RegExp(`^${tagCharacter}{1,${tagKeyLengthMax}}$`, "u");
const valueForm = new RegExp(`^${tagCharacter}{0,${tagValueLengthMax}}$`, "u");

function invalidTag(message: string, key: string): S3Error {
  return new S3Error("InvalidTag", { message, details: { TagKey: key } });
}

/**
 * Checks what S3 asks of a set of tags.
 *
 * @throws S3Error InvalidTag
 */
export function checkTags(tags: readonly Tag[], owner: TagOwner): void {
  const keys = new Set<string>();
  for (const { key, value } of tags) {
    if (!keyForm.test(key)) {
      throw invalidTag("The TagKey you have provided is invalid", key);
    }
    if (!valueForm.test(value)) {
      throw invalidTag("The TagValue you have provided is invalid", key);
    }
    if (key.startsWith("aws:")) {
      throw invalidTag("System tags cannot be added/updated by requester", key);
    }
    if (keys.has(key)) throw invalidTag("Cannot provide multiple Tags with the same key", key);
    keys.add(key);
  }
  if (tags.length > owner.countMax) {
    throw new S3Error("InvalidTag", {
      message: `${owner.name} tags cannot be greater than ${owner.countMax}`,
    });
  }
}

/** Whose tags, and how many it may have. */
interface TagOwner {
  readonly name: string;
  readonly countMax: number;
}

export const tagsOfObject: TagOwner = { name: "Object", countMax: tagsPerVersionMax };
export const tagsOfBucket: TagOwner = { name: "Bucket", countMax: tagsPerBucketMax };

/** The elements `Tag` of a set. */
function tagsIn(set: XmlElement): Tag[] {
  return set.children.map((tag) => {
    const [key, value] = [childText(tag, "Key"), childText(tag, "Value")];
    if (tag.name !== "Tag" || key === undefined || value === undefined) {
      throw new S3Error("MalformedXML");
    }
    return { key, value };
  });
}

/**
 * The tags that a new bucket's configuration brings.
 *
 * @throws S3Error MalformedXML, InvalidTag
 */
export function tagsOfConfiguration(configuration: XmlElement | undefined): TagSet | undefined {
  const set = configuration === undefined ? undefined : child(configuration, "Tags");
  if (set === undefined) return undefined;
  const tags = tagsIn(set);
  checkTags(tags, tagsOfBucket);
  return { tags };
}

/**
 * The tags in a document.
 *
 * @throws S3Error MalformedXML
 */
export function tagsOfTagging(document: XmlElement): Tag[] {
  const set = document.name === "Tagging" ? child(document, "TagSet") : undefined;
  if (set === undefined) throw new S3Error("MalformedXML");
  return tagsIn(set);
}

/**
 * The tags that a document gives a new version.
 *
 * @throws S3Error MalformedXML, InvalidTag
 */
export function tagsOfDocument(document: XmlElement): TagSet {
  const tags = tagsOfTagging(document);
  checkTags(tags, tagsOfObject);
  return { tags };
}

function parametersOf(text: string): readonly QueryParameter[] {
  try {
    return parseTarget(`/?${text}`).query;
  } catch (cause) {
    throw new S3Error("InvalidArgument", {
      message:
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query " +
        "parameters without tag name duplicates.",
      details: { ArgumentName: "x-amz-tagging", ArgumentValue: text },
      cause,
    });
  }
}

/**
 * The tags that `x-amz-tagging` gives a new version: `key=value&key=value`, percent-encoded.
 *
 * @throws S3Error InvalidArgument, InvalidTag
 */
export function tagsOfHeaders(headers: HttpHeaders): TagSet | undefined {
  const text = headerValue(headers, "x-amz-tagging");
  if (text === undefined) return undefined;
  const tags = parametersOf(text).map(({ name, value }) => ({ key: name, value }));
  checkTags(tags, tagsOfObject);
  return { tags };
}

/** The field that tells how many tags a version has; none where it has none. */
export function tagCountHeaders(tags: TagSet | undefined): Record<string, string> {
  return tags === undefined ? {} : { "x-amz-tagging-count": `${tags.tags.length}` };
}
