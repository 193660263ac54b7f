import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes, utf8 } from "#base/bytes.ts";
import { NetworkError, type NetworkErrorCode } from "#base/network-error.ts";
import {
  type Connection,
  type Identity,
  type Listener,
  type Network,
  frameSizeBytesMax,
} from "#ports/index.ts";

/** A node's way to the network. */
export interface NetworkPlace {
  network: Network;
  identity: Identity;
  /** `host:port` where it may listen, at any port that is free. */
  address: string;
}

/** Calls `use` with two places that reach each other, and clears away behind it. */
export type WithNetwork = (
  use: (places: { here: NetworkPlace; there: NetworkPlace }) => Promise<void>,
) => Promise<void>;

type Places = Parameters<Parameters<WithNetwork>[0]>[0];
type NetworkTest = (name: string, use: (places: Places) => Promise<void>) => void;

const protocol = "hamster-test/1";
const never: AbortSignal = new AbortController().signal;

/**
 * What every Network and Identity does while nothing fails; run for the real ones and the
 * simulated ones.
 *
 * @param world named in the tests
 */
export function networkContract(world: string, withNetwork: WithNetwork): void {
  const networkTest: NetworkTest = (name, use) => {
    test(`network (${world}): ${name}`, () => withNetwork(use));
  };
  connectingContract(networkTest);
  framesContract(networkTest);
  closingContract(networkTest);
  identityContract(networkTest);
}

function connectingContract(networkTest: NetworkTest): void {
  networkTest("both ends know each other's key and the protocol", async ({ here, there }) => {
    const { near, far, listener } = await connect(here, there);
    assert.deepEqual(near.peer, await there.identity.fingerprint());
    assert.deepEqual(far.peer, await here.identity.fingerprint());
    assert.notDeepEqual(near.peer, far.peer);
    assert.equal(near.peer.length, 32);
    assert.equal(near.protocol, protocol);
    assert.equal(far.protocol, protocol);
    assert.match(far.remoteAddress, /:\d+$/);
    await letGo(near, far, listener);
  });

  networkTest("of several protocols the dialer's is spoken", async ({ here, there }) => {
    const protocols = ["hamster-other/1", protocol];
    const { near, far, listener } = await connect(here, there, protocols);
    assert.equal(far.protocol, protocol);
    await letGo(near, far, listener);
  });

  networkTest("a protocol that is not spoken is refused", async ({ here, there }) => {
    const listener = await listen(there, ["hamster-other/1"], () => assert.fail("accepted"));
    const dialing = here.network.dial({ address: listener.address, protocol, signal: never });
    await rejectsWith("refused", dialing);
    await listener.close();
  });

  networkTest("an address where nobody listens is unreachable", async ({ here, there }) => {
    const listener = await listen(there, [protocol], () => undefined);
    await listener.close();
    const dialing = here.network.dial({ address: listener.address, protocol, signal: never });
    await rejectsWith("unreachable", dialing);
  });

  networkTest("an address that is listened on is taken", async ({ there }) => {
    const listener = await listen(there, [protocol], () => undefined);
    await rejectsWith(
      "address-in-use",
      listen({ ...there, address: listener.address }, [protocol], () => undefined),
    );
    await listener.close();
    const again = await listen({ ...there, address: listener.address }, [protocol], () => {});
    assert.equal(again.address, listener.address);
    await again.close();
  });

  networkTest("who gives up dialing gets no connection", async ({ here, there }) => {
    const listener = await listen(there, [protocol], (connection) => connection.close());
    const { address } = listener;
    const early = new AbortController();
    early.abort();
    await rejectsWith("aborted", here.network.dial({ address, protocol, signal: early.signal }));
    const late = new AbortController();
    const dialing = here.network.dial({ address, protocol, signal: late.signal });
    late.abort();
    await rejectsWith("aborted", dialing);
    await listener.close();
  });

  networkTest("connections outlive their listener", async ({ here, there }) => {
    const { near, far, listener } = await connect(here, there);
    await listener.close();
    await near.send([utf8("still here")]);
    assert.deepEqual(await far.receive(), utf8("still here"));
    await letGo(near, far);
  });
}

