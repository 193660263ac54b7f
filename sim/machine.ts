import { assert } from "#base/assert.ts";
import { gib } from "#base/bytes.ts";
import { type Prng, seededPrng } from "#base/prng.ts";
import type { Ports } from "#ports/index.ts";
import { Boot, type Operation, type OperationGate, changingKinds } from "./boot.ts";
import { ClockDrift, simulatedClock } from "./clock.ts";
import { simulatedCompute } from "./compute.ts";
import { DiskMedia, type Remains } from "./disk-media.ts";
import { type DiskPace, simulatedDisk } from "./disk.ts";
import { Faults } from "./faults.ts";
import { Keys, simulatedIdentity } from "./identity.ts";
import { simulatedStores } from "./key-value.ts";
import type { Station } from "./network-station.ts";
import type { SimulatedNetwork } from "./network.ts";
import type { Scheduler } from "./scheduler.ts";
import { StoresMedia } from "./store-media.ts";
import { type RunTrace, simulatedTrace } from "./trace.ts";

/** An operation that changed what the machine's disk holds, or what of it lasts. */
export interface Step {
  /** Counted from 1 over all boots of the machine. */
  number: number;
  kind: Operation<unknown>["kind"];
  target: string;
}

/** Power is cut at one step of a machine. */
export interface CrashPlan {
  /** The step's number. */
  step: number;
  /** Just before the step has its effect, or just after, before anyone learns of it. */
  when: "before" | "after";
  remains: Remains;
  /** Seeds what remains, where that goes by lot; drawn from the run's seed without it. */
  lots?: number | undefined;
}

/** A machine: what stays of it over crashes, and the ports of its current boot. */
export class Machine implements OperationGate {
  readonly name: string;
  readonly disk: DiskMedia;
  readonly stores: StoresMedia;
  readonly clock: ClockDrift = new ClockDrift();
  readonly pace: DiskPace = { slowness: 1 };
  readonly faults: Faults;
  readonly keys: Keys;
  /** The system gives no secrets: whoever asks for some fails. */
  lacksEntropy = false;
  /** How often nobody was given any. */
  entropyRefusedCount = 0;
  /** Called with every step before it has its effect. */
  onStep: ((step: Step) => void) | undefined;
  readonly #prng: Prng;
  readonly #scheduler: Scheduler;
  readonly #trace: RunTrace;
  readonly #network: SimulatedNetwork;
  readonly #station: Station;
  #boot: Boot | undefined;
  #crashPlan: CrashPlan | undefined;
  #stepCount = 0;

  constructor(parts: {
    name: string;
    prng: Prng;
    keyPrng: Prng;
    scheduler: Scheduler;
    trace: RunTrace;
    network: SimulatedNetwork;
  }) {
    this.name = parts.name;
    this.#prng = parts.prng;
    this.#scheduler = parts.scheduler;
    this.#trace = parts.trace;
    this.disk = new DiskMedia(parts.prng.fork(), 64 * gib);
    this.stores = new StoresMedia();
    this.faults = new Faults(parts.prng.fork());
    this.keys = new Keys(parts.keyPrng);
    this.#network = parts.network;
    this.#station = parts.network.addStation(parts.name);
  }

  /** How many steps the machine has taken, over all its boots. */
  get stepCount(): number {
    return this.#stepCount;
  }

  get isUp(): boolean {
    return this.#boot?.isAlive === true;
  }

