/**
 * Header fields by lower-case name, in the order they came, each value as it was sent with the
 * spaces around it cut off. One character of a value stands for one byte (Latin-1). An object
 * without a prototype, or one whose prototype holds no enumerable names: any name may occur.
 */
export type HttpHeaders = Readonly<Record<string, readonly string[] | undefined>>;

/** One HTTP request as the listener received it: nothing decoded, nothing normalized. */
export interface HttpRequest {
  /** The method as sent: `GET`. */
  readonly method: string;
  /** The request target exactly as it stood in the request line: `/bucket/a%20key?list-type=2`. */
  readonly target: string;
  readonly headers: HttpHeaders;
  /**
   * The body without its transfer coding. Pulled at most once; the first pull is what sends
   * `100 Continue`. A piece may be used until the next is pulled: its memory is taken back then.
   * Throws when the client goes away before the declared end.
   */
  readonly body: AsyncIterable<Uint8Array>;
  /** Aborted when the client goes away or the listener gives the request up. */
  readonly signal: AbortSignal;
  /** The client's address, for the log. */
  readonly remoteAddress: string;
}

/** What to answer. */
export interface HttpResponse {
  readonly status: number;
  /** Header fields by lower-case name; one character stands for one byte (Latin-1). */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Nothing for `HEAD` and where the status allows none. A stream comes with `content-length`, or
   * without it where the length is not known (it is sent chunked). A piece that has its buffer for
   * itself is the listener's, which takes the memory back once it is sent. A stream is iterated to
   * its end or ended by `return()`; when it throws, the connection must be broken, so that the
   * client sees that bytes are missing.
   */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /**
   * `unread`: bytes of the request's body may still be on their way and nobody will pull them. The
   * listener drains a short rest and closes the connection after the answer otherwise. `read`: the
   * body came to its end, and the connection can serve the next request.
   */
  readonly requestBody: "read" | "unread";
}
