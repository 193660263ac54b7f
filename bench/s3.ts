/**
 * `npm run bench`: how fast an S3 endpoint is, beside the floors of the same machine in the same
 * run. Without `--endpoint` it starts a Hamster of its own on an empty directory. Requests are
 * signed ahead of time and sent over raw sockets, so that the client costs little. Read the ratios:
 * machines are noisy.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { diskFloor, md5Floor } from "./s3/floors.ts";
import { type Load, type Measured, runLoad, type Target } from "./s3/load.ts";
import { Connection } from "./s3/connection.ts";
import {
  cpuSecondsOf,
  pinClient,
  rssMibOf,
  type ServerProcess,
  startServer,
} from "./s3/server-process.ts";
import { signedHead } from "./s3/signer.ts";

const help = `npm run bench -- [options]

  --endpoint URL       an S3 endpoint to measure; without it, a Hamster is started
  --access-key-id ID, --secret-access-key KEY
                       of the endpoint (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)
  --pid N              the server's process, for its CPU seconds and memory
  --loads LIST         of put,get,head,list,delete,mixed,pages (all but the last two)
  --keys N             objects that are put ahead for "pages", which lists all of them, a thousand
                       at a time, then the first pages and the last ones (100000)
  --sizes LIST         object sizes: 4KiB,1MiB,64MiB (4KiB,64MiB)
  --concurrency LIST   requests under way at once (1,32)
  --seconds N          at most this long for one load (5)
  --rounds N           each load is run so often; the median is shown (3)
  --region NAME        (us-east-1)
  --data-dir PATH      where the started Hamster keeps its data (a folder in the temporary one)
  --pin                keep server and client to a core each (where taskset is there); a server whose
                       threads work beside each other, as Hamster's do, is held back by it
  --profile PATH       a folder where the started Hamster leaves a CPU profile (.cpuprofile)
  --json               figures for programs`;

const { values: options } = parseArgs({
  options: {
    endpoint: { type: "string" },
    "access-key-id": { type: "string", default: process.env["AWS_ACCESS_KEY_ID"] ?? "" },
    "secret-access-key": { type: "string", default: process.env["AWS_SECRET_ACCESS_KEY"] ?? "" },
    keys: { type: "string", default: "100000" },
    pid: { type: "string" },
    loads: { type: "string", default: "put,get,head,list,delete" },
    sizes: { type: "string", default: "4KiB,64MiB" },
    concurrency: { type: "string", default: "1,32" },
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
    region: { type: "string", default: "us-east-1" },
    "data-dir": { type: "string" },
    pin: { type: "boolean", default: false },
    profile: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const bucket = "hamster-bench";
/** Bytes that one load moves at the most, so that large objects do not fill the disk. */
const loadBytesMax = 2 * 1024 ** 3;

/** Objects that are put unmeasured where a load needs some. */
const fillingCount = 100;

/** The bare server and its process. */
interface BareTarget extends Target {
  pid: number;
}

interface Row extends Measured {
  concurrency: number;
  sizeBytes: number;
  /** Of the server, for each 1,000 requests. */
  cpuSecondsPer1000: number | undefined;
  /** The same of the bare server: unlike times, these hold while others use the machine too. */
  bareCpuSecondsPer1000: number | undefined;
  /** Requests a second as a share of bare node:http's. */
  ofBareHttp: number | undefined;
}

function sizeBytesOf(text: string): number {
  const match = /^(\d+)(B|KiB|MiB|GiB)?$/.exec(text);
  if (match === null) throw new Error(`not a size: ${text}; write 4KiB or 64MiB`);
  const scale = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }[match[2] ?? "B"] ?? 1;
  return Number(match[1]) * scale;
}

function list(text: string): string[] {
  return text.split(",").filter((word) => word !== "");
}

const success = ({ status }: { status: number }): boolean => status >= 200 && status < 300;

