/*
 * Whole nodes that join each other, on machines of their own, for tests.
 */
import assert from "node:assert/strict";
import { equalBytes } from "#base/bytes.ts";
import { adminRequestLine, type ClusterStatus, parseAdminAnswer } from "#cluster/index.ts";
import {
  createNode,
  type Node,
  type NodeConfig,
  type RecoveredNode,
  recoverNode,
} from "#node/index.ts";
import type { Machine, World } from "./index.ts";
import { clientCredentials, nodeConfig } from "./node-run.ts";
import { type Call, pathOf, type Reply, send } from "./workload/client.ts";

/** What objects of tests hold that do not say otherwise. */
const body: Uint8Array = new Uint8Array(300_000).map((_, i) => i * 7);

/** A whole node on a machine of its own. */
export class Member {
  readonly machine: Machine;
  readonly #world: World;
  readonly #zone: string;
  node: Node | undefined;

  constructor(world: World, name: string, zone: string = name) {
    this.#world = world;
    this.#zone = zone;
    this.machine = world.addMachine(name);
  }

  /** Starts it: founds a cluster, joins one with a token, or goes on. */
  async start(token?: string, more: { replaces?: number } = {}): Promise<void> {
    await this.boot(token, more);
    await this.node?.ready;
  }

  /** As `start`, but does not wait until it serves. */
  async boot(token?: string, more: { replaces?: number } = {}): Promise<void> {
    this.node = await createNode(this.machine.boot(), this.#config(token, more));
  }

  /** Lets it go on alone; it does not run meanwhile, nor afterwards. */
  async recover(isForced = false): Promise<RecoveredNode> {
    const recovered = await recoverNode(this.machine.boot(), this.#config(), { isForced });
    await this.machine.shutDown();
    return recovered;
  }

  #config(token?: string, { replaces }: { replaces?: number } = {}): NodeConfig {
    const { name } = this.machine;
    const cluster = {
      listen: `${name}:1`,
      advertise: (bound: string) => [bound],
      host: name,
      zone: this.#zone,
      name,
      token,
      replaces,
      mayFound: token === undefined,
    };
    return { ...nodeConfig, cluster };
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    await this.node?.close();
    this.node = undefined;
    await this.machine.shutDown();
  }

  async ask<Done>(call: string, fields: Record<string, unknown> = {}): Promise<Done> {
    assert.ok(this.node !== undefined, `${this.machine.name} runs`);
    const line = await this.node.admin(adminRequestLine(call, fields));
    const answer = parseAdminAnswer<Done>(line);
    assert.ok(answer.kind === "done", line);
    return answer.value;
  }

  async token(lifetimeMs = 60_000): Promise<string> {
    return (await this.ask<{ token: string }>("token", { lifetimeMs })).token;
  }

  async until(what: string, isSo: (status: ClusterStatus) => boolean): Promise<void> {
    let status: ClusterStatus | undefined;
    for (let i = 0; i < 300; i++) {
      status = await this.ask<ClusterStatus>("status");
      if (isSo(status)) return;
      await this.#world.sleep(200);
    }
    assert.fail(`never: ${what} ${JSON.stringify(status)}`);
  }

  /** Calls once. */
  async callOnce(call: Call): Promise<Extract<Reply, { kind: "answer" }>> {
    const { machine } = this;
    const { prng, scheduler } = this.#world;
    assert.ok(this.node !== undefined, `${machine.name} runs`);
    const unixMs = (): number => machine.clock.unixMs(scheduler.nowUs);
    const sleep = (ms: number): Promise<void> => this.#world.sleep(ms);
    const surroundings = { prng, unixMs, sleep };
    const reply = await send(this.node, call, clientCredentials, surroundings, machine.died);
    assert.ok(reply.kind === "answer", reply.kind);
    return reply;
  }

  /** Calls until the answer is no passing refusal, as SDKs do. */
  async call(call: Call): Promise<Extract<Reply, { kind: "answer" }>> {
    for (let attempt = 1; ; attempt++) {
      const reply = await this.callOnce(call);
      if (reply.status !== 503 || attempt === 12) return reply;
      await this.#world.sleep(500 * attempt);
    }
  }

  /** Calls, and is told that it was done. */
  async succeed(call: Call): Promise<Extract<Reply, { kind: "answer" }>> {
    const reply = await this.call(call);
    const { name } = this.machine;
    assert.ok(reply.status < 300, `${call.method} ${call.path} by ${name}: ${reply.status}`);
    return reply;
  }

  async put(key: string, content: Uint8Array = body): Promise<void> {
    const call: Call = { method: "PUT", path: pathOf("bucket", key), body: content };
    await this.succeed(call);
  }

  async get(key: string, content: Uint8Array = body): Promise<void> {
    const reply = await this.succeed({ method: "GET", path: pathOf("bucket", key) });
    assert.ok(equalBytes(reply.body, content), `${key} by ${this.machine.name} is as it was put`);
  }
}

/** How many members of a cluster vote. */
export function voterCount({ nodes }: ClusterStatus): number {
  return nodes.filter(({ role }) => role === "leader" || role === "voter").length;
}

/** Three nodes that all vote and take shards. */
export async function three(world: World): Promise<readonly [Member, Member, Member]> {
  const [a, b, c] = [new Member(world, "a"), new Member(world, "b"), new Member(world, "c")];
  await a.start();
  for (const joiner of [b, c]) await joiner.start(await a.token());
  const isWhole = (status: ClusterStatus): boolean =>
    voterCount(status) === 3 && status.tolerances[0]?.reads === 3;
  await a.until("three vote, and no shard is at risk yet", isWhole);
  await a.until("all take shards", ({ layout }) => layout.version === 2 || layout.version === 3);
  await world.sleep(3_000);
  await a.succeed({ method: "PUT", path: pathOf("bucket") });
  return [a, b, c];
}
