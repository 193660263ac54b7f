/**
 * Small commands through 1, 3 and 5 replicas on one machine, all syncs on, beside a bare loop that
 * encodes, appends, syncs and applies the same records for all that wait. The replicas share this
 * process and its disk, and speak over TLS on the loopback. `node bench/replica.ts [directory]`
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mib, utf8 } from "#base/bytes.ts";
import { sha256 } from "#base/hash.ts";
import { type Command, decodeCommand, encodeCommand, type SessionId } from "#format/index.ts";
import {
  directoryDisk,
  KeyFolder,
  lmdbStores,
  systemClock,
  systemEntropy,
  systemRandom,
  tlsNetwork,
} from "#host/index.ts";
import { applyCommand, StateBatch } from "#metadata/index.ts";
import { PeerNetwork, type PeerRecord, type PeerRegistry } from "#peering/index.ts";
import type { Trace } from "#ports/index.ts";
import { type CommandBody, Replica } from "#replica/index.ts";
import { rigConfig } from "#replica/replica-rig.ts";
import { CheckedStore, createLog, type Log } from "#storage/index.ts";

const root = mkdtempSync(join(process.argv[2] ?? tmpdir(), "hamster-replica-"));
const clientCounts = [1, 64];
const replicaCounts = [1, 3, 5];
const roundMs = 600;
const roundCount = 7;

const trace: Trace = {
  write(level, event, fields) {
    if (level === "warn" || level === "error") console.error(event, fields);
  },
};

/** Everything of one node but its peers. */
function portsOf(name: string) {
  const directory = join(root, name);
  mkdirSync(directory);
  return {
    clock: systemClock,
    disk: directoryDisk(directory),
    entropy: systemEntropy,
    random: systemRandom(),
    stores: lmdbStores(join(directory, "stores")),
    trace,
  };
}

/** A command of the size that a small PUT proposes: about 400 bytes. */
function command(i: number): CommandBody {
  return {
    kind: "createBucket",
    value: { bucket: `bucket-${i}`, owner: "o".repeat(340), lockEnabled: false },
  };
}

let drawn = 0;

/** What rounds of one kind came to. */
interface Rounds {
  readonly perSecond: number[];
  /** Of this process's main thread, for each turn. */
  readonly cpuUs: number[];
  readonly times: number[];
}

function noRounds(): Rounds {
  return { perSecond: [], cpuUs: [], times: [] };
}

