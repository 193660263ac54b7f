import type { KnownPeers, NodeIdentity } from "#format/index.ts";
import type { Disk } from "#ports/index.ts";
import { writeIdentity } from "./identity.ts";

/** The identity on disk, as one run of the node keeps it: written by nobody else meanwhile. */
export class IdentityKeeper {
  readonly #disk: Disk;
  #identity: NodeIdentity;
  #writing: Promise<void> = Promise.resolve();
  #isOver = false;

  constructor(disk: Disk, identity: NodeIdentity) {
    this.#disk = disk;
    this.#identity = identity;
  }

  /** Who belongs to the cluster, as the file says. */
  get known(): KnownPeers | undefined {
    return this.#identity.known;
  }

  /** Keeps who belongs to the cluster, for the next start. */
  keepKnown(known: KnownPeers): Promise<void> {
    return this.#isOver ? this.#writing : this.#write({ ...this.#identity, known });
  }

  /** From the next start on the node is another member of the log's group: this run is over. */
  beginAnew({ raftId, known }: { raftId: number; known: KnownPeers }): Promise<void> {
    this.#isOver = true;
    return this.#write({ ...this.#identity, raftId, known, hasBegun: false });
  }

  #write(identity: NodeIdentity): Promise<void> {
    this.#identity = identity;
    const write = (): Promise<void> => writeIdentity(this.#disk, identity);
    this.#writing = this.#writing.then(write, write);
    return this.#writing;
  }
}
