import {
  type AdminCall,
  doctorReport,
  scrubReport,
  serveScrub,
  serveWalk,
  walkOf,
  type WalkReport,
  repairReport,
  type NodeWalk,
} from "#cluster/index.ts";
import type { ShardName } from "#format/index.ts";
import type { ObjectsContext } from "#objects/index.ts";
import type { Peers } from "#peering/index.ts";
import type { Ports } from "#ports/index.ts";
import type { Replica } from "#replica/index.ts";
import type { Shelf } from "#storage/index.ts";
import {
  Doctor,
  Healing,
  Leaving,
  PresenceWalk,
  Reclaim,
  Reencode,
  Scrub,
  scrubPassMs,
  serveConfirmations,
  type Traffic,
} from "#upkeep/index.ts";
import type { Loops } from "./loops.ts";

/** What upkeep works with on a node. */
interface UpkeepParts {
  readonly ports: Ports;
  readonly peers: Peers;
  readonly replica: Replica;
  readonly shelf: Shelf;
  readonly objects: ObjectsContext;
  readonly traffic: Traffic;
  /** How long the scrub takes for one look at all shards. */
  readonly scrubPassMs: number | undefined;
}

/** What makes the shelf match the state, and what may be asked of it. */
export class Upkeep {
  readonly #parts: UpkeepParts;
  readonly #scrub: Scrub;
  readonly #doctor: Doctor;
  readonly #walk: PresenceWalk;
  readonly #healing: Healing;
  readonly #reencode: Reencode;

  constructor(parts: UpkeepParts) {
    const { ports, peers, replica, shelf, objects, traffic } = parts;
    this.#parts = parts;
    const leaving = new Leaving();
    this.#walk = new PresenceWalk({ ports, peers, objects, shelf, leaving, traffic });
    this.#healing = new Healing({ ports, self: peers.self, objects, shelf });
    const { reader } = replica;
    serveConfirmations(peers, { ports, self: peers.self, reader, shelf, leaving, traffic });
    this.#scrub = new Scrub({
      ports,
      replica,
      shelf,
      traffic,
      passMs: parts.scrubPassMs ?? scrubPassMs,
      onDamaged: (name) => this.suspect(name),
    });
    this.#doctor = new Doctor({ ...objects, ports, traffic });
    this.#reencode = new Reencode({ ports, objects, traffic });
    serveScrub(peers, this.#scrub);
    serveWalk(peers, this.#nodeWalk);
  }

  get #nodeWalk(): NodeWalk {
    const [walk, healing, reencode] = [this.#walk, this.#healing, this.#reencode];
    return {
      get state() {
        const { state: recoding } = reencode;
        return { ...walk.state, damagedShards: healing.count, recoding };
      },
      hurry: () => walk.hurry(),
    };
  }

  /** How a node's walk stands; undefined where it does not answer in time. */
  walkOf(node: number): Promise<WalkReport | undefined> {
    return walkOf({ peers: this.#parts.peers, walk: this.#nodeWalk }, node);
  }

  /** What the command line may ask. */
  get calls(): Readonly<Record<string, AdminCall>> {
    const { peers, replica } = this.#parts;
    const scrub = this.#scrub;
    return {
      repair: (fields) => {
        return repairReport({ peers, reader: replica.reader, walk: this.#nodeWalk }, fields);
      },
      scrub: (fields) => scrubReport({ peers, reader: replica.reader, scrub }, fields),
      doctor: async ({ begin }) => {
        if (begin === true) this.#doctor.examine();
        return doctorReport(this.#doctor.diagnosis);
      },
    };
  }

  /** Says that a shard of this node may not be what was committed. */
  suspect(name: ShardName): void {
    this.#healing.suspect(name);
  }

  begin(loops: Loops): void {
    const { ports, replica, shelf } = this.#parts;
    loops.begin("reclaim", (signal) => new Reclaim({ ports, replica, shelf }).run(signal));
    loops.begin("reencode", (signal) => this.#reencode.run(signal));
    loops.begin("walk", (signal) => this.#walk.run(signal));
    loops.begin("healing", (signal) => this.#healing.run(signal));
    loops.begin("scrub", (signal) => this.#scrub.run(signal));
    loops.begin("doctor", (signal) => this.#doctor.run(signal));
  }
}
