/**
 * Keeps the lower part of docs/INVARIANTS.md: each room's numbered promises, and where they are
 * asserted and tested. `npm run docs` rewrites it; a test checks that it is current.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectFiles, readText, root } from "./files.ts";

const document = "docs/INVARIANTS.md";
const marker = "<!-- Below this line `npm run docs` writes. -->\n";

interface Invariant {
  room: string;
  name: string;
  text: string;
}

/** The numbered promises in the headers of all front doors. */
export function statedInvariants(): Invariant[] {
  return projectFiles()
    .filter((path) => /^src\/[a-z0-9]+\/index\.ts$/.test(path))
    .flatMap((path) => invariantsOf(path.split("/")[1] ?? "", readText(path)));
}

function invariantsOf(room: string, source: string): Invariant[] {
  const header = source.slice(0, source.indexOf("*/"));
  const found: Invariant[] = [];
  for (const line of header.split("\n").map((text) => text.replace(/^\s*\*? ?/, ""))) {
    const start = /^([A-Z]+\d+)\. (.+)$/.exec(line);
    const last = found.at(-1);
    if (start !== null) found.push({ room, name: start[1] ?? "", text: start[2] ?? "" });
    else if (last !== undefined && line.startsWith("  ")) last.text += ` ${line.trim()}`;
  }
  return found;
}

/** Files of the room, or of the trees that test it, in which a string cites the invariant. */
export function citations({ room, name }: Invariant): { asserted: string[]; tested: string[] } {
  const cited = new RegExp(`["'\`](?:[A-Z]+\\d+ )*${name}\\b`);
  const inReach = projectFiles().filter((path) =>
    new RegExp(`^(src/${room}/|sim/|test/).*\\.ts$`).test(path),
  );
  const citing = inReach.filter((path) => cited.test(readText(path)));
  return {
    asserted: citing.filter((path) => path.startsWith("src/") && !path.endsWith(".test.ts")),
    tested: citing.filter((path) => !path.startsWith("src/") || path.endsWith(".test.ts")),
  };
}

/** The whole document as it should be. */
export function currentDocument(): string {
  const head = readText(document).split(marker)[0] ?? "";
  const lines = [head + marker];
  let room = "";
  for (const invariant of statedInvariants()) {
    if (invariant.room !== room) {
      room = invariant.room;
      lines.push(
        `### \`${room}/\`\n`,
        "| | promise | asserted in | tested in |",
        "|---|---|---|---|",
      );
    }
    const { asserted, tested } = citations(invariant);
    lines.push(
      `| ${invariant.name} | ${cell(invariant.text)} | ${links(asserted)} | ${links(tested)} |`,
    );
    if (isLastOfRoom(invariant)) lines.push("");
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

function isLastOfRoom({ room, name }: Invariant): boolean {
  return (
    statedInvariants()
      .filter((one) => one.room === room)
      .at(-1)?.name === name
  );
}

function cell(text: string): string {
  return text.replaceAll("|", String.raw`\|`);
}

function links(paths: readonly string[]): string {
  return paths.map((path) => `[${path.replace(/^src\/[a-z0-9]+\//, "")}](../${path})`).join(", ");
}

if (import.meta.main) writeFileSync(join(root, document), currentDocument());
