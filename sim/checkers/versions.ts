import type { History, KeyOperation } from "#sim/workload/history.ts";
import {
  type Lock,
  noLock,
  type VersionAction,
  versionMayBe,
} from "#sim/workload/version-history.ts";
import { checkAgainst, type KeyModel } from "./linearizable.ts";

/**
 * Checks that each key of a bucket with versions and locks behaves as a stack of versions on which
 * calls came one at a time: nothing that was acknowledged is missing or there twice, nothing goes
 * that was locked, and each version has the lock that was put on it last.
 *
 * The model is made of S3's rules, and of nothing that the product is made of.
 *
 * @throws NotLinearizableError
 */
export function checkVersions(history: History<VersionAction>): void {
  checkAgainst(history, versionModel);
}

/** One version of a key, or a delete marker, which is never locked. */
interface Entry extends Lock {
  /** The ETag of its body, which no other has; or `D:` and the marker's id, `D?` before it is seen. */
  readonly name: string;
}

const unseenMarker = "D?";

const versionModel: KeyModel<VersionAction> = {
  initial: "[]",
  forgets: false,
  after: (action, before) => {
    const entries = JSON.parse(before) as Entry[];
    const after = entriesAfter(action, entries);
    return after === undefined ? undefined : JSON.stringify(after);
  },
  // What shows a marker's id settles which it is: that may as well happen at once too.
  showsOnly: ({ kind }) => kind === "top" || kind === "list" || kind === "is" || kind === "refusal",
  simplify,
};

/** The newest first. */
function entriesAfter(action: VersionAction, entries: Entry[]): Entry[] | undefined {
  switch (action.kind) {
    case "put":
      return [{ name: action.name, ...action.lock }, ...entries];
    case "mark":
      return [{ name: action.name ?? unseenMarker, ...noLock }, ...entries];
    case "remove":
    case "hold":
    case "retain":
      return changed(action, entries);
    case "refusal":
      return changed(action.of, entries) === undefined && find(entries, action.of.name)
        ? entries
        : undefined;
    case "top":
      return shown(entries.slice(0, 1), action.name === undefined ? [] : [action.name], entries);
    case "list":
      return shown(entries, action.names, entries);
    case "is": {
      const { lock } = action;
      const entry = find(entries, action.name);
      if (lock === undefined) return entry === undefined ? entries : undefined;
      const isSame = entry?.hold === lock.hold && entry.mode === lock.mode;
      return isSame ? entries : undefined;
    }
    default:
      return action satisfies never;
  }
}

/** What a change of one version leads to, where S3's rules allow it. */
function changed(
  action: Extract<VersionAction, { kind: "remove" | "hold" | "retain" }>,
  entries: Entry[],
): Entry[] | undefined {
  const entry = find(entries, action.name);
  // That there is none to remove is no failure.
  if (entry === undefined) return action.kind === "remove" ? entries : undefined;
  if (!versionMayBe(action, entry)) return undefined;
  if (action.kind === "remove") return entries.filter((one) => one !== entry);
  const { hold, mode } = entry;
  const lock = action.kind === "hold" ? { hold: action.on, mode } : { hold, mode: action.mode };
  return entries.map((one) => (one === entry ? { name: one.name, ...lock } : one));
}

function find(entries: readonly Entry[], name: string): Entry | undefined {
  return entries.find((entry) => entry.name === name);
}

/** All entries, of which `some` were shown under these names; markers are known by them from now. */
function shown(
  some: readonly Entry[],
  names: readonly string[],
  all: readonly Entry[],
): Entry[] | undefined {
  if (some.length !== names.length) return undefined;
  const named = some.map(({ name, ...lock }, i): Entry | undefined => {
    const seen = names[i] ?? "";
    const isIt = name === seen || (name === unseenMarker && seen.startsWith("D:"));
    return isIt ? { name: seen, ...lock } : undefined;
  });
  const isShown = named.every((entry) => entry !== undefined);
  if (!isShown || new Set(names).size !== names.length) return undefined;
  const after = [...named, ...all.slice(named.length)];
  return new Set(after.map(({ name }) => name)).size === countOf(after) ? after : undefined;
}

/** How many names there are if no two that are known are the same. */
function countOf(entries: readonly Entry[]): number {
  const unseenCount = entries.filter(({ name }) => name === unseenMarker).length;
  return entries.length - unseenCount + Math.min(1, unseenCount);
}

/**
 * Leaves out what nobody knows the outcome of and nobody ever saw: a version that no listing has,
 * not even the last, need never have been there, since nobody knew the id to remove it by.
 */
function simplify(
  operations: readonly KeyOperation<VersionAction>[],
): KeyOperation<VersionAction>[] {
  const seen = new Set(operations.flatMap(({ action }) => namesIn(action)));
  const marked = new Set<string>();
  for (const { action } of operations) {
    if (action.kind === "mark" && action.name !== undefined) marked.add(action.name);
  }
  const areAllMarked = [...seen].every((name) => !name.startsWith("D:") || marked.has(name));
  return operations.filter(({ action, isCertain }) => {
    if (isCertain) return true;
    if (action.kind === "put") return seen.has(action.name);
    return action.kind !== "mark" || !areAllMarked;
  });
}

/** What an action shows to be there. */
function namesIn(action: VersionAction): readonly string[] {
  if (action.kind === "list") return action.names;
  if (action.kind === "top") return action.name === undefined ? [] : [action.name];
  return action.kind === "is" && action.lock !== undefined ? [action.name] : [];
}
