// A thread that runs the seeds it is sent, one after the other.
import { parentPort, workerData } from "node:worker_threads";
import { runSeed, type SeedOptions } from "./seed-run.ts";

const port = parentPort;
if (port === null) throw new Error("this is a worker of sim/run.ts");
const options = workerData as SeedOptions;
port.on("message", (seed: number) => {
  void runSeed(seed, options).then((outcome) => port.postMessage(outcome, []));
});
