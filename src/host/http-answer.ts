import type { ServerResponse } from "node:http";
import { freeMemory } from "./free-memory.ts";
import type { HttpResponse } from "#s3/index.ts";

/** The client went away before the answer was out. */
export class ClientGoneError extends Error {
  override readonly name = "ClientGoneError";
}

type Headers = Readonly<Record<string, string | number>>;

/** An answer's headers as they are sent. */
export function headersOf(answer: HttpResponse, closes: boolean): Headers {
  const { headers, body } = answer;
  const lacksLength = body instanceof Uint8Array && headers["content-length"] === undefined;
  if (!closes && !lacksLength) return headers;
  return {
    ...headers,
    ...(lacksLength ? { "content-length": body.length } : {}),
    ...(closes ? { connection: "close" } : {}),
  };
}

/**
 * Sends a body that comes in pieces, as fast as the client takes it.
 *
 * @param waiting told when sending begins and ceases to wait for the client
 * @throws what the body throws, after the connection was broken; ClientGoneError when it was
 *   broken already
 */
export async function sendStream(
  response: ServerResponse,
  body: AsyncIterable<Uint8Array>,
  declared: string | number | undefined,
  waiting: (isWaiting: boolean) => void,
): Promise<void> {
  try {
    let sizeBytes = 0;
    for await (const chunk of body) {
      if (response.destroyed) throw new ClientGoneError("the client went away");
      sizeBytes += chunk.length;
      if (response.write(chunk, () => freeMemory(chunk))) continue;
      waiting(true);
      await drained(response);
      waiting(false);
    }
    if (declared !== undefined && Number(declared) !== sizeBytes) {
      throw new Error(`a body of ${sizeBytes} bytes was declared to have ${declared}`);
    }
  } catch (error) {
    // Bytes are missing, and the client must not take what it has for the whole.
    response.destroy();
    throw error;
  }
  response.end();
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
