import { DiskError } from "#base/disk-error.ts";
import type { LogPoint } from "#format/index.ts";
import { PeerError, type Peers } from "#peering/index.ts";
import type { Disk, DiskFile } from "#ports/index.ts";
import { incomingPath } from "#storage/index.ts";
import { fetchCheckpoint } from "./group-link.ts";
import { checkpointDirectory, type ReplicaPorts } from "./replica-config.ts";

/**
 * A checkpoint on its way here, and how far it is: what has come is never asked for again while the
 * node runs. A start removes what an earlier run left of one.
 */
export class IncomingCheckpoint {
  readonly point: LogPoint;
  readonly path: string;
  readonly #ports: Pick<ReplicaPorts, "disk" | "trace">;
  readonly #file: DiskFile;
  #offsetBytes = 0;
  /** Who sent the last of it. */
  #node: number;

  private constructor(
    ports: Pick<ReplicaPorts, "disk" | "trace">,
    parts: { point: LogPoint; path: string; file: DiskFile; node: number },
  ) {
    this.#ports = ports;
    this.point = parts.point;
    this.path = parts.path;
    this.#file = parts.file;
    this.#node = parts.node;
  }

  /** @param node who offers it */
  static async begin(
    ports: Pick<ReplicaPorts, "disk" | "trace">,
    point: LogPoint,
    node: number,
  ): Promise<IncomingCheckpoint> {
    const path = incomingPath(checkpointDirectory, point.index);
    await removeIfThere(ports.disk, path);
    const file = await ports.disk.open(path, "create");
    return new IncomingCheckpoint(ports, { point, path, file, node });
  }

  /** Who sent the last of it. */
  get node(): number {
    return this.#node;
  }

  /** Gets what one node has of the rest. Durable where it is whole. */
  async fetchFrom(peers: Peers, node: number, signal: AbortSignal): Promise<"whole" | "cut-short"> {
    try {
      const request = { point: this.point, offsetBytes: this.#offsetBytes };
      const { sizeBytes, pieces } = await fetchCheckpoint(peers, node, request, signal);
      this.#node = node;
      for await (const piece of pieces) {
        await this.#file.write([piece], this.#offsetBytes);
        this.#offsetBytes += piece.length;
      }
      if (this.#offsetBytes !== sizeBytes) return "cut-short";
      await this.#file.sync();
      return "whole";
    } catch (error) {
      if (!(error instanceof PeerError)) throw error;
      const { index } = this.point;
      const offsetBytes = this.#offsetBytes;
      const reason = error.message;
      this.#ports.trace.write("info", "checkpointCutShort", { node, index, offsetBytes, reason });
      return "cut-short";
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** It is of no use. */
  async drop(): Promise<void> {
    await this.#file.close();
    await removeIfThere(this.#ports.disk, this.path);
  }
}

/** Removes a file, if it is there. */
export async function removeIfThere(disk: Disk, path: string): Promise<void> {
  try {
    await disk.remove(path);
  } catch (error) {
    if (!(error instanceof DiskError) || error.code !== "not-found") throw error;
  }
}
