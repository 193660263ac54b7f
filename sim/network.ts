import { assert } from "#base/assert.ts";
import { NetworkError } from "#base/network-error.ts";
import type { Prng } from "#base/prng.ts";
import type { Connection, KeyFingerprint, Listener, Network } from "#ports/index.ts";
import type { Boot } from "./boot.ts";
import { ConnectionEnd, type ConnectionSurroundings } from "./network-connection.ts";
import { Lane, Link, type LinkPace } from "./network-link.ts";
import { Station } from "./network-station.ts";
import type { Scheduler } from "./scheduler.ts";
import type { RunTrace } from "./trace.ts";

/** A way between two machines, by their names; `to` may be the same machine. */
export interface Way {
  from: string;
  to: string;
}

/** A machine that lost its power says nothing: others notice within this time. */
const silentDeathNoticedUsMax = 20_000_000;
/** An address behind which no machine is up is given up by the system after at most so long. */
const unreachableAfterUsMax = 3_000_000;
/** What opening a connection takes each way: keys and certificates. */
const handshakeBytes = 2000;

interface Dialing {
  from: Station;
  boot: Boot;
  to: Station;
  port: number;
  protocol: string;
}

type DialOutcome =
  | { kind: "failed"; code: "unreachable" | "refused"; why: string }
  | { kind: "made"; end: ConnectionEnd };

/** A network of machines, and what can go wrong in it. Machines are named as they were added. */
export class SimulatedNetwork {
  /** How links go that have no pace of their own. Slow them for a while, or all of them. */
  readonly pace: LinkPace = { delayFromUs: 40, delayToUs: 500, bytesPerMs: 1_000_000 };
  /** How many of a million frames break their connection. None as a rule. */
  breaksPerMillion = 0;
  /** How many connections broke by lot, or were broken. */
  brokenCount = 0;
  readonly #scheduler: Scheduler;
  readonly #prng: Prng;
  readonly #trace: RunTrace;
  readonly #surroundings: ConnectionSurroundings;
  readonly #stations = new Map<string, Station>();
  readonly #links = new Map<string, Link>();

