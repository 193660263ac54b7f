import { kib } from "#base/bytes.ts";
import type { Authenticated } from "./authenticate.ts";
import type { OperationName } from "./endpoints.ts";
import { headerValue } from "./headers.ts";
import type { HttpHeaders, HttpRequest } from "./http.ts";
import { Payload, type PayloadRequest, putSizeBytesMax, readWhole } from "./payload.ts";
import { invalidArgument, S3Error } from "./s3-error.ts";
import { type QueryParameter, queryValue } from "./target.ts";
import { parseXml, type XmlElement } from "./xml-reader.ts";
import type { Compute } from "#ports/index.ts";

/** A configuration document is some hundred bytes. */
export const configurationSizeBytesMax: number = 64 * kib;

/** An authenticated request, taken apart: what the operations work on. */
export class Call {
  readonly operation: OperationName;
  /** Empty where the request is about the service. */
  readonly bucket: string;
  /** Empty unless the request is about an object. */
  readonly key: string;
  readonly query: readonly QueryParameter[];
  /** Header fields; those that a presigned request carries in its query are among them. */
  readonly headers: HttpHeaders;
  readonly authenticated: Authenticated;
  readonly signal: AbortSignal;
  readonly requestId: string;
  readonly #request: HttpRequest;
  readonly #compute: Compute;
  #payload: Payload | undefined;

  constructor(
    parts: Pick<
      Call,
      "operation" | "bucket" | "key" | "query" | "headers" | "authenticated" | "requestId"
    >,
    request: HttpRequest,
    compute: Compute,
  ) {
    this.operation = parts.operation;
    this.bucket = parts.bucket;
    this.key = parts.key;
    this.query = parts.query;
    this.headers = parts.headers;
    this.authenticated = parts.authenticated;
    this.requestId = parts.requestId;
    this.signal = request.signal;
    this.#request = request;
    this.#compute = compute;
  }

  /** The canonical id of the account that asks. */
  get account(): string {
    return this.authenticated.account;
  }

  /** Whether nobody says who asks. */
  get isAnonymous(): boolean {
    return this.authenticated.account === "";
  }

  /** The client's address. */
  get remoteAddress(): string {
    return this.#request.remoteAddress;
  }

  /** The host that the client asked. */
  get host(): string {
    return headerValue(this.#request.headers, "host") ?? "";
  }

  /** A header field's value. */
  header(name: string): string | undefined {
    return headerValue(this.headers, name);
  }

  /** A query parameter's first value. */
  parameter(name: string): string | undefined {
    return queryValue(this.query, name);
  }

  /**
   * A query parameter that is a whole number.
   *
   * @throws S3Error InvalidArgument where it is no number or out of bounds
   */
  numberParameter(name: string, bounds: { from: number; to: number }): number | undefined {
    const text = this.parameter(name);
    if (text === undefined) return undefined;
    const value = /^-?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= bounds.from && value <= bounds.to) return value;
    throw invalidArgument(
      name,
      text,
      Number.isNaN(value)
        ? `Provided ${name} not an integer or within integer range`
        : `Argument ${name} must be an integer between ${bounds.from} and ${bounds.to}`,
    );
  }

  /**
   * Opens the body.
   *
   * @throws S3Error where the headers declare what cannot be
   */
  payload(
    options: Pick<PayloadRequest, "defaultChecksum" | "ignoresChecksums"> & {
      sizeBytesMax?: number;
    } = {},
  ): Payload {
    const { body } = this.#request;
    const { headers, authenticated } = this;
    const compute = this.#compute;
    const sizeBytesMax = options.sizeBytesMax ?? putSizeBytesMax;
    const request = { ...options, headers, body, authenticated, compute, sizeBytesMax };
    this.#payload = new Payload(request);
    return this.#payload;
  }

  /** Whether the request's body came to its end. */
  get isBodyRead(): boolean {
    return this.#payload?.isOver === true;
  }

  /** Lets go of what is held for the body. */
  release(): void {
    this.#payload?.release();
  }

  /**
   * The document in the body, or undefined where the body is empty.
   *
   * @throws S3Error MaxMessageLengthExceeded or MalformedXML
   */
  async document(
    sizeBytesMax: number,
    options: Pick<PayloadRequest, "ignoresChecksums"> = {},
  ): Promise<XmlElement | undefined> {
    const { kind } = this.authenticated.payload;
    const declared = this.header(
      kind === "chunked" ? "x-amz-decoded-content-length" : "content-length",
    );
    if (declared === undefined && this.header("transfer-encoding") === undefined) return undefined;
    if (Number(declared) > sizeBytesMax) throw new S3Error("MaxMessageLengthExceeded");
    const bytes = await readWhole(this.payload({ ...options, sizeBytesMax }));
    return bytes.length === 0 ? undefined : parseXml(bytes);
  }
}
