import { DiskError } from "#base/disk-error.ts";
import { StoreDamagedError } from "#base/store-damaged-error.ts";
import { NetworkError } from "#base/network-error.ts";
import {
  adminRequestLine,
  JoinRefusedError,
  NodeRemovedError,
  parseAdminAnswer,
} from "#cluster/index.ts";
import { createNode, type Node, type NodeConfig } from "#node/index.ts";
import { ReplicaError } from "#replica/index.ts";
import { check } from "#sim/check-error.ts";
import type { Machine } from "#sim/machine.ts";
import { clientCredentials, nodeConfig } from "#sim/node-run.ts";
import { type Call, type Reply, send } from "#sim/workload/client.ts";
import type { Contact } from "#sim/workload/shop.ts";
import type { World } from "#sim/world.ts";

/** A node that does not start so often in a row never will. */
const failedStartsMax = 60;

/** What a member tells of itself. */
export interface MemberEvents {
  /** Requests are served; what was asked of these earlier boots is settled. */
  ready(member: Member, earlier: readonly string[]): void;
}

/** One node of a cluster on a machine of its own, kept running until the run is over. */
export class Member {
  readonly machine: Machine;
  readonly zone: string;
  /** What it joins with; the founder has none. */
  token: string | undefined;
  /** The number of the node whose place it takes, if any. */
  replaces: number | undefined;
  /** Faults that may make it fail or not start were at work since its last sound start. */
  isExcused = false;
  /** An operator lets it go: it may be told so, and then it is down for good. */
  isLeaving = false;
  /** A value of its store may not be what was put: it stops where it meets one, and begins anew. */
  hasRottenStore = false;
  /** Its disk is gone, and it never starts again. */
  isGone = false;
  /** It stays down so long when it goes down the next time, in milliseconds. */
  downForMs = 0;
  bootCount = 0;
  readonly #world: World;
  readonly #events: MemberEvents;
  readonly #downActions: (() => void)[] = [];
  #node: Node | undefined;
  #contact: Contact | undefined;
  #unsettled: string[] = [];
  #underWay = 0;
  #isRestartWanted = false;
  #isFinished = false;
  #wake: () => void = () => undefined;

  constructor(world: World, name: string, zone: string, events: MemberEvents) {
    this.#world = world;
    this.machine = world.addMachine(name);
    this.zone = zone;
    this.#events = events;
  }

  get name(): string {
    return this.machine.name;
  }

  /** How to call it, once it serves. */
  get contact(): Contact | undefined {
    return this.machine.isUp ? this.#contact : undefined;
  }

  /** Stops it as its owner would, and starts it again. */
  restart(): void {
    this.#isRestartWanted = true;
    this.#wake();
  }

  /** Ends it for good, in good order. */
  finish(): void {
    this.#isFinished = true;
    this.#wake();
  }

  /** Does something to the machine the next time it is down. */
  whileDown(action: () => void): void {
    this.#downActions.push(action);
  }

  /** Asks as the command line does; undefined where it is refused or nobody answers. */
  async ask<Done>(call: string, fields: Record<string, unknown> = {}): Promise<Done | undefined> {
    const node = this.#node;
    if (node === undefined || !this.machine.isUp) return undefined;
    const gone = this.machine.died.then(() => undefined);
    const line = await Promise.race([node.admin(adminRequestLine(call, fields)), gone]);
    const answer = line === undefined ? undefined : parseAdminAnswer<Done>(line);
    return answer?.kind === "done" ? answer.value : undefined;
  }

