/**
 * Loaded ahead of a server, with `--import`: writes on SIGUSR2 how many promises were made and how
 * many bytes of V8's heap were allocated so far, to the file that COUNT_FILE names. Unlike times,
 * these are the same whoever else uses the machine.
 */
import { renameSync, writeFileSync } from "node:fs";
import v8 from "node:v8";

export interface Counts {
  promises: number;
  allocatedBytes: number;
}

let promises = 0;
v8.promiseHooks.onInit(() => {
  promises++;
});

process.on("SIGUSR2", () => {
  const file = process.env["COUNT_FILE"] ?? "";
  const statistics = v8.getHeapStatistics() as { total_allocated_bytes?: number };
  const counts: Counts = { promises, allocatedBytes: statistics.total_allocated_bytes ?? 0 };
  writeFileSync(`${file}.new`, JSON.stringify(counts));
  renameSync(`${file}.new`, file);
});
