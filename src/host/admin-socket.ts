import { chmodSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join, relative } from "node:path";
import { mib } from "#base/bytes.ts";

const name = "hamster.sock";
/** Systems cut off a socket's path, or refuse it, beyond this. */
const pathBytesMax = 103;
/** A call or an answer, at the most. */
const lineBytesMax: number = 4 * mib;
/** Whoever connects and says nothing is not kept. */
const idleMs = 60_000;

/** Nobody answers at a data directory's socket. */
export class NoNodeError extends Error {
  override readonly name = "NoNodeError";
}

/** Takes calls of this user's command lines, until it is closed. */
export interface AdminSocket {
  close(): Promise<void>;
}

/**
 * Listens at the socket in a data directory that this process has locked: only its owner may
 * connect.
 *
 * @param answer gives the line to send back; never rejects
 */
export async function listenAdmin(
  dataDir: string,
  answer: (line: string) => Promise<string>,
): Promise<AdminSocket> {
  const path = pathOf(dataDir);
  // Left by a process that is gone, for the directory is locked.
  rmSync(path, { force: true });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.setTimeout(idleMs, () => socket.destroy());
    socket.on("error", () => socket.destroy());
    void readLine(socket)
      .then(answer)
      .then(
        (line) => socket.end(`${line}\n`),
        () => socket.destroy(),
      );
  });
  await listening(server, path);
  chmodSync(path, 0o600);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
        rmSync(path, { force: true });
      }),
  };
}

/**
 * Asks the node that runs on a data directory.
 *
 * @returns the line that it answered
 * @throws NoNodeError where none runs there, or it ended before it answered
 */
export async function askAdmin(dataDir: string, line: string): Promise<string> {
  const socket = connect(pathOf(dataDir));
  try {
    return await new Promise<string>((resolve, reject) => {
      socket.once("error", reject);
      socket.once("connect", () => socket.write(`${line}\n`));
      readLine(socket).then(resolve, reject);
    });
  } catch (error) {
    throw new NoNodeError(`no node answers at ${join(dataDir, name)}`, { cause: error });
  } finally {
    socket.destroy();
  }
}

/** The socket's path, as short as it can be said from here. */
function pathOf(dataDir: string): string {
  const path = join(dataDir, name);
  const near = relative(process.cwd(), path);
  return Buffer.byteLength(path) <= pathBytesMax || near.length > path.length ? path : near;
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** The first line that comes. */
function readLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const isOver = (): void => reject(new Error("the line did not come to its end"));
    socket.setEncoding("utf8");
    socket.on("data", (piece) => {
      text += String(piece);
      const end = text.indexOf("\n");
      if (end >= 0) resolve(text.slice(0, end));
      else if (text.length > lineBytesMax) isOver();
    });
    socket.once("close", isOver);
    socket.once("end", isOver);
  });
}
