import { networkInterfaces } from "node:os";
import { isIPv6 } from "node:net";

/**
 * The addresses that other nodes are told for one that is listened on: itself, or for one that
 * stands for all of this machine's, these.
 *
 * @param bound `host:port`
 */
export function advertisedAddresses(bound: string): readonly string[] {
  const [, host = "", port = ""] = /^\[?(.*?)\]?:(\d+)$/.exec(bound) ?? [];
  if (host !== "0.0.0.0" && host !== "::") return [bound];
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const usable = all
    // Link-local addresses mean nothing without the name of a card.
    .filter(({ address, internal }) => !internal && !/^(fe80:|169\.254\.)/i.test(address))
    .filter(({ address }) => host === "::" || !isIPv6(address))
    .map(({ address }) => `${isIPv6(address) ? `[${address}]` : address}:${port}`);
  // A machine without any network can still have several nodes.
  return usable.length > 0 ? usable : [`127.0.0.1:${port}`];
}
