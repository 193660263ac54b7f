import { createHash } from "node:crypto";
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/** MiB/s of MD5 in one thread: what an ETag costs at the least. */
export function md5Floor(): number {
  const piece = Buffer.alloc(1024 * 1024, 7);
  const hash = createHash("md5");
  const start = performance.now();
  for (let i = 0; i < 256; i++) hash.update(piece);
  hash.digest();
  return 256 / ((performance.now() - start) / 1000);
}

/** MiB/s of writing a file of 64 MiB in pieces of 1 MiB and syncing it, in `folder`. */
export function diskFloor(folder: string): number {
  const scratch = mkdtempSync(join(folder, "floor-"));
  const piece = Buffer.alloc(1024 * 1024, 7);
  try {
    const file = openSync(join(scratch, "file"), "w");
    const start = performance.now();
    for (let i = 0; i < 64; i++) writeSync(file, piece);
    fdatasyncSync(file);
    const seconds = (performance.now() - start) / 1000;
    closeSync(file);
    return 64 / seconds;
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