  /** Keeps the node up: starts it, and starts it again whenever it ends, until `finish`. */
  async keepUp(): Promise<void> {
    let failedStarts = 0;
    while (!this.#isFinished) {
      for (const action of this.#downActions.splice(0)) action();
      const node = await this.#tryStart();
      if (node === undefined) {
        failedStarts++;
        check(failedStarts < failedStartsMax, "a node starts at last", this.name);
        await this.#world.sleep(500);
        continue;
      }
      failedStarts = 0;
      await this.#runToEnd(node);
      const { downForMs } = this;
      this.downForMs = 0;
      if (!this.#isFinished && downForMs > 0) await this.#world.sleep(downForMs);
    }
  }

  async #tryStart(): Promise<Node | undefined> {
    this.bootCount++;
    const { name } = this.machine;
    const cluster: NodeConfig["cluster"] = {
      listen: `${name}:1`,
      advertise: (bound) => [bound],
      host: name,
      zone: this.zone,
      name,
      token: this.token,
      replaces: this.replaces,
      mayFound: this.token === undefined,
    };
    try {
      const starting = createNode(this.machine.boot(), { ...nodeConfig, cluster });
      return await Promise.race([starting, this.machine.died.then(() => undefined)]);
    } catch (error) {
      check(this.#isExplained(error), "a node starts on what it left", stackOf(error));
      // The one whose place it was to take has none by now: it comes as one more.
      if (error instanceof JoinRefusedError && error.code === "invalid") this.replaces = undefined;
      if (this.machine.isUp) await this.machine.kill();
      return undefined;
    }
  }

  /** Lets the node serve until it dies, fails, is to be restarted, or the run is over. */
  async #runToEnd(node: Node): Promise<void> {
    this.#node = node;
    const { promise: woken, resolve } = Promise.withResolvers<"woken">();
    this.#wake = () => resolve("woken");
    if (this.#isRestartWanted || this.#isFinished) resolve("woken");
    const died = this.machine.died.then(() => "died" as const);
    const contact = this.#makeContact(node, `${this.name}.${this.bootCount}`);
    const serving = node.ready.then(
      () => this.#serve(contact),
      () => undefined,
    );
    void Promise.race([serving, died]);
    const end = await Promise.race([died, node.failure, woken]);
    this.#contact = undefined;
    if (end === "woken") {
      this.#isRestartWanted = false;
      await Promise.race([died, this.#closeWell(node)]);
    } else if (end !== "died") {
      check(this.#isExplained(end), "a node fails only over a fault", stackOf(end));
      // As its owner does, who closes a node that has failed; but not whoever is killed over it.
      const isClosed = this.#world.prng.below(4) > 0;
      if (isClosed) await Promise.race([died, node.close().catch(() => undefined)]);
    }
    this.#node = undefined;
    if (this.machine.isUp) await this.machine.kill();
  }

  #serve(contact: Contact): void {
    if (!this.machine.isUp) return;
    this.#contact = contact;
    const earlier = this.#unsettled;
    this.#unsettled = [contact.name];
    this.#events.ready(this, earlier);
  }

  #makeContact(node: Node, name: string): Contact {
    const { machine } = this;
    const { died } = machine;
    const surroundings = {
      prng: this.#world.prng,
      unixMs: () => machine.clock.unixMs(this.#world.scheduler.nowUs),
      sleep: (ms: number) => this.#world.sleep(ms),
    };
    return {
      name,
      send: async (call: Call): Promise<Reply> => {
        if (this.#node !== node || !machine.isUp) return { kind: "died" };
        this.#underWay++;
        try {
          return await send(node, call, clientCredentials, surroundings, died);
        } finally {
          this.#underWay--;
        }
      },
    };
  }

  /** Lets the calls under way end, then closes the node. */
  async #closeWell(node: Node): Promise<void> {
    while (this.#underWay > 0 && this.machine.isUp) await this.#world.sleep(5);
    try {
      await node.close();
    } catch (error) {
      check(this.#isExplained(error), "a node closes without an error", stackOf(error));
      return;
    }
    if (this.machine.isUp) await this.machine.shutDown();
  }

  /** Whether a fault may have been behind a failure. */
  #isExplained(error: unknown): boolean {
    if (this.isLeaving && error instanceof NodeRemovedError) {
      this.#isFinished = true;
      return true;
    }
    for (let reason = error; reason instanceof Error; reason = reason.cause) {
      // Nobody to join or to rejoin by, for now.
      if (reason instanceof NetworkError || reason instanceof JoinRefusedError) return true;
      if (reason instanceof ReplicaError && reason.code !== "stopped") return true;
      if (this.hasRottenStore && reason instanceof StoreDamagedError) return true;
      const isFromDisk = reason instanceof DiskError || reason.message.includes("injected");
      if (this.isExcused && isFromDisk) return true;
    }
    return false;
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
