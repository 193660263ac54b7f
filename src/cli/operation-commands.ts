import { type Command, InvalidArgumentError } from "commander";
import {
  abortHelp,
  drainHelp,
  layoutHelp,
  optimizeHelp,
  pauseHelp,
  removeHelp,
  undrainHelp,
} from "./operation-help.ts";
import { addDirectoryOption, type DirectoryOptions } from "./serve-options.ts";
import { subcommand } from "./subcommand.ts";

/** What `hamster cluster layout` and its like were asked for. */
export interface LayoutOptions extends DirectoryOptions {
  json?: true;
}

/** What `hamster cluster drain`, `undrain` and `optimize` were asked for. */
export interface OperateOptions extends LayoutOptions {
  dryRun?: true;
  yes?: true;
  reencode?: true;
  wait: boolean;
}

/** What `hamster cluster remove` was asked for. */
export interface RemoveOptions extends LayoutOptions {
  yes?: true;
}

/** Adds the commands that change the layout. */
export function addOperationCommands(cluster: Command): void {
  const drain = subcommand(cluster, "drain", "move a node's shards to the others");
  addNodeArgument(drain.addHelpText("after", drainHelp));
  addOperateOptions(drain);
  drain.option(
    "--reencode",
    "accept to keep objects by fewer shards, where too few nodes are left",
  );
  drain.action(async (node: number, options: OperateOptions) => {
    await (await import("./cluster-operate.ts")).operate("drain", node, options);
  });

  const undrain = subcommand(cluster, "undrain", "let a node that drains take shards again");
  addNodeArgument(undrain.addHelpText("after", undrainHelp));
  addOperateOptions(undrain);
  undrain.action(async (node: number, options: OperateOptions) => {
    await (await import("./cluster-operate.ts")).operate("undrain", node, options);
  });

  const optimize = subcommand(cluster, "optimize", "keep what is there as new objects are kept");
  addOperateOptions(optimize.addHelpText("after", optimizeHelp));
  optimize.action(async (options: OperateOptions) => {
    await (await import("./cluster-operate.ts")).operate("optimize", undefined, options);
  });

  const remove = subcommand(cluster, "remove", "let a node go that is drained");
  addNodeArgument(remove.addHelpText("after", removeHelp));
  addLayoutOptions(remove);
  remove.option("--yes", "do not ask");
  remove.action(async (node: number, options: RemoveOptions) => {
    await (await import("./cluster-remove.ts")).removeNode(node, options);
  });
  addLayoutCommands(cluster);
}

function addLayoutCommands(cluster: Command): void {
  const layout = subcommand(cluster, "layout", "show where shards go, and what is under way");
  addLayoutOptions(layout.addHelpText("after", layoutHelp));
  layout.action(async (options: LayoutOptions) => {
    await (await import("./cluster-layout.ts")).showLayout("layout", options);
  });

  const pause = subcommand(cluster, "pause", "hold up what moves shards or codes them anew");
  addLayoutOptions(pause.addHelpText("after", pauseHelp));
  pause.action(async (options: LayoutOptions) => {
    await (await import("./cluster-layout.ts")).showLayout("pause", options);
  });

  const resume = subcommand(cluster, "resume", "go on after a pause");
  addLayoutOptions(resume.addHelpText("after", pauseHelp));
  resume.action(async (options: LayoutOptions) => {
    await (await import("./cluster-layout.ts")).showLayout("resume", options);
  });

  const abort = subcommand(cluster, "abort", "end what is under way, and go back");
  addLayoutOptions(abort.addHelpText("after", abortHelp));
  abort.action(async (options: LayoutOptions) => {
    await (await import("./cluster-layout.ts")).showLayout("abort", options);
  });
}

function addNodeArgument(command: Command): void {
  command.argument("<node>", "its number, as cluster status shows it", parseNode);
}

function addLayoutOptions(command: Command): void {
  addDirectoryOption(command);
  command.option("--json", "for programs: a JSON object a line");
}

function addOperateOptions(command: Command): void {
  addLayoutOptions(command);
  command.option("--dry-run", "show the plan alone");
  command.option("--yes", "do not ask");
  command.option("--no-wait", "begin it and end; it goes on by itself");
}

function parseNode(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Give a node's number, as hamster cluster status shows it.");
}
