import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { S3Client } from "@aws-sdk/client-s3";
import { adminRequestLine, type ClusterStatus, parseAdminAnswer } from "#cluster/index.ts";
import { askAdmin } from "#host/index.ts";
import { type Ending, runCommand, Server, testCredentials } from "./server.ts";

/** What a cluster should come to must have come within this time, on a slow machine too. */
const patienceMs = 90_000;
const pollMs = 100;
/** As many as an SDK makes that was told to be patient: it waits up to 20 s between two. */
const attemptsMax = 12;

/** How a node is started for the first time. */
export interface NodeOptions {
  zone?: string;
  /** Further flags. */
  args?: readonly string[];
  /** The address that it listens on. */
  host?: string;
  /** As a server's. */
  wrapper?: readonly string[];
}

/** One node: its data directory, and its process while it runs. */
export class TestNode {
  readonly name: string;
  readonly dataDir: string;
  readonly #args: readonly string[];
  readonly #host: string;
  readonly #wrapper: readonly string[];
  #server: Server | undefined;
  /** Where it serves and is reached; kept over restarts. */
  #addresses: { s3: string; listen: string } | undefined;
  readonly #clients: S3Client[] = [];

  constructor(name: string, dataDir: string, options: NodeOptions) {
    const { zone, args = [], host = "127.0.0.1", wrapper = [] } = options;
    this.#host = host;
    this.#wrapper = wrapper;
    this.name = name;
    this.dataDir = dataDir;
    this.#args = [...(zone === undefined ? [] : ["--zone", zone]), "--node", name, ...args];
  }

  /** Where other nodes reach it, since its first start. */
  get listen(): string {
    assert.ok(this.#addresses !== undefined, `${this.name} ran before`);
    return this.#addresses.listen;
  }

  get isRunning(): boolean {
    return this.#server !== undefined;
  }

  get server(): Server {
    assert.ok(this.#server !== undefined, `${this.name} runs`);
    return this.#server;
  }

  /** Starts it and waits until it serves. */
  async start(more: { token?: string; args?: readonly string[] } = {}): Promise<void> {
    const free = `${this.#host}:0`;
    const { s3 = free, listen = free } = this.#addresses ?? {};
    const places = ["--s3", s3, "--listen", listen, "--log-format", "json"];
    const server = await Server.start({
      dataDir: this.dataDir,
      wrapper: this.#wrapper,
      args: [...places, ...this.#args, ...(more.args ?? [])],
      env: more.token === undefined ? this.#environment : { HAMSTER_TOKEN: more.token },
    });
    const [, bound = ""] =
      /"address":"([^"]+)","node":\d+,"event":"clusterListening"/.exec(server.stderr) ?? [];
    this.#addresses = { s3: new URL(server.endpoint).host, listen: bound };
    this.#server = server;
  }

  get #environment(): Record<string, string> {
    return {
      HAMSTER_ACCESS_KEY_ID: testCredentials.accessKeyId,
      HAMSTER_SECRET_ACCESS_KEY: testCredentials.secretAccessKey,
    };
  }

  /** What it logged in this run. */
  get log(): string {
    return this.server.stderr;
  }

  async stop(): Promise<Ending> {
    return this.#end(this.server.stop());
  }

  /** Kills it as a power cut would, but for the page cache. */
  async kill(): Promise<Ending> {
    return this.#end(this.server.kill());
  }

  /** Waits until it has ended by itself. */
  async ended(): Promise<Ending> {
    return this.#end(this.server.ended);
  }

