// The kept inputs of a target: one a line, a JSON string in which a character is a byte, so that
// text can be read and a change to it reviewed. Lines that begin with `#` say why.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesOf, latin1Of } from "./target.ts";

function pathOf(name: string): string {
  return join(import.meta.dirname, "corpus", `${name}.txt`);
}

function textOf(name: string): string {
  const path = pathOf(name);
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** The inputs that are kept for a target. */
export function readCorpus(name: string): Uint8Array[] {
  return textOf(name)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => bytesOf(JSON.parse(line) as string));
}

/** Control characters and what is not ASCII are escaped, so that a line is one line anywhere. */
function lineOf(input: Uint8Array): string {
  return JSON.stringify(latin1Of(input)).replace(
    /[\u007f-\u00ff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Keeps an input for a target, with what there is to say about it. */
export function addToCorpus(name: string, input: Uint8Array, why: string): void {
  writeFileSync(pathOf(name), `${textOf(name)}# ${why}\n${lineOf(input)}\n`);
}
