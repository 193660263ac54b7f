import type { ObjectsContext } from "#objects/index.ts";
import type { Ports } from "#ports/index.ts";
import type { Replica } from "#replica/index.ts";
import type { Shelf } from "#storage/index.ts";
import { Reclaim, Reencode } from "#upkeep/index.ts";
import type { Loops } from "./loops.ts";

/** What upkeep works with on a node. */
interface UpkeepParts {
  readonly ports: Ports;
  readonly replica: Replica;
  readonly shelf: Shelf;
  readonly objects: ObjectsContext;
}

/** Begins what makes the shelf match the state. */
export function beginUpkeep({ ports, replica, shelf, objects }: UpkeepParts, loops: Loops): void {
  loops.begin("reclaim", (signal) => new Reclaim({ ports, replica, shelf }).run(signal));
  loops.begin("reencode", (signal) => new Reencode({ ports, objects }).run(signal));
}
