// Forms of browsers, however the network cuts them: the same fields and the same file as in one
// piece, all of them bytes that were sent, between boundaries.
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { concatBytes } from "#base/bytes.ts";
import { boundaryOf, FormReader } from "#s3/form-data.ts";
import { S3Error } from "#s3/s3-error.ts";
import { bytesOf, type FuzzTarget, latin1Of } from "./target.ts";

function part(head: string, value: string): string {
  return `Content-Disposition: form-data; ${head}\r\n\r\n${value}`;
}

const parts = fc.array(
  fc.constantFrom(
    part('name="key"', "photos/${filename}"),
    part('name="policy"', "e30="),
    part("name=bare", ""),
    part('name="a\\"b"; x="y"', "1\r\n--2"),
    `Content-Type: text/plain\r\n${part('name="Content-Type"', "image/png")}`,
    part('name="file"; filename="C:\\cats\\1.png"', "bytes\r\n-"),
    part('name="file"; filename=""', ""),
  ),
  { maxLength: 6 },
);

/** What came of a form, all of it as text in which a character is a byte. */
interface Form {
  readonly fields: readonly string[];
  readonly name: string;
  readonly sizeBytes: number;
  readonly file: string;
}

async function* cut(bytes: Uint8Array, sizeBytes: number): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < bytes.length; at += sizeBytes) {
    yield bytes.slice(at, at + sizeBytes);
  }
}

async function read(
  body: Uint8Array,
  { boundary, pieceSizeBytes }: { boundary: string; pieceSizeBytes: number },
): Promise<Form | string> {
  try {
    const reader = new FormReader(cut(body, pieceSizeBytes), boundary, body.length);
    const { fields, file } = await reader.read();
    const bytes: Uint8Array[] = [];
    for await (const piece of file.bytes) bytes.push(piece.slice());
    return {
      fields: fields.map(({ name, value }) => `${name}=${value}`),
      name: file.name,
      sizeBytes: file.sizeBytes,
      file: latin1Of(concatBytes(bytes)),
    };
  } catch (error) {
    if (error instanceof S3Error) return error.code;
    throw error;
  }
}

export const s3Form: FuzzTarget = {
  name: "s3-form",
  seeds: fc
    .tuple(parts, fc.constantFrom("b", "-", "----WebKitFormBoundary7"), fc.constantFrom(1, 3, 70))
    .map(([list, boundary, piece]) => {
      const body = list.map((one) => `--${boundary}\r\n${one}\r\n`).join("");
      const type = `multipart/form-data; boundary=${boundary}`;
      return bytesOf(`${piece} ${type}\n${body}--${boundary}--\r\n`);
    }),
  words: [
    "\r\n",
    "\r\n--b",
    "--b\r\n",
    "--",
    'Content-Disposition: form-data; name="',
    'filename="',
    '\\"',
    "boundary=",
    "\r\n\r\n",
  ],
  async check(input) {
    const end = input.indexOf(0x0a);
    const line = latin1Of(input.subarray(0, Math.max(end, 0)));
    const body = input.subarray(end + 1);
    const [piece = ""] = line.split(" ", 1);
    const boundary = boundaryOf(line.slice(piece.length + 1));
    if (boundary === undefined) return "no boundary";
    const pieceSizeBytes = /^[1-9]\d{0,5}$/.test(piece) ? Number(piece) : 5;
    const whole = await read(body, { boundary, pieceSizeBytes: Math.max(body.length, 1) });
    // Byte by byte a large one would take its square in time.
    const least = Math.ceil(body.length / 2_000);
    const pieces = { boundary, pieceSizeBytes: Math.max(pieceSizeBytes, least) };
    assert.deepEqual(await read(body, pieces), whole, "how it is cut does not matter");
    if (typeof whole === "string") return whole;
    const text = latin1Of(body);
    assert.equal(whole.sizeBytes, whole.file.length);
    // An empty one may share the line end that is before it.
    const file = whole.file === "" ? "\r\n" : `\r\n${whole.file}\r\n`;
    assert.ok(text.includes(`\r\n${file}--${boundary}`), "the file was sent so");
    assert.ok(!whole.file.includes(`\r\n--${boundary}`), "no boundary is in a file");
    assert.ok(!/[/\\]/.test(whole.name), "a file's name has no folders");
    return "read";
  },
};
