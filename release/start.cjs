// What one executable does first: unpacks the program that it carries, once, into a directory of the
// user's own, checks every file of it, and runs it. Runs on the Node that is inside.
"use strict";
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const { createRequire, enableCompileCache } = require("node:module");
const { homedir } = require("node:os");
const { dirname, join } = require("node:path");
const { getAsset } = require("node:sea");
const { zstdDecompressSync } = require("node:zlib");

// Read when the thread pool starts: one sync holds a thread, and many are under way at once.
process.env.UV_THREADPOOL_SIZE ??= "32";

try {
  const program = unpacked();
  enableCompileCache(join(program, "compiled"));
  const { main } = createRequire(join(program, "start"))("./src/cli/index.ts");
  main(process.argv.slice(2));
} catch (error) {
  console.error(
    `Hamster could not unpack itself: ${error.message}\n` +
      "Set HAMSTER_CACHE_DIR to a directory that this user can write to and nobody else.",
  );
  process.exit(8);
}

/** The directory of the program, with every file in it as it was built. */
function unpacked() {
  const { build, files } = JSON.parse(getAsset("files.json", "utf8"));
  const root = cacheDirectory();
  const directory = join(root, build);
  if (!isIntact(directory, files)) {
    const bytes = zstdDecompressSync(getAsset("program"));
    const draft = join(root, `${build}.${process.pid}`);
    fs.rmSync(draft, { recursive: true, force: true });
    writeAll(draft, files, bytes);
    // Another start may have been as fast: then both have written the same.
    fs.rmSync(directory, { recursive: true, force: true });
    fs.renameSync(draft, directory);
    if (!isIntact(directory, files)) throw new Error(`${directory} is not what was written there`);
  }
  return directory;
}

/** Made for this user alone: what is run from it must not be another's. */
function cacheDirectory() {
  const { HAMSTER_CACHE_DIR, XDG_CACHE_HOME } = process.env;
  const directory =
    HAMSTER_CACHE_DIR ?? join(XDG_CACHE_HOME ?? join(homedir(), ".cache"), "hamster");
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  const { uid, mode } = fs.statSync(directory);
  if (uid !== process.getuid() || (mode & 0o022) !== 0) {
    throw new Error(`${directory} can be written to by other users`);
  }
  return directory;
}

function writeAll(directory, files, bytes) {
  for (const { path, offset, sizeBytes } of files) {
    const file = join(directory, path);
    fs.mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    fs.writeFileSync(file, bytes.subarray(offset, offset + sizeBytes), { mode: 0o600 });
  }
}

function isIntact(directory, files) {
  return files.every(({ path, sha256 }) => {
    try {
      const bytes = fs.readFileSync(join(directory, path));
      return createHash("sha256").update(bytes).digest("hex") === sha256;
    } catch {
      return false;
    }
  });
}
