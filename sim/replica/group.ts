import { assert } from "#base/assert.ts";
import { encodeNode, type FoundCluster, type Node } from "#format/index.ts";
import { bucketOf } from "#metadata/index.ts";
import { PeerNetwork } from "#peering/index.ts";
import type { KeyValueReader, Ports } from "#ports/index.ts";
import {
  type CommandBody,
  type Recovered,
  recoverReplica,
  Replica,
  type ReplicaConfig,
  type ReplicaLimits,
} from "#replica/index.ts";
import { CheckedStore } from "#storage/index.ts";
import type { Machine } from "../machine.ts";
import { RigRegistry } from "../peer-rig.ts";
import type { World } from "../world.ts";

/** A group has no more members. */
export const nodesMax = 7;

/** Small, so that short runs take every turn: rotations, checkpoints, replay. */
const smallLimits: Partial<ReplicaLimits> = {
  segmentSizeBytes: 16 * 1024,
  logCacheBytesMax: 2048,
  checkpointLogBytesMin: 32 * 1024,
};

const firstNode: Node = {
  raftId: 1,
  keyFingerprint: new Uint8Array(32),
  addresses: [],
  host: "host",
  zone: "zone",
  weight: 1,
  state: "up",
  layoutVersionWalked: 0,
};

const founding: FoundCluster = {
  clusterId: new Uint8Array(16).fill(7),
  epoch: 1,
  featureLevel: 1,
  nodeId: 1,
  node: firstNode,
  accessKeyId: "key",
  credential: { secretAccessKey: "secret", account: "owner", createdUnixMs: 0 },
};

/** One node: a machine, and the replica of its current boot. */
export interface Member {
  readonly node: number;
  readonly machine: Machine;
  raftId: number;
  /** Until its log has begun under this Raft id. */
  isJoining: boolean;
  replica: Replica | undefined;
  /** The replica's session is open: clients may come. */
  isOpen: boolean;
}

/** Looks on while members run. */
export interface GroupWatch {
  /** The ports of a boot, as the member is to have them. */
  portsOf(member: Member, ports: Ports): Ports;
  /** A member sends a Raft frame. */
  sent(member: Member, frame: Uint8Array): void;
  /** A member has booted: this is what it found. */
  booted(member: Member, replica: Replica): void;
}

/** The peers of a member that is looked on. */
class WatchedPeers extends PeerNetwork {
  onSend: (frame: Uint8Array) => void = () => undefined;

  override sendRaft(node: number, frame: Uint8Array): boolean {
    this.onSend(frame);
    return super.sendRaft(node, frame);
  }
}

/**
 * Puts rows of nodes that may join into a store that is closed: there is no command for that here.
 */
async function registerNodes(machine: Machine, count: number): Promise<void> {
  const { stores } = machine.boot();
  const store = new CheckedStore(await stores.open("store"), "store");
  const rows = Array.from({ length: count - 1 }, (_, i) => {
    const node = i + 2;
    const key = Uint8Array.of(0x6e, 0x2f, 0, 0, 0, node);
    return { key, value: encodeNode({ ...firstNode, raftId: node }) };
  });
  store.write(rows);
  await store.flush();
  await store.close();
  await machine.shutDown();
}

/** Several replicas in one world, over its network. Node n bears Raft id n, until it rejoins. */
export class Group {
  readonly world: World;
  readonly #registry = new RigRegistry();
  readonly members: Member[] = [];
  readonly #limits: Partial<ReplicaLimits>;
  readonly #watch: GroupWatch | undefined;
  #isFounded = false;
  /** The last Raft id that was given to a member that takes part anew. */
  #lastFreshId = nodesMax;

  constructor(world: World, limits: Partial<ReplicaLimits> = {}, watch?: GroupWatch) {
    this.world = world;
    this.#limits = limits;
    this.#watch = watch;
  }

  /** A group in which so many vote. */
  static async of(
    world: World,
    voterCount: number,
    limits: Partial<ReplicaLimits> = {},
  ): Promise<Group> {
    const group = new Group(world, limits);
    await group.found();
    for (let node = 2; node <= voterCount; node++) {
      await group.join(node);
      await group.promote(node);
    }
    return group;
  }

  /** @param nodeCount how many there may be, with those who join later */
  async found(nodeCount: number = nodesMax): Promise<void> {
    const member = this.#add(1);
    const replica = await this.boot(member);
    this.#isFounded = true;
    await replica.close();
    await member.machine.shutDown();
    await registerNodes(member.machine, nodeCount);
    await this.boot(member);
  }

