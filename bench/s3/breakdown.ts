/**
 * Says on what the main thread of a server spent its time, from a profile that `npm run bench --
 * --profile PATH` left: `node bench/s3/breakdown.ts FILE REQUESTS` prints microseconds a request.
 * A sample counts for the innermost function on its stack that one of the parts owns.
 */
import { readFileSync } from "node:fs";

interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string };
  children?: number[];
}

interface Profile {
  nodes: ProfileNode[];
  samples: number[];
  timeDeltas: number[];
}

/** Parts by what the path of a source file, or for native code the function's name, matches. */
const parts: readonly (readonly [part: string, owned: RegExp])[] = [
  ["idle", /^\(idle\)$/],
  ["garbage collection", /^\(garbage collector\)$/],
  ["loading modules", /node:internal\/(modules|deps|bootstrap|process\/execution)/],
  ["signature", /src\/s3\/(authenticate|sigv4|signed-claim|payload-hash)/],
  ["hashes", /src\/(base\/hash|host\/(compute|digest))|erasure\/unit-checksums/],
  ["codecs", /src\/format\//],
  ["calls of the disk", /src\/host\/disk/],
  ["store: LMDB and overlay", /src\/(host\/(lmdb|overlay|merged)|storage\/checked)|modules\/lmdb/],
  ["metadata's apply and reads", /src\/metadata\//],
  ["log and replica", /src\/(replica\/|storage\/(log|segment))/],
  ["shelf", /src\/storage\//],
  ["gateway", /src\/s3\//],
  ["coordinators and stripes", /src\/(objects|erasure)\//],
  ["HTTP", /src\/host\/http|node:(_http|net|internal\/(stream|streams|http))/],
];

function read(file: string): Profile {
  return JSON.parse(readFileSync(file, "utf8")) as Profile;
}

/** The names on a node's stack, innermost first. */
function stackOf(
  id: number,
  nodes: Map<number, ProfileNode>,
  above: Map<number, number>,
): string[] {
  const names: string[] = [];
  for (let at: number | undefined = id; at !== undefined; at = above.get(at)) {
    const frame = nodes.get(at)?.callFrame;
    if (frame !== undefined) names.push(frame.url === "" ? frame.functionName : frame.url);
  }
  return names;
}

function partOf(stack: readonly string[]): string {
  for (const name of stack) {
    const part = parts.find(([, owned]) => owned.test(name))?.[0];
    // What the signature hashes is the signature's.
    if (part === "hashes" && stack.some((below) => /src\/s3\/sigv4/.test(below)))
      return "signature";
    if (part !== undefined) return part;
  }
  return "else: Node's timers, promises, native code";
}

function breakdown(profile: Profile): Map<string, number> {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const above = new Map<number, number>();
  for (const node of profile.nodes)
    for (const child of node.children ?? []) above.set(child, node.id);
  const partOfNode = new Map<number, string>();
  const micros = new Map<string, number>();
  for (const [i, id] of profile.samples.entries()) {
    const part = partOfNode.getOrInsertComputed(id, () => partOf(stackOf(id, nodes, above)));
    micros.set(part, (micros.get(part) ?? 0) + (profile.timeDeltas[i] ?? 0));
  }
  return micros;
}

const [file, requests] = process.argv.slice(2);
if (file === undefined || requests === undefined) {
  throw new Error("usage: node bench/s3/breakdown.ts FILE REQUESTS");
}
for (const [part, micros] of [...breakdown(read(file))].sort((a, b) => b[1] - a[1])) {
  console.log(`${(micros / Number(requests)).toFixed(1).padStart(8)} us  ${part}`);
}
