/*
 * A form as browsers upload it (RFC 7578): fields, then the file, which S3 wants last.
 *
 *   --boundary\r\n
 *   Content-Disposition: form-data; name="key"\r\n
 *   \r\n
 *   photos/1.png\r\n
 *   --boundary\r\n
 *   Content-Disposition: form-data; name="file"; filename="1.png"\r\n
 *   Content-Type: image/png\r\n
 *   \r\n
 *   <the file>\r\n
 *   --boundary--\r\n
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html
 */
import { concatBytes, emptyBytes, kib, mib } from "#base/bytes.ts";
import { S3Error } from "./s3-error.ts";

/** What stands before the file; AWS's limit. */
const fieldsSizeBytesMax = 20 * kib;
/** A file whose end is looked for before it is stored. Of a larger one the length tells the end. */
const wholeSizeBytesMax = 1 * mib;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** A field of a form; its value a character a byte. */
export interface FormField {
  /** In lower case. */
  readonly name: string;
  readonly value: string;
}

/** The file of a form, not read yet. */
export interface FormFile {
  /** As the client calls it, without the folders it has there; one character a byte. */
  readonly name: string;
  readonly sizeBytes: number;
  /** To be iterated once, to its end: what stands behind the file is read as well. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

function malformed(): S3Error {
  return new S3Error("MalformedPOSTRequest");
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Where `pattern`, which begins with a carriage return, stands in `bytes`; -1 where it does not. */
function indexOfBytes(bytes: Uint8Array, pattern: Uint8Array, from = 0): number {
  for (let at = bytes.indexOf(carriageReturn, from); at >= 0;) {
    let count = 1;
    while (count < pattern.length && bytes[at + count] === pattern[count]) count += 1;
    if (count === pattern.length) return at;
    at = bytes.indexOf(carriageReturn, at + 1);
  }
  return -1;
}

/** The boundary that a content type names. */
export function boundaryOf(contentType: string): string | undefined {
  const [, quoted, bare] =
    /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType) ?? [];
  return quoted ?? bare;
}

