// All messages of `proto/`, arbitrary ones of each, and protobuf-es, which knows nothing of ours.
import {
  type DescEnum,
  type DescField,
  type DescFile,
  type DescMessage,
  fromBinary,
  ScalarType,
  toBinary,
} from "@bufbuild/protobuf";
import { reflect, type ReflectMessage } from "@bufbuild/protobuf/reflect";
import fc from "fast-check";
import * as format from "#format/index.ts";
import { loadDescriptors } from "../../proto/generate.ts";

/** A message as our interfaces have it. */
export type Plain = Record<string, unknown>;

export const files: DescFile[] = loadDescriptors();
export const messages: DescMessage[] = files.flatMap((file) => file.messages);
const doors = format as unknown as Record<string, (value: unknown) => unknown>;

export function encode(desc: DescMessage, plain: Plain): Uint8Array {
  return doors[`encode${desc.name}`]?.(plain) as Uint8Array;
}

export function decode(desc: DescMessage, bytes: Uint8Array): Plain {
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
export function plainOf(desc: DescMessage): fc.Arbitrary<Plain> {
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

export function peerDecode(desc: DescMessage, bytes: Uint8Array): Plain {
  return plainFrom(reflect(desc, fromBinary(desc, bytes)));
}

export function peerReencode(desc: DescMessage, bytes: Uint8Array): Uint8Array {
  return toBinary(desc, fromBinary(desc, bytes));
}
