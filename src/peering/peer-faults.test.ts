/** Random calls, streams and Raft messages over a network and machines that fail in every way. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf, utf8 } from "#base/bytes.ts";
import type { Prng } from "#base/prng.ts";
import { type World, simulate, simulateTwice } from "#sim/index.ts";
import { type RigNode, RigRegistry, startPeer, startPeers } from "#sim/peer-rig.ts";
import { PeerError, type PeerStream } from "./peers.ts";

const nodeCount = 3;
/** No machine is stopped for longer. */
const pauseMsMax = 3000;

interface Tally {
  answered: number;
  failed: number;
  streamed: number;
}

class FaultRun {
  readonly #world: World;
  readonly #prng: Prng;
  readonly #registry: RigRegistry = new RigRegistry();
  readonly #served = new Map<string, number>();
  readonly #raftHeard = new Map<string, number>();
  readonly #tally: Tally = { answered: 0, failed: 0, streamed: 0 };
  #nodes: RigNode[] = [];
  #isCalm = false;
  #lastId = 0;

  constructor(world: World) {
    this.#world = world;
    this.#prng = world.prng;
  }

  async toEnd(): Promise<Tally> {
    this.#nodes = await startPeers(this.#world, nodeCount, this.#registry);
    this.#nodes.forEach((node) => this.#serve(node));
    const clients = Array.from({ length: 6 }, () => this.#client(40));
    await Promise.all([this.#disturb(), ...clients]);
    this.#calm();
    await this.#world.sleep(10_000);
    this.#isCalm = true;
    await Promise.all(Array.from({ length: 3 }, () => this.#client(10)));
    for (const { peers } of this.#nodes) await peers.close();
    return this.#tally;
  }

  #serve({ peers, ports }: RigNode): void {
    const raftRun = this.#prng.below(2 ** 32);
    peers.serve("work", async (_from, body, signal) => {
      const id = textOf(body.subarray(0, 8)) ?? "";
      this.#served.set(id, (this.#served.get(id) ?? 0) + 1);
      assert.equal(this.#served.get(id), 1, "Q4 a call is never sent twice");
      const ms = this.#prng.below(10) === 0 ? this.#prng.below(3000) : this.#prng.below(5);
      await ports.clock.sleep(ms, signal);
      return body;
    });
    peers.onRaft((from, message) => {
      const [boot = "", number = ""] = (textOf(message) ?? "").split(" ");
      const name = `${raftRun} ${from} ${boot}`;
      const last = this.#raftHeard.get(name) ?? -1;
      assert.ok(Number(number) > last, "Raft messages come in order, none twice");
      this.#raftHeard.set(name, Number(number));
    });
  }

  async #client(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      await this.#world.sleep(this.#prng.below(100));
      const from = this.#nodes[this.#prng.below(nodeCount)];
      if (from === undefined || !from.machine.isUp) continue;
      const to = 1 + this.#prng.below(nodeCount);
      const what = this.#prng.below(3);
      const { died } = from.machine;
      const act = async (): Promise<void> => {
        if (what === 0) await this.#call(from, to);
        else if (what === 1) await this.#stream(from, to);
        else this.#sendRaft(from, to);
      };
      await Promise.race([act(), died]);
    }
  }

  async #call({ peers, machine }: RigNode, to: number): Promise<void> {
    const id = `${++this.#lastId}`.padStart(8, "0");
    const body = new Uint8Array(8 + this.#prng.below(3) * this.#prng.below(60_000));
    body.set(utf8(id));
    const timeoutMs = this.#isCalm ? 10_000 : 20 + this.#prng.below(4000);
    const beforeMs = this.#world.nowMs;
    try {
      const answer = await peers.call(to, "work", body, { timeoutMs });
      assert.ok(Buffer.compare(answer, body) === 0);
      this.#tally.answered++;
    } catch (error) {
      assert.ok(error instanceof PeerError, String(error));
      assert.ok(!this.#isCalm, `a call fails only over a fault: ${machine.name} ${error.message}`);
      this.#tally.failed++;
    }
    const tookMs = this.#world.nowMs - beforeMs;
    assert.ok(tookMs <= timeoutMs + pauseMsMax + 50, `Q4 a call of ${timeoutMs} took ${tookMs} ms`);
  }

  async #stream({ peers }: RigNode, to: number): Promise<void> {
    const sizes = Array.from({ length: this.#prng.below(20) }, () => this.#prng.below(100_000));
    const timeoutMs = this.#isCalm ? 10_000 : 100 + this.#prng.below(4000);
    try {
      const stream = await peers.openStream(to, "echo", utf8("header"), { timeoutMs });
      await Promise.all([this.#write(stream, sizes), this.#read(stream, sizes)]);
      this.#tally.streamed++;
    } catch (error) {
      assert.ok(error instanceof PeerError, String((error as Error).stack));
      assert.ok(!this.#isCalm, `a stream fails only over a fault: ${error.message}`);
      this.#tally.failed++;
    }
  }

  async #write(stream: PeerStream, sizes: readonly number[]): Promise<void> {
    for (const [i, size] of sizes.entries()) await stream.write(new Uint8Array(size).fill(i));
    await stream.end();
  }

  async #read(stream: PeerStream, sizes: readonly number[]): Promise<void> {
    for (const [i, size] of sizes.entries()) {
      const message = await stream.read();
      assert.equal(message?.length, size, "messages come in order, whole");
      assert.ok(Buffer.compare(message, new Uint8Array(size).fill(i)) === 0);
      if (this.#prng.below(10) === 0) await this.#world.sleep(this.#prng.below(50));
    }
    assert.equal(await stream.read(), undefined);
  }

  #sendRaft({ peers, ports }: RigNode, to: number): void {
    if (to === peers.self) return;
    const boot = Math.floor(ports.clock.monotonicMs() - this.#world.nowMs);
    const isSent = peers.sendRaft(to, utf8(`${boot} ${++this.#lastId}`));
    if (this.#isCalm) assert.ok(isSent);
  }

  async #disturb(): Promise<void> {
    const prng = this.#prng;
    const { network } = this.#world;
    network.breaksPerMillion = prng.below(2) * prng.below(3000);
    for (let i = 0; i < 25; i++) {
      await this.#world.sleep(prng.below(400));
      const from = `n${1 + prng.below(nodeCount)}`;
      const to = `n${1 + prng.below(nodeCount)}`;
      const what = prng.below(9);
      if (what <= 1) network.cut({ from, to });
      else if (what <= 3) network.heal({ from, to });
      else if (what === 4) network.setPace({ from, to }, { bytesPerMs: 1 + prng.below(5000) });
      else if (what === 5) network.breakConnections({ from, to }, "from");
      else if (what === 6) network.breakConnections({ from, to });
      else if (what === 7) this.#machine(prng).pause(prng.below(pauseMsMax));
      else if (prng.below(2) === 0) await this.#restart();
    }
  }

  #machine(prng: Prng): RigNode["machine"] {
    const node = this.#nodes[prng.below(nodeCount)];
    assert.ok(node !== undefined);
    return node.machine;
  }

  async #restart(): Promise<void> {
    const prng = this.#prng;
    const index = prng.below(nodeCount);
    const machine = this.#nodes[index]?.machine;
    assert.ok(machine !== undefined);
    await (prng.below(2) === 0 ? machine.kill() : machine.crash());
    await this.#world.sleep(prng.below(1000));
    const node = await startPeer(machine, index + 1, this.#registry);
    this.#nodes[index] = node;
    this.#serve(node);
  }

  #calm(): void {
    this.#world.network.healAll();
  }
}

test("Q4 calls, streams and Raft messages keep their word over faults of every kind", async () => {
  const sum: Tally = { answered: 0, failed: 0, streamed: 0 };
  for (let seed = 0; seed < 15; seed++) {
    const { value } = await simulate(seed, (world) => new FaultRun(world).toEnd());
    sum.answered += value.answered;
    sum.failed += value.failed;
    sum.streamed += value.streamed;
  }
  assert.ok(sum.answered > 500 && sum.streamed > 500 && sum.failed > 300, JSON.stringify(sum));
});

test("a run over faults depends on its seed alone", async () => {
  for (let seed = 0; seed < 3; seed++) {
    await simulateTwice(seed, (world) => new FaultRun(world).toEnd());
  }
});
