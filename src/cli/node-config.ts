import { hostname } from "node:os";
import { text } from "node:stream/consumers";
import { JoinTokenError, parseJoinToken } from "#cluster/index.ts";
import type { NodeConfig } from "#node/index.ts";
import { CommandError } from "./exit-codes.ts";
import { advertisedAddresses } from "./node-facts.ts";
import type { Address, JoinOptions, NodeOptions, ServeOptions } from "./serve-options.ts";
import { credentialsOf } from "./start.ts";

/**
 * What the options and the environment say to the node.
 *
 * @throws CommandError where they cannot be right
 */
export async function nodeConfigOf(
  options: NodeOptions & JoinOptions & Partial<ServeOptions>,
  environment: NodeJS.ProcessEnv,
  { mayFound }: { mayFound: boolean },
): Promise<NodeConfig> {
  if (options.replaces !== undefined && options.token === undefined) {
    throw new CommandError(
      "usage",
      "A node takes another's place when it joins, and that needs a token.",
      "Make one on a node that runs, with hamster cluster token, and give it with --token.",
    );
  }
  return {
    region: options.region ?? "us-east-1",
    domains: options.domain ?? [],
    credentials: credentialsOf(environment),
    scrubPassMs: options.scrubTime,
    cluster: {
      listen: addressText(options.listen),
      advertise: advertisedAddresses,
      name: options.node,
      host: hostname(),
      zone: options.zone,
      capacityBytes: options.capacity,
      token: await tokenOf(options.token),
      replaces: options.replaces,
      mayFound,
    },
  };
}

function addressText({ host, port }: Address): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** The token, from standard input where it is `-`. @throws CommandError where it is none */
async function tokenOf(given: string | undefined): Promise<string | undefined> {
  if (given === undefined || given === "") return undefined;
  const token = given === "-" ? await text(process.stdin) : given;
  try {
    parseJoinToken(token);
    return token.trim();
  } catch (error) {
    if (!(error instanceof JoinTokenError)) throw error;
    // The token itself stays out of what is said: it may be a good one with a slip.
    throw new CommandError(
      "usage",
      `The token is not right: ${error.message}.`,
      "Make one on a node that runs: hamster cluster token --data-dir DIRECTORY",
      { cause: error },
    );
  }
}
