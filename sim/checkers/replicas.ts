import { compareBytes, equalBytes } from "#base/bytes.ts";
import { check } from "#sim/check-error.ts";
import type { Machine } from "#sim/machine.ts";
import { mapAscend, type OrderedMap } from "#sim/ordered-map.ts";
import type { World } from "#sim/world.ts";

const lookPauseMs = 20;
/** Nodes that are left in peace have all applied the same within so long. */
const agreementMsMax = 60_000;
const storeName = "store";
/** No key sorts before it. */
const firstKey = Uint8Array.of(0);

/**
 * Checks that the replicated state is the same, byte by byte, on all machines once they have come
 * to the same index: the row that says so is one of the rows compared.
 *
 * @throws CheckError
 */
export async function checkReplicas(world: World, machines: readonly Machine[]): Promise<void> {
  const [first, ...others] = machines;
  if (first === undefined) return;
  const endMs = world.nowMs + agreementMsMax;
  for (;;) {
    const states = others.map(({ stores }) => stores.seen(storeName));
    const wanted = first.stores.seen(storeName);
    const differences = states.map((state) => firstDifference(wanted, state));
    if (differences.every((difference) => difference === undefined)) return;
    const isInTime = world.nowMs < endMs;
    check(isInTime, "replicas are the same, byte by byte", differences.join("; "));
    await world.sleep(lookPauseMs);
  }
}

/** The first key at which two states differ. */
function firstDifference(a: OrderedMap, b: OrderedMap): string | undefined {
  if (a === b) return undefined;
  const rest = mapAscend(b, firstKey, undefined);
  for (const [key, value] of mapAscend(a, firstKey, undefined)) {
    const other = rest.next();
    if (other.done === true) return `only one has ${key.toHex()}`;
    const [otherKey, otherValue] = other.value;
    if (compareBytes(key, otherKey) !== 0) return `${key.toHex()} / ${otherKey.toHex()}`;
    if (!equalBytes(value, otherValue)) return `the value of ${key.toHex()}`;
  }
  const { done, value } = rest.next();
  return done === true ? undefined : `only one has ${value[0].toHex()}`;
}
