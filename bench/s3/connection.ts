import { connect, type Socket } from "node:net";
import { connect as connectSecurely } from "node:tls";

export interface Reply {
  status: number;
  /** Bytes of the body. */
  sizeBytes: number;
  /** The body as text where it is short: error documents and listings. */
  text: string;
}

/** Bodies up to this are kept as text. */
const textBytesMax = 4 * 1024 * 1024;
/** A server that says nothing for this long is taken to hang. */
const idleMsMax = 60_000;

/**
 * One HTTP/1.1 connection that sends ready-made bytes and reads just what it must of the answers,
 * so that the client costs little beside the server it measures.
 */
export class Connection {
  readonly #socket: Socket;
  #pending: { resolve: (reply: Reply) => void; reject: (error: Error) => void } | undefined;
  #head = "";
  #reply: Reply = { status: 0, sizeBytes: 0, text: "" };
  #bodyLeft = -1;
  /** What came of a body in chunks, as it came; undefined where the length is declared. */
  #chunked: Buffer | undefined;
  #method = "GET";

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setTimeout(idleMsMax, () => socket.destroy(new Error("the server does not answer")));
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the server closed the connection")));
  }

  static open(to: { host: string; port: number; isSecure?: boolean }): Promise<Connection> {
    const { host, port, isSecure = false } = to;
    return new Promise((resolve, reject) => {
      const socket = isSecure
        ? connectSecurely({ host, port, rejectUnauthorized: false })
        : connect(port, host);
      socket.once("error", reject);
      socket.once(isSecure ? "secureConnect" : "connect", () => {
        socket.off("error", reject);
        resolve(new Connection(socket));
      });
    });
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @param head the request line and headers, with the empty line
   * @param body sent in pieces that wait for the socket to drain
   */
  async send(method: string, head: Buffer, body?: Uint8Array): Promise<Reply> {
    this.#method = method;
    this.#head = "";
    this.#bodyLeft = -1;
    const answer = new Promise<Reply>((resolve, reject) => (this.#pending = { resolve, reject }));
    if (body === undefined) this.#socket.write(head);
    else await this.#sendBody(head, body);
    return answer;
  }

  close(): void {
    this.#pending = undefined;
    this.#socket.destroy();
  }

  async #sendBody(head: Buffer, body: Uint8Array): Promise<void> {
    this.#socket.cork();
    this.#socket.write(head);
    const pieceBytes = 1024 * 1024;
    for (let at = 0; at < body.length; at += pieceBytes) {
      const drained = this.#socket.write(body.subarray(at, at + pieceBytes));
      if (at === 0) this.#socket.uncork();
      if (!drained) await new Promise((resolve) => this.#socket.once("drain", resolve));
    }
    this.#socket.uncork();
  }

  #receive(chunk: Buffer): void {
    let rest: Buffer = chunk;
    if (this.#bodyLeft < 0) {
      const before = this.#head.length;
      this.#head += chunk.toString("latin1");
      const end = this.#head.indexOf("\r\n\r\n");
      if (end < 0) return;
      rest = chunk.subarray(end + 4 - before);
      this.#startBody(this.#head.slice(0, end));
    }
    if (this.#chunked !== undefined) {
      this.#receiveChunked(rest);
      return;
    }
    this.#bodyLeft -= rest.length;
    this.#reply.sizeBytes += rest.length;
    if (this.#reply.sizeBytes <= textBytesMax && isText(this.#reply.status, this.#head)) {
      this.#reply.text += rest.toString("utf8");
    }
    if (this.#bodyLeft === 0) this.#finish();
  }

  /** Bodies in chunks are listings and errors: short enough to be looked at once they are whole. */
  #receiveChunked(rest: Buffer): void {
    const whole = Buffer.concat([this.#chunked ?? Buffer.alloc(0), rest]);
    this.#chunked = whole;
    if (!whole.toString("latin1", Math.max(0, whole.length - 7)).endsWith("0\r\n\r\n")) return;
    let text = "";
    for (let at = 0; ;) {
      const end = whole.indexOf("\r\n", at);
      const size = Number.parseInt(whole.toString("latin1", at, end), 16);
      if (end < 0 || Number.isNaN(size)) return; // The end that was seen is one of a chunk's data.
      if (size === 0) break;
      text += whole.toString("utf8", end + 2, end + 2 + size);
      at = end + 2 + size + 2;
    }
    this.#reply = { ...this.#reply, sizeBytes: Buffer.byteLength(text), text };
    this.#chunked = undefined;
    this.#finish();
  }

  #startBody(head: string): void {
    const status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    const none = this.#method === "HEAD" || status === 204 || status === 304;
    const isChunked = !none && /\r\ntransfer-encoding: *chunked/i.test(head);
    this.#chunked = isChunked ? Buffer.alloc(0) : undefined;
    if (!none && !isChunked && length === undefined)
      this.#fail(new Error(`no content-length in: ${head}`));
    this.#bodyLeft = none || isChunked ? 0 : Number(length);
    this.#reply = { status, sizeBytes: 0, text: "" };
  }

  #finish(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    this.#bodyLeft = -1;
    pending?.resolve(this.#reply);
  }

  #fail(error: Error): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.reject(error);
  }
}

function isText(status: number, head: string): boolean {
  return status >= 300 || /\r\ncontent-type: *application\/xml/i.test(head);
}
