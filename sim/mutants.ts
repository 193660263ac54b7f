// Plants one known mistake at a time into a copy of the tree and sees that the simulator notices:
// npm run sim:mutants [part of a name]
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A mistake: in this file this text becomes that one. */
interface Mutant {
  name: string;
  file: string;
  find: string;
  become: string;
}

/** Seeds tried before the crash points are. */
const seedsMax = 60;

const mutants: readonly Mutant[] = [
  {
    name: "an answer before the log is synced",
    file: "src/replica/driver.ts",
    find: "    return this.#parts.log.sync();",
    become:
      "    void this.#parts.log.sync().catch(() => undefined);\n    return Promise.resolve();",
  },
  {
    name: "a log that is written and not synced",
    file: "src/storage/log-writer.ts",
    find: "    const end = this.end;\n    await this.#tail.active.file.sync();",
    become: "    const end = this.end;",
  },
  {
    name: "a segment without its directory synced",
    file: "src/storage/segment-file.ts",
    find: "    await disk.rename(sparePath, path);\n    await disk.syncDirectory(directory);",
    become: "    await disk.rename(sparePath, path);",
  },
  {
    name: "a torn tail that is taken for whole",
    file: "src/storage/segment-scan.ts",
    find: "if (frame === undefined || frame.previousCrc !== scanned.endCrc) {",
    become: "if (frame === undefined) {",
  },
  {
    name: "a log that is let go of before the store has flushed",
    file: "src/replica/checkpointer.ts",
    find: "Math.min(oldest.applied.index, this.#store.flushedIndex) + 1",
    become: "this.#store.applied.index + 1",
  },
  {
    name: "a log tail that is not written anew after a failed sync",
    file: "src/storage/log-open.ts",
    find: "  if (tail.length > 0) await file.write([tail], scan.syncedEndOffsetBytes);\n",
    become: "",
  },
  {
    name: "a checkpoint without its file synced",
    file: "src/storage/checkpoint.ts",
    find: "    await writeFrames(file, source);\n    await file.sync();",
    become: "    await writeFrames(file, source);",
  },
  {
    name: "a checkpoint without its directory synced",
    file: "src/storage/checkpoint.ts",
    find: "  await disk.rename(temporary, path);\n  await disk.syncDirectory(directory);",
    become: "  await disk.rename(temporary, path);",
  },
  {
    name: "a pack record that is sealed without a sync",
    file: "src/storage/pack-writer.ts",
    find: "      await open.file.sync();\n",
    become: "",
  },
  {
    name: "a new pack without its directory synced",
    file: "src/storage/pack-writer.ts",
    find: "      if (open.isNew) await this.#options.disk.syncDirectory(packDirectory);\n",
    become: "",
  },
  {
    name: "an index that is told before the pack is synced",
    file: "src/storage/pack-writer.ts",
    find: "    await this.#sync(open);\n    open.sizeBytes += usedBytes;\n    this.#options.onDurable(group.map(durableRecord));",
    become:
      "    this.#options.onDurable(group.map(durableRecord));\n    await this.#sync(open);\n    open.sizeBytes += usedBytes;",
  },
  {
    name: "a shard file without a sync",
    file: "src/storage/staged-shard.ts",
    find: "      this.#file.sync(),\n",
    become: "      Promise.resolve(),\n",
  },
  {
    name: "a shard file without its directory synced",
    file: "src/storage/staged-shard.ts",
    find: "      await disk.rename(this.#path, path);\n      await disk.syncDirectory(directory);",
    become: "      await disk.rename(this.#path, path);",
  },
  {
    name: "a pack that is removed before the index durably points elsewhere",
    file: "src/storage/shelf-compaction.ts",
    find: "  await index.flushed();\n  await removePack",
    become: "  await removePack",
  },
  {
    name: "a block that is served unverified",
    file: "src/storage/shard-reader.ts",
    find: '  if (bad !== undefined) {\n    return { kind: "corrupt", block',
    become: '  if (bad !== undefined && bad < 0) {\n    return { kind: "corrupt", block',
  },
  {
    name: "a shard that is deleted while its commit is on its way",
    file: "src/metadata/queries.ts",
    find: 'encoding.number < session.unitLowWater ? "garbage" : "pending"',
    become: '"garbage"',
  },
  {
    name: "shards that no walk gives back",
    file: "src/upkeep/reclaim.ts",
    find: "    await this.#removeGarbage(stretch);\n    this.#walk =",
    become: "    this.#walk =",
  },
  {
    name: "a condition that is not looked at",
    file: "src/metadata/conditions.ts",
    find: 'if (names(ifNoneMatch, object.etag)) return failed("if-none-match");',
    become: "",
  },
  {
    name: "a clean-stop marker that survives the start",
    file: "src/replica/clean-stop.ts",
    find: "  if ((await readSmall(disk, path)) !== undefined) await disk.remove(path);",
    become: "",
  },
  {
    name: "a read without the writes before it",
    file: "src/storage/pack-writer.ts",
    find: "const place = { pack: open.pack, offset: open.sizeBytes + usedBytes };",
    become: "const place = { pack: open.pack, offset: open.sizeBytes };",
  },
];

const repository = join(import.meta.dirname, "..");

/** What noticed a mutant, or undefined where nothing did. */
function hunt(mutant: Mutant): string | undefined {
  const tree = mkdtempSync(join(tmpdir(), "mutant-"));
  try {
    for (const part of ["src", "sim", "package.json"]) {
      cpSync(join(repository, part), join(tree, part), { recursive: true });
    }
    symlinkSync(join(repository, "node_modules"), join(tree, "node_modules"));
    const path = join(tree, mutant.file);
    const source = readFileSync(path, "utf8");
    if (source.split(mutant.find).length !== 2) {
      throw new Error(`${mutant.name}: its text is not once in ${mutant.file}`);
    }
    writeFileSync(
      path,
      source.replace(mutant.find, () => mutant.become),
    );
    return huntIn(tree);
  } finally {
    rmSync(tree, { recursive: true });
  }
}

function huntIn(tree: string): string | undefined {
  const seeds = runIn(tree, ["sim/run.ts", "--seeds", `1-${seedsMax}`]);
  if (seeds.status !== 0) {
    const promise = /^FAILED (.*)$/m.exec(seeds.stdout)?.[1] ?? lastLine(seeds.stderr);
    const seed = /--seed (\d+)/.exec(seeds.stdout)?.[1] ?? "?";
    return `seed ${seed}: ${promise}`;
  }
  const points = runIn(tree, ["sim/crash-points-run.ts"]);
  if (points.status === 0) return undefined;
  return /CrashPointError: (.*)/.exec(points.stderr)?.[1]?.slice(0, 160) ?? lastLine(points.stderr);
}

function runIn(
  tree: string,
  given: string[],
): { status: number | null; stdout: string; stderr: string } {
  const maxBuffer = 2 ** 28;
  return spawnSync(process.execPath, given, { cwd: tree, encoding: "utf8", maxBuffer });
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}

const wanted = process.argv[2] ?? "";
let survivors = 0;
for (const mutant of mutants.filter(({ name }) => name.includes(wanted))) {
  const startedMs = performance.now();
  const noticed = hunt(mutant);
  const tookS = ((performance.now() - startedMs) / 1000).toFixed(0);
  if (noticed === undefined) survivors++;
  console.log(`${mutant.name} | ${noticed ?? "NOT NOTICED"} | ${tookS} s`);
}
process.exitCode = survivors > 0 ? 1 : 0;