/** The loads by name, for objects of one size. `stored` objects were put by the load before. */
function loadOf(name: string, sizeBytes: number, concurrency: number, stored: number): Load {
  const body = Buffer.alloc(sizeBytes, 0x61);
  const keyOf = (i: number): string => `/${bucket}/${sizeBytes}-${i % stored}`;
  const put = { method: "PUT", body, signBody: sizeBytes <= 1024 ** 2 };
  const fresh = (i: number): string => `/${bucket}/${sizeBytes}-${i}`;
  const requests: Record<string, Load["request"]> = {
    put: (i) => ({ ...put, target: fresh(i) }),
    get: (i) => ({ method: "GET", target: keyOf(i) }),
    head: (i) => ({ method: "HEAD", target: keyOf(i) }),
    list: () => ({ method: "GET", target: `/${bucket}?list-type=2&max-keys=1000` }),
    delete: (i) => ({ method: "DELETE", target: fresh(i) }),
    mixed: (i) =>
      i % 4 === 0 ? { ...put, target: keyOf(i) } : { method: "GET", target: keyOf(i) },
  };
  const request = requests[name];
  if (request === undefined) throw new Error(`no load ${name}; see --help`);
  const movesBytes = name === "put" || name === "get" || name === "mixed";
  const countMax = name === "delete" ? stored : movesBytes ? loadBytesMax / sizeBytes : 1e6;
  const timeMsMax = Number(options.seconds) * 1000;
  return {
    name,
    concurrency,
    countMax: Math.max(1, Math.floor(Math.min(countMax, 1e6))),
    timeMsMax,
    request,
    accepts: success,
  };
}

/** A bucket of so many objects, and the pages it is listed in. */
const listed = {
  keys: Number(options.keys),
  bucket: `${bucket}-${options.keys}-keys`,
  keyOf: (i: number): string => `key-${String(i).padStart(9, "0")}`,
};
const pageKeys = 1000;
const pageCount = Math.ceil(listed.keys / pageKeys);
/** Enough pages at either end to tell whether they take longer at the far one. */
const endPages = Math.min(50, pageCount);

/** Puts the objects that are to be listed, unless an earlier run did. */
async function putKeys(target: Target): Promise<void> {
  const created = await call(target, "PUT", `/${listed.bucket}`);
  if (created !== 200 && created !== 409) throw new Error(`creating ${listed.bucket}: ${created}`);
  const pathOf = (i: number): string => `/${listed.bucket}/${listed.keyOf(i)}`;
  if ((await call(target, "HEAD", pathOf(listed.keys - 1))) === 200) return;
  await runLoad(target, {
    name: "keys",
    concurrency: 32,
    countMax: listed.keys,
    timeMsMax: Infinity,
    request: (i) => ({ method: "PUT", target: pathOf(i), body: Buffer.alloc(0), signBody: false }),
    accepts: success,
  });
}

/** Lists a run of pages, each from where the one before it ends. */
function pagesLoad(name: string, first: number, count: number): Load {
  const path = `/${listed.bucket}?list-type=2&max-keys=${pageKeys}`;
  return {
    name,
    concurrency: 1,
    countMax: count,
    timeMsMax: Infinity,
    request: (i) => {
      const page = first + i;
      const after = page === 0 ? "" : `&start-after=${listed.keyOf(page * pageKeys - 1)}`;
      return { method: "GET", target: path + after };
    },
    accepts: ({ status, text }) => status === 200 && text.includes("<KeyCount>"),
  };
}

async function measurePages(target: Target, bare: BareTarget, pid?: number): Promise<Row[]> {
  await putKeys(target);
  const rows: Row[] = [];
  for (const load of [
    pagesLoad("pages", 0, pageCount),
    pagesLoad("first", 0, endPages),
    pagesLoad("last", pageCount - endPages, endPages),
  ]) {
    rows.push(await measure(target, bare, pid, load, 0));
  }
  const objectsPerSecond = listed.keys / (rows[0]?.seconds ?? 0);
  if (options.json) return rows;
  for (const row of rows) console.log(line(row));
  console.log(`listed ${listed.keys} objects, ${objectsPerSecond.toFixed(0)} a second`);
  return rows;
}

