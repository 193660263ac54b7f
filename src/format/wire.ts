import { assert } from "#base/assert.ts";
import { concatBytes } from "#base/bytes.ts";
import { Slab } from "#base/slab.ts";
import { FormatError } from "./format-error.ts";

/*
 * The protobuf wire format, as the generated codecs use it.
 * Source: protobuf.dev/programming-guides/encoding. Numbers stay `number`: up to 2^53 - 1.
 */

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const varintType = 0;
const fixed64Type = 1;
const lengthType = 2;
const fixed32Type = 5;

/** Strings up to this many characters are worth a loop of our own instead of a call. */
const shortTextLength = 48;

/** Collects the bytes of a message. One is shared by all encoders: encoding never waits. */
export class Writer {
  readonly #slab = new Slab();
  #bytes = new Uint8Array(4096);
  #length = 0;

  /** Starts over. */
  reset(): this {
    this.#length = 0;
    return this;
  }

  /** A copy of what was written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#slab.copy(this.#bytes.subarray(0, this.#length));
  }

  /** A whole number from 0 to 2^53 - 1. */
  varint(value: number): void {
    assert(
      Number.isSafeInteger(value) && value >= 0,
      "a protobuf number is whole and not negative",
    );
    this.#reserve(10);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = rest < 0x80000000 ? rest >>> 7 : Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  fixed32(value: number): void {
    assert(value >>> 0 === value, "a fixed32 has 32 bits");
    this.#reserve(4);
    for (let shift = 0; shift < 32; shift += 8) this.#bytes[this.#length++] = value >>> shift;
  }

  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.raw(value);
  }

  /** Bytes as they are, without a length: fields that are carried along unread. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  string(value: string): void {
    if (value.length <= shortTextLength && this.#shortAscii(value)) return;
    // A UTF-16 unit takes at most three bytes in UTF-8.
    const start = this.begin();
    this.#reserve(value.length * 3);
    const { written } = encoder.encodeInto(value, this.#bytes.subarray(this.#length));
    this.#length += written;
    this.end(start);
  }

  /** Leaves room for the length of what follows; `end` fills it in. */
  begin(): number {
    this.#reserve(1);
    return ++this.#length;
  }

  /** Ends what `begin` began, moving it where its length takes more than one byte. */
  end(start: number): void {
    const length = this.#length - start;
    if (length < 0x80) {
      this.#bytes[start - 1] = length;
      return;
    }
    const extra = varintSize(length) - 1;
    this.#reserve(extra);
    this.#bytes.copyWithin(start + extra, start, this.#length);
    this.#length = start - 1;
    this.varint(length);
    this.#length = start + extra + length;
  }

  #shortAscii(value: string): boolean {
    this.#reserve(value.length + 1);
    const start = this.#length;
    this.#bytes[this.#length++] = value.length;
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i);
      if (unit >= 0x80) {
        this.#length = start;
        return false;
      }
      this.#bytes[this.#length++] = unit;
    }
    return true;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
}

/** Above this the shared writer's buffer is not kept: one huge message must not pin its size. */
const keptBytesMax = 1024 * 1024;
let shared = new Writer();

/** Encodes one message into bytes of its own. */
export function encodeWith<T>(
  write: (writer: Writer, message: T) => void,
  message: T,
): Uint8Array<ArrayBuffer> {
  write(shared.reset(), message);
  const bytes = shared.finish();
  if (bytes.length > keptBytesMax) shared = new Writer();
  return bytes;
}

/** Takes a message apart. Everything it meets is checked; what it gives are views of its bytes. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #position: number;
  #fieldStart = 0;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.#position >= this.#end;
  }

  /** The next field's tag: number * 8 + wire type. */
  tag(): number {
    this.#fieldStart = this.#position;
    const tag = this.varint();
    if (tag < 8 || tag > 0xffffffff) throw malformed("a field has the number 0 or one too large");
    return tag;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) throw malformed("a number is larger than 2^53 - 1");
        return value;
      }
      scale *= 0x80;
    }
    throw malformed("a number has more than ten bytes");
  }

  uint32(): number {
    const value = this.varint();
    if (value > 0xffffffff) throw malformed("a 32-bit number is larger than 2^32 - 1");
    return value;
  }

  bool(): boolean {
    return this.varint() !== 0;
  }

  fixed32(): number {
    let value = 0;
    for (let shift = 0; shift < 32; shift += 8) value |= this.#byte() << shift;
    return value >>> 0;
  }

  bytes(): Uint8Array {
    const length = this.#length();
    const start = this.#position;
    this.#position = start + length;
    return this.#bytes.subarray(start, this.#position);
  }

  string(): string {
    const bytes = this.bytes();
    if (bytes.length <= shortTextLength) {
      const text = shortAscii(bytes);
      if (text !== undefined) return text;
    }
    try {
      return decoder.decode(bytes);
    } catch {
      throw malformed("a string is not UTF-8");
    }
  }

  /** A reader of the message or the packed numbers that follow. */
  nested(): Reader {
    const length = this.#length();
    const start = this.#position;
    this.#position = start + length;
    return new Reader(this.#bytes, start, this.#position);
  }

  /** Steps over a field this program does not know and gives it whole, tag and all. */
  unknown(tag: number): Uint8Array {
    const type = tag % 8;
    if (type === varintType) this.#skipVarint();
    else if (type === fixed64Type) this.#skip(8);
    else if (type === lengthType) this.#skip(this.#length());
    else if (type === fixed32Type) this.#skip(4);
    else throw malformed(`a field has the wire type ${type}`);
    return this.#bytes.subarray(this.#fieldStart, this.#position);
  }

  // A 64-bit number of a field that is not ours may be larger than ours can be.
  #skipVarint(): void {
    for (let count = 0; count < 10; count++) if (this.#byte() < 0x80) return;
    throw malformed("a number has more than ten bytes");
  }

  #byte(): number {
    if (this.#position >= this.#end) throw malformed("a message ends in mid-field");
    return this.#bytes[this.#position++] ?? 0;
  }

  #length(): number {
    const length = this.varint();
    if (length > this.#end - this.#position) throw malformed("a field is longer than its message");
    return length;
  }

  #skip(count: number): void {
    if (count > this.#end - this.#position) throw malformed("a message ends in mid-field");
    this.#position += count;
  }
}

function shortAscii(bytes: Uint8Array): string | undefined {
  let text = "";
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte >= 0x80) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

function malformed(message: string): FormatError {
  return new FormatError("malformed", message);
}

/** A message field that must be there is not. */
export function missing(message: string, field: string): FormatError {
  return new FormatError("malformed", `${message} lacks its field ${field}`);
}

/** The name of an enum's number. */
export function enumName<T extends string>(names: readonly T[], value: number): T {
  const name = names[value];
  if (name === undefined) throw malformed(`an enum has the unknown number ${value}`);
  return name;
}

/** Fields this program does not know, one behind the other. */
export function joinUnknown(known: Uint8Array | undefined, next: Uint8Array): Uint8Array {
  return concatBytes(known === undefined ? [next] : [known, next]);
}
