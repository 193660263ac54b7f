import { type KeyObject, createHash, createPrivateKey, generateKeyPairSync } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Identity, KeyFingerprint } from "#ports/index.ts";
import { publicKeyInfo, selfSignedCertificate } from "./certificate.ts";

const folder = "key";
const currentName = "current.pem";
const nextName = "next.pem";
const draftName = "draft.pem";

/** What a connection proves its key with, as `node:tls` takes it. */
export interface TlsIdentity {
  key: string;
  cert: string;
}

/** The node's key could not be read: it is there, and is none. */
export class KeyDamagedError extends Error {
  override readonly name = "KeyDamagedError";
}

/**
 * The Identity port: an Ed25519 key, in a file of the data directory that only its owner reads.
 * Nothing else is kept: its certificate follows from it.
 */
export class KeyFolder implements Identity {
  readonly #folder: string;
  #current: Promise<KeyObject> | undefined;
  #changing: Promise<unknown> = Promise.resolve();
  readonly #onRotated = new Set<() => void>();

  /** @param root the data directory, which exists */
  constructor(root: string) {
    this.#folder = join(root, folder);
  }

  async fingerprint(): Promise<KeyFingerprint> {
    return keyFingerprint(await this.#currentKey());
  }

  async next(): Promise<KeyFingerprint> {
    return keyFingerprint(await this.#inTurn(() => this.#load(nextName)));
  }

  async rotate(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#load(nextName);
      await this.#rename(nextName, currentName);
      this.#current = undefined;
    });
    for (const tell of this.#onRotated) tell();
  }

  /** What new connections prove the key in use with. */
  async tlsIdentity(): Promise<TlsIdentity> {
    const key = await this.#currentKey();
    const cert = Buffer.from(selfSignedCertificate(key)).toString("base64");
    return {
      key: key.export({ type: "pkcs8", format: "pem" }),
      cert: `-----BEGIN CERTIFICATE-----\n${cert}\n-----END CERTIFICATE-----\n`,
    };
  }

  /** Calls `tell` after each rotation, until the function that it gives is called. */
  whenRotated(tell: () => void): () => void {
    this.#onRotated.add(tell);
    return () => void this.#onRotated.delete(tell);
  }

  #currentKey(): Promise<KeyObject> {
    this.#current ??= this.#inTurn(() => this.#load(currentName));
    return this.#current;
  }

  /** The key of a file, made where there is none; durable when it resolves. */
  async #load(name: string): Promise<KeyObject> {
    const path = join(this.#folder, name);
    let pem: string;
    try {
      pem = await readFile(path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      return this.#make(name);
    }
    try {
      const key = createPrivateKey(pem);
      if (key.asymmetricKeyType === "ed25519") return key;
    } catch (error) {
      throw new KeyDamagedError(`${path} is damaged: put it back from a backup`, { cause: error });
    }
    throw new KeyDamagedError(`${path} is damaged: it holds a key of another kind`);
  }

  async #make(name: string): Promise<KeyObject> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await syncDirectory(join(this.#folder, ".."));
    const { privateKey } = generateKeyPairSync("ed25519");
    const draft = join(this.#folder, draftName);
    await rm(draft, { force: true });
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(privateKey.export({ type: "pkcs8", format: "pem" }));
      await file.sync();
    } finally {
      await file.close();
    }
    await this.#rename(draftName, name);
    return privateKey;
  }

  async #rename(from: string, to: string): Promise<void> {
    await rename(join(this.#folder, from), join(this.#folder, to));
    await syncDirectory(this.#folder);
  }

  /** One at a time: two must not make a key of one name. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#changing.then(work, work);
    this.#changing = turn.catch(() => undefined);
    return turn;
  }
}

/** What a key is known by. */
export function keyFingerprint(key: KeyObject): KeyFingerprint {
  return new Uint8Array(createHash("sha256").update(publicKeyInfo(key)).digest());
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
