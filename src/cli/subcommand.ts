import type { Command } from "commander";

/** A command below another. What it needs is loaded when it is run. */
export function subcommand(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .helpOption("--help", "explain, with examples")
    .allowExcessArguments(false);
}
