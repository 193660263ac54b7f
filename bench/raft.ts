// What the Raft core costs: node bench/raft.ts [--seconds 3]
import { parseArgs } from "node:util";
import { emptyBytes } from "#base/bytes.ts";
import { MemoryStorage, type Message, RawNode } from "#raft/index.ts";
import { runSeeds, seedsOf } from "../sim/raft/run.ts";

const payloadBytes = 256;

interface Seat {
  readonly node: RawNode;
  readonly storage: MemoryStorage;
  applied: number;
}

function seat(id: number): Seat {
  const storage = new MemoryStorage();
  const voters = [1, 2, 3];
  const conf = { voters, learners: [], votersOutgoing: [], learnersNext: [], autoLeave: false };
  storage.applySnapshot({ index: 1, term: 1, conf, data: emptyBytes });
  const node = new RawNode({
    id,
    storage,
    applied: 1,
    electionTick: 10,
    heartbeatTick: 1,
    preVote: true,
    checkQuorum: true,
    maxBytesPerMsg: 1024 * 1024,
    maxCommittedBytesPerReady: 1024 * 1024,
    maxUncommittedBytes: 0,
    maxInflightMsgs: 256,
    maxInflightBytes: 0,
    readOnly: "safe",
    stepDownOnRemoval: true,
    validateConfChange: true,
    random: () => 0,
  });
  return { node, storage, applied: 0 };
}

/** Does one Ready of work, synchronously, and hands its messages over. */
function work(seats: readonly Seat[], own: Seat): boolean {
  const { node, storage } = own;
  if (!node.hasReady()) return false;
  const ready = node.ready();
  if (ready.hard !== undefined) storage.setHardState(ready.hard);
  storage.append(ready.entries);
  for (const message of ready.messages) deliver(seats, message);
  own.applied += ready.committed.length;
  node.advance(ready);
  return true;
}

function deliver(seats: readonly Seat[], message: Message): void {
  seats[message.to - 1]?.node.step(message);
}

function settle(seats: readonly Seat[]): void {
  for (let isBusy = true; isBusy;) {
    isBusy = false;
    for (const own of seats) if (work(seats, own)) isBusy = true;
  }
}

/** Entries a second from proposal to applied on all three, `batch` proposals at a time. */
function throughput(batch: number, milliseconds: number): number {
  const seats = [seat(1), seat(2), seat(3)];
  const [leader] = seats;
  if (leader === undefined) throw new Error("no seats");
  leader.node.campaign();
  settle(seats);
  const data = new Uint8Array(payloadBytes);
  const before = leader.applied;
  const began = performance.now();
  while (performance.now() - began < milliseconds) {
    for (let round = 0; round < 64; round++) {
      for (let at = 0; at < batch; at++) leader.node.propose(data);
      settle(seats);
    }
    for (const { storage, node } of seats) storage.compact(node.status().applied);
  }
  const seconds = (performance.now() - began) / 1000;
  return Math.round((leader.applied - before) / seconds);
}

const { values } = parseArgs({ options: { seconds: { type: "string", default: "3" } } });
const milliseconds = Number(values.seconds) * 1000;

for (const batch of [1, 16, 256]) {
  throughput(batch, 500);
  const rate = throughput(batch, milliseconds);
  console.log(`3 nodes, ${payloadBytes} B, ${batch} proposals at a time: ${rate} entries/s`);
}

const began = performance.now();
const { events, commits, seeds } = runSeeds(seedsOf("1-60"));
const seconds = (performance.now() - began) / 1000;
console.log(
  `simulated: ${seeds} seeds, ${events} events, ${Math.round(events / seconds)} events/s, ` +
    `${Math.round(commits / seconds)} commits/s`,
);
