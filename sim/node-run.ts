import { kib, mib } from "#base/bytes.ts";
import { DiskError } from "#base/disk-error.ts";
import { type Node, type NodeConfig, createNode } from "#node/index.ts";
import { check } from "./check-error.ts";
import { checkLinearizable } from "./checkers/linearizable.ts";
import { checkSpace } from "./checkers/space.ts";
import { checkVersions } from "./checkers/versions.ts";
import { Disturbance, type Disturbed } from "./disturbance.ts";
import type { Machine } from "./machine.ts";
import { type FaultName, type OperationName, type Plan, drawPlan, excusesErrors } from "./plan.ts";
import { type Call, type Reply, type Server, type Surroundings, send } from "./workload/client.ts";
import type { ClientCredentials } from "./workload/signature.ts";
import { Seen } from "./workload/seen.ts";
import type { Contact, Line } from "./workload/shop.ts";
import { Traffic } from "./workload/traffic.ts";
import type { World } from "./world.ts";

/** What a run came to, for tallies. */
export interface NodeRunReport {
  plan: Plan;
  answered: ReadonlyMap<OperationName, number>;
  faultsFired: ReadonlyMap<FaultName, number>;
  bootCount: number;
}

/** Small bounds, so that short runs rotate logs, checkpoint, fill packs and compact. */
export const nodeConfig: NodeConfig = {
  region: "us-east-1",
  domains: [],
  credentials: { accessKeyId: "SIMULATEDACCESSKEY", secretAccessKey: "simulated/secret" },
  cluster: {
    listen: "0.0.0.0:9001",
    advertise: (bound) => [bound],
    host: "host",
    zone: "",
    name: "",
    mayFound: true,
  },
  limits: {
    replica: { segmentSizeBytes: 64 * kib, checkpointLogBytesMin: 96 * kib },
    shelf: { packSizeBytes: 96 * kib, packedDataBytesMax: 12 * kib, reserveBytesMin: mib },
    cutting: { unitSizeBytes: 768 * kib, sliceSizeBytes: 64 * kib },
  },
};

/** What clients sign with. */
export const clientCredentials: ClientCredentials = {
  accessKeyId: "SIMULATEDACCESSKEY",
  secretAccessKey: "simulated/secret",
  region: "us-east-1",
};

/** A small disk, so that the reserve of 5 % is small too. */
const diskBytes = 256 * mib;

const hourMs = 3_600_000;
/** Until what nothing needs is gone: two grace periods, by a clock that never goes back. */
const graceMs = 2.5 * hourMs;
/** Until the shelf was walked over twice more. */
const walksMs = 12.5 * hourMs;

/** After so many starts in a row that came to nothing, faults are held off until one succeeds. */
const failedStartsBeforeMercy = 15;
/** A node that then still does not start never will. */
const failedStartsMax = 100;

/** A server that takes over a machine: the node, or what a test puts in its place. */
export type StartServer = (machine: Machine) => Promise<Server & Pick<Node, "close" | "failure">>;

/** Starts the node. */
export const startNode: StartServer = (machine) => createNode(machine.boot(), nodeConfig);

/**
 * One run: clients call a node while its machine is disturbed; then the faults end, everything is
 * read once more, the node is left in peace until upkeep is done, and all is checked.
 */
export async function runNode(
  world: World,
  { start = startNode, plan = drawPlan(world.prng) }: { start?: StartServer; plan?: Plan } = {},
): Promise<NodeRunReport> {
  const run = new NodeRun(world, plan, start);
  return run.toEnd();
}

class NodeRun {
  readonly #world: World;
  readonly #machine: Machine;
  readonly #plan: Plan;
  readonly #start: StartServer;
  readonly #seen: Seen = new Seen();
  readonly #downActions: (() => void)[] = [];
  #server: Awaited<ReturnType<StartServer>> | undefined;
  #waiting: (() => void)[] = [];
  #underWay = 0;
  #isEnding = false;
  #isCalm = false;
  #isRestartWanted = false;
  #wake: () => void = () => undefined;
  #bootCount = 0;
  #failedStarts = 0;
  #isFinished = false;

  constructor(world: World, plan: Plan, start: StartServer) {
    this.#world = world;
    this.#machine = world.machine;
    this.#machine.disk.totalBytes = diskBytes;
    this.#plan = plan;
    this.#start = start;
  }

