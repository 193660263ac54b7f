import type { Clock, Trace } from "#ports/index.ts";
import type { OperationName } from "./endpoints.ts";
import type { HttpRequest } from "./http.ts";

/** A request's target without what could be used again: a presigned request's query is a key. */
export function loggedTarget(target: string): string {
  const mark = target.indexOf("?");
  if (mark < 0 || !/[?&]x-amz-|awsaccesskeyid|signature/i.test(target)) return target;
  const kept = target
    .slice(mark + 1)
    .split("&")
    .filter((pair) => !/^(?:x-amz-|awsaccesskeyid|signature|expires)/i.test(pair));
  return `${target.slice(0, mark)}?${[...kept, "presigned"].join("&")}`;
}

/** One line of the access log, written once the answer's last byte has been handed over. */
export class RequestLog {
  readonly #ports: { readonly clock: Clock; readonly trace: Trace };
  readonly #request: HttpRequest;
  readonly #requestId: string;
  readonly #startMs: number;
  #operation: OperationName | undefined;
  #accessKeyId: string | undefined;
  #code: string | undefined;

  constructor(
    ports: { readonly clock: Clock; readonly trace: Trace },
    request: HttpRequest,
    requestId: string,
  ) {
    this.#ports = ports;
    this.#request = request;
    this.#requestId = requestId;
    this.#startMs = ports.clock.monotonicMs();
  }

  /** What is known once the request was found to be genuine. */
  identify(operation: OperationName, accessKeyId: string): void {
    this.#operation = operation;
    this.#accessKeyId = accessKeyId;
  }

  /** The error that the request ends in. */
  fail(code: string): void {
    this.#code = code;
  }

  /** Something went wrong that the client is not told about. */
  report(event: string, error: unknown): void {
    this.#ports.trace.write("error", event, {
      requestId: this.#requestId,
      operation: this.#operation,
      reason: describe(error),
    });
  }

  /** Writes the line. */
  write(status: number, sentBytes: number): void {
    const elapsedMs = this.#ports.clock.monotonicMs() - this.#startMs;
    this.#ports.trace.write("info", "requestAnswered", {
      requestId: this.#requestId,
      method: this.#request.method,
      target: loggedTarget(this.#request.target),
      status,
      code: this.#code,
      operation: this.#operation,
      accessKeyId: this.#accessKeyId,
      remoteAddress: this.#request.remoteAddress,
      elapsedMs: Math.round(elapsedMs * 1000) / 1000,
      sentBytes,
    });
  }

  /** `body`, which writes the line when it ends, however it ends. */
  async *following(
    body: AsyncIterable<Uint8Array>,
    status: number,
  ): AsyncGenerator<Uint8Array, void, void> {
    let sentBytes = 0;
    try {
      for await (const piece of body) {
        sentBytes += piece.length;
        yield piece;
      }
    } catch (error) {
      this.#code = "BodyBroken";
      this.report("responseBroken", error);
      throw error;
    } finally {
      this.write(status, sentBytes);
    }
  }
}

/** An error and those that caused it, for the log. */
function describe(error: unknown): string {
  const parts: string[] = [];
  for (let at = error; at !== undefined && parts.length < 5;) {
    parts.push(at instanceof Error ? `${at.name}: ${at.message}` : "not an error");
    at = at instanceof Error ? at.cause : undefined;
  }
  const stack = error instanceof Error ? error.stack?.split("\n")[1]?.trim() : undefined;
  return parts.join("; because ") + (stack === undefined ? "" : ` (${stack})`);
}
