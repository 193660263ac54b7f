import { mib, textOf, utf8 } from "#base/bytes.ts";
import { check } from "#sim/check-error.ts";
import { type Call, pathOf, type Reply } from "./client.ts";
import type { Content } from "./content.ts";
import type { OpenWrite } from "./history.ts";
import { fieldOf } from "./listing.ts";
import type { ShopCall } from "./object-calls.ts";
import { type Answer, describe, etagOf, type Shop } from "./shop.ts";

/** Calls on uploads in parts. */
export const uploadCalls: Readonly<Record<"upload" | "abortUpload", ShopCall>> = {
  upload,
  abortUpload,
};

/** Every part but the last has so much; AWS's limit. */
const partSizeBytesMin = 5 * mib;
/** So many tries for what fails: a client gives up at last. */
const triesMax = 3;

/** An upload that was begun. */
export interface Begun {
  path: string;
  uploadId: string;
}

/** Uploads an object in parts, and completes it, perhaps more than once. */
async function upload(shop: Shop, key: string): Promise<boolean> {
  const begun = await beginUpload(shop, key);
  if (begun === undefined) return false;
  const parts: Content[] = [];
  for (let number = 1, count = drawPartCount(shop); number <= count; number++) {
    const part = await sendPart(shop, begun, { key, number, isLast: number === count });
    if (part === undefined) return false;
    parts.push(part);
  }
  // What a client named wrong, or named too small, is refused, and takes nothing away.
  if (shop.prng.below(4) === 0) await completeWrongly(shop, begun, parts);
  return complete(shop, key, begun, parts);
}

/** Uploads a part, and takes the whole back. */
async function abortUpload(shop: Shop, key: string): Promise<boolean> {
  const begun = await beginUpload(shop, key);
  if (begun === undefined) return false;
  const part = await sendPart(shop, begun, { key, number: 1, isLast: true });
  if (part === undefined) return false;
  const { path, uploadId } = begun;
  const call: Call = { method: "DELETE", path, query: { uploadId } };
  const { answer } = await insist(shop, "abort of an upload", () => call);
  if (answer === undefined) return false;
  // A first try may have had its effect.
  check(answer.status === 204 || answer.status === 404, "an upload is aborted", describe(answer));
  const late = await insist(shop, "completion", () => completion(begun, [part]));
  if (late.answer === undefined) return false;
  check(late.answer.status === 404, "what was aborted is not completed", describe(late.answer));
  return true;
}

/** Begins an upload. */
export async function beginUpload(shop: Shop, key: string): Promise<Begun | undefined> {
  const path = pathOf(shop.bucket, key);
  const call: Call = { method: "POST", path, query: { uploads: "" } };
  const { answer } = await insist(shop, "beginning of an upload", () => call);
  if (answer === undefined) return undefined;
  check(answer.status === 200, "an upload is begun", describe(answer));
  return { path, uploadId: fieldOf(textOf(answer.body) ?? "", "UploadId") };
}

/** Parts that may have a successor are large: rarely more than one, and only where much is sent. */
function drawPartCount({ plan, prng }: Shop): number {
  return plan.sizeBytesMax >= mib && prng.below(6) === 0 ? 2 : 1;
}

/** Sends a part, or has it copied from another object. */
export async function sendPart(
  shop: Shop,
  { path, uploadId }: Begun,
  { key, number, isLast }: { key: string; number: number; isLast: boolean },
): Promise<Content | undefined> {
  const query = { partNumber: String(number), uploadId };
  const source = shop.drawOther(key);
  const whole = isLast && shop.prng.below(3) === 0 ? shop.guess(source) : undefined;
  if (whole !== undefined && whole.sizeBytes > 0) {
    const begun = shop.history.tick();
    const { call, part } = partCopy(shop, { source, whole });
    const { answer } = await insist(shop, "copy of a part", () => ({ ...call, path, query }));
    if (answer === undefined) return undefined;
    // The source is another by now, or gone.
    if (answer.status === 412 || answer.status === 404) return undefined;
    check(answer.status === 200, "a part is copied", describe(answer));
    const etag = fieldOf(textOf(answer.body) ?? "", "ETag").replaceAll('"', "");
    check(etag === part.etag, "a copied part has the source's bytes", describe(answer));
    shop.history.show(source, "copy of a part", begun, { kind: "read", state: whole.etag });
    return part;
  }
  const part = isLast ? shop.drawContent(24) : shop.contents.make(partSizeBytesMin);
  const body = part.bytes();
  const { answer } = await insist(shop, "part", () => ({ method: "PUT", path, query, body }));
  if (answer === undefined) return undefined;
  check(answer.status === 200, "a part is taken", describe(answer));
  check(etagOf(answer) === part.etag, "the ETag of a part is its MD5", describe(answer));
  return part;
}