/** A parameter of a part's `Content-Disposition`, where it has it. */
function parameterOf(disposition: string, name: string): string | undefined {
  const form = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;]*))`, "i");
  const [, quoted, bare] = form.exec(disposition) ?? [];
  return quoted?.replaceAll('\\"', '"') ?? bare;
}

/** A form on its way in: its fields first, then its file. */
export class FormReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  /** What ends a part: a line end and the boundary. */
  readonly #delimiter: Uint8Array;
  /** Bytes of the request that have not come yet. */
  #leftBytes: number;
  #buffer: Uint8Array = emptyBytes;

  constructor(source: AsyncIterable<Uint8Array>, boundary: string, sizeBytes: number) {
    this.#pieces = source[Symbol.asyncIterator]();
    this.#delimiter = bytesOf(`\r\n--${boundary}`);
    this.#leftBytes = sizeBytes;
  }

  /** Adds what comes next to the buffer; false at the end. */
  async #more(): Promise<boolean> {
    const next = await this.#pieces.next();
    if (next.done === true) return false;
    this.#leftBytes -= next.value.length;
    if (this.#leftBytes < 0) throw new S3Error("IncompleteBody");
    this.#buffer = concatBytes([this.#buffer, next.value]);
    return true;
  }

  /** Takes what stands before `pattern` out of the buffer, and `pattern` with it. */
  async #upTo(
    pattern: Uint8Array,
    sizeBytesMax: number,
    tooLarge: () => S3Error,
  ): Promise<Uint8Array> {
    for (let from = 0; ;) {
      const end = indexOfBytes(this.#buffer, pattern, from);
      if (end > sizeBytesMax || (end < 0 && this.#buffer.length > sizeBytesMax + pattern.length)) {
        throw tooLarge();
      }
      if (end >= 0) {
        const taken = this.#buffer.subarray(0, end);
        this.#buffer = this.#buffer.subarray(end + pattern.length);
        return taken;
      }
      from = Math.max(0, this.#buffer.length - pattern.length);
      if (!(await this.#more())) throw malformed();
    }
  }

  /**
   * Reads the form up to the first byte of its file.
   *
   * @throws S3Error MalformedPOSTRequest, MaxPostPreDataLengthExceededError, or InvalidArgument
   * where there is no file
   */
  async read(): Promise<{ fields: FormField[]; file: FormFile }> {
    const fields: FormField[] = [];
    let left = fieldsSizeBytesMax;
    const take = async (pattern: Uint8Array): Promise<Uint8Array> => {
      const tooLarge = (): S3Error => new S3Error("MaxPostPreDataLengthExceededError");
      const taken = await this.#upTo(pattern, left, tooLarge);
      left -= taken.length;
      return taken;
    };
    // The first boundary begins the body, or a line of what is before it.
    this.#buffer = Uint8Array.of(carriageReturn, lineFeed);
    await take(this.#delimiter);
    const lineEnd = bytesOf("\r\n");
    for (;;) {
      const rest = latin1(await take(lineEnd));
      if (rest.startsWith("--")) throw noFile();
      if (rest.trim() !== "") throw malformed();
      const disposition = await this.#disposition(() => take(lineEnd));
      const name = parameterOf(disposition, "name")?.toLowerCase();
      if (name === undefined) throw malformed();
      if (name === "file") return { fields, file: await this.#file(disposition) };
      // A value may be empty, so that the delimiter's line end is the one before it.
      this.#buffer = concatBytes([lineEnd, this.#buffer]);
      fields.push({ name, value: latin1((await take(this.#delimiter)).subarray(2)) });
    }
  }

  /** The `Content-Disposition` among a part's header lines. */
  async #disposition(line: () => Promise<Uint8Array>): Promise<string> {
    let disposition = "";
    for (;;) {
      const text = latin1(await line());
      if (text === "") return disposition;
      const [, value] = /^content-disposition:(.*)$/i.exec(text) ?? [];
      if (value !== undefined) disposition = value;
    }
  }

  async #file(disposition: string): Promise<FormFile> {
    const path = parameterOf(disposition, "filename") ?? "";
    const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
    const restBytes = this.#buffer.length + this.#leftBytes;
    if (restBytes <= wholeSizeBytesMax) return { name, ...(await this.#wholeFile()) };
    const sizeBytes = restBytes - this.#delimiter.length - "--\r\n".length;
    return { name, sizeBytes, bytes: this.#longFile(sizeBytes) };
  }

  /** A file that is read at once. Fields behind it are passed over, as with AWS. */
  async #wholeFile(): Promise<Pick<FormFile, "sizeBytes" | "bytes">> {
    const lineEnd = bytesOf("\r\n");
    this.#buffer = concatBytes([lineEnd, this.#buffer]);
    const file = (await this.#upTo(this.#delimiter, wholeSizeBytesMax, malformed)).subarray(2);
    while (await this.#more());
    async function* bytes(): AsyncGenerator<Uint8Array, void, void> {
      if (file.length > 0) yield file;
    }
    return { sizeBytes: file.length, bytes: bytes() };
  }

  /** A file that ends where the form does. */
  async *#longFile(sizeBytes: number): AsyncGenerator<Uint8Array, void, void> {
    const delimiter = this.#delimiter;
    let leftBytes = sizeBytes;
    while (leftBytes > 0) {
      // What could be the beginning of a delimiter waits for what comes behind it.
      const end = indexOfBytes(this.#buffer, delimiter);
      if (end >= 0 && end < leftBytes) throw malformed();
      const known = Math.min(leftBytes, this.#buffer.length - delimiter.length + 1);
      if (known > 0) {
        const piece = this.#buffer.subarray(0, known);
        this.#buffer = this.#buffer.subarray(known);
        leftBytes -= known;
        yield piece;
      }
      if (leftBytes > 0 && !(await this.#more())) throw new S3Error("IncompleteBody");
    }
    while (await this.#more());
    const end = latin1(this.#buffer);
    if (end !== `${latin1(delimiter)}--\r\n`) throw malformed();
  }
}

function noFile(): S3Error {
  return new S3Error("InvalidArgument", {
    message: "POST requires exactly one file upload per request.",
    details: { ArgumentName: "file", ArgumentValue: "0" },
  });
}
