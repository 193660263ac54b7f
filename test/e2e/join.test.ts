import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { ObjectSet } from "./cluster-objects.ts";
import { type TestCluster, withCluster } from "./cluster.ts";
import { Server } from "./server.ts";

/** What a joiner says that is not let in. */
async function refusalOf(cluster: TestCluster, token: string): Promise<string> {
  const { dataDir } = cluster.add();
  cluster.nodes.pop();
  const { code, stderr } = await Server.fail({
    dataDir,
    args: ["--s3", "127.0.0.1:0", "--listen", "127.0.0.1:0"],
    env: { HAMSTER_TOKEN: token },
  });
  assert.notEqual(code, 0, "it does not run");
  return stderr;
}

test("J1 a token lets one node in, once: used, foreign and mangled ones are refused", () =>
  withCluster(async (cluster) => {
    await cluster.found();
    const token = await cluster.token();
    const joiner = cluster.add();
    await joiner.start({ token });
    await cluster.untilSettled();
    assert.match(
      await refusalOf(cluster, token),
      /does not take this node.*token[^]*hamster cluster token/,
    );
    const mangled = `${token.slice(0, -4)}${token.endsWith("AAAA") ? "BBBB" : "AAAA"}`;
    assert.match(await refusalOf(cluster, mangled), /token is not right/i);
    await withCluster(async (other) => {
      await other.found();
      const foreign = await other.token();
      await joiner.stop();
      await assert.rejects(joiner.start({ token: foreign }), /another cluster/);
    });
    assert.equal((await cluster.node(1).status()).nodes.length, 2, "nobody else came in");
  }));

test("what is no peer is refused at the cluster's port, and the node goes on", () =>
  withCluster(async (cluster) => {
    const founder = await cluster.found();
    const [, port = ""] = /"address":"127.0.0.1:(\d+)","node":1/.exec(founder.log) ?? [];
    for (const bytes of ["GET / HTTP/1.1\r\n\r\n", "\0".repeat(100_000)]) {
      const socket = connect(Number(port), "127.0.0.1");
      socket.on("error", () => undefined);
      socket.write(bytes);
      await new Promise((resolve) => socket.once("close", resolve));
    }
    await founder.server.logged(/connectionRefused/);
    assert.equal((await founder.status()).nodes.length, 1);
  }));

test("the leader is killed under load: no call fails after the client's own tries", () =>
  withCluster(async (cluster) => {
    const founder = await cluster.found();
    for (let node = 2; node <= 3; node++) {
      await cluster.join();
      await cluster.untilSettled();
    }
    // An empty cluster spreads itself at once; objects are put when all have their part.
    await cluster.until("all have their part", ({ nodes }) =>
      nodes.every(({ state }) => state === "up"),
    );
    const objects = new ObjectSet();
    await objects.createBucket(founder.client());
    await objects.grow(founder.client(), 40);
    const leader = await cluster.leader();
    const [first, second] = cluster.running.filter((node) => node !== leader);
    assert.ok(first !== undefined && second !== undefined);
    const growing = objects.grow(first.client(), 120);
    await leader.kill();
    await growing;
    await objects.check(second.client());
    await leader.start();
    await cluster.untilSettled();
    await objects.check(leader.client());
  }));
