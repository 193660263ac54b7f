import { toHex } from "#base/bytes.ts";
import {
  decodeJoinRequest,
  encodeJoinAnswer,
  FormatError,
  type JoinAnswer,
  type JoinRequest,
} from "#format/index.ts";
import type { Connection, KeyFingerprint, Ports } from "#ports/index.ts";
import { withinMs } from "./deadline.ts";

/** Decides on one joiner whose key is proven. Rejects only where it cannot decide now. */
export type Admit = (
  key: KeyFingerprint,
  request: JoinRequest,
  signal: AbortSignal,
) => Promise<JoinAnswer>;

/** Anyone may connect: so many are heard at once, and the rest has to come again. */
const connectionsMax = 16;
/** A joiner has this long to ask, and its answer this long to be found. */
const conversationMsMax = 12_000;
/** A request has a secret and a few names. */
const requestBytesMax = 16_384;

/** Where a member hears those who want to join: strangers with a proven key, and nothing else. */
export class JoinDesk {
  readonly #ports: Pick<Ports, "clock" | "trace">;
  readonly #admit: Admit;
  readonly #closing = new AbortController();
  readonly #conversations = new Set<Promise<void>>();

  constructor(ports: Pick<Ports, "clock" | "trace">, admit: Admit) {
    this.#ports = ports;
    this.#admit = admit;
  }

  /** Takes a connection that was made for joining. */
  accept(connection: Connection): void {
    if (this.#conversations.size >= connectionsMax || this.#closing.signal.aborted) {
      connection.close();
      return;
    }
    const conversation = this.#converse(connection).finally(() => {
      this.#conversations.delete(conversation);
    });
    this.#conversations.add(conversation);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#conversations);
  }

  async #converse(connection: Connection): Promise<void> {
    const { clock, trace } = this.#ports;
    const joiner = { key: toHex(connection.peer), remoteAddress: connection.remoteAddress };
    try {
      await withinMs(clock, conversationMsMax, this.#closing.signal, async (signal) => {
        signal.addEventListener("abort", () => connection.close());
        const answer = await this.#hear(connection, signal);
        if (answer === undefined) return;
        const { outcome } = answer;
        if (outcome?.kind === "accepted") {
          trace.write("info", "nodeAdmitted", { ...joiner, node: outcome.value.node });
        } else if (outcome?.kind === "refused") {
          const { code, detail } = outcome.value;
          trace.write("warn", "joinRefused", { ...joiner, code, reason: detail });
        }
        await connection.send([encodeJoinAnswer(answer)]);
        // The joiner hangs up once it has read the answer.
        await connection.receive();
      });
    } catch (error) {
      trace.write("warn", "joinBrokenOff", { ...joiner, reason: String(error) });
    } finally {
      connection.close();
    }
  }

  /** The answer to what a joiner says; undefined where it says nothing. */
  async #hear(connection: Connection, signal: AbortSignal): Promise<JoinAnswer | undefined> {
    const frame = await connection.receive();
    if (frame === undefined) return undefined;
    const request = requestOf(frame);
    if (request === undefined) return refusal("invalid", "that is not a request to join");
    try {
      return await this.#admit(connection.peer, request, signal);
    } catch (error) {
      return refusal("unavailable", error instanceof Error ? error.message : String(error));
    }
  }
}

function requestOf(frame: Uint8Array): JoinRequest | undefined {
  if (frame.length > requestBytesMax) return undefined;
  try {
    return decodeJoinRequest(frame);
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** An answer that says no. */
export function refusal(
  code: Extract<JoinAnswer["outcome"], { kind: "refused" }>["value"]["code"],
  detail: string,
): JoinAnswer {
  return { outcome: { kind: "refused", value: { code, detail } } };
}