function framesContract(networkTest: NetworkTest): void {
  networkTest("frames come whole, in order, both ways", async ({ here, there }) => {
    const { near, far, listener } = await connect(here, there);
    const sizes = [1, 5, 16_384, 70_000, 3, frameSizeBytesMax, 2, 1];
    const send = async (connection: Connection): Promise<void> => {
      for (const size of sizes) await connection.send([patterned(size)]);
    };
    const receive = async (connection: Connection): Promise<void> => {
      for (const size of sizes) {
        const frame = await connection.receive();
        assert.ok(frame !== undefined && sameBytes(frame, patterned(size)), `a frame of ${size}`);
      }
    };
    await Promise.all([send(near), send(far), receive(near), receive(far)]);
    await letGo(near, far, listener);
  });

  networkTest("sends that do not wait for each other keep their order", async ({ here, there }) => {
    const { near, far, listener } = await connect(here, there);
    const sent = Array.from({ length: 300 }, (_, i) => near.send([utf8(`${i}`)]));
    for (let i = 0; i < 300; i++) assert.deepEqual(await far.receive(), utf8(`${i}`));
    await Promise.all(sent);
    await letGo(near, far, listener);
  });

  networkTest("the parts of a frame arrive as one", async ({ here, there }) => {
    const { near, far, listener } = await connect(here, there);
    const parts = [utf8("a"), new Uint8Array(0), patterned(100_000), utf8("z")];
    await near.send(parts);
    const frame = await far.receive();
    assert.ok(frame !== undefined && sameBytes(frame, concatBytes(parts)));
    await letGo(near, far, listener);
  });

  networkTest("what was sent may be changed afterwards", async ({ here, there }) => {
    const { near, far, listener } = await connect(here, there);
    const bytes = utf8("before");
    await near.send([bytes]);
    bytes.fill(0);
    assert.deepEqual(await far.receive(), utf8("before"));
    await letGo(near, far, listener);
  });

  networkTest("what was received is the receiver's", async ({ here, there }) => {
    const { near, far, listener } = await connect(here, there);
    for (const text of ["first", "second", "third"]) await near.send([utf8(text)]);
    const first = await far.receive();
    const second = await far.receive();
    second?.fill(0);
    assert.deepEqual(first, utf8("first"));
    assert.deepEqual(await far.receive(), utf8("third"));
    await letGo(near, far, listener);
  });

  networkTest("a sender is held back by who does not receive", async ({ here, there }) => {
    const { near, far, listener } = await connect(here, there);
    const frame = new Uint8Array(frameSizeBytesMax);
    let sentCount = 0;
    const frameCount = 64;
    const sending = (async () => {
      for (let i = 0; i < frameCount; i++) {
        frame[0] = i;
        await near.send([frame]);
        sentCount++;
      }
    })();
    // The other way is free, and shows that time passes.
    for (let i = 0; i < 50; i++) {
      await far.send([utf8("tick")]);
      await near.receive();
    }
    assert.ok(sentCount < frameCount, "not all of it is on its way");
    for (let i = 0; i < frameCount; i++) assert.equal((await far.receive())?.[0], i);
    await sending;
    await letGo(near, far, listener);
  });
}

