/**
 * The generated codecs against protobuf-es, which knows nothing of them, over all messages of
 * `proto/`.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  create,
  type DescEnum,
  type DescField,
  type DescMessage,
  fromBinary,
  type Message,
  ScalarType,
  toBinary,
} from "@bufbuild/protobuf";
import { reflect, type ReflectMessage } from "@bufbuild/protobuf/reflect";
import fc from "fast-check";
import * as format from "#format/index.ts";
import { FormatError } from "#format/index.ts";
import { generate, loadDescriptors } from "../../proto/generate.ts";

type Plain = Record<string, unknown>;

const files = loadDescriptors();
const messages: DescMessage[] = files.flatMap((file) => file.messages);
const doors = format as unknown as Record<string, (value: unknown) => unknown>;

function encode(desc: DescMessage, plain: Plain): Uint8Array {
  return doors[`encode${desc.name}`]?.(plain) as Uint8Array;
}

function decode(desc: DescMessage, bytes: Uint8Array): Plain {
  return doors[`decode${desc.name}`]?.(bytes) as Plain;
}

const whole = fc.oneof(
  fc.maxSafeNat(),
  fc.nat(300),
  fc.constantFrom(0, 127, 128, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER),
);
const word = fc.oneof(fc.nat(300), fc.constantFrom(0, 2 ** 31, 2 ** 32 - 1));

function scalar(field: DescField): fc.Arbitrary<unknown> {
  if (field.message !== undefined) return plainOf(field.message);
  if (field.enum !== undefined) return fc.constantFrom(...enumNames(field.enum));
  if (field.scalar === ScalarType.STRING) return fc.string({ unit: "binary", maxLength: 80 });
  if (field.scalar === ScalarType.BYTES) return fc.uint8Array({ maxLength: 200 });
  if (field.scalar === ScalarType.BOOL) return fc.boolean();
  return field.scalar === ScalarType.UINT64 ? whole : word;
}

function enumNames(type: DescEnum): string[] {
  const prefix = (type.sharedPrefix ?? "").length;
  return type.values.map(({ name }) => name.toLowerCase().slice(prefix).replaceAll("_", "-"));
}

/** Arbitrary plain objects of a message's interface. */
function plainOf(desc: DescMessage): fc.Arbitrary<Plain> {
  const required: Record<string, fc.Arbitrary<unknown>> = {};
  const optional: Record<string, fc.Arbitrary<unknown>> = {};
  for (const member of desc.members) {
    if (member.kind === "oneof") {
      const cases = member.fields.map((field) =>
        scalar(field).map((value) => ({ kind: field.localName, value })),
      );
      required[member.localName] = fc.oneof(fc.constant(undefined), ...cases);
    } else if (member.fieldKind === "list") {
      required[member.localName] = fc.array(scalar(member), { maxLength: 4 });
    } else if (member.proto.proto3Optional) optional[member.localName] = scalar(member);
    else required[member.localName] = scalar(member);
  }
  return fc
    .tuple(fc.record(required), fc.record(optional, { requiredKeys: [] }))
    .map(([a, b]) => ({ ...a, ...b }));
}

/** What protobuf-es read, as our interface has it. */
function plainFrom(message: ReflectMessage): Plain {
  const plain: Plain = {};
  for (const member of message.desc.members) {
    if (member.kind === "oneof") {
      const field = message.oneofCase(member);
      const value = field === undefined ? undefined : valueFrom(field, message.get(field));
      plain[member.localName] = field === undefined ? undefined : { kind: field.localName, value };
    } else if (member.fieldKind === "list") {
      const list = message.get(member) as Iterable<unknown>;
      plain[member.localName] = [...list].map((item) => valueFrom(member, item));
    } else if (message.isSet(member) || !member.proto.proto3Optional) {
      plain[member.localName] = valueFrom(member, message.get(member));
    }
  }
  return plain;
}

function valueFrom(field: DescField, value: unknown): unknown {
  if (field.message !== undefined) return plainFrom(value as ReflectMessage);
  if (field.enum !== undefined) return enumNames(field.enum)[value as number];
  return typeof value === "bigint" ? Number(value) : value;
}

function peerDecode(desc: DescMessage, bytes: Uint8Array): Plain {
  return plainFrom(reflect(desc, fromBinary(desc, bytes)));
}

function peerReencode(desc: DescMessage, bytes: Uint8Array): Uint8Array {
  return toBinary(desc, fromBinary(desc, bytes));
}

test("the generated files are current", () => {
  for (const [name, source] of generate(files)) {
    const path = new URL(`../../src/format/gen/${name}`, import.meta.url);
    assert.equal(readFileSync(path, "utf8"), source, `${name}: run npm run generate`);
  }
});

for (const desc of messages) {
  test(`F1 ${desc.name}: both codecs read what either wrote`, () => {
    fc.assert(
      fc.property(plainOf(desc), (plain) => {
        const bytes = encode(desc, plain);
        assert.deepEqual(decode(desc, bytes), plain);
        assert.deepEqual(peerDecode(desc, bytes), plain);
        assert.deepEqual(decode(desc, peerReencode(desc, bytes)), plain);
      }),
      { numRuns: 60 },
    );
  });

  test(`F1 ${desc.name}: cut or flipped bytes give a FormatError or a message, nothing else`, () => {
    fc.assert(
      fc.property(plainOf(desc), fc.nat(), fc.nat(255), (plain, at, flip) => {
        const bytes = encode(desc, plain);
        if (bytes.length === 0) return;
        const damaged = bytes.slice();
        damaged[at % bytes.length] = (damaged[at % bytes.length] ?? 0) ^ flip;
        for (const input of [damaged, bytes.subarray(0, at % bytes.length)]) {
          try {
            decode(desc, input);
          } catch (error) {
            assert.ok(error instanceof FormatError, String(error));
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test(`F2 ${desc.name}: fields of a newer program are kept and written back`, () => {
    const newer = new Uint8Array([0xf8, 0xff, 0x3, 0x7, 0xf2, 0xff, 0x3, 0x2, 0x41, 0x42]);
    fc.assert(
      fc.property(plainOf(desc), (plain) => {
        const bytes = encode(desc, plain);
        const extended = new Uint8Array([...bytes, ...newer]);
        const decoded = decode(desc, extended);
        assert.deepEqual(decoded["unknownFields"], newer);
        assert.deepEqual(encode(desc, decoded), extended);
      }),
      { numRuns: 10 },
    );
  });
}

test("F3 a number above 2^53 - 1 is refused", () => {
  const tooLarge = new Uint8Array([0x10, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]);
  assert.throws(() => format.decodeUnitId(tooLarge), FormatError);
  assert.throws(() => format.encodeUnitId({ epoch: 0, session: 2 ** 53, number: 0 }));
  const peer = messages.find(({ name }) => name === "UnitId");
  assert.ok(peer !== undefined);
  const largest: Message = create(peer, { session: BigInt(Number.MAX_SAFE_INTEGER) });
  assert.equal(format.decodeUnitId(toBinary(peer, largest)).session, Number.MAX_SAFE_INTEGER);
});