  /** Resolves when the current boot ends by a crash or a kill. */
  get died(): Promise<void> {
    assert(this.#boot !== undefined, "a machine is booted before it dies");
    return this.#boot.died;
  }

  /** Starts the machine: new ports, over what its disk holds. */
  boot(): Ports {
    assert(!this.isUp, `${this.name} is down when it is booted`);
    const boot = new Boot({
      name: this.name,
      scheduler: this.#scheduler,
      prng: this.#prng.fork(),
      trace: this.#trace,
      gate: this,
    });
    this.#boot = boot;
    this.#trace.record(`${this.name} booted`);
    const random = this.#prng.fork();
    const secrets = this.#prng.fork();
    return {
      clock: simulatedClock(boot, this.clock),
      random: { below: (bound) => random.below(bound) },
      entropy: { bytes: (count) => this.#secret(secrets, count) },
      disk: simulatedDisk(boot, this.disk, this.pace),
      stores: simulatedStores(boot, this.stores),
      compute: simulatedCompute(boot),
      trace: simulatedTrace(this.name, this.#trace, () => boot.isAlive),
      network: this.#network.portOf(this.#station, boot, () => this.keys.current),
      identity: simulatedIdentity(boot, this.keys),
    };
  }

  /** Cuts the power now; of what was not synced, `remains` is left. Resolves when it is done. */
  crash(remains: Remains = "some"): Promise<void> {
    return this.#atOnce(() => this.#cutPower(remains));
  }

  /**
   * Ends the process as `kill -9` does: what it wrote stays, synced or not; of batches that a store
   * has not flushed, a prefix. Resolves when it is done.
   */
  kill(): Promise<void> {
    return this.#atOnce(() => {
      this.#trace.record(`${this.name} killed`);
      this.#endBoot("some", this.#prng, "exit");
      this.disk.dropHandles();
      this.stores.crash("some", this.#prng);
    });
  }

  /** Ends the boot after its owner has closed everything: nothing is lost. */
  async shutDown(): Promise<void> {
    await this.#atOnce(() => {
      this.#trace.record(`${this.name} shut down`);
      this.#endBoot("everything", this.#prng, "exit");
      this.disk.dropHandles();
      this.stores.crash("everything", this.#prng);
    });
  }

  /** Plans a crash at a step to come; it replaces an earlier plan, undefined takes it back. */
  crashAt(plan: CrashPlan | undefined): void {
    this.#crashPlan = plan;
  }

  /**
   * Stops the process for `ms`, as a debugger or a paused virtual machine does.
   *
   * @returns false where the machine is down or stopped already
   */
  pause(ms: number): boolean {
    if (!this.isUp || this.#boot?.isPaused !== false) return false;
    this.#trace.record(`${this.name} paused for ${ms} ms`);
    this.#boot.pause(ms);
    return true;
  }

  before(operation: Operation<unknown>): "go" | "fail" | "crash" {
    if (changingKinds.has(operation.kind)) {
      const { kind, target } = operation;
      this.#stepCount++;
      this.onStep?.({ number: this.#stepCount, kind, target });
      if (this.#crashIfPlanned("before")) return "crash";
    }
    return this.faults.strikes(operation) ? "fail" : "go";
  }

  after(operation: Operation<unknown>): "go" | "crash" {
    return changingKinds.has(operation.kind) && this.#crashIfPlanned("after") ? "crash" : "go";
  }

  #secret(secrets: Prng, count: number): Uint8Array<ArrayBuffer> {
    if (!this.lacksEntropy) return drawBytes(secrets, count);
    this.entropyRefusedCount++;
    throw new Error("injected: there is no entropy");
  }

  #crashIfPlanned(when: CrashPlan["when"]): boolean {
    const plan = this.#crashPlan;
    if (plan?.step !== this.#stepCount || plan.when !== when) return false;
    this.#crashPlan = undefined;
    this.#cutPower(plan.remains, plan.lots);
    return true;
  }

  #cutPower(remains: Remains, seed?: number): void {
    const lots = seed === undefined ? this.#prng.fork() : seededPrng(seed);
    this.#trace.record(`${this.name} crashed, ${remains} remains`);
    this.#endBoot(remains, lots, "powerCut");
    this.disk.crash(remains, lots);
    this.stores.crash(remains, lots);
  }

  /** Ends the boot. What was under way may or may not have had its effect. */
  #endBoot(remains: Remains, lots: Prng, by: "powerCut" | "exit"): void {
    const underWay = this.#boot?.underWay() ?? [];
    this.#boot?.end();
    this.#network.stationDied(this.#station, by);
    if (remains !== "some") return;
    for (const operation of underWay) {
      if (!changingKinds.has(operation.kind) || lots.below(2) === 0) continue;
      try {
        operation.effect();
      } catch {
        // It would have failed; nobody is left to be told.
      }
    }
  }

  /** Does something between two events, when no job of the boot is left to run. */
  #atOnce(action: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#scheduler.schedule(0, () => {
        action();
        resolve();
      });
    });
  }
}

function drawBytes(prng: Prng, count: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: count }, () => prng.below(256));
}