  #add(node: number): Member {
    const machine = this.world.addMachine(`n${node}`);
    const member: Member = {
      node,
      machine,
      raftId: node,
      isJoining: false,
      replica: undefined,
      isOpen: false,
    };
    this.members.push(member);
    this.#registry.add(node, machine);
    return member;
  }

  at(node: number): Member {
    const member = this.members.find((one) => one.node === node);
    assert(member !== undefined, "there is such a node");
    return member;
  }

  replica(node: number): Replica {
    const { replica } = this.at(node);
    assert(replica !== undefined, `node ${node} is up`);
    return replica;
  }

  get running(): Replica[] {
    return this.members.flatMap(({ replica, machine }) =>
      replica !== undefined && machine.isUp ? [replica] : [],
    );
  }

  /** The node that leads, as the others see it too. */
  get leader(): Member | undefined {
    const leading = this.members
      .filter(({ machine, replica }) => machine.isUp && replica?.status().role === "leader")
      .sort((a, b) => (b.replica?.status().term ?? 0) - (a.replica?.status().term ?? 0));
    return leading[0];
  }

  /** Starts a node and waits for its session. */
  async boot(member: Member): Promise<Replica> {
    const replica = await this.start(member);
    await replica.opened;
    return replica;
  }

  async start(member: Member): Promise<Replica> {
    const { node, machine, raftId, isJoining } = member;
    member.replica = undefined;
    member.isOpen = false;
    const booted = machine.boot();
    // The rows of those who may join come into the store by no entry: it is looked on after that.
    const watch = this.#isFounded ? this.#watch : undefined;
    const ports = watch?.portsOf(member, booted) ?? booted;
    const peers = new WatchedPeers(ports, { self: node, registry: this.#registry });
    peers.onSend = (frame) => watch?.sent(member, frame);
    await peers.listen(`${machine.name}:7000`);
    const directory = {
      nodeOf: (id: number) => this.members.find((one) => one.raftId === id)?.node,
      nodes: () => this.members.map((one) => one.node),
    };
    const config: ReplicaConfig = {
      founding: this.#isFounded ? undefined : founding,
      limits: { ...smallLimits, ...this.#limits },
      nodeId: node,
      raftId,
      isJoining,
      group: { peers, directory },
    };
    const replica = await Replica.start(ports, config);
    member.replica = replica;
    member.isJoining = false;
    watch?.booted(member, replica);
    replica.opened.then(
      () => (member.isOpen = member.replica === replica),
      () => undefined,
    );
    return replica;
  }

  /** A node that is to join, on a machine of its own. */
  expect(node: number): Member {
    const member = this.#add(node);
    member.isJoining = true;
    return member;
  }

  /** Gives a node another Raft id: it takes part anew. */
  renew(member: Member): void {
    member.raftId = ++this.#lastFreshId;
    member.isJoining = true;
  }

  /** Adds a node as a learner; the group knows it first. */
  async join(node: number): Promise<Replica> {
    const member = this.expect(node);
    await this.leaderReplica().changeMembers([{ op: "learner", id: member.raftId }]);
    return this.boot(member);
  }

  /** Makes a learner a voter; resolves when all that run know it. */
  async promote(node: number): Promise<void> {
    const { raftId } = this.at(node);
    await this.leaderReplica().changeMembers([{ op: "voter", id: raftId }]);
    await this.until("all know who votes", () =>
      this.running.every((replica) => replica.status().conf.voters.includes(raftId)),
    );
  }

  /** Makes a cluster of one out of what a member has that is down. All know its epoch at once. */
  async recover(node: number, isForced: boolean): Promise<Recovered> {
    const { machine, raftId } = this.at(node);
    const ports = machine.boot();
    const peers = new PeerNetwork(ports, { self: node, registry: this.#registry });
    await peers.listen(`${machine.name}:7000`);
    const directory = {
      nodeOf: (id: number) => this.members.find((one) => one.raftId === id)?.node,
      nodes: () => this.members.map((one) => one.node),
    };
    const limits = { ...smallLimits, ...this.#limits };
    const config = { nodeId: node, raftId, group: { peers, directory }, limits, isForced };
    try {
      const recovered = await recoverReplica(ports, config);
      this.#registry.epochNow = recovered.epoch;
      return recovered;
    } finally {
      await machine.shutDown();
    }
  }

  leaderReplica(): Replica {
    const { leader } = this;
    assert(leader?.replica !== undefined, "somebody leads");
    return leader.replica;
  }

  /** Waits until it holds. */
  async until(what: string, holds: () => boolean, timeoutMs = 60_000): Promise<void> {
    const endMs = this.world.nowMs + timeoutMs;
    while (!holds()) {
      assert(this.world.nowMs < endMs, `${what} within ${timeoutMs} ms`);
      await this.world.sleep(5);
    }
  }

  /** Waits until all that run have applied the same. */
  async settle(): Promise<void> {
    await this.until("all are at one index", () => {
      const indexes = this.running.map((replica) => replica.status().appliedIndex);
      return new Set(indexes).size <= 1;
    });
  }

  /** All rows of a node's store. */
  rows(node: number): string[] {
    const { reader } = this.replica(node);
    return [...reader.scan({ start: Uint8Array.of(0) })].map(
      ([key, value]) => `${key.toHex()} ${value.toHex()}`,
    );
  }
}

/** Creates a bucket: the smallest command that leaves a row. */
export function createBucket(bucket: string): CommandBody {
  return { kind: "createBucket", value: { bucket, owner: "owner", lockEnabled: false } };
}

/** Whether the bucket is there, as a node sees it. */
export function hasBucket(reader: KeyValueReader, bucket: string): boolean {
  return bucketOf(reader, bucket) !== undefined;
}
