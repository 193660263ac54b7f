import type { FaultName } from "./cluster/fault.ts";
import { clusterMutants } from "./cluster/mutant-list.ts";

/** A known mistake: in these files these texts become those. */
export interface Mutant {
  readonly name: string;
  readonly changes: readonly Change[];
  /** How many nodes the runs have that are to notice it. */
  readonly nodes: number;
  /** The faults of those runs, where others would only make them longer. */
  readonly faults?: readonly FaultName[] | undefined;
  /** The story whose crash points are to notice it, where it takes power cut at one step. */
  readonly story?: string | undefined;
}

/** One text of a file, which is there exactly once, and what it becomes. */
export interface Change {
  readonly file: string;
  readonly find: string;
  readonly become: string;
}

/** A mistake that runs of a lone node notice. */
function alone(name: string, file: string, find: string, become: string): Mutant {
  return { name, changes: [{ file: `src/${file}`, find, become }], nodes: 1 };
}

/** A mistake that only power cut at certain steps brings to light. */
function atStep(story: string, name: string, file: string, find: string, become: string): Mutant {
  return { ...alone(name, file, find, become), story };
}

/** Mistakes that concern one machine. */
const loneMutants: readonly Mutant[] = [
  alone(
    "an answer before the log is synced",
    "replica/appends.ts",
    "    log.sync().then(",
    "    log.sync().catch(() => undefined);\n    Promise.resolve().then(",
  ),
  alone(
    "a log that is written and not synced",
    "storage/log-writer.ts",
    "await file.writeDurably(...this.#takeParts());",
    "await file.write(...this.#takeParts());",
  ),
  atStep(
    "log rotation",
    "a segment without its directory synced",
    "storage/segment-file.ts",
    "    await disk.rename(sparePath, path);\n    await disk.syncDirectory(directory);",
    "    await disk.rename(sparePath, path);",
  ),
  alone(
    "a torn tail that is taken for whole",
    "storage/segment-scan.ts",
    "if (frame === undefined || frame.previousCrc !== scanned.endCrc) {",
    "if (frame === undefined) {",
  ),
  alone(
    "a log that is let go of before the store has flushed",
    "replica/checkpointer.ts",
    "Math.min(oldest.applied.index, store.flushedIndex) + 1",
    "store.applied.index + 1",
  ),
  alone(
    "a log tail that is not written anew after a failed sync",
    "storage/log-open.ts",
    "  if (tail.length > 0) await file.write([tail], scan.syncedEndOffsetBytes);\n",
    "",
  ),
  alone(
    "a checkpoint without its file synced",
    "storage/checkpoint.ts",
    "    await writeFrames(file, source);\n    await file.sync();",
    "    await writeFrames(file, source);",
  ),
  alone(
    "a checkpoint without its directory synced",
    "storage/checkpoint.ts",
    "  await disk.rename(temporary, path);\n  await disk.syncDirectory(directory);",
    "  await disk.rename(temporary, path);",
  ),
  alone(
    "a pack record that is sealed without a sync",
    "storage/pack-writer.ts",
    "await open.file.writeDurably(parts, open.sizeBytes);",
    "await open.file.write(parts, open.sizeBytes);",
  ),
  atStep(
    "small PUTs",
    "a new pack without its directory synced",
    "storage/pack-writer.ts",
    "      if (open.isNew) await this.#options.disk.syncDirectory(packDirectory);\n",
    "",
  ),
  alone(
    "a shard file without a sync",
    "storage/staged-shard.ts",
    "      this.#file.sync(),\n",
    "      Promise.resolve(),\n",
  ),
  atStep(
    "a large PUT",
    "a shard file without its directory synced",
    "storage/staged-shard.ts",
    "      await disk.rename(this.#path, path);\n      await disk.syncDirectory(directory);",
    "      await disk.rename(this.#path, path);",
  ),
  atStep(
    "forgetting",
    "a pack that is removed before the index durably points elsewhere",
    "storage/shelf-compaction.ts",
    "  await index.flushed();\n  await removePack",
    "  await removePack",
  ),
  {
    name: "a compaction that forgets a record",
    changes: [
      {
        file: "src/storage/shelf-compaction.ts",
        find: "  if (!found.isIntact) return undefined;",
        become: "  if (!found.isIntact || place.offset > 2_000) return undefined;",
      },
      {
        file: "src/storage/shelf-compaction.ts",
        find: "  if (state.shardCount > 0) {",
        become: "  if (state.shardCount > 1_000) {",
      },
    ],
    nodes: 1,
  },
  alone(
    "a block that is served unverified",
    "storage/shard-reader.ts",
    '  if (bad !== undefined) {\n    return { kind: "corrupt", block',
    '  if (bad !== undefined && bad < 0) {\n    return { kind: "corrupt", block',
  ),
  alone(
    "a shard that is deleted while its commit is on its way",
    "metadata/queries.ts",
    'encoding.number < session.unitLowWater ? "garbage" : "pending"',
    '"garbage"',
  ),
  alone(
    "shards that no walk gives back",
    "upkeep/reclaim.ts",
    "    await this.#removeGarbage(stretch);\n",
    "",
  ),
  alone(
    "a reference that is not let go of",
    "metadata/units.ts",
    "  const references = unit.references - 1;",
    "  const references = Math.max(unit.references - 1, 1);",
  ),
  alone(
    "a condition that is not looked at",
    "metadata/conditions.ts",
    'if (names(ifNoneMatch, object.etag)) return failed("if-none-match");',
    "",
  ),
  atStep(
    "a clean stop",
    "a clean-stop marker that survives the start",
    "replica/clean-stop.ts",
    "  return removeSmall(disk, cleanStopFile.path);",
    "  return Promise.resolve(disk).then(() => undefined);",
  ),
  alone(
    "a read without the writes before it",
    "storage/pack-writer.ts",
    "const place = { pack: open.pack, offset: open.sizeBytes + usedBytes };",
    "const place = { pack: open.pack, offset: open.sizeBytes };",
  ),
  alone(
    "a version id that is used again",
    "metadata/versions.ts",
    "if (newest === undefined || compareBytes(proposed, newest.id) > 0) return proposed;",
    "if (newest !== undefined || proposed.length > 0) return proposed;",
  ),
  alone(
    "a file that is put in another's place without a sync",
    "storage/small-file.ts",
    "    await file.write([bytes], 0);\n    await file.sync();",
    "    await file.write([bytes], 0);",
  ),
];

/** Known ways to get the product wrong. The simulator must notice every one. */
export const mutants: readonly Mutant[] = [...loneMutants, ...clusterMutants];
