import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directoryDisk, lmdbStores } from "#host/index.ts";
import { diskContract } from "#test/contracts/disk.ts";
import { keyValueContract } from "#test/contracts/key-value.ts";

async function withDirectory(use: (root: string) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "hamster-contract-"));
  try {
    await use(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

diskContract("real", (use) => withDirectory((root) => use(directoryDisk(root))));
keyValueContract("real", (use) => withDirectory((root) => use(lmdbStores(root))));
