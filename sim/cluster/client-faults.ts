import { equalBytes, kib } from "#base/bytes.ts";
import { check } from "#sim/check-error.ts";
import { type Call, pathOf, type Reply } from "#sim/workload/client.ts";
import type { ClientFaultName, Fault, FaultOutcome, Scene } from "./fault.ts";

/** Of these clients alone: nobody else knows what is in it. */
const bucket = "bucket-of-bad-clients";
const sizeBytesMax: number = 400 * kib;

/** A new object of theirs. */
function drawPut({ prng, world }: Scene): Call & { body: Uint8Array } {
  const first = prng.below(256);
  const body = new Uint8Array(1 + prng.below(sizeBytesMax)).map((_, i) => first + i * 7);
  const path = pathOf(bucket, `object-${world.scheduler.nowUs}-${prng.below(1_000_000)}`);
  return { method: "PUT", path, body, payload: "unsigned" };
}

async function send(scene: Scene, call: Call): Promise<Reply> {
  const contact = await scene.cluster.contact();
  return contact.send(call);
}

async function isTaken(scene: Scene, call: Call): Promise<boolean> {
  const reply = await send(scene, call);
  return reply.kind === "answer" && reply.status === 200;
}

/** What was acknowledged is there, whole, as often as it is asked for. */
async function isThere(
  scene: Scene,
  put: Call & { body: Uint8Array },
  more: Partial<Call> = {},
): Promise<boolean> {
  const reply = await send(scene, { method: "GET", path: put.path, ...more });
  if (reply.kind !== "answer" || reply.status >= 500) return false;
  const isRight = reply.status === 200 && equalBytes(reply.body, put.body);
  check(isRight, "a bad client gets what it put", `${put.path}: ${reply.status}`);
  return true;
}

async function inBucket(scene: Scene, act: () => Promise<FaultOutcome>): Promise<FaultOutcome> {
  const made = await send(scene, { method: "PUT", path: pathOf(bucket) });
  return made.kind === "answer" && made.status < 500 ? act() : "missed";
}

/** What clients do that others have to bear. */
export const clientFaults: Readonly<Record<ClientFaultName, Fault>> = {
  readerStalls: (scene) =>
    inBucket(scene, async () => {
      const put = drawPut(scene);
      if (!(await isTaken(scene, put))) return "missed";
      const readPauseMs = scene.prng.below(8_000);
      return (await isThere(scene, put, { readPauseMs })) ? "effective" : "fired";
    }),
  writerStalls: (scene) =>
    inBucket(scene, async () => {
      const put = drawPut(scene);
      const sendPauseMs = scene.prng.below(4_000);
      if (!(await isTaken(scene, { ...put, sendPauseMs }))) return "fired";
      await isThere(scene, put);
      return "effective";
    }),
  requestTwice: (scene) =>
    inBucket(scene, async () => {
      const put = drawPut(scene);
      const taken = await Promise.all([isTaken(scene, put), isTaken(scene, put)]);
      if (taken.includes(true)) await isThere(scene, put);
      return taken.every(Boolean) ? "effective" : "fired";
    }),
};
