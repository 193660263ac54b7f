// Runs in a thread of its own: hashes the streams it is told of.
import { parentPort } from "node:worker_threads";
import { assert } from "#base/assert.ts";
import type { DigestAlgorithm } from "#ports/index.ts";
import type { FromThread, ToThread } from "./digest-thread.ts";
import { type PlainDigest, plainDigest } from "./digest.ts";

const port = parentPort;
assert(port !== null, "this module is a thread's");
const streams = new Map<number, [DigestAlgorithm, PlainDigest][]>();

const answer = (message: FromThread): void => port.postMessage(message, []);

port.on("message", (message: ToThread) => {
  const { kind, stream } = message;
  switch (kind) {
    case "start":
      streams.set(
        stream,
        message.algorithms.map((algorithm) => [algorithm, plainDigest(algorithm)]),
      );
      return;
    case "add": {
      const bytes = new Uint8Array(message.chunk, 0, message.length);
      for (const [, digest] of streams.get(stream) ?? []) digest.update(bytes);
      answer({ kind: "added", stream });
      return;
    }
    case "finish": {
      const digests = streams.get(stream) ?? [];
      streams.delete(stream);
      answer({
        kind: "finished",
        stream,
        digests: digests.map(([algorithm, digest]) => [algorithm, digest.digest()]),
      });
      return;
    }
    case "abandon":
      streams.delete(stream);
      answer({ kind: "finished", stream, digests: [] });
  }
});
