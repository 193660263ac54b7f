import { NetworkError } from "#base/network-error.ts";
import { JoinRefusedError } from "#cluster/index.ts";
import { ForeignTokenError, NotEnrolledError } from "#node/index.ts";
import { CommandError } from "./exit-codes.ts";

const newToken =
  "Make a new one on a node that runs, with hamster cluster token, and give it with --token.";

/** Why a node has no place in a cluster, for people; undefined where it is something else. */
export function joinErrorOf(error: unknown): CommandError | undefined {
  if (error instanceof JoinRefusedError) {
    return new CommandError(
      "notAdmitted",
      `The cluster does not take this node: ${error.code}: ${error.message}.`,
      adviceFor(error),
      { cause: error },
    );
  }
  if (error instanceof ForeignTokenError) {
    return new CommandError(
      "notAdmitted",
      `The token is of another cluster: ${error.message}.`,
      "Leave the token out, or name an empty directory with --data-dir.",
      { cause: error },
    );
  }
  if (error instanceof NotEnrolledError) {
    return new CommandError(
      "notAdmitted",
      "The data directory is no node's yet.",
      `Found a cluster with hamster cluster init, or join one. ${newToken}`,
      { cause: error },
    );
  }
  if (error instanceof NetworkError && error.code === "address-in-use") {
    return new CommandError(
      "addressTaken",
      `Other nodes cannot be heard: ${error.message}.`,
      "Name another address with --listen, such as --listen 127.0.0.1:9002; port 0 takes a free one.",
      { cause: error },
    );
  }
  return undefined;
}

function adviceFor({ code }: JoinRefusedError): string {
  if (code === "unreachable") {
    return "See that a node which the token names runs, and can be reached from here.";
  }
  if (code === "invalid") return "Mend what it names; the token was not used up.";
  return `A token works once, and until its time is over. ${newToken}`;
}
