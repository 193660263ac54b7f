// Transcripts: what is done to a cluster's layout, and the tables that come of it, as text that
// tests can hold on to. A line that begins with `>` is a command; what follows it, up to a blank
// line, its output.
import { assert } from "#base/assert.ts";
import { crc32c } from "#base/hash.ts";
import { type LayoutChange, type MemberStep, planChange } from "./change.ts";
import { activeMembers, type Member } from "./member.ts";
import { quotasOf } from "./quotas.ts";
import { checkTable } from "./rig.ts";
import { foundingTable, loadsOf, movesBetween, rowOf, type Table } from "./table.ts";
import { toleranceOf } from "./tolerance.ts";
import { closeTransition, type Layout, openTransition, undoTransition } from "./transition.ts";

/** The same text with the outputs that its commands give now. */
export function retell(text: string): string {
  const story = new Story();
  const told: string[] = [];
  let isOutput = false;
  for (const line of text.trimEnd().split("\n")) {
    if (line === "") isOutput = false;
    if (isOutput) continue;
    told.push(line);
    if (!line.startsWith("> ")) continue;
    isOutput = true;
    told.push(...story.run(line.slice(2)));
  }
  return `${told.join("\n")}\n`;
}

class Story {
  #members: Member[] = [];
  #layout: Layout<Table> = { version: 0, open: [] };
  /** What the open change has made of members. */
  #steps: MemberStep[] = [];

  run(line: string): string[] {
    const [command = "", ...words] = line.split(" ");
    const ids = words.map(Number);
    const [node = 0, other = 0] = ids;
    switch (command) {
      case "join":
        return this.#join(words);
      case "found":
        this.#become(node, "up");
        this.#layout = { version: 1, open: [foundingTable(node)] };
        return this.#describe();
      case "grow":
        return this.#change({ kind: "grow", nodes: ids });
      case "drain":
      case "undrain":
        return this.#change({ kind: command, node });
      case "replace":
        return this.#change({ kind: "replace", from: node, to: other });
      case "resize":
        return this.#change({ kind: "resize", width: node });
      case "lay-out-anew":
        return this.#change({ kind: "resize", width: node }, true);
      case "close":
        this.#layout = closeTransition(this.#layout);
        return [];
      case "undo":
        return this.#undo();
      case "rows":
        return ids.map((partition) => this.#row(partition));
      default:
        throw new Error(`no such command: ${line}`);
    }
  }

  /** join 4 zone-a host-1 100 */
  #join([id = "", zone = "", host = "", weight = "1"]: string[]): string[] {
    const member = { id: Number(id), zone, host, weight: Number(weight) };
    this.#members.push({ ...member, state: "joining" });
    return [];
  }

  #become(node: number, state: Member["state"]): void {
    this.#members = this.#members.map((one) => (one.id === node ? { ...one, state } : one));
  }

  #change(change: LayoutChange, isEmpty = false): string[] {
    const { open } = this.#layout;
    const planned = planChange({ members: this.#members, open, change, isEmpty });
    if (planned.kind !== "planned") return [`refused: ${describeRefusal(planned)}`];
    const { steps, table } = planned;
    this.#take(steps);
    checkTable(table, this.#members, isEmpty ? [] : open);
    this.#layout = openTransition(this.#layout, table);
    if (isEmpty) this.#layout = closeTransition(this.#layout);
    return this.#describe();
  }

  #take(steps: MemberStep[]): void {
    for (const { node, after } of steps) this.#become(node, after);
    this.#steps = steps;
  }

  #undo(): string[] {
    this.#layout = undoTransition(this.#layout);
    this.#take(
      this.#steps.map(({ node, before, after }) => ({ node, before: after, after: before })),
    );
    return this.#describe();
  }

  #describe(): string[] {
    const [table, before] = this.#layout.open;
    assert(table !== undefined, "a story begins with a founding");
    const crc = crc32c(new Uint8Array(table.homes.buffer)).toString(16).padStart(8, "0");
    const lines = [`layout ${this.#layout.version}: ${table.width} wide, table ${crc}`];
    if (before !== undefined) {
      const { count, gained } = movesBetween(before, table);
      const to = [...gained].sort(([a], [b]) => a - b).map(([id, n]) => `${n} to ${id}`);
      lines.push(`  moves ${count} of ${table.homes.length}: ${to.join(", ") || "none"}`);
    }
    lines.push(...this.#loads(table));
    const m = Math.min(table.width - 1, 2);
    const k = table.width - m;
    const { nodes, hosts, zones } = toleranceOf(this.#layout.open, this.#members, { k, m });
    return [...lines, `  ${k}+${m} tolerates ${nodes} nodes, ${hosts} hosts, ${zones} zones`];
  }

  #loads(table: Table): string[] {
    const active = activeMembers(this.#members);
    const widths = [...new Set([1, 2, 3, 5, 6].map((width) => Math.min(width, table.width)))];
    const header = ["node zone host weight", ...widths.map((width) => `first-${width}`)];
    const loads = widths.map((width) => loadsOf(table, width));
    const quotas = widths.map((width) => quotasOf(active, width));
    const rows = active.map(({ id, zone, host, weight }, i) =>
      [
        `${id} ${zone} ${host} ${weight}`,
        ...widths.map((_, w) => `${loads[w]?.get(id) ?? 0}/${quotas[w]?.[i] ?? 0}`),
      ].join(" "),
    );
    return aligned([header.join(" "), ...rows]).map((row) => `  ${row}`);
  }

  #row(partition: number): string {
    const rows = this.#layout.open.map((table) => [...rowOf(table, partition)].join(" "));
    return `${partition}: ${rows.join("  before: ")}`;
  }
}

function describeRefusal(
  planned: Exclude<ReturnType<typeof planChange>, { kind: "planned" }>,
): string {
  if (planned.kind === "too-wide") return `too wide, resize to ${planned.resizeTo} first`;
  if (planned.kind === "no-room") return "no room before the open transition is closed";
  return `node ${planned.node} is ${planned.state ?? "unknown"}`;
}

/** Columns one below the other. */
function aligned(rows: readonly string[]): string[] {
  const cells = rows.map((row) => row.split(" "));
  const widths = cells[0]?.map((_, c) => Math.max(...cells.map((row) => row[c]?.length ?? 0)));
  return cells.map((row) =>
    row
      .map((cell, c) => cell.padEnd(widths?.[c] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}
