import type { RotatedKey } from "#cluster/index.ts";
import { askNode } from "./ask.ts";
import type { DirectoryOptions } from "./serve-options.ts";

/**
 * Has the node change its key.
 *
 * @throws CommandError
 */
export async function rotateKey({ dataDir }: DirectoryOptions): Promise<void> {
  const { keyFingerprint } = await askNode<RotatedKey>(dataDir, "rotate-key");
  console.log(keyFingerprint);
}
