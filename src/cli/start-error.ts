import { DiskError } from "#base/disk-error.ts";
import { StoreDamagedError } from "#base/store-damaged-error.ts";
import { FormatError } from "#format/index.ts";
import { KeyDamagedError } from "#host/index.ts";
import { CredentialsDifferError } from "#node/index.ts";
import { BootRefusedError } from "#replica/index.ts";
import { CommandError } from "./exit-codes.ts";
import { joinErrorOf } from "./join-error.ts";

/** Why a node did not start, for people: what is wrong, and what to do next. */
export function startErrorOf(error: unknown): CommandError {
  const { message } = error instanceof Error ? error : new Error(String(error));
  if (error instanceof FormatError && error.code === "newer") {
    return new CommandError(
      "newerFormat",
      `A newer Hamster wrote this data directory: ${message}`,
      "Start that version or a later one; nothing was changed.",
      { cause: error },
    );
  }
  if (error instanceof CredentialsDifferError) {
    return new CommandError(
      "credentialsDiffer",
      `The credentials in the environment are not those of this store: ${message}.`,
      "Unset HAMSTER_ACCESS_KEY_ID and HAMSTER_SECRET_ACCESS_KEY, or set them to the store's own.",
      { cause: error },
    );
  }
  if (error instanceof BootRefusedError) {
    return new CommandError(
      "damaged",
      `The data directory is damaged: ${message}`,
      "Nothing was changed. Ask for help before you delete anything.",
      { cause: error },
    );
  }
  if (isDamage(error)) {
    return new CommandError(
      "damaged",
      `The data directory is damaged: ${message}`,
      "Nothing was changed. Put the file back from a backup, or ask for help before you delete it.",
      { cause: error },
    );
  }
  if (error instanceof DiskError && error.code === "full") {
    return new CommandError(
      "failed",
      `The disk is full: ${message}`,
      "Make room on the file system of the data directory, then start again.",
      { cause: error },
    );
  }
  return joinErrorOf(error) ?? otherError(error, message);
}

function isDamage(error: unknown): boolean {
  return [FormatError, KeyDamagedError, StoreDamagedError].some((kind) => error instanceof kind);
}

function otherError(error: unknown, message: string): CommandError {
  return new CommandError(
    "failed",
    `The node did not start: ${message}`,
    "Nothing that was acknowledged is lost. Mend what the message names, then start again.",
    { cause: error },
  );
}
