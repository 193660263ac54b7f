import { createInterface } from "node:readline/promises";
import { CommandError } from "./exit-codes.ts";

/**
 * Asks whether to go on.
 *
 * @param options.flag what answers the question where nobody is there to be asked
 * @throws CommandError where the answer is not yes
 */
export async function confirm(question: string, { flag }: { flag: string }): Promise<void> {
  if (!process.stdin.isTTY) {
    throw new CommandError(
      "usage",
      "Somebody has to agree, and standard input is no terminal.",
      `Give ${flag} to agree beforehand.`,
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} [y/N] `);
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    terminal.close();
  }
  throw new CommandError("failed", "Nothing was done.", "The same command asks again.");
}
