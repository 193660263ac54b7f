import type { BodyReader } from "./body-reader.ts";
import type { ObjectsContext } from "./context.ts";
import type { InFlight } from "./in-flight.ts";
import type { UnitWriter } from "./unit-writer.ts";

/** Stripes of one body that are written at a time, while the next is filled. */
export const stripesInFlightMax = 3;

/**
 * Fills a unit with the next bytes of a body, stripe by stripe.
 *
 * @param from.writes what is under way: all of it must end before the unit is sealed or discarded
 * @throws whatever the body or a write throws
 */
export async function fillUnit(
  { stripes }: Pick<ObjectsContext, "stripes">,
  unit: UnitWriter,
  { reader, writes, signal }: { reader: BodyReader; writes: InFlight; signal: AbortSignal },
): Promise<void> {
  for (let index = 0; index < unit.stripeCount; index++) {
    // Whoever sends nothing must not hold memory that others wait for.
    await reader.ready();
    const stripe = await unit.takeStripe(index, signal);
    try {
      await reader.readInto(stripe.data);
      signal.throwIfAborted();
    } catch (error) {
      stripes.release(stripe);
      throw error;
    }
    await writes.add(unit.write(stripe));
  }
}
