/** How a command can end. */
export type Ending =
  | "ok"
  | "failed"
  | "usage"
  | "locked"
  | "newerFormat"
  | "credentialsDiffer"
  | "damaged"
  | "addressTaken"
  | "noRuntime"
  | "noNode"
  | "notAdmitted"
  | "removed";

/** What the process's exit code means, in the order that `--help` shows. */
export const exitCodes: Readonly<Record<Ending, { code: number; meaning: string }>> = {
  ok: { code: 0, meaning: "done" },
  failed: { code: 1, meaning: "something went wrong; the message says what" },
  usage: { code: 2, meaning: "a flag or an environment variable is not right" },
  locked: { code: 3, meaning: "another node runs on the data directory" },
  newerFormat: { code: 4, meaning: "a newer Hamster wrote the data directory" },
  credentialsDiffer: { code: 5, meaning: "the credentials are not those of the data directory" },
  damaged: { code: 6, meaning: "the data directory is damaged and cannot mend itself" },
  addressTaken: { code: 7, meaning: "the address cannot be listened on" },
  noRuntime: { code: 8, meaning: "there is no Node.js that is new enough" },
  noNode: { code: 9, meaning: "no node runs on the data directory" },
  notAdmitted: { code: 10, meaning: "the cluster did not take the node" },
  removed: { code: 11, meaning: "the node was removed from its cluster" },
};

/** Ends the command with a message for people: what is wrong, and what to do next. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: number;
  /** What to do next: a sentence or two. */
  readonly advice: string;

  constructor(ending: Ending, message: string, advice: string, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCodes[ending].code;
    this.advice = advice;
  }
}
