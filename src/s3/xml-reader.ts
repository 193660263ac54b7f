// A strict reader for the small documents that S3 requests carry: elements and text. Attributes are
// checked and dropped, prefixes cut off, and there are no DTDs, so that nothing can expand.
import { textOf } from "#base/bytes.ts";
import { S3Error } from "./s3-error.ts";

/** An element: the elements within it, or its text. */
export interface XmlElement {
  /** Without prefix. */
  readonly name: string;
  /** Text and CDATA sections within, in order, decoded. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/** S3's own documents are at most five levels deep. */
const depthMax = 16;
/** Ten thousand parts with a number, an ETag and a checksum are some 40,000 elements. */
const elementsMax = 100_000;

const nameForm = /[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?/y;
const attributeForm = /\s+[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?\s*=\s*(?:"[^<"]*"|'[^<']*')/y;
const whiteForm = /\s*/y;
const referenceForm = /&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));|&/g;

const named: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
};

function malformed(): S3Error {
  return new S3Error("MalformedXML");
}

function characterOf(codePoint: number): string {
  const isCharacter =
    codePoint > 0 && codePoint <= 0x10ffff && !(codePoint >= 0xd800 && codePoint <= 0xdfff);
  if (!isCharacter) throw malformed();
  return String.fromCodePoint(codePoint);
}

function decodeText(raw: string): string {
  const text = raw.includes("\r") ? raw.replace(/\r\n?/g, "\n") : raw;
  if (!text.includes("&")) return text;
  return text.replace(
    referenceForm,
    (_, hex: string | undefined, decimal: string | undefined, name: string | undefined) => {
      if (hex !== undefined) return characterOf(Number.parseInt(hex, 16));
      if (decimal !== undefined) return characterOf(Number(decimal));
      const character = name === undefined ? undefined : named[name];
      if (character === undefined) throw malformed();
      return character;
    },
  );
}

interface OpenElement {
  qualifiedName: string;
  name: string;
  text: string;
  children: XmlElement[];
}

class XmlReader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  #match(form: RegExp): string | undefined {
    form.lastIndex = this.#at;
    const found = form.exec(this.#source)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #skip(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** What stands up to `end`, and steps over it. */
  #until(end: string): string {
    const found = this.#source.indexOf(end, this.#at);
    if (found < 0) throw malformed();
    const text = this.#source.slice(this.#at, found);
    this.#at = found + end.length;
    return text;
  }

  /** White space, comments and processing instructions around the root. */
  #skipMisc(): void {
    for (;;) {
      this.#match(whiteForm);
      if (this.#skip("<!--")) this.#until("-->");
      else if (this.#skip("<?")) this.#until("?>");
      else return;
    }
  }

  document(): XmlElement {
    this.#skipMisc();
    const root = this.#root();
    this.#skipMisc();
    if (this.#at < this.#source.length) throw malformed();
    return root;
  }

  #root(): XmlElement {
    const open: OpenElement[] = [];
    let elements = 0;
    for (;;) {
      const top = open.at(-1);
      if (top !== undefined) {
        const raw = this.#textRun();
        if (raw !== "") top.text += decodeText(raw);
      }
      if (this.#skip("</")) {
        const closed = this.#close(open.pop());
        const parent = open.at(-1);
        if (parent === undefined) return closed;
        parent.children.push(closed);
      } else if (top !== undefined && this.#skip("<!--")) {
        this.#until("-->");
      } else if (top !== undefined && this.#skip("<![CDATA[")) {
        top.text += this.#until("]]>");
      } else {
        elements += 1;
        if (elements > elementsMax || open.length === depthMax) throw malformed();
        const { element, isEmpty } = this.#open();
        if (!isEmpty) open.push(element);
        else if (top === undefined) return element;
        else top.children.push(element);
      }
    }
  }

  /** The text up to the next markup. */
  #textRun(): string {
    const end = this.#source.indexOf("<", this.#at);
    if (end < 0) throw malformed();
    const text = this.#source.slice(this.#at, end);
    this.#at = end;
    return text;
  }

  #open(): { element: OpenElement; isEmpty: boolean } {
    if (!this.#skip("<")) throw malformed();
    const qualifiedName = this.#match(nameForm);
    if (qualifiedName === undefined) throw malformed();
    while (this.#match(attributeForm) !== undefined);
    this.#match(whiteForm);
    const isEmpty = this.#skip("/>");
    if (!isEmpty && !this.#skip(">")) throw malformed();
    const name = qualifiedName.slice(qualifiedName.indexOf(":") + 1);
    return { element: { qualifiedName, name, text: "", children: [] }, isEmpty };
  }

  #close(element: OpenElement | undefined): XmlElement {
    if (element === undefined || this.#match(nameForm) !== element.qualifiedName) throw malformed();
    this.#match(whiteForm);
    if (!this.#skip(">")) throw malformed();
    return element;
  }
}

/**
 * Reads a document.
 *
 * @throws S3Error MalformedXML where it is not well-formed, has a DTD, or is too deep or too large
 */
export function parseXml(bytes: Uint8Array): XmlElement {
  const text = textOf(bytes);
  if (text === undefined || text.includes("\0")) throw malformed();
  return new XmlReader(text.startsWith("\ufeff") ? text.slice(1) : text).document();
}

/** The first element `name` within another. */
export function child(parent: XmlElement, name: string): XmlElement | undefined {
  return parent.children.find((element) => element.name === name);
}

/** The text of the first element `name` within another. */
export function childText(parent: XmlElement, name: string): string | undefined {
  return child(parent, name)?.text;
}
