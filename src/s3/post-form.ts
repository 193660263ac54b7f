// A form on its way to becoming a request like any other: read up to its file, and authenticated.
import { textOf } from "#base/bytes.ts";
import { checkKey } from "./address.ts";
import type { Authenticated, Authority } from "./authenticate.ts";
import { Call } from "./call.ts";
import { boundaryOf, type FormField, type FormFile, FormReader } from "./form-data.ts";
import { authenticateForm, neededField } from "./form-signature.ts";
import { headerValue } from "./headers.ts";
import type { HttpHeaders, HttpRequest } from "./http.ts";
import { headerText } from "./object-headers.ts";
import { putSizeBytesMax } from "./payload.ts";
import { checkPolicy, checkRange, parsePolicy, type PostPolicy } from "./post-policy.ts";
import { S3Error } from "./s3-error.ts";
import type { Services } from "./services.ts";

/** Fields that mean what the header field of a PUT means, under this name. */
const headerNames: ReadonlyMap<string, string> = new Map([
  ["acl", "x-amz-acl"],
  ["cache-control", "cache-control"],
  ["content-disposition", "content-disposition"],
  ["content-encoding", "content-encoding"],
  ["content-language", "content-language"],
  ["content-md5", "content-md5"],
  ["content-type", "content-type"],
  ["expires", "expires"],
]);

/** Whether a request uploads a form. */
export function isForm({ method, headers }: HttpRequest): boolean {
  return (
    method === "POST" &&
    headers["authorization"] === undefined &&
    headerValue(headers, "content-type")?.toLowerCase().startsWith("multipart/form-data") === true
  );
}

function lengthOf(request: HttpRequest): number {
  const text = headerValue(request.headers, "content-length") ?? "";
  if (!/^\d{1,15}$/.test(text)) throw new S3Error("MissingContentLength");
  return Number(text);
}

/** Fields by name, as text; the last of one name counts. */
function textsOf(fields: readonly FormField[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { name, value } of fields) {
    const text = textOf(Uint8Array.from(value, (character) => character.charCodeAt(0)));
    if (text === undefined) throw new S3Error("MalformedPOSTRequest");
    texts.set(name, text);
  }
  return texts;
}

/** The header fields that a PUT of the same object would have. */
function headersOf(fields: readonly FormField[], file: FormFile): HttpHeaders {
  const headers: Record<string, readonly string[]> = Object.create(null) as typeof headers;
  headers["content-length"] = [`${file.sizeBytes}`];
  for (const { name, value } of fields) {
    const field = name.startsWith("x-amz-") ? name : headerNames.get(name);
    if (field !== undefined) headers[field] = [headerText(value)];
  }
  return headers;
}

function keyOf(fields: ReadonlyMap<string, string>, file: FormFile): string {
  const fileName = textsOf([{ name: "file", value: file.name }]).get("file") ?? "";
  const key = neededField(fields, "key").replaceAll("${filename}", () => fileName);
  if (key === "") {
    throw new S3Error("InvalidArgument", {
      message: "User key must have a length greater than 0.",
      details: { ArgumentName: "key", ArgumentValue: "" },
    });
  }
  checkKey(key);
  return key;
}

/** Who sent a form, where its policy lets it be sent. */
function admitFields(
  fields: ReadonlyMap<string, string>,
  authority: Authority,
): { authenticated: Authenticated; policy: PostPolicy } {
  const isSigned = ["policy", "signature", "awsaccesskeyid", "x-amz-signature", "x-amz-credential"];
  // A form that is not signed says nothing of what may be sent with it.
  if (!isSigned.some((name) => fields.has(name))) throw new S3Error("AccessDenied");
  if ((fields.get("x-amz-security-token") ?? "") !== "") throw new S3Error("InvalidToken");
  const text = neededField(fields, "policy").replace(/\s/g, "");
  const authenticated = authenticateForm(fields, text, authority);
  const policy = parsePolicy(text);
  checkPolicy(policy, fields, authority.nowUnixMs);
  return { authenticated, policy };
}

/**
 * Reads a form up to its file, and finds out who it is from.
 *
 * @returns the upload that it asks for: what stood in its fields is in headers and parameters, and
 * its body is the file
 * @throws S3Error as AWS answers forms that it does not understand or trust
 */
export async function admitForm(
  request: HttpRequest,
  target: { bucket: string; requestId: string },
  { authority, services }: { authority: Authority; services: Services },
): Promise<Call> {
  const boundary = boundaryOf(headerValue(request.headers, "content-type") ?? "");
  if (boundary === undefined) throw new S3Error("MalformedPOSTRequest");
  const reader = new FormReader(request.body, boundary, lengthOf(request));
  const { fields, file } = await reader.read();
  const texts = textsOf(fields);
  const key = keyOf(texts, file);
  const { bucket } = target;
  const { authenticated, policy } = admitFields(new Map([...texts, ["bucket", bucket]]), authority);
  checkRange(policy, file.sizeBytes);
  if (file.sizeBytes > putSizeBytesMax) throw new S3Error("EntityTooLarge");
  const query = [...texts].map(([name, value]) => ({ name, value }));
  const headers = headersOf(fields, file);
  const parts = { ...target, operation: "PostObject" as const, key, query, headers, authenticated };
  const { method, signal, remoteAddress } = request;
  const upload = { method, target: request.target, headers: request.headers, body: file.bytes };
  return new Call(parts, { ...upload, signal, remoteAddress }, services.ports.compute);
}
