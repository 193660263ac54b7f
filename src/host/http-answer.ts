import type { ServerResponse } from "node:http";
import type { HttpResponse } from "#s3/index.ts";

/** The client went away before the answer was out. */
export class ClientGoneError extends Error {
  override readonly name = "ClientGoneError";
}

/**
 * Sends an answer, as fast as the client takes it.
 *
 * @param options.waiting told when sending begins and ceases to wait for the client
 * @param options.staysUnended hands over a body that is no stream as a whole, but does not end the
 *   response, with which Node closes the connection
 * @returns when all was handed over
 * @throws what the body throws, after the connection was broken; ClientGoneError when it was
 *   broken already
 */
export async function sendAnswer(
  response: ServerResponse,
  answer: HttpResponse,
  options: { closes: boolean; staysUnended: boolean; waiting: (isWaiting: boolean) => void },
): Promise<void> {
  const { body } = answer;
  const headers: Record<string, string | number> = { ...answer.headers };
  if (options.closes) headers["connection"] = "close";
  if (body === undefined || body instanceof Uint8Array) {
    if (body !== undefined) headers["content-length"] ??= body.length;
    response.writeHead(answer.status, headers);
    if (!options.staysUnended) response.end(body);
    else if (body === undefined) response.flushHeaders();
    else response.write(body);
    return;
  }
  response.writeHead(answer.status, headers);
  const declared = headers["content-length"];
  try {
    const sent = await sendStream(response, body, options.waiting);
    if (declared !== undefined && Number(declared) !== sent) {
      throw new Error(`a body of ${sent} bytes was declared to have ${declared}`);
    }
  } catch (error) {
    // Bytes are missing, and the client must not take what it has for the whole.
    response.destroy();
    throw error;
  }
  response.end();
}

async function sendStream(
  response: ServerResponse,
  body: AsyncIterable<Uint8Array>,
  waiting: (isWaiting: boolean) => void,
): Promise<number> {
  let sizeBytes = 0;
  for await (const chunk of body) {
    if (response.destroyed) throw new ClientGoneError("the client went away");
    sizeBytes += chunk.length;
    if (response.write(chunk)) continue;
    waiting(true);
    await drained(response);
    waiting(false);
  }
  return sizeBytes;
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (): void => {
      response.off("drain", settle);
      response.off("close", settle);
      if (response.destroyed) reject(new ClientGoneError("the client went away"));
      else resolve();
    };
    response.on("drain", settle);
    response.on("close", settle);
  });
}
