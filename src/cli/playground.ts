import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { askNode } from "./ask.ts";
import type { PlaygroundOptions } from "./cluster-commands.ts";
import { CommandError } from "./exit-codes.ts";
import type { Credentials } from "./serve-options.ts";
import { credentialsOf } from "./start.ts";
import { ownScript } from "./own-script.ts";
import { stopSignal } from "./stop-signal.ts";

const zones = ["a", "b", "c"] as const;
const tokenLifetimeMs = 60_000;
const placesName = "addresses.json";

/** A node's addresses, `host:port`. */
interface Place {
  readonly s3: string;
  readonly listen: string;
}

/** A node in a process of its own. */
interface PlayNode {
  readonly name: string;
  readonly dataDir: string;
  readonly zone: string;
  readonly process: ChildProcess;
  readonly ended: Promise<void>;
  /** Where it serves S3 and is reached. @throws CommandError where it ended before it did */
  readonly place: Promise<Place>;
}

/**
 * Runs a cluster on this machine until a signal says to stop.
 *
 * @throws CommandError when it cannot be started
 */
export async function playground(count: number, options: PlaygroundOptions): Promise<void> {
  process.umask(0o077);
  const isKept = options.dataDir !== undefined;
  const root = resolve(options.dataDir ?? mkdtempSync(join(tmpdir(), "hamster-playground-")));
  mkdirSync(root, { recursive: true });
  const credentials = credentialsIn(root);
  const nodes: PlayNode[] = [];
  const stop = stopSignal();
  let isStopping = false;
  try {
    const places = placesIn(root);
    const start = async (index: number, token?: string): Promise<void> => {
      const node = startNode(root, index, { credentials, token, place: places[nameOf(index)] });
      nodes.push(node);
      places[node.name] = await node.place;
      console.error(`${node.name} serves in zone ${node.zone}`);
    };
    const starting = (async () => {
      // Those of an earlier time need each other; new ones join one after another.
      const old = [...Array(count).keys()].filter((index) => isNode(join(root, nameOf(index))));
      await Promise.all((old.length === 0 ? [0] : old).map((index) => start(index)));
      for (let index = nodes.length; index < count; index++) {
        await start(index, await tokenFrom(nodes[0]));
      }
    })();
    if ((await Promise.race([starting, stop.asked])) !== undefined) return;
    if (isKept) writeFileSync(join(root, placesName), JSON.stringify(places), { mode: 0o600 });
    await announce(root, nodes, credentials);
    for (const node of nodes) {
      void node.ended.then(() => {
        if (!isStopping) console.error(`${node.name} has ended; its log is ${node.dataDir}.log`);
      });
    }
    await Promise.race([stop.asked, Promise.all(nodes.map(({ ended }) => ended))]);
  } finally {
    isStopping = true;
    stop.forget();
    for (const node of nodes) node.process.kill("SIGTERM");
    await Promise.all(nodes.map(({ ended }) => ended));
    if (!isKept) await rm(root, { recursive: true, force: true, maxRetries: 3 });
  }
}

function startNode(
  root: string,
  index: number,
  options: { credentials: Credentials; token: string | undefined; place: Place | undefined },
): PlayNode {
  const { credentials, token } = options;
  const { s3, listen } = options.place ?? { s3: "127.0.0.1:0", listen: "127.0.0.1:0" };
  const name = nameOf(index);
  const zone = zones[index % zones.length] ?? "a";
  const dataDir = join(root, name);
  const addresses = ["--listen", listen, "--s3", s3];
  const args = ["--node", name, "--zone", zone, "--log-format", "json", ...addresses];
  const child = spawn(process.execPath, [...ownScript(), "serve", "--data-dir", dataDir, ...args], {
    env: {
      ...process.env,
      HAMSTER_ACCESS_KEY_ID: credentials.accessKeyId,
      HAMSTER_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      ...(token === undefined ? {} : { HAMSTER_TOKEN: token }),
    },
    // The channel ends with this process, whatever ends it, and the node ends with the channel.
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const log = createWriteStream(`${dataDir}.log`, { flags: "a", mode: 0o600 });
  const ended = new Promise<void>((gone) => child.once("close", () => gone()));
  const place = new Promise<Place>((found, failed) => {
    let said = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      log.write(text);
      if (said.length < 100_000) said += text;
      const [, endpoint] = /"endpoint":"http:\/\/([^"]+)"/.exec(said) ?? [];
      const [, bound = ""] = /"address":"([^"]+)"[^}]*"event":"clusterListening"/.exec(said) ?? [];
      if (endpoint !== undefined) found({ s3: endpoint, listen: bound });
    });
    void ended.then(() => {
      const last = said.trim().split("\n").slice(-2).join("\n");
      const advice = "Mend what it says, then try again.";
      failed(new CommandError("failed", `${name} did not start:\n${last}`, advice));
    });
  });
  place.catch(() => undefined);
  return { name, dataDir, zone, process: child, ended, place };
}

function nameOf(index: number): string {
  return `n${index + 1}`;
}

/** Where nodes were at an earlier time here, so that clients find them again. */
function placesIn(root: string): Record<string, Place> {
  const file = join(root, placesName);
  if (!existsSync(file)) return {};
  return JSON.parse(readFileSync(file, "utf8")) as Record<string, Place>;
}

/** Whether a node was made of the directory before. */
function isNode(dataDir: string): boolean {
  return existsSync(join(dataDir, "node.hamster"));
}

async function tokenFrom(node: PlayNode | undefined): Promise<string | undefined> {
  if (node === undefined) return undefined;
  const { dataDir } = node;
  return (await askNode<{ token: string }>(dataDir, "token", { lifetimeMs: tokenLifetimeMs }))
    .token;
}

/** Those of the environment; else those of an earlier time here; else new ones. */
function credentialsIn(root: string): Credentials {
  const given = credentialsOf(process.env);
  const file = join(root, "credentials.json");
  if (given !== undefined) return given;
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Credentials;
  const made = {
    accessKeyId: `PLAYGROUND${randomBytes(5).toString("hex").toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString("base64url"),
  };
  writeFileSync(file, JSON.stringify(made), { mode: 0o600 });
  return made;
}

async function announce(
  root: string,
  nodes: readonly PlayNode[],
  credentials: Credentials,
): Promise<void> {
  const places = await Promise.all(nodes.map(({ place }) => place));
  const endpoints = places.map(({ s3 }) => `http://${s3}`);
  console.log(`${nodes.length} nodes run; any of them takes any request:`);
  for (const [i, { name, zone, process: child }] of nodes.entries()) {
    console.log(`  ${name}  zone ${zone}  process ${child.pid}  ${endpoints[i]}`);
  }
  console.log(
    `\nTry it:\n` +
      `  export AWS_ENDPOINT_URL=${endpoints[0]} AWS_DEFAULT_REGION=us-east-1\n` +
      `  export AWS_ACCESS_KEY_ID=${credentials.accessKeyId}\n` +
      `  export AWS_SECRET_ACCESS_KEY=${credentials.secretAccessKey}\n` +
      `  aws s3 mb s3://photos && aws s3 cp cat.jpg s3://photos/\n` +
      `  kill -9 ${nodes.at(-1)?.process.pid} && aws s3 ls s3://photos\n` +
      `  hamster cluster status --data-dir ${join(root, "n1")}\n` +
      `\nCtrl-C stops all of them.`,
  );
}
