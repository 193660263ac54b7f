import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KeyFolder, directoryDisk, lmdbStores, tlsNetwork } from "#host/index.ts";
import { diskContract } from "#test/contracts/disk.ts";
import { keyValueContract } from "#test/contracts/key-value.ts";
import { type NetworkPlace, networkContract } from "#test/contracts/network.ts";

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

function placeIn(root: string): NetworkPlace {
  const identity = new KeyFolder(root);
  const network = tlsNetwork(identity, { write: () => undefined });
  return { network, identity, address: "127.0.0.1:0" };
}

networkContract("real", (use) =>
  withDirectory((one) =>
    withDirectory((other) => use({ here: placeIn(one), there: placeIn(other) })),
  ),
);
