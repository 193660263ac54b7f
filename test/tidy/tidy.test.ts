/** Lint written as tests: what the linter cannot say about names, words and documents. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { projectFiles, readText, root } from "./files.ts";

const files = projectFiles();
const generated = /^(src\/format\/gen\/|src\/erasure\/.*wasm|package-lock\.json)/;
const code = files.filter((path) => /\.(ts|mjs|proto)$/.test(path) && !generated.test(path));
const documents = files.filter((path) => path.endsWith(".md"));

function offendingLines(paths: readonly string[], pattern: RegExp): string[] {
  return paths.flatMap((path) =>
    readText(path)
      .split("\n")
      .flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : [])),
  );
}

test("nothing promises work instead of doing it", () => {
  const words = new RegExp(["TO" + "DO", "FIX" + "ME", "XX" + "X\\b", "HA" + "CK"].join("|"));
  assert.deepEqual(offendingLines([...code, ...documents], words), []);
});

test("no test is skipped for good or narrows the run", () => {
  const tests = code.filter((path) => path.endsWith(".test.ts"));
  assert.deepEqual(offendingLines(tests, /\b(test|it|describe)\.(skip|only|todo)\(/), []);
});

test("no line is longer than 100 columns, but for texts, links and tables", () => {
  const long = offendingLines(code, /^(?!.*(["`]|https:|\S {3,}\S)).{101,}$/u);
  assert.deepEqual(long, []);
});

test("files are named by what they hold, in kebab-case", () => {
  const vague = /(^|[-/])(utils?|helpers?|common|manager|service|misc)\b/;
  assert.deepEqual(
    code.filter((path) => vague.test(path)),
    [],
  );
  const odd = code.filter((path) => !/^[a-z0-9./-]+$/.test(path.replace(/^test\/[^/]+\//, "")));
  assert.deepEqual(odd, []);
});

test("links in documents lead somewhere", () => {
  const dead = documents.flatMap((path) =>
    [...readText(path).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].flatMap((match) => {
      const target = match[1] ?? "";
      if (/^[a-z]+:/.test(target)) return [];
      return existsSync(join(root, dirname(path), target)) ? [] : [`${path}: ${target}`];
    }),
  );
  assert.deepEqual(dead, []);
});

test("the first documents stay short", () => {
  const lineCount = (path: string): number => readText(path).split("\n").length;
  assert.ok(lineCount("docs/ARCHITECTURE.md") <= 150, "docs/ARCHITECTURE.md: at most 150 lines");
  assert.ok(lineCount("README.md") <= 150, "README.md: at most 150 lines");
});

test("the changelog has a heading for each version, newest first, and says what changed", () => {
  const headings = [...readText("CHANGELOG.md").matchAll(/^## (.+)$/gm)].map((match) => match[1]);
  assert.ok(headings.length > 0);
  for (const heading of headings) {
    assert.match(heading ?? "", /^(Unreleased|\d+\.\d+\.\d+ - \d{4}-\d{2}-\d{2})$/);
  }
});

test("decisions are numbered without gaps and say their status and date", () => {
  const records = files.filter((path) => /^docs\/adr\/\d{4}-/.test(path));
  records.forEach((path, i) => {
    assert.ok(
      path.includes(`/${String(i + 1).padStart(4, "0")}-`),
      `${path}: a gap in the numbers`,
    );
    assert.match(
      readText(path),
      /^Status: (accepted|superseded by \d{4}), \d{4}-\d{2}-\d{2}$/m,
      path,
    );
  });
});