  async #end(ending: Promise<Ending>): Promise<Ending> {
    this.#server = undefined;
    return ending;
  }

  /** Freezes it: it holds its connections and says nothing. */
  pause(): void {
    this.server.process.kill("SIGSTOP");
  }

  resume(): void {
    this.server.process.kill("SIGCONT");
  }

  /** Loses everything it kept; it must not run. */
  wipe(): void {
    assert.ok(this.#server === undefined, `${this.name} does not run`);
    rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 3 });
  }

  /** Loses all it kept but for who it is: its key, and the file that names it. */
  loseState(): void {
    assert.ok(this.#server === undefined, `${this.name} does not run`);
    for (const name of readdirSync(this.dataDir)) {
      if (name === "key" || name === "node.hamster") continue;
      rmSync(join(this.dataDir, name), { recursive: true });
    }
  }

  /** A client of this node that tries again as SDKs do. */
  client(): S3Client {
    const client = this.server.client(testCredentials, attemptsMax);
    this.#clients.push(client);
    return client;
  }

  /** Asks it what the command line would. */
  async ask<Done>(call: string, fields: Readonly<Record<string, unknown>> = {}): Promise<Done> {
    const line = await askAdmin(this.dataDir, adminRequestLine(call, fields));
    const answer = parseAdminAnswer<Done>(line);
    assert.ok(answer.kind === "done", `${this.name} ${call}: ${line}`);
    return answer.value;
  }

  status(): Promise<ClusterStatus> {
    return this.ask("status");
  }

  close(): void {
    for (const client of this.#clients) client.destroy();
  }
}

/** Real nodes on this machine, each a process of its own. */
export class TestCluster {
  readonly #root = mkdtempSync(join(tmpdir(), "hamster-cluster-"));
  readonly nodes: TestNode[] = [];

  /** The nodes that run. */
  get running(): readonly TestNode[] {
    return this.nodes.filter(({ isRunning }) => isRunning);
  }

  /** A node by its number, which is its place in the order of the joins. */
  node(number: number): TestNode {
    const node = this.nodes[number - 1];
    assert.ok(node !== undefined, `there is a node ${number}`);
    return node;
  }

  /** A node that is not started yet. */
  add(options: NodeOptions = {}): TestNode {
    const name = `n${this.nodes.length + 1}`;
    const node = new TestNode(name, join(this.#root, name), options);
    this.nodes.push(node);
    return node;
  }

  /** Founds the cluster. */
  async found(options: NodeOptions = {}): Promise<TestNode> {
    const node = this.add(options);
    await node.start();
    return node;
  }

  /** Founds a cluster of three that vote and take shards, before they hold objects. */
  async foundThree(): Promise<void> {
    await this.found();
    for (let node = 2; node <= 3; node++) {
      await this.join();
      await this.untilSettled();
    }
    await this.until("all have their part", ({ nodes }) =>
      nodes.every(({ state }) => state === "up"),
    );
  }

  /** A token, by the command line, from a node that runs. */
  async token(from: TestNode = this.anyRunning()): Promise<string> {
    const made = await runCommand(["cluster", "token", "--data-dir", from.dataDir]);
    assert.equal(made.code, 0, made.stderr);
    return made.stdout.trim();
  }

  /** Starts a new node that joins, and waits until it serves. */
  async join(options: NodeOptions = {}): Promise<TestNode> {
    const token = await this.token();
    const node = this.add(options);
    await node.start({ token });
    return node;
  }

  anyRunning(): TestNode {
    const [node] = this.running;
    assert.ok(node !== undefined, "a node runs");
    return node;
  }

  /** The node that leads now, waited for. */
  async leader(): Promise<TestNode> {
    const status = await this.until("somebody leads", ({ nodes }) =>
      nodes.some(({ role }) => role === "leader"),
    );
    const leader = status.nodes.find(({ role }) => role === "leader");
    return this.node(leader?.node ?? 0);
  }

  /** Waits until the status of a running node is as it should be. */
  async until(
    what: string,
    isSo: (status: ClusterStatus) => boolean,
    from: TestNode = this.anyRunning(),
  ): Promise<ClusterStatus> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      const status = await from.status();
      if (isSo(status)) return status;
      if (performance.now() > deadline) {
        assert.fail(`never: ${what}\n${JSON.stringify(status, undefined, 1)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  /** Waits until as many members vote as should, and the rest follow. */
  untilSettled(): Promise<ClusterStatus> {
    const count = this.nodes.length;
    const voterCount = [1, 2, 3, 3, 5][Math.min(count, 5) - 1];
    return this.until(`${count} members, of whom ${voterCount} vote`, ({ nodes }) => {
      const votes = nodes.filter(({ role }) => role === "leader" || role === "voter");
      const isLed = nodes.some(({ role }) => role === "leader");
      const isJoining = nodes.some(({ role }) => role === "joining");
      return isLed && !isJoining && nodes.length === count && votes.length === voterCount;
    });
  }

  async close(): Promise<void> {
    for (const node of this.nodes) {
      if (node.isRunning) await node.kill();
      node.close();
    }
    rmSync(this.#root, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Calls `use` with a cluster without nodes; afterwards its processes and directories are gone. */
export async function withCluster(use: (cluster: TestCluster) => Promise<void>): Promise<void> {
  const cluster = new TestCluster();
  try {
    await use(cluster);
  } catch (error) {
    for (const node of cluster.running) console.error(`--- ${node.name}\n${node.log.slice(-8000)}`);
    throw error;
  } finally {
    await cluster.close();
  }
}
