/**
 * Makes `src/format/gen/*.ts` from `proto/hamster/*.proto`: one plain interface a message, with a
 * straight-line encoder and decoder. `--check` writes nothing and fails where a file is not
 * current.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import {
  createFileRegistry,
  type DescEnum,
  type DescField,
  type DescFile,
  type DescMessage,
  type DescOneof,
  fromBinary,
  ScalarType,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";

const root: string = join(import.meta.dirname, "..");
const target: string = join(root, "src/format/gen");

/** The descriptors of all `.proto` files, in the order of their names. */
export function loadDescriptors(): DescFile[] {
  const folder = mkdtempSync(join(tmpdir(), "hamster-proto-"));
  try {
    const image = join(folder, "image.binpb");
    const buf = join(root, "node_modules/.bin/buf");
    execFileSync(buf, ["build", "--as-file-descriptor-set", "-o", image], { cwd: root });
    const set = fromBinary(FileDescriptorSetSchema, readFileSync(image));
    return [...createFileRegistry(set).files].sort((a, b) => (a.name < b.name ? -1 : 1));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The generated files, by name. */
export function generate(files: readonly DescFile[]): Map<string, string> {
  const sources = new Map<string, string>();
  for (const file of files) sources.set(`${moduleOf(file)}.ts`, fileSource(file));
  sources.set("index.ts", indexSource(files));
  return sources;
}

function moduleOf(file: DescFile): string {
  return basename(file.name).replaceAll("_", "-");
}

function header(from: string): string {
  return `// Generated from ${from} by \`npm run generate\`. Do not edit.\n`;
}

function indexSource(files: readonly DescFile[]): string {
  const lines: string[] = [header("proto/")];
  for (const file of files) {
    const types = [...file.messages, ...file.enums].map((type) => `type ${type.name}`);
    const functions = file.messages.flatMap(({ name }) => [`decode${name}`, `encode${name}`]);
    const names = [...functions, ...types].join(", ");
    if (names !== "") lines.push(`export { ${names} } from "./${moduleOf(file)}.ts";`);
  }
  return `${lines.join("\n")}\n`;
}

function fileSource(file: DescFile): string {
  const body = [...file.enums.map(enumSource), ...file.messages.map(messageSource)].join("\n");
  const used = ["encodeWith", "enumName", "joinUnknown", "missing"].filter((name) =>
    body.includes(`${name}(`),
  );
  const wire = [...used, "Reader", "type Writer"].join(", ");
  const imports = [`import { ${wire} } from "#format/wire.ts";`, ...importsOf(file)];
  return `${header(`proto/${file.name}.proto`)}\n${imports.join("\n")}\n\n${body}`;
}

function importsOf(file: DescFile): string[] {
  const names = new Map<string, Set<string>>();
  for (const field of file.messages.flatMap((message) => message.fields)) {
    const type = field.message ?? field.enum;
    if (type === undefined || type.file.name === file.name) continue;
    const module = moduleOf(type.file);
    const set = names.get(module) ?? new Set();
    names.set(module, set.add(`type ${type.name}`));
    if (type.kind === "message") set.add(`read${type.name}`).add(`write${type.name}`);
    else set.add(`${constantOf(type)}Names`);
  }
  const lines: string[] = [];
  for (const [module, set] of [...names].sort(([a], [b]) => (a < b ? -1 : 1))) {
    lines.push(`import { ${[...set].sort().join(", ")} } from "./${module}.ts";`);
  }
  return lines;
}

function enumSource(type: DescEnum): string {
  const prefix = type.sharedPrefix ?? "";
  const names = type.values.map((value, i) => {
    if (value.number !== i) throw new Error(`${type.typeName}: number its values 0, 1, 2, ...`);
    return JSON.stringify(value.name.toLowerCase().slice(prefix.length).replaceAll("_", "-"));
  });
  return [
    docs(type),
    `export type ${type.name} = ${names.join(" | ")};\n`,
    `export const ${constantOf(type)}Names: readonly ${type.name}[] = [${names.join(", ")}];\n`,
  ].join("");
}

function constantOf(type: DescEnum): string {
  return (type.name[0] ?? "").toLowerCase() + type.name.slice(1);
}

/** Names that the generated functions use for themselves. */
const taken = new Set([
  "item",
  "message",
  "packed",
  "reader",
  "start",
  "tag",
  "unknownFields",
  "writer",
]);

function messageSource(message: DescMessage): string {
  const clash = message.fields.find((field) => taken.has(field.localName));
  if (clash !== undefined)
    throw new Error(`${clash.toString()}: the codecs use this name themselves`);
  if (message.nestedMessages.length + message.nestedEnums.length > 0) {
    throw new Error(`${message.typeName}: declare messages and enums at the top of the file`);
  }
  return [interfaceSource(message), writeSource(message), readSource(message), doors(message)].join(
    "\n",
  );
}

function docs(of: DescMessage | DescEnum | DescField, indent = ""): string {
  const lines = commentOf(of)
    .trim()
    .split("\n")
    .map((line) => line.trim());
  if (lines.length === 1) return lines[0] === "" ? "" : `${indent}/** ${lines[0]} */\n`;
  const inner = lines.map((line) => `${indent} * ${line}`.trimEnd()).join("\n");
  return `${indent}/**\n${inner}\n${indent} */\n`;
}

// Comments stand in the descriptor's source info under the path of what they precede.
function commentOf(of: DescMessage | DescEnum | DescField): string {
  const path =
    of.kind === "message"
      ? [4, of.file.messages.indexOf(of)]
      : of.kind === "enum"
        ? [5, of.file.enums.indexOf(of)]
        : [4, of.parent.file.messages.indexOf(of.parent), 2, of.parent.fields.indexOf(of)];
  const file = of.kind === "field" ? of.parent.file : of.file;
  const location = file.proto.sourceCodeInfo?.location.find(
    (one) => one.path.length === path.length && one.path.every((part, i) => part === path[i]),
  );
  return location?.leadingComments ?? "";
}

function interfaceSource(message: DescMessage): string {
  const lines = [`${docs(message)}export interface ${message.name} {\n`];
  for (const member of message.members) {
    if (member.kind === "oneof") lines.push(`  ${member.localName}:${oneofType(member)};\n`);
    else lines.push(docs(member, "  "), `  ${declaration(member)};\n`);
  }
  lines.push("  /** Fields of a newer program, carried along. */\n");
  lines.push("  unknownFields?: Uint8Array | undefined;\n}\n");
  return lines.join("");
}

function isOptional(field: DescField): boolean {
  return field.proto.proto3Optional;
}

function declaration(field: DescField): string {
  return `${field.localName}${isOptional(field) ? "?" : ""}: ${typeOf(field)}`;
}

function typeOf(field: DescField): string {
  if (field.fieldKind === "list") return `${elementType(field)}[]`;
  return isOptional(field) ? `${elementType(field)} | undefined` : elementType(field);
}

function oneofType(oneof: DescOneof): string {
  const cases = oneof.fields.map(
    (field) => `\n    | { kind: "${field.localName}"; value: ${elementType(field)} }`,
  );
  return `${cases.join("")}\n    | undefined`;
}

function elementType(field: DescField): string {
  const type = field.message ?? field.enum;
  if (type !== undefined) return type.name;
  if (field.scalar === ScalarType.STRING) return "string";
  if (field.scalar === ScalarType.BYTES) return "Uint8Array";
  if (field.scalar === ScalarType.BOOL) return "boolean";
  return "number";
}

const methods: Partial<Record<ScalarType, { write: string; read: string; wireType: number }>> = {
  [ScalarType.UINT32]: { write: "varint", read: "uint32", wireType: 0 },
  [ScalarType.UINT64]: { write: "varint", read: "varint", wireType: 0 },
  [ScalarType.FIXED32]: { write: "fixed32", read: "fixed32", wireType: 5 },
  [ScalarType.BOOL]: { write: "varint", read: "bool", wireType: 0 },
  [ScalarType.STRING]: { write: "string", read: "string", wireType: 2 },
  [ScalarType.BYTES]: { write: "bytes", read: "bytes", wireType: 2 },
};

function methodOf(field: DescField): { write: string; read: string; wireType: number } {
  const method = field.scalar === undefined ? undefined : methods[field.scalar];
  if (method === undefined) throw new Error(`${field.toString()}: a type the codecs do not have`);
  return method;
}

function isPacked(field: DescField): boolean {
  return field.fieldKind === "list" && field.message === undefined && wireTypeOf(field) !== 2;
}

function wireTypeOf(field: DescField): number {
  if (field.message !== undefined) return 2;
  return field.enum === undefined ? methodOf(field).wireType : 0;
}

function tagOf(field: DescField): number {
  return field.number * 8 + (isPacked(field) ? 2 : wireTypeOf(field));
}

/** The statements that write one value, without its tag. */
function writeValue(field: DescField, value: string): string[] {
  if (field.message !== undefined) {
    return [
      "const start = writer.begin();",
      `write${field.message.name}(writer, ${value});`,
      "writer.end(start);",
    ];
  }
  if (field.enum !== undefined) {
    return [`writer.varint(${constantOf(field.enum)}Names.indexOf(${value}));`];
  }
  const number = field.scalar === ScalarType.BOOL ? `${value} ? 1 : 0` : value;
  return [`writer.${methodOf(field).write}(${number});`];
}

function writeSource(message: DescMessage): string {
  const lines: string[] = [];
  for (const member of message.members) {
    if (member.kind === "oneof") lines.push(...writeOneof(member));
    else lines.push(...writeField(member));
  }
  return [
    `export function write${message.name}(writer: Writer, message: ${message.name}): void {`,
    ...lines.map((line) => `  ${line}`),
    "  if (message.unknownFields !== undefined) writer.raw(message.unknownFields);",
    "}\n",
  ].join("\n");
}

function block(opening: string, statements: readonly string[]): string[] {
  return [`${opening} {`, ...statements.map((line) => `  ${line}`), "}"];
}

function writeField(field: DescField): string[] {
  const name = `message.${field.localName}`;
  const tag = `writer.varint(${tagOf(field)});`;
  if (isPacked(field)) {
    const each = block(`for (const item of ${name})`, writeValue(field, "item"));
    const whole = [tag, "const start = writer.begin();", ...each, "writer.end(start);"];
    return block(`if (${name}.length > 0)`, whole);
  }
  if (field.fieldKind === "list") {
    return block(`for (const item of ${name})`, [tag, ...writeValue(field, "item")]);
  }
  if (isOptional(field)) {
    return block(`if (${name} !== undefined)`, [tag, ...writeValue(field, name)]);
  }
  if (field.message !== undefined)
    return ["{", ...block("", [tag, ...writeValue(field, name)]).slice(1)];
  return block(`if (${isNotDefault(field, name)})`, [tag, ...writeValue(field, name)]);
}

function isNotDefault(field: DescField, name: string): string {
  if (field.enum !== undefined) return `${name} !== ${constantOf(field.enum)}Names[0]`;
  if (field.scalar === ScalarType.STRING) return `${name} !== ""`;
  if (field.scalar === ScalarType.BYTES) return `${name}.length > 0`;
  return field.scalar === ScalarType.BOOL ? name : `${name} !== 0`;
}

function writeOneof(oneof: DescOneof): string[] {
  const name = `message.${oneof.localName}`;
  const lines = [`switch (${name}?.kind) {`];
  for (const field of oneof.fields) {
    const statements = [
      `writer.varint(${tagOf(field)});`,
      ...writeValue(field, `${name}.value`),
      "break;",
    ];
    lines.push(...block(`case "${field.localName}":`, statements).map((line) => `  ${line}`));
  }
  return [...lines, "  case undefined:", "    break;", "}"];
}

/** The expression that reads one value. */
function readValue(field: DescField, reader: string): string {
  if (field.message !== undefined) return `read${field.message.name}(${reader}.nested())`;
  if (field.enum !== undefined) {
    return `enumName(${constantOf(field.enum)}Names, ${reader}.varint())`;
  }
  return `${reader}.${methodOf(field).read}()`;
}

function readSource(message: DescMessage): string {
  const cases = message.fields.flatMap(readCase).map((line) => `      ${line}`);
  return [
    `export function read${message.name}(reader: Reader): ${message.name} {`,
    ...message.members.map((member) => `  ${variableOf(member)}`),
    "  let unknownFields: Uint8Array | undefined;",
    "  while (!reader.done) {",
    "    const tag = reader.tag();",
    "    switch (tag) {",
    ...cases,
    "      default:",
    "        unknownFields = joinUnknown(unknownFields, reader.unknown(tag));",
    "    }",
    "  }",
    ...message.fields.filter(isRequired).map((field) => `  ${requirement(message, field)}`),
    ...resultSource(message),
    "}\n",
  ].join("\n");
}

function isRequired(field: DescField): boolean {
  return field.fieldKind === "message" && !isOptional(field) && field.oneof === undefined;
}

function requirement(message: DescMessage, field: DescField): string {
  const name = field.localName;
  return `if (${name} === undefined) throw missing("${message.name}", "${name}");`;
}

function variableOf(member: DescField | DescOneof): string {
  const name = member.localName;
  if (member.kind === "oneof") return `let ${name}: ${memberType(member)};`;
  if (member.fieldKind === "list") return `const ${name}: ${typeOf(member)} = [];`;
  if (isOptional(member) || member.message !== undefined) {
    return `let ${name}: ${elementType(member)} | undefined;`;
  }
  return `let ${name}: ${typeOf(member)} = ${defaultOf(member)};`;
}

function memberType(oneof: DescOneof): string {
  return `${oneof.parent.name}["${oneof.localName}"]`;
}

function defaultOf(field: DescField): string {
  if (field.enum !== undefined) return `enumName(${constantOf(field.enum)}Names, 0)`;
  if (field.scalar === ScalarType.STRING) return `""`;
  if (field.scalar === ScalarType.BYTES) return "new Uint8Array(0)";
  return field.scalar === ScalarType.BOOL ? "false" : "0";
}

function readCase(field: DescField): string[] {
  const name = field.localName;
  const single = `case ${field.number * 8 + wireTypeOf(field)}:`;
  const value = readValue(field, "reader");
  if (field.oneof !== undefined && !isOptional(field)) {
    const assigned = `${field.oneof.localName} = { kind: "${name}", value: ${value} };`;
    return [single, `  ${assigned}`, "  break;"];
  }
  if (field.fieldKind !== "list") return [single, `  ${name} = ${value};`, "  break;"];
  const lines = [single, `  ${name}.push(${value});`, "  break;"];
  if (!isPacked(field)) return lines;
  const packed = block(`case ${tagOf(field)}:`, [
    "const packed = reader.nested();",
    `while (!packed.done) ${name}.push(${readValue(field, "packed")});`,
    "break;",
  ]);
  return [...lines, ...packed];
}

function resultSource(message: DescMessage): string[] {
  const always = message.members.filter((member) => member.kind === "oneof" || !isOptional(member));
  const sometimes = message.fields.filter(isOptional);
  const names = always.map((member) => member.localName);
  const lines = [`  const message: ${message.name} = { ${names.join(", ")} };`];
  for (const name of [...sometimes.map((field) => field.localName), "unknownFields"]) {
    lines.push(`  if (${name} !== undefined) message.${name} = ${name};`);
  }
  return [...lines, "  return message;"];
}

function doors({ name }: DescMessage): string {
  return [
    `export function encode${name}(message: ${name}): Uint8Array<ArrayBuffer> {`,
    `  return encodeWith(write${name}, message);`,
    "}\n",
    `export function decode${name}(bytes: Uint8Array): ${name} {`,
    `  return read${name}(new Reader(bytes));`,
    "}\n",
  ].join("\n");
}

function main(check: boolean): void {
  const sources = generate(loadDescriptors());
  mkdirSync(target, { recursive: true });
  const present = new Set(readdirSync(target));
  const stale: string[] = [];
  for (const [name, source] of sources) {
    const path = join(target, name);
    const old = present.delete(name) ? readFileSync(path, "utf8") : undefined;
    if (old === source) continue;
    stale.push(name);
    if (!check) writeFileSync(path, source);
  }
  for (const name of present) {
    stale.push(name);
    if (!check) rmSync(join(target, name));
  }
  if (check && stale.length > 0) {
    throw new Error(`not current: ${stale.join(", ")}; run: npm run generate`);
  }
}

if (import.meta.main) main(process.argv.includes("--check"));
