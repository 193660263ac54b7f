import assert from "node:assert/strict";
import { test } from "node:test";
import { equalBytes } from "#base/bytes.ts";
import {
  adminRequestLine,
  type ClusterStatus,
  JoinRefusedError,
  parseAdminAnswer,
} from "#cluster/index.ts";
import { createNode, type Node, type NodeConfig } from "#node/index.ts";
import { type Machine, simulate, type World } from "./index.ts";
import { clientCredentials, nodeConfig } from "./node-run.ts";
import { type Call, pathOf, type Reply, send } from "./workload/client.ts";

const body: Uint8Array = new Uint8Array(300_000).map((_, i) => i * 7);

/** A whole node on a machine of its own. */
class Member {
  readonly machine: Machine;
  readonly #world: World;
  node: Node | undefined;

  constructor(world: World, name: string) {
    this.#world = world;
    this.machine = world.addMachine(name);
  }

  /** Starts it: founds a cluster, joins one with a token, or goes on. */
  async start(token?: string): Promise<void> {
    const { name } = this.machine;
    const cluster = {
      listen: `${name}:1`,
      advertise: (bound: string) => [bound],
      host: name,
      zone: name,
      name: "",
      token,
      mayFound: token === undefined,
    };
    const config: NodeConfig = { ...nodeConfig, cluster };
    this.node = await createNode(this.machine.boot(), config);
    await this.node.ready;
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

  /** Calls until the answer is no passing refusal, as SDKs do. */
  async call(call: Call): Promise<Extract<Reply, { kind: "answer" }>> {
    const { machine } = this;
    const { prng, scheduler } = this.#world;
    const unixMs = (): number => machine.clock.unixMs(scheduler.nowUs);
    const sleep = (ms: number): Promise<void> => this.#world.sleep(ms);
    for (let attempt = 1; ; attempt++) {
      assert.ok(this.node !== undefined);
      const surroundings = { prng, unixMs, sleep };
      const reply = await send(this.node, call, clientCredentials, surroundings, machine.died);
      assert.ok(reply.kind === "answer", reply.kind);
      if (reply.status !== 503 || attempt === 12) return reply;
      await sleep(500 * attempt);
    }
  }

  async put(key: string): Promise<void> {
    const { status } = await this.call({ method: "PUT", path: pathOf("bucket", key), body });
    assert.equal(status, 200, `put ${key} by ${this.machine.name}`);
  }

  async get(key: string): Promise<void> {
    const reply = await this.call({ method: "GET", path: pathOf("bucket", key) });
    assert.equal(reply.status, 200, `get ${key} by ${this.machine.name}`);
    assert.ok(equalBytes(reply.body, body));
  }
}

function voterCount({ nodes }: ClusterStatus): number {
  return nodes.filter(({ role }) => role === "leader" || role === "voter").length;
}

/** Three nodes that all vote and take shards. */
async function three(world: World): Promise<readonly [Member, Member, Member]> {
  const [a, b, c] = [new Member(world, "a"), new Member(world, "b"), new Member(world, "c")];
  await a.start();
  for (const joiner of [b, c]) await joiner.start(await a.token());
  const isWhole = (status: ClusterStatus): boolean =>
    voterCount(status) === 3 && status.tolerances[0]?.reads === 3;
  await a.until("three vote, and no shard is at risk yet", isWhole);
  await a.until("all take shards", ({ layout }) => layout.version === 2 || layout.version === 3);
  await world.sleep(3_000);
  assert.equal((await a.call({ method: "PUT", path: pathOf("bucket") })).status, 200);
  return [a, b, c];
}

test("any of three nodes serves all, and the death of their leader takes nothing", async () => {
  await simulate(7, async (world) => {
    const members = await three(world);
    const [a, b, c] = members;
    for (const [i, member] of members.entries()) {
      await member.put(`key-${i}`);
      for (const other of members) await other.get(`key-${i}`);
    }
    await a.machine.crash();
    for (const member of [b, c]) {
      await member.put(`late-by-${member.machine.name}`);
      for (let i = 0; i < members.length; i++) await member.get(`key-${i}`);
    }
    await a.start();
    await a.get("late-by-c");
  });
});

test("a token lets one node join, in its time, and no other", async () => {
  await simulate(8, async (world) => {
    const [a, b, c] = [new Member(world, "a"), new Member(world, "b"), new Member(world, "c")];
    await a.start();
    const isRefused = (code: string) => (error: unknown) =>
      error instanceof JoinRefusedError && error.code === code;
    const expired = await a.token(1_000);
    await world.sleep(2_000);
    await assert.rejects(b.start(expired), isRefused("expired-token"));
    await b.machine.shutDown();
    const token = await a.token();
    await b.start(token);
    await assert.rejects(c.start(token), isRefused("unknown-token"));
  });
});

test("a member that lost its log comes back as itself, under a fresh Raft id", async () => {
  await simulate(9, async (world) => {
    const [a, b, c] = await three(world);
    await a.put("before");
    await c.machine.crash();
    for (const { path } of c.machine.disk.files("log")) c.machine.disk.remove(path);
    await c.start();
    await b.until("three vote again", (status) => voterCount(status) === 3);
    await c.get("before");
    await c.put("after");
    await a.get("after");
  });
});
