import { deepEqual } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { GatheredLines } from "./gathered-lines.ts";

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("the lines of one turn go out together, in order", async () => {
  const printed: string[] = [];
  const lines = new GatheredLines((text) => printed.push(text));
  lines.write("one\n");
  await Promise.resolve();
  lines.write("two\n");
  deepEqual(printed, []);
  await nextTurn();
  lines.write("three\n");
  await nextTurn();
  deepEqual(printed, ["one\ntwo\n", "three\n"]);
});

test("what is flushed goes out at once, and once", async () => {
  const printed: string[] = [];
  const lines = new GatheredLines((text) => printed.push(text));
  lines.write("one\n");
  lines.flush();
  lines.flush();
  deepEqual(printed, ["one\n"]);
  await nextTurn();
  deepEqual(printed, ["one\n"]);
});

/** What a process writes that ends in the turn in which it logs. */
function logOf(body: string): string[] {
  const source = `
    import { logTrace } from ${JSON.stringify(new URL("./trace.ts", import.meta.url).href)};
    const trace = logTrace({ level: "info", format: "text" });
    ${body}`;
  const args = ["--input-type=module", "--eval", source];
  const { stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return stderr
    .trim()
    .split("\n")
    .map((line) => line.split(" ").slice(1).join(" ").replace(/ +/g, " "));
}

test("a process that exits has written its lines", () => {
  deepEqual(logOf(`trace.write("info", "stopped"); process.exit(0);`), ["INFO stopped"]);
});

test("a warning is written at once, behind the lines before it", () => {
  const body = `
    trace.write("info", "started");
    trace.write("warn", "diskSlow");
    process.kill(process.pid, "SIGKILL");
    trace.write("info", "neverSeen");
    for (;;);`;
  deepEqual(logOf(body), ["INFO started", "WARN diskSlow"]);
});
