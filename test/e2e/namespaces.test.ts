import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { ClusterStatus } from "#cluster/index.ts";
import { ObjectSet } from "./cluster-objects.ts";
import { type TestNode, withCluster } from "./cluster.ts";

/*
 * Nodes in network namespaces of their own, joined by a bridge in one more, in which the clients
 * are: this file runs itself there. A link that is set down loses everything and tells nobody.
 */

const hubVariable = "HAMSTER_TEST_HUB";
const hub = process.env[hubVariable];
const nodeCount = 3;
/** Of iproute2. */
const ipProgram = "ip";
const tcProgram = "tc";

function ip(...words: string[]): void {
  execFileSync(ipProgram, words, { stdio: ["ignore", "ignore", "pipe"] });
}

function namespaceOf(name: string, number: number): string {
  return `${name}-${number}`;
}

/** Whether namespaces can be made here, by this user. */
function canSeparate(): boolean {
  const name = `hamster-probe-${process.pid}`;
  try {
    ip("netns", "add", name);
    ip("netns", "exec", name, "ip", "link", "add", "br0", "type", "bridge");
    return true;
  } catch {
    return false;
  } finally {
    try {
      ip("netns", "del", name);
    } catch {
      // There is none.
    }
  }
}

/** Makes the bridge and the nodes' namespaces; the process is in the hub's. */
function makeNetwork(name: string): void {
  ip("link", "set", "lo", "up");
  ip("link", "add", "br0", "type", "bridge");
  ip("addr", "add", "10.77.0.254/24", "dev", "br0");
  ip("link", "set", "br0", "up");
  for (let number = 1; number <= nodeCount; number++) {
    const space = namespaceOf(name, number);
    ip("netns", "add", space);
    const link = `v${number}`;
    ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", space);
    ip("link", "set", link, "master", "br0", "up");
    const inside = (...words: string[]): void => ip("-n", space, ...words);
    inside("addr", "add", `10.77.0.${number}/24`, "dev", "eth0");
    inside("link", "set", "lo", "up");
    inside("link", "set", "eth0", "up");
  }
}

const skip = hub === undefined && !canSeparate() && "network namespaces cannot be made here";

test(
  "nodes are cut off, the leader too, and clients of the others notice nothing",
  {
    skip: hub !== undefined || skip,
  },
  async (context) => {
    const name = `hamster-${process.pid}`;
    ip("netns", "add", name);
    try {
      const file = fileURLToPath(import.meta.url);
      const { NODE_TEST_CONTEXT: _, ...env } = process.env;
      const words = ["netns", "exec", name, process.execPath, "--test", file];
      const child = spawn(ipProgram, words, { env: { ...env, [hubVariable]: name } });
      let said = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
      const [code] = await once(child, "close");
      assert.equal(code, 0, said);
      const leftOut = /delay and loss are left out.*/.exec(said);
      if (leftOut !== null) context.diagnostic(leftOut[0]);
    } finally {
      for (let number = 0; number <= nodeCount; number++) {
        try {
          ip("netns", "del", number === 0 ? name : namespaceOf(name, number));
        } catch {
          // It was not made.
        }
      }
    }
  },
);

const insideOptions = { skip: hub === undefined && "run by the test before" };

test("inside the namespaces", insideOptions, (context) =>
  withCluster(async (cluster) => {
    makeNetwork(hub ?? "");
    const options = (number: number) => ({
      host: `10.77.0.${number}`,
      wrapper: ["ip", "netns", "exec", namespaceOf(hub ?? "", number)],
    });
    await cluster.found(options(1));
    for (let number = 2; number <= nodeCount; number++) {
      await cluster.join(options(number));
      await cluster.untilSettled();
    }
    await cluster.until("all have their part", ({ nodes }) =>
      nodes.every(({ state }) => state === "up"),
    );
    const objects = new ObjectSet();
    await objects.createBucket(cluster.node(1).client());
    await objects.grow(cluster.node(1).client(), 10);
    const leader = await cluster.leader();
    for (const lost of new Set([leader, cluster.node(nodeCount), cluster.node(1)])) {
      const others = cluster.nodes.filter((node) => node !== lost);
      await cutOff(lost, async () => {
        const [first, second] = others;
        assert.ok(first !== undefined && second !== undefined);
        await objects.grow(first.client(), 10);
        await objects.check(second.client());
        const isMissed = ({ nodes }: ClusterStatus): boolean =>
          nodes.some(({ name, state }) => name === lost.name && state === "down");
        await cluster.until("it is missed", isMissed, first);
      });
      await cluster.until("it is back", ({ nodes }) => nodes.every(({ state }) => state === "up"));
      await objects.check(lost.client());
    }
    if (!cluster.nodes.every(makeLossy)) {
      const reason = "this kernel has no netem, or there is no tc";
      return context.diagnostic(`delay and loss are left out: ${reason}`);
    }
    await objects.grow(cluster.node(2).client(), 10);
    await objects.check(cluster.node(1).client());
  }),
);

/** Lets the way to a node be slow and lose frames. @returns whether that can be done here */
function makeLossy({ name }: TestNode): boolean {
  const way = ["dev", name.replace("n", "v"), "root", "netem"];
  try {
    execFileSync(tcProgram, ["qdisc", "add", ...way, "delay", "30ms", "10ms", "loss", "1%"], {
      stdio: "ignore",
    });
    return true;
  } catch {
    return false;
  }
}

async function cutOff({ name }: TestNode, meanwhile: () => Promise<void>): Promise<void> {
  const link = name.replace("n", "v");
  ip("link", "set", link, "down");
  try {
    await meanwhile();
  } finally {
    ip("link", "set", link, "up");
  }
}
