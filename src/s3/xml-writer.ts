import { utf8 } from "#base/bytes.ts";

// Beside markup, what XML 1.0 cannot hold or a reader would change: control characters, a bare
// carriage return, and the two code points that are no characters.
// eslint-disable-next-line no-control-regex -- control characters are meant
const special = /[&<>"\u0000-\u001f\u007f-\u009f\ufffe\uffff]/;
// eslint-disable-next-line no-control-regex -- control characters are meant
const specials = /[&<>"\u0000-\u001f\u007f-\u009f\ufffe\uffff]/g;

const named: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Text as it stands between tags. Control characters become character references, as S3 has it. */
export function escapeXml(text: string): string {
  if (!special.test(text)) return text;
  return text.replace(
    specials,
    (character) => named[character] ?? `&#x${character.charCodeAt(0).toString(16)};`,
  );
}

/** `<name>text</name>`. */
export function element(name: string, text: string | number | boolean): string {
  return `<${name}>${typeof text === "string" ? escapeXml(text) : `${text}`}</${name}>`;
}

/** `element`, or nothing where there is no text. */
export function optionalElement(name: string, text: string | number | undefined): string {
  return text === undefined ? "" : element(name, text);
}

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

/** A document of S3's namespace: `content` is what stands within the root. */
export function xmlDocument(root: string, content: string): Uint8Array<ArrayBuffer> {
  return utf8(`${declaration}<${root} xmlns="${namespace}">${content}</${root}>`);
}

/** A document without a namespace, as S3's errors are. */
export function plainXmlDocument(root: string, content: string): Uint8Array<ArrayBuffer> {
  return utf8(`${declaration}<${root}>${content}</${root}>`);
}