/** Runs so many loops at once for a while. */
async function measure(rounds: Rounds, clients: number, turn: () => Promise<unknown>) {
  const times: number[] = [];
  const before = process.threadCpuUsage();
  const startMs = performance.now();
  const client = async (): Promise<void> => {
    for (let nowMs = performance.now(); nowMs - startMs < roundMs;) {
      await turn();
      const endMs = performance.now();
      times.push(endMs - nowMs);
      nowMs = endMs;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const { user, system } = process.threadCpuUsage(before);
  rounds.perSecond.push((times.length / (performance.now() - startMs)) * 1000);
  rounds.cpuUs.push((user + system) / times.length);
  for (const ms of times) rounds.times.push(ms);
}

/** The value that so large a part of them is below. */
function at(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? 0;
}

function print(name: string, { perSecond, cpuUs, times }: Rounds): void {
  console.log(
    name.padEnd(28),
    `${at(perSecond, 0.5).toFixed(0).padStart(7)}/s`,
    `p50 ${at(times, 0.5).toFixed(2).padStart(6)} ms`,
    `p99 ${at(times, 0.99).toFixed(2).padStart(7)} ms`,
    `${at(cpuUs, 0.5).toFixed(1).padStart(6)} us CPU`,
  );
}

/**
 * The floor: no consensus, no queue, nothing that is sent again; but the same records, each synced,
 * then applied, those of a session as the replica's are.
 */
class BareLoop {
  readonly #log: Log;
  readonly #store: CheckedStore;
  readonly #session: SessionId;
  #waiting: { command: Command; done: () => void }[] = [];
  #isRunning = false;
  #number = 0;
  /** The first number that is not answered. */
  #lowWater = 1;

  constructor(log: Log, store: CheckedStore, session: SessionId) {
    this.#log = log;
    this.#store = store;
    this.#session = session;
  }

  run(body: CommandBody): Promise<void> {
    const number = ++this.#number;
    const stamp = { timeUnixMs: 1e12, timeInDoubt: false };
    const envelope = { session: this.#session, number, lowWater: this.#lowWater, unitLowWater: 1 };
    return new Promise((done) => {
      this.#waiting.push({ command: { ...envelope, ...stamp, body }, done });
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      const taken = this.#waiting;
      this.#waiting = [];
      const first = this.#log.lastIndex + 1;
      const entries = taken.map(({ command: one }, i) => {
        const data = encodeCommand(one);
        return { term: 1, index: first + i, kind: "normal" as const, data };
      });
      this.#log.append({ entries });
      await this.#log.sync();
      if (first % 1000 < taken.length) await this.#log.truncateBefore(first);
      const batch = new StateBatch(this.#store);
      for (const { index, data } of entries) {
        const { outcome } = applyCommand(batch, decodeCommand(data), { index });
        if (outcome?.kind === "refusal") throw new Error(outcome.value.detail);
      }
      void this.#store.write(batch.changes());
      this.#lowWater += taken.length;
      for (const { done } of taken) done();
    }
    this.#isRunning = false;
  }
}

async function bareLoop(): Promise<BareLoop> {
  const ports = portsOf("bare");
  const store = new CheckedStore(await ports.stores.open("store"), "store");
  const config = { directory: "log", segmentSizeBytes: 16 * mib, cacheBytesMax: mib };
  await ports.disk.makeDirectory("log");
  const batch = new StateBatch(store);
  const { founding } = rigConfig();
  if (founding === undefined) throw new Error("the rig founds");
  const none = { number: 0, lowWater: 0, unitLowWater: 0, timeUnixMs: 1, timeInDoubt: false };
  const found: CommandBody = { kind: "foundCluster", value: founding };
  applyCommand(batch, { ...none, body: found }, { index: 1 });
  const open: CommandBody = { kind: "openSession", value: { node: 1, bootId: utf8("a boot") } };
  const { outcome } = applyCommand(batch, { ...none, body: open }, { index: 2 });
  if (outcome?.kind !== "sessionOpened") throw new Error("the session was refused");
  await store.write(batch.changes()).flushed;
  return new BareLoop(await createLog(ports, config), store, outcome.value.session);
}

/** So many replicas that all vote, in this process. */
class Group {
  readonly #name: string;
  readonly #records = new Map<number, PeerRecord>();
  readonly replicas: Replica[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  async start(node: number): Promise<Replica> {
    const ports = portsOf(`${this.#name}-${node}`);
    const identity = new KeyFolder(join(root, `${this.#name}-${node}`));
    const network = tlsNetwork(identity, trace);
    const records = this.#records;
    const registry: PeerRegistry = {
      clusterId: utf8("a bench's cluster"),
      epoch: () => 1,
      nodes: () => [...records.keys()],
      peer: (id) => records.get(id),
      nodeOf: (fingerprint) => {
        const key = fingerprint.toHex();
        return [...records.values()].find((one) => one.fingerprints[0]?.toHex() === key)?.node;
      },
    };
    const peers = new PeerNetwork({ ...ports, network }, { self: node, registry });
    const address = await peers.listen("127.0.0.1:0");
    const fingerprints = [await identity.fingerprint()];
    records.set(node, { node, fingerprints, addresses: [address] });
    const directory = { nodeOf: (id: number) => id, nodes: () => records.keys() };
    const { founding } = rigConfig();
    const replica = await Replica.start(ports, {
      nodeId: node,
      raftId: node,
      isJoining: node > 1,
      group: { peers, directory },
      founding: node === 1 ? founding : undefined,
    });
    this.replicas.push(replica);
    return replica;
  }

  /** Lets a next node join and vote. */
  async join(node: number): Promise<void> {
    const [leader] = this.replicas;
    if (leader === undefined) throw new Error("the first one founds");
    const secretHash = sha256(utf8(`token ${node}`));
    const expiresUnixMs = systemClock.unixMs() + 60_000;
    await leader.propose({
      kind: "createToken",
      value: { secretHash, expiresUnixMs, issuer: 1 },
    });
    const place = { addresses: ["127.0.0.1:1"], host: `h${node}`, zone: "z", weight: 1 };
    const value = { secretHash, keyFingerprint: sha256(utf8(`key ${node}`)), ...place };
    await leader.propose({ kind: "joinNode", value });
    await leader.changeMembers([{ op: "learner", id: node }]);
    await (
      await this.start(node)
    ).opened;
    await leader.changeMembers([{ op: "voter", id: node }]);
  }
}

async function main(): Promise<void> {
  const bare = await bareLoop();
  for (const count of replicaCounts) {
    const group = new Group(`of-${count}`);
    await (
      await group.start(1)
    ).opened;
    for (let node = 2; node <= count; node++) await group.join(node);
    const [leader] = group.replicas;
    for (const clients of clientCounts) {
      const floor = noRounds();
      const own = noRounds();
      // Turn about, so that what else the machine does falls on both.
      for (let round = 0; round < roundCount; round++) {
        await measure(floor, clients, () => bare.run(command(drawn++)));
        await measure(own, clients, async () => leader?.propose(command(drawn++)));
      }
      print(`bare loop, ${clients} clients`, floor);
      print(`${count} replica${count > 1 ? "s" : ""}, ${clients} clients`, own);
      const ratios = own.perSecond.map((each, i) => each / (floor.perSecond[i] ?? 1));
      const cpu = at(floor.cpuUs, 0.5) / at(own.cpuUs, 0.5);
      console.log(
        `  of the floor: ${at(ratios, 0.5).toFixed(2)} (median of ${roundCount}),`,
        `by processor time ${cpu.toFixed(2)}`,
      );
    }
    for (const replica of group.replicas.toReversed()) await replica.close();
  }
}

await main();
rmSync(root, { recursive: true });
process.exit();
