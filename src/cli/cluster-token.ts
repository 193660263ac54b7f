import { askNode } from "./ask.ts";
import type { TokenOptions } from "./cluster-commands.ts";

/** What a node answers to `token`. */
interface MadeToken {
  token: string;
  warnings: readonly string[];
}

/**
 * Has the node make a token; the token alone goes to standard output.
 *
 * @throws CommandError
 */
export async function printToken({ dataDir, ttl }: TokenOptions): Promise<void> {
  const made = await askNode<MadeToken>(dataDir, "token", { lifetimeMs: ttl });
  console.log(made.token);
  for (const warning of made.warnings) console.error(`Note: ${warning}`);
  if (!process.stdout.isTTY) return;
  console.error(
    "\nOne node can join with it, once, within the time it was given. On the other machine:\n" +
      "  hamster serve --listen HOST:9001 --s3 HOST:9000 --token TOKEN",
  );
}