function partCopy(
  shop: Shop,
  { source, whole }: { source: string; whole: Content },
): { call: Pick<Call, "method" | "headers">; part: Content } {
  const first = shop.prng.below(whole.sizeBytes);
  const last = first + shop.prng.below(whole.sizeBytes - first);
  const headers = {
    "x-amz-copy-source": pathOf(shop.bucket, source),
    "x-amz-copy-source-if-match": `"${whole.etag}"`,
    "x-amz-copy-source-range": `bytes=${first}-${last}`,
  };
  return { call: { method: "PUT", headers }, part: shop.contents.slice(whole, { first, last }) };
}

/** Completes an upload, and again where the outcome is not known, and at times where it is. */
async function complete(
  shop: Shop,
  key: string,
  begun: Begun,
  parts: readonly Content[],
): Promise<boolean> {
  const content = shop.contents.join(parts);
  const action = { kind: "write", state: content.etag } as const;
  let write: OpenWrite | undefined;
  const send = (contact: string): Call => {
    if (write === undefined) write = shop.history.begin(key, "completion", action, contact);
    else write.askAlso(contact);
    return completion(begun, parts);
  };
  const { answer, isFirstTry } = await insist(shop, "completion", send);
  if (answer === undefined || write === undefined) return false;
  // An earlier try may have completed it so long ago by the node's clock that it is forgotten.
  if (answer.status === 404 && !isFirstTry) return false;
  checkCompleted(answer, content);
  write.acknowledge();
  shop.remembered.set(key, content);
  if (shop.prng.below(2) === 0) return true;
  const again = await insist(shop, "completion", () => completion(begun, parts));
  if (again.answer === undefined || again.answer.status === 404) return true;
  checkCompleted(again.answer, content);
  return true;
}

function checkCompleted(answer: Answer, content: Content): void {
  check(answer.status === 200, "an upload is completed", describe(answer));
  const etag = fieldOf(textOf(answer.body) ?? "", "ETag").replaceAll('"', "");
  check(etag === content.etag, "an object of parts has the ETag of its parts", describe(answer));
}

/** Names a part that is not there: the upload stays as it was. */
async function completeWrongly(shop: Shop, begun: Begun, parts: readonly Content[]): Promise<void> {
  const wrong = [...parts, shop.contents.make(100)];
  const { answer } = await insist(shop, "completion", () => completion(begun, wrong));
  if (answer === undefined) return;
  check(answer.status === 400, "a part that is not there is not completed", describe(answer));
}

/** The call that completes an upload of these parts. */
export function completion({ path, uploadId }: Begun, parts: readonly Content[]): Call {
  const named = parts.map(
    ({ etag }, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>"${etag}"</ETag></Part>`,
  );
  const body = utf8(`<CompleteMultipartUpload>${named.join("")}</CompleteMultipartUpload>`);
  return { method: "POST", path, query: { uploadId }, body };
}

/** Calls until it is answered, or a client gives up. */
export async function insist(
  shop: Shop,
  name: string,
  callTo: (contact: string) => Call,
): Promise<{ answer: Answer | undefined; isFirstTry: boolean }> {
  for (let tryCount = 1; tryCount <= triesMax; tryCount++) {
    const contact = await shop.line.ready();
    const reply: Reply = await contact.send(callTo(contact.name));
    if (reply.kind === "died" || shop.isExcused(reply, name)) continue;
    check(reply.kind === "answer", `a ${name} is answered`, describe(reply));
    return { answer: reply, isFirstTry: tryCount === 1 };
  }
  return { answer: undefined, isFirstTry: false };
}
