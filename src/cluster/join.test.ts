import assert from "node:assert/strict";
import { test } from "node:test";
import { equalBytes, utf8 } from "#base/bytes.ts";
import { decodeJoinAnswer, type JoinAnswer, type JoinRequest } from "#format/index.ts";
import type { KeyFingerprint, Ports } from "#ports/index.ts";
import { simulate, type World } from "#sim/index.ts";
import { type Admit, JoinDesk, joinProtocol, JoinRefusedError, requestJoin } from "./index.ts";
import { refusal } from "./join-desk.ts";

const request: JoinRequest = {
  clusterId: new Uint8Array(16).fill(1),
  secret: utf8("thirty-two bytes nobody can guess"),
  facts: { name: "", addresses: ["b:1"], host: "b", zone: "", weight: 1, featureLevel: 1 },
  replaces: 0,
  lostRaftId: 0,
};

const accepted: JoinAnswer = {
  outcome: {
    kind: "accepted",
    value: {
      clusterId: request.clusterId,
      node: 2,
      raftId: 2,
      known: { epoch: 1, appliedIndex: 7, peers: [] },
    },
  },
};

interface Member {
  key: KeyFingerprint;
  address: string;
  desk: JoinDesk;
}

/** A machine whose desk decides by `admit`. */
async function member(world: World, name: string, admit: Admit): Promise<Member> {
  const ports = world.addMachine(name).boot();
  const desk = new JoinDesk(ports, admit);
  const address = `${name}:1`;
  await ports.network.listen({
    address,
    protocols: [joinProtocol],
    accept: (connection) => desk.accept(connection),
  });
  return { key: await ports.identity.fingerprint(), address, desk };
}

function ask(
  joiner: Ports,
  members: readonly Pick<Member, "key" | "address">[],
  timeoutMs = 60_000,
): ReturnType<typeof requestJoin> {
  return requestJoin(joiner, {
    request,
    members: members.map(({ key, address }) => ({ addresses: [address], keyFingerprint: key })),
    timeoutMs,
  });
}

const isRefused =
  (code: JoinRefusedError["code"]) =>
  (error: unknown): boolean =>
    error instanceof JoinRefusedError && error.code === code;

test("a joiner proves its key, says its secret, and is told what it is from now on", async () => {
  await simulate(1, async (world) => {
    const joiner = world.addMachine("b").boot();
    const own = await joiner.identity.fingerprint();
    const a = await member(world, "a", (key, said) => {
      assert.ok(equalBytes(key, own) && equalBytes(said.secret, request.secret));
      return Promise.resolve(accepted);
    });
    const { node, raftId } = await ask(joiner, [a]);
    assert.deepEqual({ node, raftId }, { node: 2, raftId: 2 });
    await a.desk.close();
  });
});

test("J2 whoever answers in a member's place is told nothing", async () => {
  await simulate(2, async (world) => {
    const joiner = world.addMachine("b").boot();
    let heard = 0;
    const impostor = await member(world, "a", () => {
      heard++;
      return Promise.resolve(accepted);
    });
    const key = new Uint8Array(32).fill(7);
    await assert.rejects(ask(joiner, [{ ...impostor, key }], 2_000), isRefused("impostor"));
    assert.equal(heard, 0);
  });
});

test("a joiner goes on to the next member, and comes again, until one says yes or no", async () => {
  await simulate(3, async (world) => {
    const joiner = world.addMachine("b").boot();
    const nobody = { key: new Uint8Array(32), address: "nowhere:1" };
    let asked = 0;
    const a = await member(world, "a", () => {
      asked++;
      return Promise.reject(new Error("nobody leads just now"));
    });
    const c = await member(world, "c", () => {
      return Promise.resolve(asked < 3 ? refusal("unavailable", "not yet") : accepted);
    });
    assert.equal((await ask(joiner, [nobody, a, c])).node, 2);
    assert.equal(asked, 3);
    const d = await member(world, "d", () =>
      Promise.resolve(refusal("unknown-token", "the token was used before")),
    );
    await assert.rejects(ask(joiner, [nobody, d]), isRefused("unknown-token"));
    await assert.rejects(ask(joiner, [nobody], 5_000), isRefused("unreachable"));
  });
});

test("a joiner that waits in vain gives up in time", async () => {
  await simulate(4, async (world) => {
    const joiner = world.addMachine("b").boot();
    const a = await member(world, "a", () => new Promise(() => undefined));
    const before = joiner.clock.monotonicMs();
    await assert.rejects(ask(joiner, [a], 20_000), JoinRefusedError);
    assert.ok(joiner.clock.monotonicMs() - before < 40_000);
  });
});

test("garbage, silence and a crowd at the desk hurt nobody", async () => {
  await simulate(5, async (world) => {
    const joiner = world.addMachine("b").boot();
    const stranger = world.addMachine("s").boot();
    const a = await member(world, "a", () => Promise.resolve(accepted));
    const { signal } = new AbortController();
    const dial = () => {
      return stranger.network.dial({ address: a.address, protocol: joinProtocol, signal });
    };
    for (const frame of [utf8("garbage"), new Uint8Array(100_000)]) {
      const connection = await dial();
      await connection.send([frame]);
      const answer = await connection.receive();
      assert.ok(answer !== undefined);
      assert.equal(decodeJoinAnswer(answer).outcome?.kind, "refused");
      connection.close();
    }
    // They say nothing, and hold every place; in time each is shown the door.
    for (let i = 0; i < 40; i++) await dial();
    assert.equal((await ask(joiner, [a])).node, 2);
  });
});
