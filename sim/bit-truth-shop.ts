// A node with one object of each kind, and what reading each must give.
import { kib, mib, utf8 } from "#base/bytes.ts";
import type { NodeConfig } from "#node/index.ts";
import { check } from "./check-error.ts";
import { clientCredentials, nodeConfig } from "./node-run.ts";
import { type Call, pathOf, type Reply, send, type Server } from "./workload/client.ts";
import { bytesOf } from "./workload/content.ts";
import type { World } from "./world.ts";

/** Something to be read, and what it gives. */
export interface Exhibit {
  readonly name: string;
  readonly call: Call;
  /** What share a body fall to the same damage. */
  readonly body: string;
  /** What it answered when all was well: status, headers that describe the object, bytes. */
  readonly truth: string;
}

/** How large things are. */
export interface Sizes {
  readonly config: NodeConfig;
  readonly smallBytes: number;
  readonly largeBytes: number;
  readonly severalUnitsBytes: number;
  /** Of a multipart upload. All but the last have at least 5 MiB. */
  readonly partsBytes: readonly number[];
}

/** Everything as small as it can be, so that each bit can be flipped. */
export const tinySizes: Sizes = {
  config: {
    ...nodeConfig,
    limits: {
      replica: { segmentSizeBytes: 6 * kib, checkpointLogBytesMin: 3 * kib },
      shelf: { packSizeBytes: 8 * kib, packedDataBytesMax: 400, reserveBytesMin: mib },
      cutting: { unitSizeBytes: 600, sliceSizeBytes: 64 * kib },
    },
  },
  smallBytes: 40,
  largeBytes: 500,
  severalUnitsBytes: 1300,
  partsBytes: [90],
};

/** Shards of several blocks, units of several stripes, and a part of 5 MiB. */
export const usualSizes: Sizes = {
  config: nodeConfig,
  smallBytes: 5 * kib,
  largeBytes: 300 * kib,
  severalUnitsBytes: 1700 * kib,
  partsBytes: [5 * mib, 100 * kib],
};

const plain = "plain";
const versioned = "versioned";

/** Sends a call to a node and gives the whole answer. */
export function ask(world: World, server: Server, call: Call): Promise<Reply> {
  const { machine } = world;
  const surroundings = {
    prng: world.prng,
    unixMs: () => machine.clock.unixMs(world.scheduler.nowUs),
    sleep: (ms: number) => world.sleep(ms),
  };
  return send(server, call, clientCredentials, surroundings, machine.died);
}

/** What a reply says, or undefined for one that is an error, or broke off. */
export function saidBy(reply: Reply): string | undefined {
  if (reply.kind !== "answer" || reply.status >= 500) return undefined;
  const headers = Object.entries(reply.headers)
    .filter(([name]) => !/^(date|x-amz-request-id|x-amz-id-2)$/i.test(name))
    .map(([name, value]) => `${name}: ${value}`)
    .sort();
  // An error is XML with the id of its request.
  const isError = reply.status >= 400;
  const body = isError ? "" : Buffer.from(reply.body).toString("base64");
  return [reply.status, ...headers, body].join("\n");
}

/** Puts one object of each kind. */
export async function furnish(world: World, server: Server, sizes: Sizes): Promise<Exhibit[]> {
  const done = async (call: Call): Promise<Extract<Reply, { kind: "answer" }>> => {
    const reply = await ask(world, server, call);
    if (reply.kind === "answer" && reply.status < 300) return reply;
    throw new Error(`the node did not take ${call.method} ${call.path}`);
  };
  let number = 0;
  const put = (bucket: string, key: string, sizeBytes: number): Promise<unknown> =>
    done({
      method: "PUT",
      path: pathOf(bucket, key),
      headers: { "content-type": "text/x-exhibit", "x-amz-meta-number": `${++number}` },
      body: bytesOf(number, sizeBytes),
    });
  await done({ method: "PUT", path: pathOf(plain) });
  await done({ method: "PUT", path: pathOf(versioned) });
  await put(plain, "empty", 0);
  await put(plain, "small", sizes.smallBytes);
  await put(plain, "large", sizes.largeBytes);
  await put(plain, "several-units", sizes.severalUnitsBytes);
  await upload(done, sizes.partsBytes);
  await done({
    method: "PUT",
    path: pathOf(plain, "copied"),
    headers: { "x-amz-copy-source": `${plain}/small` },
  });
  const on = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
  const query = { versioning: "" };
  await done({ method: "PUT", path: pathOf(versioned), query, body: utf8(on) });
  await put(versioned, "object", sizes.smallBytes + 1);
  await put(versioned, "object", sizes.smallBytes + 2);
  await put(versioned, "deleted", sizes.smallBytes + 3);
  await done({ method: "DELETE", path: pathOf(versioned, "deleted") });
  return exhibit(world, server);
}

async function upload(
  done: (call: Call) => Promise<Extract<Reply, { kind: "answer" }>>,
  partsBytes: readonly number[],
): Promise<void> {
  const path = pathOf(plain, "multipart");
  const begun = await done({ method: "POST", path, query: { uploads: "" } });
  const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(Buffer.from(begun.body).toString())?.[1] ?? "";
  const parts: string[] = [];
  for (const [at, sizeBytes] of partsBytes.entries()) {
    const partNumber = `${at + 1}`;
    const query = { partNumber, uploadId };
    const body = bytesOf(100 + at, sizeBytes);
    const { headers } = await done({ method: "PUT", path, query, body });
    parts.push(
      `<Part><PartNumber>${partNumber}</PartNumber><ETag>${headers["etag"]}</ETag></Part>`,
    );
  }
  const body = utf8(`<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`);
  await done({ method: "POST", path, query: { uploadId }, body });
}

/** What there is to be read: every version, what a key without a version gives, and listings. */
async function exhibit(world: World, server: Server): Promise<Exhibit[]> {
  const exhibits: Exhibit[] = [];
  const add = async (name: string, call: Call, body = name): Promise<string> => {
    const reply = await ask(world, server, call);
    const truth = saidBy(reply);
    check(truth !== undefined, "all can be read at first", name);
    exhibits.push({ name, call, body, truth: truth ?? "" });
    return reply.kind === "answer" ? Buffer.from(reply.body).toString() : "";
  };
  const get = (bucket: string, key?: string, query?: Record<string, string>): Call => {
    return { method: "GET", path: pathOf(bucket, key), query };
  };
  for (const key of ["empty", "large", "several-units", "multipart"])
    await add(key, get(plain, key));
  await add("small", get(plain, "small"));
  await add("copied", get(plain, "copied"), "small");
  await add("listing", get(plain, undefined, { "list-type": "2" }));
  const listed = await add("versions", get(versioned, undefined, { versions: "" }));
  const ids = listed.matchAll(/<Key>(\w+)<\/Key><VersionId>([\w.-]+)<\/VersionId>/g);
  let count = 0;
  for (const [, key = "", versionId = ""] of ids) {
    count++;
    await add(`${key} version ${versionId}`, get(versioned, key, { versionId }));
  }
  check(count === 4, "versions and the delete marker are listed", `${count} in ${listed}`);
  await add("delete marker", get(versioned, "deleted"));
  return exhibits;
}
