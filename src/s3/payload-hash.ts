import { S3Error } from "./s3-error.ts";

/** How the body is bound to the signature, as `x-amz-content-sha256` says. */
export type PayloadHash =
  | { readonly kind: "hashed"; readonly sha256Hex: string }
  | { readonly kind: "unsigned" }
  | { readonly kind: "chunked"; readonly signed: boolean; readonly trailer: boolean };

const unsigned: PayloadHash = { kind: "unsigned" };

const modes: ReadonlyMap<string, PayloadHash> = new Map<string, PayloadHash>([
  ["UNSIGNED-PAYLOAD", unsigned],
  ["STREAMING-UNSIGNED-PAYLOAD-TRAILER", { kind: "chunked", signed: false, trailer: true }],
  ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", { kind: "chunked", signed: true, trailer: false }],
  ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", { kind: "chunked", signed: true, trailer: true }],
]);

const hashForm = /^[0-9a-f]{64}$/;

/**
 * Reads the value of `x-amz-content-sha256`.
 *
 * @throws S3Error InvalidArgument where it is neither a mode this gateway knows nor a SHA-256
 */
export function parsePayloadHash(text: string): PayloadHash {
  const mode = modes.get(text);
  if (mode !== undefined) return mode;
  if (hashForm.test(text)) return { kind: "hashed", sha256Hex: text };
  throw new S3Error("InvalidArgument", {
    message: `x-amz-content-sha256 must be ${[...modes.keys()].join(", ")}, or a valid sha256 value.`,
    details: { ArgumentName: "x-amz-content-sha256", ArgumentValue: text },
  });
}
