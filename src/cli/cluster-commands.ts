import { type Command, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "./duration.ts";
import { addOperationCommands } from "./operation-commands.ts";
import { subcommand } from "./subcommand.ts";
import {
  clusterHelp,
  confirmHelp,
  doctorHelp,
  initHelp,
  joinHelp,
  playgroundHelp,
  recoverHelp,
  repairHelp,
  rotateHelp,
  runHelp,
  scrubHelp,
  statusHelp,
  tokenHelp,
} from "./help.ts";
import {
  addDirectoryOption,
  addJoinOptions,
  addNodeOptions,
  addServeOptions,
  type DirectoryOptions,
  type JoinOptions,
  type NodeOptions,
  type ServeOptions,
} from "./serve-options.ts";

/** What `hamster cluster token` was asked for. */
export interface TokenOptions extends DirectoryOptions {
  /** In milliseconds. */
  ttl: number;
}

/** What `hamster cluster status` was asked for. */
export interface StatusOptions extends DirectoryOptions {
  json?: true;
  watch?: true;
}

/** What `hamster cluster scrub` was asked for. */
export interface ScrubOptions extends DirectoryOptions {
  json?: true;
  now?: true;
}

/** What `hamster cluster repair` was asked for. */
export interface RepairOptions extends DirectoryOptions {
  json?: true;
  now?: true;
}

/** What `hamster cluster recover` was asked for. */
export interface RecoverOptions extends NodeOptions {
  force?: true;
  despiteOthers?: true;
}

/** What `hamster doctor` was asked for. */
export interface DoctorOptions extends DirectoryOptions {
  json?: true;
}

/** What `hamster playground` was asked for. */
export interface PlaygroundOptions {
  dataDir?: string;
}

/** Adds `hamster cluster ...`. What a command needs is loaded when it is run. */
export function addClusterCommands(program: Command): void {
  const cluster = program
    .command("cluster")
    .description("make a cluster of nodes, add nodes to it, and look at it")
    .helpOption("--help", "explain, with examples")
    .addHelpText("after", clusterHelp);

  const init = subcommand(cluster, "init", "found a cluster on an empty directory, and end");
  addNodeOptions(init.addHelpText("after", initHelp));
  init.action(async (options: NodeOptions) => {
    await (await import("./cluster-init.ts")).initCluster(options, process.env);
  });

  const join = subcommand(cluster, "join", "make an empty directory a node of a cluster, and end");
  addNodeOptions(join.addHelpText("after", joinHelp));
  addJoinOptions(join);
  join.action(async (options: NodeOptions & JoinOptions) => {
    await (await import("./cluster-join.ts")).joinCluster(options);
  });

  const run = subcommand(cluster, "run", "run a node; with --token join first, if it has not yet");
  addServeOptions(run.addHelpText("after", runHelp));
  run.action(async (options: ServeOptions) => {
    await (await import("./serve.ts")).serve(options, process.env, { mayFound: false });
  });

  const token = subcommand(cluster, "token", "print a token that lets one node join");
  addDirectoryOption(token.addHelpText("after", tokenHelp));
  token.addOption(
    new Option("--ttl <time>", "how long it can be used: 90s, 30m, 1h, 7d")
      .env("HAMSTER_TTL")
      .default(3_600_000, "1h")
      .argParser(parseLifetime),
  );
  token.action(async (options: TokenOptions) => {
    await (await import("./cluster-token.ts")).printToken(options);
  });

  const rotate = subcommand(cluster, "rotate-key", "change the key that a node proves to others");
  addDirectoryOption(rotate.addHelpText("after", rotateHelp));
  rotate.action(async (options: DirectoryOptions) => {
    await (await import("./cluster-rotate-key.ts")).rotateKey(options);
  });

  addRecoveryCommands(cluster);

  const status = subcommand(cluster, "status", "show the nodes, and what the cluster tolerates");
  addDirectoryOption(status.addHelpText("after", statusHelp));
  status.option("--json", "for programs: one JSON object");
  status.option("--watch", "show it again every two seconds");
  status.action(async (options: StatusOptions) => {
    await (await import("./cluster-status.ts")).showStatus(options);
  });

  addHealthCommands(cluster);
  addOperationCommands(cluster);
}

function addHealthCommands(cluster: Command): void {
  const scrub = subcommand(cluster, "scrub", "show what verifying the stored bytes has found");
  addDirectoryOption(scrub.addHelpText("after", scrubHelp));
  scrub.option("--now", "verify everything at once, and wait for it");
  scrub.option("--json", "for programs: one JSON object");
  scrub.action(async (options: ScrubOptions) => {
    await (await import("./cluster-scrub.ts")).showScrub(options);
  });

  const repair = subcommand(cluster, "repair", "show what nodes lack, and how it comes back");
  addDirectoryOption(repair.addHelpText("after", repairHelp));
  repair.option("--now", "look at everything at once, one node after the other, and wait for it");
  repair.option("--json", "for programs: one JSON object");
  repair.action(async (options: RepairOptions) => {
    await (await import("./cluster-repair.ts")).showRepair(options);
  });
}

function addRecoveryCommands(cluster: Command): void {
  const recover = subcommand(cluster, "recover", "go on from one survivor, when the rest is lost");
  addNodeOptions(recover.addHelpText("after", recoverHelp));
  recover.option("--force", "do it; without, only say what it does");
  recover.option("--despite-others", "also where others answer that could go on, or have more");
  recover.action(async (options: RecoverOptions) => {
    await (await import("./cluster-recover.ts")).recoverCluster(options);
  });

  const confirm = subcommand(cluster, "confirm-recovery", "say that no more survivors come back");
  addDirectoryOption(confirm.addHelpText("after", confirmHelp));
  confirm.action(async (options: DirectoryOptions) => {
    await (await import("./cluster-confirm-recovery.ts")).confirmRecovery(options);
  });
}

/** Adds `hamster doctor`. */
export function addDoctorCommand(program: Command): void {
  const doctor = subcommand(
    program,
    "doctor",
    "examine all that is stored: what is at risk or lost",
  );
  addDirectoryOption(doctor.addHelpText("after", doctorHelp));
  doctor.option("--json", "for programs: one JSON object");
  doctor.action(async (options: DoctorOptions) => {
    await (await import("./doctor.ts")).examine(options);
  });
}

/** Adds `hamster playground`. */
export function addPlaygroundCommand(program: Command): void {
  const playground = subcommand(program, "playground", "run a cluster on this machine, to try out");
  playground
    .argument("[count]", "how many nodes, 1 to 9", parseCount, 6)
    .option("--data-dir <path>", "keep everything there; without it all is gone at the end")
    .addHelpText("after", playgroundHelp)
    .action(async (count: number, options: PlaygroundOptions) => {
      await (await import("./playground.ts")).playground(count, options);
    });
}

/** A token lies about somewhere meanwhile. */
function parseLifetime(text: string): number {
  return parseDuration(text, { least: "1s", most: "30d" });
}

function parseCount(text: string): number {
  if (!/^[1-9]$/.test(text)) throw new InvalidArgumentError("Give a number from 1 to 9.");
  return Number(text);
}