function closingContract(networkTest: NetworkTest): void {
  networkTest("what was sent before closing arrives, and then the end", async ({ here, there }) => {
    const { near, far, listener } = await connect(here, there);
    for (let i = 0; i < 20; i++) await near.send([patterned(5000)]);
    near.close();
    for (let i = 0; i < 20; i++) assert.equal((await far.receive())?.length, 5000);
    assert.equal(await far.receive(), undefined);
    assert.equal(await far.receive(), undefined);
    await letGo(far, listener);
  });

  networkTest("closing ends what waits at this end", async ({ here, there }) => {
    const { near, far, listener } = await connect(here, there);
    const receiving = near.receive();
    near.close();
    near.close();
    await rejectsWith("closed", receiving);
    await rejectsWith("closed", near.receive());
    await rejectsWith("closed", near.send([utf8("late")]));
    assert.equal(await far.receive(), undefined);
    await letGo(far, listener);
  });

  networkTest("who sends to a closed end learns of it", async ({ here, there }) => {
    const { near, far, listener } = await connect(here, there);
    near.close();
    const sending = async (): Promise<void> => {
      for (;;) await far.send([patterned(60_000)]);
    };
    await rejectsWith("broken", sending());
    await letGo(far, listener);
  });
}

function identityContract(networkTest: NetworkTest): void {
  networkTest("a key stays until it is rotated", async ({ here: { identity } }) => {
    const first = await identity.fingerprint();
    assert.deepEqual(await identity.fingerprint(), first);
    const next = await identity.next();
    assert.notDeepEqual(next, first);
    assert.deepEqual(await identity.next(), next);
    assert.deepEqual(await identity.fingerprint(), first);
    await identity.rotate();
    assert.deepEqual(await identity.fingerprint(), next);
    assert.notDeepEqual(await identity.next(), next);
  });

  networkTest("new connections prove the rotated key at both ends", async ({ here, there }) => {
    const old = await connect(here, there);
    for (const { identity } of [here, there]) {
      await identity.next();
      await identity.rotate();
    }
    const { near, far } = await dialTo(here, old);
    assert.deepEqual(near.peer, await there.identity.fingerprint());
    assert.deepEqual(far.peer, await here.identity.fingerprint());
    assert.notDeepEqual(old.near.peer, near.peer);
    await old.near.send([utf8("the old one lives on")]);
    assert.deepEqual(await old.far.receive(), utf8("the old one lives on"));
    await letGo(old.near, old.far, near, far, old.listener);
  });
}

interface Connected {
  near: Connection;
  far: Connection;
  listener: Listener;
  accepted: AsyncGenerator<Connection, never, void>;
}

/** Listens there and connects from here. */
async function connect(
  here: NetworkPlace,
  there: NetworkPlace,
  protocols: readonly string[] = [protocol],
): Promise<Connected> {
  const waiting = new Waiting<Connection>();
  const listener = await listen(there, protocols, (connection) => waiting.put(connection));
  return dialTo(here, { listener, accepted: waiting.all() });
}

async function dialTo(
  here: NetworkPlace,
  { listener, accepted }: Pick<Connected, "listener" | "accepted">,
): Promise<Connected> {
  const near = await here.network.dial({ address: listener.address, protocol, signal: never });
  const { value: far } = await accepted.next();
  return { near, far, listener, accepted };
}

function listen(
  { network, address }: NetworkPlace,
  protocols: readonly string[],
  accept: (connection: Connection) => void,
): Promise<Listener> {
  return network.listen({ address, protocols, accept });
}

async function letGo(...held: readonly (Connection | Listener)[]): Promise<void> {
  for (const one of held) await one.close();
}

/** Things that come when they come, to be taken one by one. */
class Waiting<T> {
  readonly #things: T[] = [];
  #wake: () => void = () => undefined;

  put(thing: T): void {
    this.#things.push(thing);
    this.#wake();
  }

  async *all(): AsyncGenerator<T, never, void> {
    for (;;) {
      const thing = this.#things.shift();
      if (thing !== undefined) yield thing;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

function patterned(sizeBytes: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: sizeBytes }, (_, i) => (i * 7 + (i >>> 8)) & 0xff);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

async function rejectsWith(code: NetworkErrorCode, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof NetworkError, String(error));
    assert.equal(error.code, code);
    return true;
  });
}
