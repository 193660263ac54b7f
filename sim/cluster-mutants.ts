// Plants known mistakes of the cluster, one at a time, into a copy of the tree, and sees that the
// tests that are named beside each notice it: node sim/cluster-mutants.ts [part of a name]
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A mistake: in this file this text becomes that one, and this test file fails. */
interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly become: string;
  readonly test: string;
}

const mutants: readonly Mutant[] = [
  {
    name: "a shard that is counted twice",
    file: "src/objects/unit-writer.ts",
    find: "    if (this.#live().length >= this.#plan.durableMin) return;",
    become: "    if (this.#live().length + 1 >= this.#plan.durableMin) return;",
    test: "src/objects/failing-homes.test.ts",
  },
  {
    name: "a commit before the shards are sealed",
    file: "src/objects/body-writer.ts",
    find: "    await this.#units.at(-1)?.seal();",
    become: "    void this.#units.at(-1)?.seal().catch(() => undefined);",
    test: "src/objects/cluster-bodies.test.ts",
  },
  {
    name: "homes that apply does not compare",
    file: "src/metadata/units.ts",
    find: "  if (homes.some((node, index) => node !== row[index])) {",
    become: "  if (homes.some((node, index) => node !== row[index]) && row.length === 0) {",
    test: "src/metadata/units.test.ts",
  },
  {
    name: "garbage that is judged without a barrier",
    file: "src/upkeep/reclaim.ts",
    find: "    const { replica, shelf, ports } = this.#context;\n    await replica.readBarrier();",
    become: "    const { replica, shelf, ports } = this.#context;",
    test: "src/upkeep/reclaim.test.ts",
  },
  {
    name: "a mark that is cleared though it was renewed",
    file: "src/metadata/marks.ts",
    find: "    if (readRow(step.batch, skippedMarks, key)?.logIndex !== logIndex) continue;",
    become: "    if (readRow(step.batch, skippedMarks, key) === undefined) continue;",
    test: "src/metadata/marks.test.ts",
  },
  {
    name: "a confirmation of a shard that is on its way out",
    file: "src/upkeep/confirm.ts",
    find: "    if (name === undefined || leaving.has(name)) return false;",
    become: "    if (name === undefined) return false;",
    test: "src/upkeep/drop.test.ts",
  },
  {
    name: "a shard that is dropped on the word of an older layout",
    file: "src/upkeep/drop.ts",
    find: "  if (layoutOf(reader)?.version !== layoutVersion) return 0;",
    become: "",
    test: "src/upkeep/drop.test.ts",
  },
  {
    name: "a damaged shard that nobody is told of",
    file: "src/objects/cluster-shards.ts",
    find: "    else await this.#remote.suspect(node, name);",
    become: "",
    test: "sim/cluster-heal.test.ts",
  },
  {
    name: "a slow shard that is waited for",
    file: "src/objects/stripe-fetch.ts",
    find: "      if (this.#isOver || !this.#isWaiting() || !pace.tryHedge()) continue;",
    become: "      if (this.#isOver || !this.#isWaiting() || this.#k > 0) continue;",
    test: "src/objects/cluster-bodies.test.ts",
  },
  {
    name: "a token that lets two in",
    file: "src/metadata/tokens.ts",
    find: "  if (token.usedBy > 0) return",
    become: "  if (token.usedBy > 1_000) return",
    test: "src/metadata/nodes.test.ts",
  },
  {
    name: "a node whose key was taken from the registry and is heard on",
    file: "src/peering/peer-network.ts",
    find: "      if (isKnown && connection.epoch === epoch) continue;",
    become: "      if (isKnown || connection.epoch === epoch) continue;",
    test: "src/peering/peer-network.test.ts",
  },
  {
    name: "a node that is back and waited for",
    file: "src/peering/peer-network.ts",
    find: "        this.#links.get(node)?.hint();",
    become: "",
    test: "src/peering/peer-return.test.ts",
  },
  {
    name: "a search for homes that ends too soon",
    file: "src/objects/unit-plan.ts",
    find: "(best === undefined ? drawsMax : draws.count)",
    become: "draws.count",
    test: "src/objects/failing-homes.test.ts",
  },
];

const repository = join(import.meta.dirname, "..");

/** The tests that noticed a mutant, by name. */
function hunt(mutant: Mutant): readonly string[] {
  const tree = mkdtempSync(join(tmpdir(), "mutant-"));
  try {
    for (const part of ["src", "sim", "test", "package.json"]) {
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
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const words = ["--test", "--test-reporter=tap", "--test-timeout=120000", mutant.test];
    const { stdout } = spawnSync(process.execPath, words, { cwd: tree, env, encoding: "utf8" });
    return [...stdout.matchAll(/^not ok \d+ - (.*)$/gm)].map(([, name = ""]) => name);
  } finally {
    rmSync(tree, { recursive: true });
  }
}

const wanted = process.argv[2] ?? "";
let survivors = 0;
for (const mutant of mutants.filter(({ name }) => name.includes(wanted))) {
  const [first, ...others] = hunt(mutant);
  if (first === undefined) survivors++;
  const more = others.length === 0 ? "" : `, and ${others.length} more`;
  console.log(`| ${mutant.name} | ${first ?? "NOT NOTICED"}${more} |`);
}
process.exitCode = survivors > 0 ? 1 : 0;