  constructor(parts: { scheduler: Scheduler; prng: Prng; trace: RunTrace }) {
    this.#scheduler = parts.scheduler;
    this.#prng = parts.prng;
    this.#trace = parts.trace;
    this.#surroundings = {
      prng: parts.prng,
      trace: parts.trace,
      breaksNow: () => {
        if (this.breaksPerMillion === 0) return false;
        const breaks = this.#prng.below(1_000_000) < this.breaksPerMillion;
        if (breaks) this.brokenCount++;
        return breaks;
      },
    };
  }

  /** Cuts one way: nothing arrives until it is healed, and nobody is told. */
  cut(way: Way): void {
    this.#trace.record(`cut ${way.from}>${way.to}`);
    this.#link(way).cut();
  }

  heal(way: Way): void {
    this.#trace.record(`healed ${way.from}>${way.to}`);
    this.#link(way).heal();
  }

  /** Cuts both ways between machines of different groups; those of no group are left alone. */
  partition(...groups: readonly (readonly string[])[]): void {
    for (const group of groups) {
      for (const other of groups) {
        if (group === other) continue;
        for (const from of group) for (const to of other) this.cut({ from, to });
      }
    }
  }

  /** Cuts a machine off from all others, both ways. */
  isolate(name: string): void {
    const others = [...this.#stations.keys()].filter((other) => other !== name);
    this.partition([name], others);
  }

  /** Every link is whole and at the common pace again, and no connection breaks by lot. */
  healAll(): void {
    this.#trace.record("healed all links");
    this.breaksPerMillion = 0;
    for (const link of this.#links.values()) {
      link.setPace(this.pace);
      if (link.isCut) link.heal();
    }
  }

  /** Gives one way a pace of its own; without one it goes at the common pace again. */
  setPace(way: Way, pace?: Partial<LinkPace>): void {
    this.#link(way).setPace(pace === undefined ? this.pace : { ...this.pace, ...pace });
  }

  /**
   * Breaks all connections between two machines.
   *
   * @param noticedBy which ends learn of it now; the others when they send
   * @returns how many
   */
  breakConnections({ from, to }: Way, noticedBy: "both" | "from" = "both"): number {
    const ends = [...this.#stationOf(from).ends].filter((end) => end.otherPlace === to);
    for (const end of ends) {
      end.break();
      if (noticedBy === "both") end.reset();
    }
    this.brokenCount += ends.length;
    return ends.length;
  }

  /** How often something came to a cut link and was held up. */
  get heldUpCount(): number {
    return this.#links.values().reduce((sum, link) => sum + link.heldUpCount, 0);
  }

  /** How much has gone over these ways: frames, and what else connections exchange. */
  carriedCount(ways: readonly Way[]): number {
    return ways.reduce((sum, way) => sum + this.#link(way).carriedCount, 0);
  }

  /** Adds a machine to the network. */
  addStation(name: string): Station {
    assert(!this.#stations.has(name), "machines have names of their own");
    const station = new Station(name);
    this.#stations.set(name, station);
    return station;
  }

  /**
   * The machine's boot is over. When its process ended, the system closes what it had; when its
   * power went, the others are left to find out.
   */
  stationDied(station: Station, by: "powerCut" | "exit"): void {
    const ends = [...station.ends];
    station.stop();
    for (const end of ends) {
      end.vanish();
      const delayUs =
        by === "exit" || this.#prng.below(3) === 0 ? 0 : this.#prng.below(silentDeathNoticedUsMax);
      this.#scheduler.schedule(delayUs, () => end.reset());
    }
  }

  /** The Network port of one boot. */
  portOf(station: Station, boot: Boot, key: () => KeyFingerprint): Network {
    station.start({ boot, key });
    return {
      listen: ({ address, protocols, accept }) =>
        new Promise((resolve, reject) => {
          boot.later(this.#prng.below(100), () => {
            const port = this.#portToTake(station, address);
            if (port === undefined) {
              reject(new NetworkError("address-in-use", `${address} is taken`));
              return;
            }
            const taken = { protocols, accept };
            station.ports.set(port, taken);
            resolve(this.#listener(boot, station, { port, taken }));
          });
        }),
      dial: (call) => this.#dial(station, boot, call),
    };
  }

  #portToTake(station: Station, address: string): number | undefined {
    const { host, port } = splitAddress(address);
    const isHere = host === station.name || host === "0.0.0.0" || host === "127.0.0.1";
    assert(isHere, `${station.name} listens on an address of its own, not on ${address}`);
    if (port === 0) return station.freePort();
    return station.ports.has(port) ? undefined : port;
  }

  #listener(
    boot: Boot,
    station: Station,
    { port, taken }: { port: number; taken: object },
  ): Listener {
    return {
      address: `${station.name}:${port}`,
      close: () =>
        new Promise((resolve) => {
          boot.later(0, () => {
            if (station.ports.get(port) === taken) station.ports.delete(port);
            resolve();
          });
        }),
    };
  }

  #dial(
    from: Station,
    boot: Boot,
    { address, protocol, signal }: Parameters<Network["dial"]>[0],
  ): Promise<Connection> {
    return new Promise((resolve, reject) => {
      if (!boot.isAlive) return;
      if (signal.aborted) return reject(new NetworkError("aborted", `${address}: given up`));
      let isOver = false;
      const settle = (settled: () => void): void => {
        if (isOver || from.boot !== boot) return;
        isOver = true;
        signal.removeEventListener("abort", giveUp);
        settled();
      };
      const fail = (code: "unreachable" | "refused" | "aborted", why: string): void =>
        settle(() => reject(new NetworkError(code, `${address}: ${why}`)));
      const giveUp = (): void => fail("aborted", "given up");
      signal.addEventListener("abort", giveUp, { once: true });
      const { host, port } = splitAddress(address);
      const to = host === "127.0.0.1" ? from : this.#stations.get(host);
      if (to === undefined) {
        boot.later(this.#prng.below(1000), () => fail("unreachable", "no such host"));
        return;
      }
      this.#shakeHands({ from, boot, to, port, protocol }, (outcome) => {
        if (outcome.kind === "failed") return fail(outcome.code, outcome.why);
        // Who gave up meanwhile leaves nobody at this end.
        if (isOver || from.boot !== boot) return outcome.end.close();
        settle(() => resolve(outcome.end));
      });
    });
  }

  /** Three messages: a greeting, the answer with the listener's key, and the dialer's key. */
  #shakeHands(call: Dialing, done: (outcome: DialOutcome) => void): void {
    const { from, boot, to, port, protocol } = call;
    const there = new Lane(this.#link({ from: from.name, to: to.name }), to);
    const back = new Lane(this.#link({ from: to.name, to: from.name }), from);
    const answer = (code: "unreachable" | "refused", why: string): void =>
      back.send(handshakeBytes, () => done({ kind: "failed", code, why }));
    there.send(handshakeBytes, () => {
      const theirs = to.boot;
      if (theirs === undefined) {
        // The process is gone, or all of the machine; then the system waits for an answer in vain.
        const afterUs = this.#prng.below(2) === 0 ? 0 : this.#prng.below(unreachableAfterUsMax);
        this.#scheduler.schedule(afterUs, () => answer("unreachable", "nobody answers"));
        return;
      }
      const listening = to.ports.get(port);
      if (listening === undefined) return answer("unreachable", "nobody listens");
      if (!listening.protocols.includes(protocol)) return answer("refused", "not spoken there");
      const theirKey = to.key;
      back.send(handshakeBytes, () => {
        if (from.boot !== boot) return;
        const surroundings = this.#surroundings;
        const near = new ConnectionEnd({
          station: from,
          boot,
          lane: there,
          protocol,
          peer: theirKey,
          remoteAddress: `${to.name}:${port}`,
          surroundings,
        });
        const far = new ConnectionEnd({
          station: to,
          boot: theirs,
          lane: back,
          protocol,
          peer: from.key,
          remoteAddress: `${from.name}:${from.freePort()}`,
          surroundings,
        });
        near.join(far);
        far.join(near);
        if (to.boot !== theirs) far.vanish();
        there.send(handshakeBytes, () => {
          if (to.boot === theirs && to.ports.get(port) === listening) listening.accept(far);
          else near.break();
        });
        done({ kind: "made", end: near });
      });
    });
  }

  #stationOf(name: string): Station {
    const station = this.#stations.get(name);
    assert(station !== undefined, `there is a machine ${name}`);
    return station;
  }

  #link({ from, to }: Way): Link {
    const name = `${this.#stationOf(from).name}>${this.#stationOf(to).name}`;
    let link = this.#links.get(name);
    if (link === undefined) {
      link = new Link({ scheduler: this.#scheduler, prng: this.#prng.fork(), pace: this.pace });
      this.#links.set(name, link);
    }
    return link;
  }
}

function splitAddress(address: string): { host: string; port: number } {
  const at = address.lastIndexOf(":");
  const port = Number(address.slice(at + 1));
  assert(at > 0 && Number.isInteger(port), `${address} is host:port`);
  return { host: address.slice(0, at), port };
}
