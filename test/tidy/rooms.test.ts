import assert from "node:assert/strict";
import { test } from "node:test";
import { projectFiles, readText } from "./files.ts";
import { exceptions, realRooms, rooms } from "./rooms.ts";

const sources = projectFiles().filter((path) => /^src\/.*\.ts$/.test(path));
/** Without tests, and without the rigs that only tests stand on. */
const core = sources.filter((path) => !/(\.test|[/-]rig)\.ts$/.test(path));

function roomOf(path: string): string {
  return path.split("/")[1] ?? "";
}

function importsOf(path: string): string[] {
  const pattern = /(?:^|\n)\s*(?:import|export)[^"';]*?from\s+"([^"]+)"|\bimport\(?\s*"([^"]+)"/g;
  return [...readText(path).matchAll(pattern)].map((match) => match[1] ?? match[2] ?? "");
}

/** What is wrong with an import, or undefined. */
function complaint(path: string, target: string): string | undefined {
  const room = roomOf(path);
  const own = rooms[room];
  if (own === undefined) return "its room is not in the table";
  if (exceptions[path]?.includes(target) === true) return undefined;
  if (target.startsWith("./")) return undefined;
  if (target.startsWith("../")) return "climbs with ../: use the room's front door";
  if (target.startsWith("#")) return roomComplaint(room, own.rooms, target);
  if (target.startsWith("node:")) return realRooms.has(room) ? undefined : "only host and cli may";
  return own.packages.includes(target) ? undefined : "the package is not the room's";
}

function roomComplaint(
  room: string,
  allowed: readonly string[],
  target: string,
): string | undefined {
  const [other = "", ...rest] = target.slice(1).split("/");
  if (other === room || other === "base") return undefined;
  if (!allowed.includes(other)) return `${room} may not import ${other}`;
  return rest.join("/") === "index.ts" ? undefined : "goes past the front door of the room";
}

test("every import of the core follows the table of rooms", () => {
  const complaints = core.flatMap((path) =>
    importsOf(path).flatMap((target) => {
      const text = complaint(path, target);
      return text === undefined ? [] : [`${path}: ${target}: ${text}`];
    }),
  );
  assert.deepEqual(complaints, []);
});

test("the check of imports sees what it is to refuse", () => {
  assert.equal(complaint("src/raft/log.ts", "#base/assert.ts"), undefined);
  assert.match(complaint("src/raft/log.ts", "#ports/index.ts") ?? "", /may not/);
  assert.match(complaint("src/s3/gateway.ts", "#objects/put.ts") ?? "", /front door/);
  assert.match(complaint("src/objects/put.ts", "node:fs") ?? "", /only host/);
  assert.match(complaint("src/objects/put.ts", "../base/bytes.ts") ?? "", /climbs/);
  assert.match(complaint("src/objects/put.ts", "lmdb") ?? "", /package/);
  assert.ok(core.flatMap(importsOf).length > 100, "the pattern finds the imports");
});

test("inert rooms have no async functions", () => {
  const offenders = core.filter(
    (path) => rooms[roomOf(path)]?.inert === true && /\b(async|await)\b\s/.test(code(path)),
  );
  assert.deepEqual(offenders, []);
});

function code(path: string): string {
  return readText(path).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
}

test("every room with code has a front door that opens with a header of at most 20 lines", () => {
  const present = new Set(core.map(roomOf));
  for (const room of present) {
    if (room === "base" || room === "cli") continue;
    const lines = readText(`src/${room}/index.ts`).split("\n");
    assert.equal(lines[0], "/**", `src/${room}/index.ts begins with its header`);
    const end = lines.findIndex((line) => line.trim() === "*/");
    assert.ok(end > 1 && end < 20, `src/${room}/index.ts: its header has ${end + 1} lines`);
  }
});

test("docs/ARCHITECTURE.md shows the same table", () => {
  const shown = new Map<string, { rooms: string[]; packages: string[] }>();
  for (const line of readText("docs/ARCHITECTURE.md").split("\n")) {
    const cells = line.split("|").map((cell) => cell.trim());
    const room = /^`([a-z0-9]+)\/`$/.exec(cells[1] ?? "")?.[1];
    if (room !== undefined) shown.set(room, { rooms: list(cells[3]), packages: list(cells[4]) });
  }
  const expected = Object.entries(rooms).map(
    ([room, { rooms, packages }]) =>
      [room, { rooms: [...rooms], packages: [...packages] }] as const,
  );
  assert.deepEqual(shown, new Map(expected));
});

function list(cell = ""): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? "");
}