  async toEnd(): Promise<NodeRunReport> {
    const world = this.#world;
    world.trace.record(`plan ${JSON.stringify(this.#plan)}`);
    const disturbed = this.#disturbed();
    const disturbance = new Disturbance(disturbed);
    const traffic = new Traffic({
      plan: this.#plan,
      prng: world.prng.fork(),
      line: this.#line(),
      seen: this.#seen,
    });
    const keeping = this.#keepUp();
    const work = async (): Promise<void> => {
      await traffic.createBuckets();
      const disturbing = disturbance.run(this.#plan);
      const clients = Array.from({ length: this.#plan.clientCount }, () => this.#client(traffic));
      await Promise.all(clients);
      await this.#calmDown(disturbing);
      await traffic.readAll();
      await world.sleep(this.#quietMs);
      await traffic.readAll();
      this.#isFinished = true;
      this.#wake();
    };
    await Promise.all([work(), keeping]);
    checkLinearizable(this.#seen.objects);
    checkVersions(this.#seen.versions);
    if (this.#start === startNode) await checkSpace(this.#machine, nodeConfig, this.#plan);
    const { answered } = traffic;
    const faultsFired = disturbance.fired;
    return { plan: this.#plan, answered, faultsFired, bootCount: this.#bootCount };
  }

  async #client(traffic: Traffic): Promise<void> {
    const { callCount, thinkMsMax } = this.#plan;
    for (let i = 0; i < callCount; i++) {
      await traffic.callOnce();
      await this.#world.sleep(this.#world.prng.below(thinkMsMax + 1));
    }
  }

  /** How long the node is left in peace. */
  get #quietMs(): number {
    const { behindMs } = this.#machine.clock;
    return graceMs + behindMs + (this.#plan.isPatient ? walksMs : 0);
  }

  /** Ends the faults, cuts the power once more, and waits until the node is up again. */
  async #calmDown(disturbing: Promise<void>): Promise<void> {
    this.#world.trace.record("calm");
    this.#isEnding = true;
    await disturbing;
    const machine = this.#machine;
    machine.crashAt(undefined);
    machine.faults.stop();
    machine.disk.foreignBytes = 0;
    machine.pace.slowness = 1;
    if (machine.isUp) await machine.crash("some");
    this.#isCalm = true;
  }

  /** Keeps a server up: starts it, and starts it again whenever it ends, until the run is over. */
  async #keepUp(): Promise<void> {
    while (!this.#isFinished) {
      for (const action of this.#downActions.splice(0)) action();
      const server = await this.#tryStart();
      if (server === undefined) {
        this.#failedStarts++;
        check(this.#failedStarts < failedStartsMax, "a node starts at last", "it does not");
        await this.#world.sleep(50);
        continue;
      }
      this.#failedStarts = 0;
      this.#server = server;
      for (const go of this.#waiting.splice(0)) go();
      await this.#untilEnd(server);
      this.#server = undefined;
      this.#seen.nodeEnded();
    }
  }

  async #tryStart(): Promise<Awaited<ReturnType<StartServer>> | undefined> {
    this.#bootCount++;
    const isExcused = this.#line().excusesErrors("rest");
    const starting = this.#start(this.#machine);
    const died = this.#machine.died.then(() => undefined);
    try {
      return await Promise.race([starting, died]);
    } catch (error) {
      const areFaultsOn = isExcused || this.#line().excusesErrors("rest");
      const isExplained = areFaultsOn && isFromDisk(error);
      check(isExplained, "a node starts on what it left", String((error as Error).stack));
      if (this.#machine.isUp) await this.#machine.kill();
      return undefined;
    }
  }

  /** Waits until the node dies, fails, is to be restarted, or the run is over; then it is down. */
  async #untilEnd(server: Awaited<ReturnType<StartServer>>): Promise<void> {
    const { promise: woken, resolve } = Promise.withResolvers<"woken">();
    this.#wake = () => resolve("woken");
    if (this.#isRestartWanted || this.#isFinished) resolve("woken");
    const died = this.#machine.died.then(() => "died" as const);
    const end = await Promise.race([died, server.failure, woken]);
    if (end === "died") return;
    if (end === "woken") {
      this.#isRestartWanted = false;
      this.#server = undefined;
      if ((await Promise.race([died, this.#closeWell(server)])) !== "died") return;
    } else {
      check(
        this.#line().excusesErrors("rest"),
        "a node fails only over a fault",
        String(end.stack),
      );
    }
    if (this.#machine.isUp) await this.#machine.kill();
  }

  /** Lets the calls under way end, then closes the node. */
  async #closeWell(server: Awaited<ReturnType<StartServer>>): Promise<"closed" | "died"> {
    while (this.#underWay > 0 && this.#machine.isUp) await this.#world.sleep(1);
    try {
      await server.close();
    } catch (error) {
      const promise = "a node closes without an error";
      check(this.#line().excusesErrors("rest"), promise, String((error as Error).stack));
      return "died";
    }
    await this.#machine.shutDown();
    return "closed";
  }

  #line(): Line {
    const machine = this.#machine;
    const surroundings: Surroundings = {
      prng: this.#world.prng,
      unixMs: () => machine.clock.unixMs(this.#world.scheduler.nowUs),
      sleep: (ms) => this.#world.sleep(ms),
    };
    const contact: Contact = {
      name: "",
      send: async (call: Call): Promise<Reply> => {
        if (this.#server === undefined || !machine.isUp) return { kind: "died" };
        this.#underWay++;
        try {
          return await send(this.#server, call, clientCredentials, surroundings, machine.died);
        } finally {
          this.#underWay--;
        }
      },
    };
    return {
      ready: async () => {
        while (this.#server === undefined || !machine.isUp) {
          await new Promise<void>((resolve) => this.#waiting.push(resolve));
        }
        return contact;
      },
      excusesErrors: (of) => {
        // On one node a body has no second copy: what rots is lost, though never served.
        if (of === "body" && this.#plan.faults.shelfRot !== undefined) return true;
        return !this.#isCalm && excusesErrors(this.#plan);
      },
    };
  }

  #disturbed(): Disturbed {
    const isOver = (): boolean => this.#isEnding;
    const isHeldOff = (): boolean => this.#failedStarts > failedStartsBeforeMercy;
    return {
      world: this.#world,
      machine: this.#machine,
      prng: this.#world.prng.fork(),
      restart: () => {
        this.#isRestartWanted = true;
        this.#wake();
      },
      whileDown: (action) => void this.#downActions.push(action),
      get isOver() {
        return isOver();
      },
      get isHeldOff() {
        return isHeldOff();
      },
    };
  }
}

/** Whether a failure comes from the disk or a store's flush, as injected ones do. */
function isFromDisk(error: unknown): boolean {
  for (let reason = error; reason instanceof Error; reason = reason.cause) {
    if (reason instanceof DiskError || reason.message.includes("injected")) return true;
  }
  return false;
}