async function call(target: Target, method: string, path: string): Promise<number> {
  const connection = await Connection.open(target);
  const host = `${target.host}:${target.port}`;
  const body = method === "PUT" ? Buffer.alloc(0) : undefined;
  const head = signedHead(target.signer, { method, target: path, host, body });
  const { status } = await connection.send(method, head);
  connection.close();
  return status;
}

function median(rows: readonly Row[]): Row {
  const sorted = [...rows].sort((a, b) => a.perSecond - b.perSecond);
  return sorted[Math.floor(sorted.length / 2)] as Row;
}

/** Runs one load on the endpoint and, where it makes sense, on the bare server right beside it. */
async function measure(
  target: Target,
  bare: BareTarget,
  pid: number | undefined,
  load: Load,
  sizeBytes: number,
): Promise<Row> {
  const cpuBefore = pid === undefined ? 0 : cpuSecondsOf(pid);
  const measured = await runLoad(target, load);
  const cpuSeconds = pid === undefined ? undefined : cpuSecondsOf(pid) - cpuBefore;
  const hasFloor = load.name === "put" || load.name === "get";
  const bareBefore = cpuSecondsOf(bare.pid);
  const floor = hasFloor ? await runLoad(bare, load) : undefined;
  const bareCpuSeconds = cpuSecondsOf(bare.pid) - bareBefore;
  return {
    ...measured,
    concurrency: load.concurrency,
    sizeBytes,
    cpuSecondsPer1000:
      cpuSeconds === undefined ? undefined : (cpuSeconds * 1000) / measured.requests,
    bareCpuSecondsPer1000:
      floor === undefined ? undefined : (bareCpuSeconds * 1000) / floor.requests,
    ofBareHttp: floor === undefined ? undefined : measured.perSecond / floor.perSecond,
  };
}

async function measureAll(
  target: Target,
  bare: BareTarget,
  pid: number | undefined,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const size of list(options.sizes).map(sizeBytesOf)) {
    for (const concurrency of list(options.concurrency).map(Number)) {
      let stored = 0;
      for (const name of list(options.loads).filter((each) => each !== "pages")) {
        const rounds: Row[] = [];
        if (stored === 0 && name !== "put" && name !== "list") {
          // What is read or deleted has to be there, whatever loads were chosen.
          const filling = { ...loadOf("put", size, concurrency, 1), countMax: fillingCount };
          stored = (await runLoad(target, filling)).requests;
        }
        for (let round = 0; round < Number(options.rounds); round++) {
          if (name === "delete" && round > 0) break; // What is gone cannot be deleted again.
          const load = loadOf(name, size, concurrency, stored);
          rounds.push(await measure(target, bare, pid, load, size));
          if (name === "put") stored = Math.max(stored, rounds.at(-1)?.requests ?? 1);
        }
        if (name === "delete") stored = 0;
        const row = median(rounds);
        rows.push(row);
        if (!options.json) console.log(line(row));
      }
    }
  }
  if (list(options.loads).includes("pages")) rows.push(...(await measurePages(target, bare, pid)));
  return rows;
}

const columns = [8, 8, 5, 9, 9, 10, 9, 9, 10, 8, 8];

function cells(values: readonly string[]): string {
  return values.map((value, i) => value.padStart(columns[i] ?? 8)).join(" ");
}

function line(row: Row): string {
  return cells([
    row.name,
    row.sizeBytes >= 1024 ** 2 ? `${row.sizeBytes / 1024 ** 2}MiB` : `${row.sizeBytes / 1024}KiB`,
    String(row.concurrency),
    String(row.requests),
    row.perSecond.toFixed(row.perSecond < 100 ? 2 : 0),
    row.mibPerSecond.toFixed(1),
    row.p50Ms.toFixed(2),
    row.p99Ms.toFixed(2),
    row.cpuSecondsPer1000?.toFixed(3) ?? "-",
    row.bareCpuSecondsPer1000?.toFixed(3) ?? "-",
    row.ofBareHttp?.toFixed(2) ?? "-",
  ]);
}

