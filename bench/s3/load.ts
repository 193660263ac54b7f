import { Connection, type Reply } from "./connection.ts";
import { type Signer, signedHead } from "./signer.ts";

/** Where the requests go. */
export interface Target {
  host: string;
  port: number;
  /** TLS, whose certificate is not checked: what is measured may have made its own. */
  isSecure?: boolean;
  signer: Signer;
}

/** One kind of request, made for the i-th time. */
export interface Load {
  name: string;
  concurrency: number;
  /** Requests to send, unless the time is over first. */
  countMax: number;
  timeMsMax: number;
  request(i: number): { method: string; target: string; body?: Uint8Array; signBody?: boolean };
  /** What a right answer looks like. */
  accepts(reply: Reply): boolean;
}

export interface Measured {
  name: string;
  requests: number;
  seconds: number;
  perSecond: number;
  mibPerSecond: number;
  p50Ms: number;
  p99Ms: number;
}

interface Ready {
  method: string;
  head: Buffer;
  body: Uint8Array | undefined;
}

/** How many signed requests are made ready ahead: signing is not what is measured. */
const readyMax = 20_000;

/**
 * Runs a load: `concurrency` connections, each with one request under way at a time.
 *
 * @throws Error at the first answer that is not right
 */
export async function runLoad(target: Target, load: Load): Promise<Measured> {
  const host = `${target.host}:${target.port}`;
  const make = (i: number): Ready => {
    const { method, target: path, body, signBody } = load.request(i);
    const head = signedHead(target.signer, { method, target: path, host, body, signBody });
    return { method, head, body };
  };
  const ready: Ready[] = [];
  for (let i = 0; i < Math.min(load.countMax, readyMax); i++) ready.push(make(i));

  const connections = await Promise.all(
    Array.from({ length: load.concurrency }, () => Connection.open(target)),
  );
  const latenciesMs: number[] = [];
  let next = 0;
  let bytes = 0;
  const start = performance.now();
  const work = async (connection: Connection): Promise<void> => {
    while (next < load.countMax && performance.now() - start < load.timeMsMax) {
      const i = next++;
      const { method, head, body } = ready[i] ?? make(i);
      const sent = performance.now();
      const reply = await connection.send(method, head, body);
      latenciesMs.push(performance.now() - sent);
      bytes += (body?.length ?? 0) + reply.sizeBytes;
      if (!load.accepts(reply)) throw new Error(`${load.name}: ${reply.status} ${reply.text}`);
    }
  };
  try {
    await Promise.all(connections.map(work));
  } finally {
    for (const connection of connections) connection.close();
  }
  return summary(load.name, latenciesMs, (performance.now() - start) / 1000, bytes);
}

function summary(name: string, latenciesMs: number[], seconds: number, bytes: number): Measured {
  latenciesMs.sort((a, b) => a - b);
  const at = (share: number): number =>
    latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * share))] ?? 0;
  return {
    name,
    requests: latenciesMs.length,
    seconds,
    perSecond: latenciesMs.length / seconds,
    mibPerSecond: bytes / seconds / 2 ** 20,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
  };
}
