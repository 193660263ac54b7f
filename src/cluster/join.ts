import { equalBytes } from "#base/bytes.ts";
import { NetworkError } from "#base/network-error.ts";
import {
  decodeJoinAnswer,
  encodeJoinRequest,
  FormatError,
  type JoinAccepted,
  type JoinRefusalCode,
  type JoinRequest,
  type TokenMember,
} from "#format/index.ts";
import type { Connection, Network, Ports } from "#ports/index.ts";
import { withinMs } from "./deadline.ts";

/** What joiners and members speak: one request, one answer. The last part is the version. */
export const joinProtocol = "hamster-join/1";

/** Why the cluster does not take the node. */
export class JoinRefusedError extends Error {
  override readonly name = "JoinRefusedError";
  /** `unreachable`: no member could be asked; `impostor`: who answered is not whom the token means. */
  readonly code: JoinRefusalCode | "unreachable" | "impostor";

  constructor(code: JoinRefusedError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** One member has this long to answer; it may have to wait for a leader. */
const attemptMsMax = 15_000;
/** Between two rounds over all members. */
const pauseMs = 500;

export interface JoinOptions {
  readonly request: JoinRequest;
  /** Who may be asked: each has to prove its key. */
  readonly members: readonly TokenMember[];
  /** How long to go on asking. */
  readonly timeoutMs: number;
  /** How long to wait for one member. */
  readonly attemptMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks the members, one after another and again, until one says yes or no. Asked twice with the
 * same key, the cluster gives the same answer.
 *
 * @throws JoinRefusedError
 */
export async function requestJoin(
  ports: Pick<Ports, "clock" | "trace"> & { network: Network },
  { request, members, timeoutMs, attemptMs = attemptMsMax, signal }: JoinOptions,
): Promise<JoinAccepted> {
  const { clock, trace } = ports;
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  let last = new JoinRefusedError("unreachable", "there is no member to ask");
  for (;;) {
    for (const member of members) {
      for (const address of member.addresses) {
        signal?.throwIfAborted();
        const asked = await askMember(ports, { request, address, member, attemptMs, signal });
        if (asked.kind === "accepted") return asked.value;
        if (asked.isFinal) throw asked.error;
        last = asked.error;
        trace.write("warn", "memberDidNotAdmit", { address, reason: last.message });
      }
    }
    if (clock.monotonicMs() + pauseMs >= deadlineMs) throw last;
    await clock.sleep(pauseMs, signal);
  }
}

type Asked =
  | { kind: "accepted"; value: JoinAccepted }
  | { kind: "not-yet"; error: JoinRefusedError; isFinal: boolean };

async function askMember(
  ports: Pick<Ports, "clock"> & { network: Network },
  question: {
    request: JoinRequest;
    address: string;
    member: TokenMember;
    attemptMs: number;
    signal: AbortSignal | undefined;
  },
): Promise<Asked> {
  const { address, member, request, attemptMs } = question;
  const notYet = (code: JoinRefusedError["code"], reason: string, isFinal = false): Asked => {
    return { kind: "not-yet", error: new JoinRefusedError(code, reason), isFinal };
  };
  try {
    const answer = await withinMs(ports.clock, attemptMs, question.signal, async (signal) => {
      const connection = await ports.network.dial({ address, protocol: joinProtocol, signal });
      try {
        // Before anything is said: the secret is for the members that the token names.
        if (!equalBytes(connection.peer, member.keyFingerprint)) return "impostor";
        return await converse(connection, request, signal);
      } finally {
        connection.close();
      }
    });
    if (answer === "impostor") {
      return notYet("impostor", `who answers at ${address} is not the member that was meant`);
    }
    const { outcome } = decodeJoinAnswer(answer);
    if (outcome?.kind === "accepted") return outcome;
    if (outcome === undefined) return notYet("unavailable", `${address} gave an empty answer`);
    const { code, detail } = outcome.value;
    return notYet(code, detail, code !== "unavailable");
  } catch (error) {
    if (error instanceof NetworkError || error instanceof FormatError) {
      return notYet("unreachable", `${address}: ${error.message}`);
    }
    throw error;
  }
}

/** Sends the request and waits for the answer. @throws NetworkError */
async function converse(
  connection: Connection,
  request: JoinRequest,
  signal: AbortSignal,
): Promise<Uint8Array> {
  // Closing is what ends a wait for the other end.
  const giveUp = (): void => connection.close();
  signal.addEventListener("abort", giveUp);
  try {
    await connection.send([encodeJoinRequest(request)]);
    const answer = await connection.receive();
    if (answer === undefined) throw new NetworkError("broken", "it hung up without an answer");
    return answer;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}