const heading = cells(
  "load,size,conc,requests,req/s,MiB/s,p50 ms,p99 ms,cpu s/1000,bare cpu,of bare".split(","),
);

async function startHamster(dataDir: string): Promise<{ process: ServerProcess; target: Target }> {
  const signer = {
    accessKeyId: "BENCHMARKBENCHMARK00",
    secretAccessKey: "benchmark-secret-of-forty-characters-000",
    region: options.region,
  };
  const hamster = join(import.meta.dirname, "../bin/hamster.mjs");
  const { profile } = options;
  const profiling = profile === undefined ? [] : ["--cpu-prof", "--cpu-prof-dir", profile];
  const args = [...profiling, hamster, "serve", "--data-dir", dataDir, "--s3", "127.0.0.1:0"];
  args.push("--listen", "127.0.0.1:0");
  const keys = {
    HAMSTER_ACCESS_KEY_ID: signer.accessKeyId,
    HAMSTER_SECRET_ACCESS_KEY: signer.secretAccessKey,
    HAMSTER_REGION: signer.region,
    HAMSTER_LOG_LEVEL: "warn",
  };
  const portOf = (text: string): number | undefined => {
    const port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1];
    return port === undefined ? undefined : Number(port);
  };
  const process = await startServer(args, keys, portOf, options.pin);
  return { process, target: { host: "127.0.0.1", port: process.port, signer } };
}

function targetOf(endpoint: string): Target {
  const url = new URL(endpoint);
  const isSecure = url.protocol === "https:";
  return {
    host: url.hostname,
    port: Number(url.port === "" ? (isSecure ? "443" : "80") : url.port),
    isSecure,
    signer: {
      accessKeyId: options["access-key-id"],
      secretAccessKey: options["secret-access-key"],
      region: options.region,
    },
  };
}

async function main(): Promise<void> {
  if (options.help) return console.log(help);
  if (options.pin) pinClient();
  const folder = options["data-dir"] ?? mkdtempSync(join(tmpdir(), "hamster-bench-"));
  const started = options.endpoint === undefined ? await startHamster(folder) : undefined;
  const target = started?.target ?? targetOf(options.endpoint ?? "");
  const pid = started?.process.pid ?? (options.pid === undefined ? undefined : Number(options.pid));
  const bareServer = await startServer(
    [join(import.meta.dirname, "s3/bare-server.ts")],
    {},
    Number,
    options.pin,
  );
  const { port, pid: barePid } = bareServer;
  const bare: BareTarget = {
    ...target,
    host: "127.0.0.1",
    port,
    isSecure: false,
    pid: barePid,
  };
  try {
    const created = await call(target, "PUT", `/${bucket}`);
    if (created !== 200 && created !== 409) throw new Error(`creating ${bucket}: ${created}`);
    const floors = { md5MibPerSecond: md5Floor(), diskMibPerSecond: diskFloor(folder) };
    if (!options.json) {
      console.log(
        `floors: MD5 ${floors.md5MibPerSecond.toFixed(0)} MiB/s, ` +
          `disk ${floors.diskMibPerSecond.toFixed(0)} MiB/s (64 MiB written and synced)\n${heading}`,
      );
    }
    const rows = await measureAll(target, bare, pid);
    const memory = pid === undefined ? undefined : rssMibOf(pid);
    if (options.json) console.log(JSON.stringify({ floors, rows, memory }, null, 2));
    else if (memory !== undefined) {
      console.log(
        `server memory: ${memory.now.toFixed(0)} MiB, peak ${memory.peak.toFixed(0)} MiB`,
      );
    }
  } finally {
    await bareServer.stop();
    await started?.process.stop();
    if (options["data-dir"] === undefined) rmSync(folder, { recursive: true });
  }
}

await main();
