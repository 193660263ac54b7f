import type { Mutant } from "#sim/mutant-list.ts";
import type { FaultName } from "./fault.ts";

const power: readonly FaultName[] = ["powerCut", "powerCutOfAll", "kill", "isolation"];
const cables: readonly FaultName[] = ["breakingConnections", "connectionsBroken", "halfOpenLink"];
const operators: readonly FaultName[] = [
  ...(["drain", "undrain", "removal", "joinUnderLoad", "replacement", "optimize"] as const),
  ...(["powerCut", "kill", "isolation", "shelfRot", "diskWiped"] as const),
];

/** A mistake that runs of so many nodes notice. */
function among(nodes: number, name: string, file: string, find: string, become: string): Mutant {
  return { name, changes: [{ file: `src/${file}`, find, become }], nodes };
}

/** One that shows itself where these faults happen. */
function under(faults: readonly FaultName[], mutant: Mutant): Mutant {
  return { ...mutant, faults };
}

/** Mistakes that concern nodes with each other. */
export const clusterMutants: readonly Mutant[] = [
  among(
    3,
    "an entry that a minority commits",
    "raft/quorum.ts",
    "  return reached[reached.length - majorityOf(reached.length)] ?? 0;",
    "  return reached[reached.length - 1] ?? 0;",
  ),
  under(
    power,
    among(
      3,
      "a follower that answers before its log is synced",
      "replica/appends.ts",
      "    log.sync().then(",
      "    log.sync().catch(() => undefined);\n    Promise.resolve().then(",
    ),
  ),
  among(
    3,
    "a read that waits for no round",
    "replica/driver.ts",
    "    return this.#watched(this.#reads.wait(options));",
    "    return this.#watched(this.#reads.waitFor(store.applied.index, options));",
  ),
  among(
    3,
    "a refusal without a barrier",
    "s3/services.ts",
    "  if (row?.owner !== call.account) await replica.readBarrier({ signal: call.signal });\n",
    "",
  ),
  under(
    [...cables, "oneWayCut"],
    among(
      3,
      "a command that runs as often as it is sent",
      "metadata/sessions.ts",
      "  if (before.kept.includes(number)) {",
      "  if (before.kept.includes(-1 - number)) {",
    ),
  ),
  among(
    3,
    "a row that tells which replica made it",
    "metadata/units.ts",
    "encoding, references: 1, unreferencedUnixMs: 0 };",
    "encoding, references: 1, unreferencedUnixMs: (globalThis.made = (globalThis.made ?? 0) + 1) };",
  ),
  among(
    3,
    "a condition that the leader does not look at",
    "metadata/conditions.ts",
    'if (names(ifNoneMatch, object.etag)) return failed("if-none-match");',
    "",
  ),
  among(
    3,
    "a listing that does not follow a deletion",
    "metadata/delete-versions.ts",
    "  mendListing(step, { row, bucket, key });\n  return { versionId: stored.id, isNull: true",
    "  return { versionId: stored.id, isNull: true",
  ),
  among(
    3,
    "a range that is one byte short",
    "s3/range.ts",
    "  return { offsetBytes: request.first, lengthBytes: last - request.first + 1 };",
    "  return { offsetBytes: request.first, lengthBytes: Math.max(last - request.first, 1) };",
  ),
  under([...power, "diskWiped"], {
    name: "a floor that leaves nothing to spare",
    nodes: 3,
    changes: [
      {
        file: "src/objects/unit-plan.ts",
        find: "  return Math.min(k + 1, k + m);",
        become: "  return Math.min(k, k + m);",
      },
      {
        file: "src/metadata/units.ts",
        find: "  const durableMin = Math.min(k + 1, shards);",
        become: "  const durableMin = k;",
      },
    ],
  }),
  among(
    3,
    "a shard that is answered for before it is kept",
    "objects/shard-server.ts",
    "        await shard.seal(raw.subarray(dataSizeBytes));\n      } finally {\n        await shard.abort();\n      }",
    "        void shard.seal(raw.slice(dataSizeBytes)).catch(() => undefined);\n      } finally {\n      }",
  ),
  among(
    3,
    "a pack record of another node's that is not synced",
    "storage/pack-writer.ts",
    "await open.file.writeDurably(parts, open.sizeBytes);",
    "await open.file.write(parts, open.sizeBytes);",
  ),
  under(
    operators,
    among(
      3,
      "homes that are not held against the layout",
      "metadata/units.ts",
      "  if (homes.some((node, index) => node !== row[index])) {",
      "  if (homes.length > 100 * row.length) {",
    ),
  ),
  under(
    operators,
    among(
      3,
      "a walk that drops what nobody has confirmed",
      "upkeep/drop.ts",
      "    confirmed = await askToConfirm(peers, node, { layoutVersion, shards }, signal);",
      "    confirmed = shards;",
    ),
  ),
  under(
    operators,
    among(
      3,
      "a shard that is confirmed unread",
      "upkeep/confirm.ts",
      '    if (kind === "intact") right.push(place);',
      '    if (kind !== "missing") right.push(place);',
    ),
  ),
  under(operators, {
    name: "a unit whose old shards go before the new ones count",
    nodes: 3,
    changes: [
      {
        file: "src/objects/recode.ts",
        find: "  const swaps = ready.map((one) => swapOf(one));",
        become: [
          "  for (const one of ready) {",
          "    const { id: encoding, k, m } = one.row.encoding;",
          "    const { id: unit } = one.writer.kept.describe();",
          "    const names = Array.from({ length: k + m }, (_, index) => ({ unit, encoding, index }));",
          "    for (const node of context.units.members()) {",
          "      await context.shards.remove(node, names).catch(() => undefined);",
          "    }",
          "  }",
          "  const swaps = ready.map((one) => swapOf(one));",
        ].join("\n"),
      },
    ],
  }),
  under(
    operators,
    among(
      3,
      "an encoding that takes the place of one it was not made from",
      "metadata/swap-encodings.ts",
      "  if (!sameId(unit.encoding.id, swap.replaced)) {",
      "  if (unit.encoding.k < 0) {",
    ),
  ),
  under(
    ["storeRot", "kill"],
    among(
      3,
      "a store whose checksums nobody looks at",
      "storage/checked-store.ts",
      "      if (checksum === checksumOf(key, value)) return value;",
      "      return value;",
    ),
  ),
  under(
    ["keyRotation", "isolation", "kill"],
    among(
      3,
      "a key that is used before others know it",
      "cluster/key-rotation.ts",
      "  await untilKnown(parts, next);\n",
      "",
    ),
  ),
  under(
    ["logLost", "diskWiped", "powerCut", "powerCutAtStep"],
    among(
      3,
      "a checkpoint of another's that is not synced",
      "replica/incoming-checkpoint.ts",
      "      await this.#file.sync();\n",
      "",
    ),
  ),
];
