import type { Prng } from "#base/prng.ts";
import type { Id, Options } from "#raft/index.ts";

/** Ids from 1 to this take part, or stand by to be added. */
export const replicasMax = 8;

/** What one seed is about: a world with its own size, its own faults and its own settings. */
export interface Plan {
  readonly voters: Id[];
  readonly learners: Id[];
  readonly options: Omit<Options, "id" | "storage" | "applied" | "random">;
  /** Of 1,000 messages. */
  readonly lossPerMille: number;
  readonly duplicatePerMille: number;
  /** Of 1,000 messages, those that take 20 times as long. */
  readonly stragglerPerMille: number;
  readonly delayMax: number;
  readonly diskDelayMax: number;
  /** Units between the ticks of the replicas' clocks, from 10 to this. */
  readonly tickMax: number;
  /** Units between two of a kind; 0 for never. */
  readonly every: Readonly<Record<Happening, number>>;
  /** Units of trouble, before all is healed. */
  readonly duration: number;
}

/** What befalls the world now and then. */
export type Happening =
  | "propose"
  | "read"
  | "crash"
  | "partition"
  | "oneWay"
  | "heal"
  | "pause"
  | "compact"
  | "member"
  | "transfer"
  | "campaign"
  | "forget";

function oneOf<T>(random: Prng, ...values: [T, ...T[]]): T {
  return values[random.below(values.length)] ?? values[0];
}

function drawOptions(random: Prng): Plan["options"] {
  const isSure = (): boolean => random.below(2) === 0;
  return {
    electionTick: 10,
    heartbeatTick: oneOf(random, 1, 3),
    preVote: isSure(),
    checkQuorum: isSure(),
    maxBytesPerMsg: oneOf(random, 0, 64, 4096),
    maxCommittedBytesPerReady: oneOf(random, 1, 64, 4096),
    maxUncommittedBytes: oneOf(random, 0, 0, 64),
    maxInflightMsgs: oneOf(random, 1, 2, 8),
    maxInflightBytes: oneOf(random, 0, 4096),
    readOnly: "safe",
    stepDownOnRemoval: isSure(),
    validateConfChange: true,
    asyncStorageWrites: isSure(),
  };
}

/**
 * Settings of one seed in four, whose leaders answer reads by their lease. Such reads are sound
 * only while clocks go at rates that differ by a tenth at most: these are the clocks they get. Of
 * a process that stands still no lease can promise anything: it goes on as if no time had passed.
 * None here does; `pause` only cuts a replica off, and its clock goes on.
 */
function withLease(plan: Plan, random: Prng): Plan {
  if (random.below(4) > 0) return plan;
  const options = { ...plan.options, checkQuorum: true, readOnly: "lease" as const };
  // What a lease has to stand up to: leaders cut off from those who elect the next one.
  const every = {
    ...plan.every,
    read: 5,
    heal: 150 + random.below(250),
    pause: 150 + random.below(150),
    propose: oneOf(random, plan.every.propose, 60, 150),
    oneWay: oneOf(random, 0, 40, 100),
    campaign: oneOf(random, 0, 40, 100),
    transfer: oneOf(random, 0, 100, 300),
    crash: oneOf(random, 0, 40, 150),
    member: oneOf(random, 0, plan.every.member),
  };
  const [delayMax, diskDelayMax] = [oneOf(random, 2, 10), oneOf(random, 1, 8)];
  const tickMax = oneOf(random, 10, 11);
  const stragglerPerMille = oneOf(random, 0, 50, 200);
  return { ...plan, options, every, delayMax, diskDelayMax, stragglerPerMille, tickMax };
}

/**
 * Draws the plan of a seed. Each kind of trouble is there in about two seeds of three.
 *
 * @param second for what was added later: it leaves the story of a seed as it was
 */
export function drawPlan(random: Prng, second: Prng): Plan {
  return withLease(drawSafePlan(random), second);
}

function drawSafePlan(random: Prng): Plan {
  const count = 3 + random.below(5);
  const voterCount = Math.min(count, 1 + random.below(6));
  const ids = Array.from({ length: count }, (_, at) => at + 1);
  const perhaps = (units: number): number => {
    const every = units + random.below(units);
    return random.below(3) > 0 ? every : 0;
  };
  return {
    voters: ids.slice(0, voterCount),
    learners: ids.slice(voterCount),
    options: drawOptions(random),
    lossPerMille: oneOf(random, 0, 20, 150),
    duplicatePerMille: oneOf(random, 0, 20, 100),
    stragglerPerMille: oneOf(random, 0, 10, 50),
    delayMax: oneOf(random, 2, 10, 40),
    diskDelayMax: oneOf(random, 1, 8, 40),
    tickMax: oneOf(random, 10, 13, 25),
    every: {
      propose: 10 + random.below(30),
      read: perhaps(60),
      crash: perhaps(400),
      partition: perhaps(500),
      oneWay: perhaps(300),
      heal: 200 + random.below(400),
      pause: perhaps(600),
      compact: perhaps(200),
      member: perhaps(250),
      transfer: perhaps(400),
      campaign: perhaps(500),
      forget: perhaps(500),
    },
    duration: 4_000 + random.below(4_000),
  };
}
