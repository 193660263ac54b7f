// Flips every bit of a small node's disk, one at a time: npm run sim:bit-truth -- [--every 100]
import { parseArgs } from "node:util";
import { type Outcome, takeTour, type Tour } from "./bit-truth.ts";
import { tinySizes, usualSizes } from "./bit-truth-shop.ts";

/** Of the objects of usual sizes a sample: they have tens of millions of bits. */
const usualEveryNth = 200_003;

/** All parts of a node's disk, at each moment that makes a difference to them. */
const tours: readonly Omit<Tour, "everyNth">[] = [
  { sizes: tinySizes, moment: "live", part: /^shelf\// },
  { sizes: tinySizes, moment: "at rest", part: /^shelf\// },
  { sizes: tinySizes, moment: "without index", part: /^shelf\// },
  { sizes: tinySizes, moment: "at rest", part: /^(log|checkpoints|replica|node)/ },
  { sizes: tinySizes, moment: "live", part: /^(store|shelf-index)/ },
  { sizes: tinySizes, moment: "at rest", part: /^(store|shelf-index)/ },
  { sizes: usualSizes, moment: "live", part: /^shelf\// },
  { sizes: usualSizes, moment: "at rest", part: /^shelf\// },
];

const { values } = parseArgs({ options: { every: { type: "string", default: "1" } } });
const totals = new Map<Outcome, number>();
for (const tour of tours) {
  const startedMs = performance.now();
  const everyNth = Number(values.every) * (tour.sizes === tinySizes ? 1 : usualEveryNth);
  const counts = await takeTour({ ...tour, everyNth });
  const tookS = ((performance.now() - startedMs) / 1000).toFixed(0);
  const size = tour.sizes === tinySizes ? "tiny" : "usual";
  console.log(`${size}, ${tour.moment}, ${tour.part.source}: ${textOf(counts)}; ${tookS} s`);
  for (const [outcome, count] of counts) totals.set(outcome, (totals.get(outcome) ?? 0) + count);
}
console.log(`all: ${textOf(totals)}; nothing untrue was read`);

function textOf(counts: ReadonlyMap<Outcome, number>): string {
  const flips = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const parts = [...counts].map(([outcome, count]) => `${count} ${outcome}`).sort();
  return `${flips} flips: ${parts.join(", ")}`;
}
