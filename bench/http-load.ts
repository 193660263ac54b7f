import { connect } from "node:net";

/** What a load came to. */
export interface LoadResult {
  requestCount: number;
  requestsPerSecond: number;
}

/**
 * Sends one request again and again over raw connections and counts its answers, which must all be
 * as long as the first one. It costs far less than an HTTP client, so that the server is measured.
 */
export async function load(options: {
  port: number;
  request: Uint8Array;
  connectionCount: number;
  forMs: number;
}): Promise<LoadResult> {
  const answerSizeBytes = await firstAnswerSize(options.port, options.request);
  let answerCount = 0;
  const start = performance.now();
  const deadline = start + options.forMs;
  const connections = Array.from({ length: options.connectionCount }, () => {
    return new Promise<void>((resolve, reject) => {
      const socket = connect(options.port, "127.0.0.1");
      let received = 0;
      socket.on("data", (chunk) => {
        received += chunk.length;
        if (received < answerSizeBytes) return;
        received -= answerSizeBytes;
        answerCount++;
        if (performance.now() < deadline) socket.write(options.request);
        else socket.destroy();
      });
      socket.on("error", reject);
      socket.on("close", () => resolve());
      socket.write(options.request);
    });
  });
  await Promise.all(connections);
  const seconds = (performance.now() - start) / 1000;
  return { requestCount: answerCount, requestsPerSecond: answerCount / seconds };
}

/** The length of the answer: what comes until nothing more does. */
function firstAnswerSize(port: number, request: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let sizeBytes = 0;
    let timer: NodeJS.Timeout | undefined;
    socket.on("data", (chunk) => {
      sizeBytes += chunk.length;
      clearTimeout(timer);
      timer = setTimeout(() => {
        socket.destroy();
        resolve(sizeBytes);
      }, 300);
    });
    socket.on("error", reject);
    socket.write(request);
  });
}
