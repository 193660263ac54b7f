/**
 * The command line: reads flags and environment, does what they ask for, and says what came of it.
 *
 * It keeps and decides nothing: `serve` gives the real world to a node and hands it the signals.
 * Secrets come by the environment and go to standard output once; never into flags, logs or errors.
 */
import { Command, CommanderError } from "commander";
import { withTwoDashes } from "./arguments.ts";
import { CommandError, exitCodes } from "./exit-codes.ts";
import { addClusterCommands, addDoctorCommand, addPlaygroundCommand } from "./cluster-commands.ts";
import { type ServeOptions, addServeOptions } from "./serve-options.ts";
import { serveHelp, topHelp } from "./help.ts";
import { productVersion, versionText } from "./version.ts";

/**
 * Runs a command, then ends the process with the exit code that fits.
 *
 * @param args the command line without the program's own name
 */
export async function main(args: readonly string[]): Promise<void> {
  process.stdout.on("error", endIfUnread);
  process.exit(await run(args));
}

/** Who reads the output has seen enough of it, as `head` does. */
function endIfUnread(error: NodeJS.ErrnoException): void {
  if (error.code !== "EPIPE") throw error;
  process.exit(exitCodes.ok.code);
}

async function run(args: readonly string[]): Promise<number> {
  const program = makeProgram();
  const flags = new Set(["help", "version", ...flagsOf(program)]);
  try {
    await program.parseAsync(withTwoDashes(args, flags), { from: "user" });
    return exitCodes.ok.code;
  } catch (error) {
    return report(error);
  }
}

function makeProgram(): Command {
  const program = new Command("hamster")
    .description("An S3-compatible object store for data you cannot lose.")
    .version(productVersion(), "--version", "say which Hamster this is")
    .helpOption("--help", "explain, with examples")
    .exitOverride()
    .showHelpAfterError("Try: hamster --help")
    .addHelpText("after", topHelp);
  const serve = program
    .command("serve")
    .description("run a node and serve S3; an empty directory becomes a new store, or joins one")
    .helpOption("--help", "explain, with examples")
    .allowExcessArguments(false)
    .addHelpText("after", serveHelp)
    .action(async (options: ServeOptions) => {
      // Loaded only when it is needed: help and version are there at once.
      const { serve: run } = await import("./serve.ts");
      await run(options, process.env, { mayFound: true });
    });
  addServeOptions(serve);
  addClusterCommands(program);
  addDoctorCommand(program);
  addPlaygroundCommand(program);
  program
    .command("version")
    .description("say which Hamster this is, and what it runs on")
    .action(() => console.log(versionText()));
  return program;
}

/** The long flags of all commands below. */
function flagsOf(command: Command): string[] {
  return command.commands.flatMap((below) => [
    ...below.options.map((option) => option.name()),
    ...flagsOf(below),
  ]);
}

/** Says what went wrong, and gives the exit code for it. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has said it already; help and version end this way too.
    return error.exitCode === 0 ? exitCodes.ok.code : exitCodes.usage.code;
  }
  if (error instanceof CommandError) {
    console.error(`hamster: ${error.message}\n${error.advice}`);
    return error.exitCode;
  }
  console.error("hamster:", error);
  return exitCodes.failed.code;
}
