import { putObject } from "#objects/index.ts";
import { utf8 } from "#base/bytes.ts";
import { type Answer, emptyAnswer, xmlAnswer } from "./answer.ts";
import type { Call } from "./call.ts";
import { checkLockedBody, lockOf } from "./lock-headers.ts";
import { checksumHeaders } from "./object-answer.ts";
import { objectHeadersOf } from "./object-headers.ts";
import { factsOf } from "./object-write.ts";
import { bucketToChange, type Services, valueOf } from "./services.ts";
import { tagsOfDocument } from "./tags.ts";
import { uriEncode, uriEncodePath } from "./target.ts";
import { refuseUnsupported } from "./unsupported.ts";
import { versionHeaders } from "./version-text.ts";
import { parseXml } from "./xml-reader.ts";
import { element, plainXmlDocument } from "./xml-writer.ts";

/** A place that a browser can be sent to: its address up to the fragment, and the fragment. */
const placeForm = /^(https?:\/\/[!-"$-~]+)(#[!-~]*)?$/i;

/** Where the browser is to go, or undefined where the form says nowhere or no place. */
function redirectOf(call: Call, etag: string): string | undefined {
  const text = call.parameter("success_action_redirect") ?? call.parameter("redirect") ?? "";
  const [, address, fragment = ""] = placeForm.exec(text) ?? [];
  if (address === undefined) return undefined;
  const query = `bucket=${call.bucket}&key=${uriEncode(call.key)}&etag=%22${etag}%22`;
  return `${address}${address.includes("?") ? "&" : "?"}${query}${fragment}`;
}

/** The answer that the form asks for: to follow a link, a document, or nothing. */
function formAnswer(call: Call, etag: string, headers: Record<string, string>): Answer {
  const location = `http://${call.host}/${call.bucket}/${uriEncodePath(call.key)}`;
  const described = { ...headers, etag: `"${etag}"`, location };
  const redirect = redirectOf(call, etag);
  if (redirect !== undefined) return emptyAnswer(303, { ...described, location: redirect });
  const status = call.parameter("success_action_status");
  if (status === "200") return emptyAnswer(200, described);
  if (status !== "201") return emptyAnswer(204, described);
  const content =
    element("Location", location) +
    element("Bucket", call.bucket) +
    element("Key", call.key) +
    element("ETag", `"${etag}"`);
  return { ...xmlAnswer(plainXmlDocument("PostResponse", content), described), status: 201 };
}

export async function postObject(call: Call, services: Services): Promise<Answer> {
  refuseUnsupported(call.headers);
  const row = await bucketToChange(call, services);
  const { bucket, key, signal } = call;
  const tagging = call.parameter("tagging");
  const tags = tagging === undefined ? undefined : tagsOfDocument(parseXml(utf8(tagging)));
  const headers = objectHeadersOf(call.headers);
  const lock = lockOf(call, row, services.ports.clock.unixMs());
  checkLockedBody(call, lock);
  const payload = call.payload();
  const outcome = await putObject(services.objects, {
    bucket,
    key,
    headers,
    lock,
    tags,
    sizeBytes: payload.sizeBytes,
    body: payload.bytes(),
    finish: () => factsOf(payload),
    signal,
  });
  const put = valueOf(outcome);
  return formAnswer(call, put.etag, {
    ...checksumHeaders(put.checksums, 0),
    ...versionHeaders(put.versionId, put.isNull, put.versioning),
  });
}
