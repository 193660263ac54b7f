import type { Clock, Random } from "#ports/index.ts";

/** Version and upload ids are UUIDs of version 7: RFC 9562, section 5.7. */
export const versionIdSizeBytes = 16;

/** Where ids are built: an array that is looked at by a view is moved out of V8's heap first. */
const scratch = new Uint8Array(versionIdSizeBytes);
const view = new DataView(scratch.buffer);

/**
 * A fresh id: the time in milliseconds, then 74 random bits. Ids of one key sort by time as far as
 * clocks agree; apply bumps those that do not.
 */
export function newVersionId(ports: { clock: Clock; random: Random }): Uint8Array<ArrayBuffer> {
  const unixMs = ports.clock.unixMs();
  view.setUint32(0, Math.floor(unixMs / 2 ** 16));
  view.setUint16(4, unixMs % 2 ** 16);
  view.setUint16(6, 0x7000 | ports.random.below(2 ** 12));
  view.setUint32(8, 2 ** 31 + ports.random.below(2 ** 30));
  view.setUint32(12, ports.random.below(2 ** 32));
  return scratch.slice();
}
