import { type CheckpointRequest, encodeCheckpointOffer } from "#format/index.ts";
import type { PeerStream } from "#peering/index.ts";
import type { Disk } from "#ports/index.ts";
import type { Checkpointer } from "./checkpointer.ts";

/** A checkpoint is read and sent in pieces of this size, in bytes. */
const pieceBytes = 256 * 1024;

/** Sends a checkpoint's offer, and its bytes from the offset on. Throws where it is not here. */
export async function sendCheckpoint(
  disk: Disk,
  checkpointer: Checkpointer,
  { point, offsetBytes }: CheckpointRequest,
  stream: PeerStream,
): Promise<void> {
  const checkpoint = checkpointer.lease(point);
  if (checkpoint === undefined) throw new Error(`there is no checkpoint at ${point.index} here`);
  const file = await disk.open(checkpoint.path, "read");
  try {
    const sizeBytes = await file.sizeBytes();
    await stream.write(encodeCheckpointOffer({ sizeBytes }));
    for (let offset = offsetBytes; offset < sizeBytes;) {
      const piece = new Uint8Array(Math.min(pieceBytes, sizeBytes - offset));
      const count = await file.read(piece, offset);
      if (count < piece.length) throw new Error("the checkpoint is shorter than it was");
      await stream.write(piece);
      offset += count;
      checkpointer.lease(point);
    }
  } finally {
    await file.close();
  }
}
