/** What a network operation failed of. */
export type NetworkErrorCode =
  /** Nobody listens there, or it cannot be reached. */
  | "unreachable"
  /** The other end broke off, or broke the rules of frames. */
  | "broken"
  /** It was closed at this end. */
  | "closed"
  /** The address cannot be listened on. */
  | "address-in-use"
  /** The other end does not speak the protocol, or proved no key. */
  | "refused"
  /** The caller gave up. */
  | "aborted";

/** A connection could not be made, or did not last. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
  readonly code: NetworkErrorCode;

  constructor(code: NetworkErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
