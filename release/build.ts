/*
 * npm run release: one executable for each platform, with Node and all else inside, and their
 * checksums. It carries the program as files, unpacks them once into a directory of the user's and
 * runs them from there (start.cjs): native code and worker threads need files. Those for macOS have
 * to be signed there before they run: codesign --sign - FILE
 *
 *   npm run release                            all platforms, into dist/
 *   npm run release -- --platform linux-x64    one
 *   npm run release -- --into DIRECTORY
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { constants, zstdCompressSync } from "node:zlib";
import { copyPackages, nodeOf, type Platform } from "./packages.ts";

const root = join(import.meta.dirname, "..");
const cache = join(root, "node_modules/.cache/hamster-release");
const platforms: readonly Platform[] = [
  { os: "linux", cpu: "x64" },
  { os: "linux", cpu: "arm64" },
  { os: "darwin", cpu: "x64" },
  { os: "darwin", cpu: "arm64" },
];

/** A file that the executable carries. */
interface CarriedFile {
  readonly path: string;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly sha256: string;
}

function main(): void {
  const { values } = parseArgs({
    options: { platform: { type: "string" }, into: { type: "string", default: "dist" } },
  });
  const into = resolve(values.into);
  const chosen = platforms.filter(
    (one) => values.platform === undefined || values.platform === nameOf(one),
  );
  if (chosen.length === 0) {
    throw new Error(
      `there is no ${values.platform}: take one of ${platforms.map(nameOf).join(", ")}`,
    );
  }
  mkdirSync(into, { recursive: true });
  const version = stampedVersion();
  const made = chosen.map((platform) => build(platform, { into, version }));
  const sums = made.map((file) => `${sha256Of(readFileSync(join(into, file)))}  ${file}\n`);
  writeFileSync(join(into, "SHA256SUMS"), sums.join(""));
  for (const file of [...made, "SHA256SUMS"]) console.log(join(into, file));
}

/** @returns the executable's name */
function build(platform: Platform, { into, version }: { into: string; version: string }): string {
  const stage = join(cache, "stage", nameOf(platform));
  rmSync(stage, { recursive: true, force: true });
  const program = join(stage, "program");
  copyProgram(program, version);
  copyPackages(root, platform, { into: program, cache });
  pack(program, stage);
  const name = `hamster-${version.split("+")[0]}-${nameOf(platform)}`;
  const config = join(stage, "sea.json");
  writeFileSync(
    config,
    JSON.stringify({
      main: join(root, "release/start.cjs"),
      output: join(into, name),
      executable: nodeOf(root, platform, cache),
      disableExperimentalSEAWarning: true,
      assets: { "files.json": join(stage, "files.json"), program: join(stage, "program.zst") },
    }),
  );
  execFileSync(process.execPath, ["--build-sea", config], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  rmSync(stage, { recursive: true });
  return name;
}

/** The sources without their tests, and the manifest with the version that this build has. */
function copyProgram(into: string, version: string): void {
  cpSync(join(root, "src"), join(into, "src"), {
    recursive: true,
    filter: (path) => !/\.test\.ts$|\/transcripts(\/|$)|golden\.txt$/.test(path),
  });
  cpSync(join(root, "LICENSE"), join(into, "LICENSE"));
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as object;
  writeFileSync(join(into, "package.json"), JSON.stringify({ ...manifest, version }, undefined, 2));
}

/** Writes all files one behind the other, compressed, and the list of them. */
function pack(directory: string, into: string): void {
  const files: CarriedFile[] = [];
  const parts: Uint8Array[] = [];
  let offset = 0;
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && !isSpare(entry.name))
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .sort();
  for (const path of paths) {
    const bytes = readFileSync(join(directory, path));
    files.push({ path, offset, sizeBytes: bytes.length, sha256: sha256Of(bytes) });
    parts.push(bytes);
    offset += bytes.length;
  }
  const bytes = Buffer.concat(parts);
  const level = { params: { [constants.ZSTD_c_compressionLevel]: 12 } };
  writeFileSync(join(into, "program.zst"), zstdCompressSync(bytes, level));
  const build = sha256Of(Buffer.from(JSON.stringify(files))).slice(0, 16);
  writeFileSync(join(into, "files.json"), JSON.stringify({ build, files }));
}

/** What packages bring along that is never run. */
function isSpare(name: string): boolean {
  return /\.(md|map|d\.ts|d\.cts|c|h|cpp|mdb)$/.test(name);
}

/**
 * The version and the commit, as 0.1.0+962d091; `changed` where the files are not that commit's, and
 * the version alone where nobody knows.
 */
function stampedVersion(): string {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    version: string;
  };
  const git = (...args: readonly string[]): string | undefined => {
    const { status, stdout } = spawnSync("git", ["-C", root, ...args], { encoding: "utf8" });
    return status === 0 ? stdout.trim() : undefined;
  };
  const commit = git("rev-parse", "--short", "HEAD");
  if (commit === undefined) return version;
  return `${version}+${commit}${git("status", "--porcelain") === "" ? "" : ".changed"}`;
}

function nameOf({ os, cpu }: Platform): string {
  return `${os}-${cpu}`;
}

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

main();
