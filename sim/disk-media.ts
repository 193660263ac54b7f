import type { Prng } from "#base/prng.ts";
import { DiskError } from "#base/disk-error.ts";
import type { DiskEntry } from "#ports/index.ts";
import { FileImage } from "./file-image.ts";

/** What a crash leaves of all that was not synced. */
export type Remains =
  /** Nothing of it. */
  | "nothing"
  /** All of it. */
  | "everything"
  /** By lot, each write and each name for itself: lost, whole, or some of its bytes. */
  | "some";

/** What a change does to a file. */
type FileEffect =
  | { kind: "write"; offset: number; bytes: Uint8Array }
  | { kind: "resize"; sizeBytes: number };

/** A change of a file since its last sync, and how many of the file were made before it. */
type FileChange = FileEffect & { number: number };

/** A file, whatever names it has. */
export class FileNode {
  readonly kind = "file";
  /** What readers see. */
  seen: FileImage = new FileImage();
  /** What lasts. */
  durable: FileImage = new FileImage();
  unsynced: FileChange[] = [];
  /** Changes ever made, so that a sync knows which it covers however many overlap. */
  changeCount = 0;
  nameCount = 0;
  handleCount = 0;
}

/** A change of a directory since its last sync: `name` stands for `node`, or for nothing. */
export interface NameChange {
  directory: DirectoryNode;
  name: string;
  node: MediaNode | undefined;
  /**
   * A name leaves one directory only where it has come to the other: a rename never loses a file.
   */
  needs?: NameChange | undefined;
  /** The same rename's other half in the same directory: one transaction. */
  twin?: NameChange | undefined;
}

export class DirectoryNode {
  readonly kind = "directory";
  seen: Map<string, MediaNode> = new Map<string, MediaNode>();
  durable: Map<string, MediaNode> = new Map<string, MediaNode>();
  unsynced: NameChange[] = [];
}

export type MediaNode = FileNode | DirectoryNode;

/** What a read is answered from instead of its file; undefined where it is as it should be. */
export type Misread = (path: string, offset: number) => FileImage | undefined;

/**
 * What a disk holds, apart from any boot that uses it: the files and names that readers see, and
 * those that would last if power went now. Its methods act at once; delays and faults are the
 * port's.
 */
export class DiskMedia {
  readonly #prng: Prng;
  #root = new DirectoryNode();
  #usedBytes = 0;
  /** The size of the file system, in bytes. */
  totalBytes: number;
  /** Taken by others on the same file system, in bytes. Raise it to fill the disk. */
  foreignBytes = 0;
  /** What a read of a file gives instead of what it holds, where it gives something else. */
  misread: Misread | undefined;
  /** How often there was no room for something. */
  refusedCount = 0;

  constructor(prng: Prng, totalBytes: number) {
    this.#prng = prng;
    this.totalBytes = totalBytes;
  }

  get freeBytes(): number {
    return Math.max(0, this.totalBytes - this.foreignBytes - this.#usedBytes);
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** The node at `path`, or undefined. The root is "". */
  find(path: string): MediaNode | undefined {
    let node: MediaNode | undefined = this.#root;
    for (const name of namesOf(path)) {
      if (node?.kind !== "directory") return undefined;
      node = node.seen.get(name);
    }
    return node;
  }

  file(path: string): FileNode {
    const node = this.find(path);
    if (node === undefined) throw new DiskError("not-found", path, "no such file");
    if (node.kind !== "file") throw new DiskError("io", path, "is a directory");
    return node;
  }

  directory(path: string): DirectoryNode {
    const node = this.find(path);
    if (node === undefined) throw new DiskError("not-found", path, "no such directory");
    if (node.kind !== "directory") throw new DiskError("io", path, "is not a directory");
    return node;
  }

  createFile(path: string): FileNode {
    const { directory, name } = this.#split(path);
    if (directory.seen.has(name)) throw new DiskError("exists", path, "exists already");
    const file = new FileNode();
    this.#setName({ directory, name, node: file });
    return file;
  }

  makeDirectory(path: string): void {
    let directory = this.#root;
    for (const name of namesOf(path)) {
      let next = directory.seen.get(name);
      if (next === undefined) {
        next = new DirectoryNode();
        this.#setName({ directory, name, node: next });
      }
      if (next.kind !== "directory") throw new DiskError("exists", path, "a file is in the way");
      directory = next;
    }
  }

  remove(path: string): void {
    this.file(path);
    const { directory, name } = this.#split(path);
    this.#setName({ directory, name, node: undefined });
  }

  removeDirectory(path: string): void {
    if (this.directory(path).seen.size > 0) throw new DiskError("io", path, "not empty");
    const { directory, name } = this.#split(path);
    this.#setName({ directory, name, node: undefined });
  }

  rename(from: string, to: string): void {
    const node = this.find(from);
    if (node === undefined) throw new DiskError("not-found", from, "no such file or directory");
    if (`${to}/`.startsWith(`${from}/`) && from !== to) {
      throw new DiskError("io", from, "cannot be moved into itself");
    }
    const source = this.#split(from);
    const target = this.#split(to);
    const replaced = target.directory.seen.get(target.name);
    if (replaced === node) return;
    if (replaced !== undefined && (replaced.kind === "directory" || node.kind === "directory")) {
      throw new DiskError("io", to, "only a file can be replaced, and only by a file");
    }
    const arrival: NameChange = { ...target, node };
    const departure: NameChange = { ...source, node: undefined };
    if (source.directory === target.directory) {
      departure.twin = arrival;
      arrival.twin = departure;
    } else {
      departure.needs = arrival;
      if (node.kind === "directory") arrival.twin = departure;
    }
    this.#setName(arrival);
    this.#setName(departure);
  }

  list(path: string): DiskEntry[] {
    const entries: DiskEntry[] = [];
    for (const [name, node] of this.directory(path).seen) entries.push({ name, kind: node.kind });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The changes of names that a sync of this directory begun now covers. */
  unsyncedNames(path: string): NameChange[] {
    return [...this.directory(path).unsynced];
  }

  /** Makes changes of names last. */
  syncNames(changes: readonly NameChange[]): void {
    for (const change of changes) settleName(change);
  }

  /** The file is open once more; its space is kept while it is. */
  hold(file: FileNode): void {
    this.#account(file, () => file.handleCount++);
  }

  release(file: FileNode): void {
    this.#account(file, () => file.handleCount--);
  }

  /** Writes bytes that must not change any more; `full` where there is no room for them. */
  write(path: string, file: FileNode, offset: number, bytes: Uint8Array): void {
    const growth = offset + bytes.length - file.seen.sizeBytes;
    if (growth > this.freeBytes) {
      // A real disk may take the beginning before it finds that it is full.
      const taken = bytes.subarray(0, this.#prng.below(Math.min(bytes.length, this.freeBytes) + 1));
      if (taken.length > 0) this.write(path, file, offset, taken);
      this.refusedCount++;
      throw new DiskError("full", path, "no space left");
    }
    this.#account(file, () => file.seen.write(offset, bytes));
    addChange(file, { kind: "write", offset, bytes });
  }

  resize(path: string, file: FileNode, sizeBytes: number): void {
    if (sizeBytes - file.seen.sizeBytes > this.freeBytes) {
      this.refusedCount++;
      throw new DiskError("full", path, "no space left");
    }
    this.#account(file, () => file.seen.resize(sizeBytes));
    addChange(file, { kind: "resize", sizeBytes });
  }

  /** Makes the changes of a file last, up to the one that made them `changeCount`. */
  sync(file: FileNode, changeCount: number): void {
    for (const change of takeChanges(file, changeCount)) applyChange(file.durable, change);
  }

  /**
   * Makes one write last, the one that made the changes of a file `changeCount`, with what it needs:
   * all up to the last change of the file's length, and earlier writes to the same bytes.
   */
  syncWrite(file: FileNode, changeCount: number): void {
    const covered = takeChanges(file, changeCount);
    const last = covered.at(-1);
    const resizeAt = covered.findLastIndex(({ kind }) => kind === "resize");
    const left: FileChange[] = [];
    for (const [at, change] of covered.entries()) {
      if (at <= resizeAt || change === last || overlaps(change, last)) {
        applyChange(file.durable, change);
      } else left.push(change);
    }
    file.unsynced.unshift(...left);
  }

  /**
   * A sync that failed: the changes it was to make last are partly on disk, no later sync covers
   * them, and readers see either them or what the disk has.
   */
  failSync(file: FileNode, changeCount: number): void {
    for (const change of takeChanges(file, changeCount))
      drawChange(file.durable, change, this.#prng);
    if (this.#prng.below(2) === 0) return;
    this.#account(file, () => {
      file.seen = file.durable.clone();
      for (const change of file.unsynced) applyChange(file.seen, change);
    });
  }

  /** Flips a bit of a file for good, in what readers see and in what lasts. */
  flipBit(path: string, offset: number, bit: number): void {
    const file = this.file(path);
    file.seen.flipBit(offset, bit);
    file.durable.flipBit(offset, bit);
  }

  /** A copy of what lasts. */
  save(): DirectoryNode {
    return copyDirectory(this.#root);
  }

  /** Makes what lasts a saved copy, which stays as it is. The machine is down. */
  restore(saved: DirectoryNode): void {
    this.#root = copyDirectory(saved);
    this.dropHandles();
  }

  /** Power is cut: of what was not synced, `remains` is left. */
  crash(remains: Remains, lots: Prng): void {
    const directories = new Set<DirectoryNode>();
    collectDirectories(this.#root, directories);
    for (const directory of directories) {
      for (const change of directory.unsynced.slice()) {
        const lasts = remains === "everything" || (remains === "some" && lots.below(2) === 0);
        if (lasts) settleName(change);
      }
    }
    for (const directory of directories) {
      directory.unsynced = [];
      directory.seen = new Map(directory.durable);
    }
    this.dropHandles();
    for (const file of this.#countNames()) crashFile(file, remains, lots);
    this.dropHandles();
  }

  /** The process ends, the machine stays up: only its open handles are gone. */
  dropHandles(): void {
    this.#usedBytes = 0;
    for (const file of this.#countNames()) {
      file.handleCount = 0;
      this.#usedBytes += file.seen.sizeBytes;
    }
  }

  /** Every file that has a name, with its names counted anew. */
  #countNames(): Set<FileNode> {
    const directories = new Set<DirectoryNode>();
    collectDirectories(this.#root, directories);
    const files = new Set<FileNode>();
    for (const directory of directories) {
      for (const node of directory.seen.values()) {
        if (node.kind !== "file") continue;
        if (!files.has(node)) node.nameCount = 0;
        node.nameCount++;
        files.add(node);
      }
    }
    return files;
  }

  /** Every file below `path` that readers see, with its path, in order of paths. */
  files(path = ""): { path: string; file: FileNode }[] {
    const found: { path: string; file: FileNode }[] = [];
    for (const entry of this.list(path)) {
      const below = path === "" ? entry.name : `${path}/${entry.name}`;
      if (entry.kind === "directory") found.push(...this.files(below));
      else found.push({ path: below, file: this.file(below) });
    }
    return found;
  }

  #split(path: string): { directory: DirectoryNode; name: string } {
    const names = namesOf(path);
    const name = names.pop();
    if (name === undefined) throw new DiskError("io", path, "is the data directory itself");
    return { directory: this.directory(names.join("/")), name };
  }

  #setName(change: NameChange): void {
    const { directory, name, node } = change;
    const replaced = directory.seen.get(name);
    if (replaced?.kind === "file") this.#account(replaced, () => replaced.nameCount--);
    if (node?.kind === "file") this.#account(node, () => node.nameCount++);
    if (node === undefined) directory.seen.delete(name);
    else directory.seen.set(name, node);
    directory.unsynced.push(change);
  }

  /** Keeps the count of used bytes right over a change of a file. */
  #account(file: FileNode, change: () => void): void {
    const isHeld = (): boolean => file.nameCount > 0 || file.handleCount > 0;
    const before = isHeld() ? file.seen.sizeBytes : 0;
    change();
    this.#usedBytes += (isHeld() ? file.seen.sizeBytes : 0) - before;
  }
}

function crashFile(file: FileNode, remains: Remains, lots: Prng): void {
  for (const change of file.unsynced) {
    if (remains === "everything") applyChange(file.durable, change);
    if (remains === "some") drawChange(file.durable, change, lots);
  }
  file.unsynced = [];
  file.seen = file.durable.clone();
}

/** Applies what the lot leaves of a change. */
function drawChange(image: FileImage, change: FileChange, lots: Prng): void {
  const lot = lots.below(5);
  if (lot === 0) return;
  if (lot === 1 || change.kind === "resize") return applyChange(image, change);
  const { offset, bytes } = change;
  const cut = lots.below(bytes.length + 1);
  if (lot === 2) return image.write(offset, bytes.subarray(0, cut));
  const grown = Math.max(image.sizeBytes, offset + bytes.length);
  // The new size may last without the bytes: what is missing reads as zeros.
  image.resize(grown);
  if (lot === 4) image.write(offset + cut, bytes.subarray(cut));
}

/** The names that make up a path; none for the root, "". */
function namesOf(path: string): string[] {
  const names = path === "" ? [] : path.split("/");
  if (names.some((name) => name === "" || name === "." || name === "..")) {
    throw new DiskError("io", path, "is not a path below the data directory");
  }
  return names;
}

function overlaps(a: FileChange, b: FileChange | undefined): boolean {
  if (a.kind !== "write" || b?.kind !== "write") return false;
  return a.offset < b.offset + b.bytes.length && b.offset < a.offset + a.bytes.length;
}

function addChange(file: FileNode, effect: FileEffect): void {
  file.unsynced.push({ ...effect, number: file.changeCount });
  file.changeCount++;
}

/** Takes the changes off the list that a sync begun at `changeCount` covers. */
function takeChanges(file: FileNode, changeCount: number): FileChange[] {
  const laterAt = file.unsynced.findIndex(({ number }) => number >= changeCount);
  return file.unsynced.splice(0, laterAt < 0 ? file.unsynced.length : laterAt);
}

function applyChange(image: FileImage, change: FileChange): void {
  if (change.kind === "write") image.write(change.offset, change.bytes);
  else image.resize(change.sizeBytes);
}

/** Makes one change of a name last, with what belongs to it. */
function settleName(change: NameChange): void {
  const { directory, name, node, needs, twin } = change;
  const at = directory.unsynced.indexOf(change);
  if (at < 0) return;
  directory.unsynced.splice(at, 1);
  if (needs !== undefined) settleName(needs);
  if (node === undefined) directory.durable.delete(name);
  else directory.durable.set(name, node);
  if (twin !== undefined) settleName(twin);
}

/** A directory of which just what lasted of the other is left, and all of that is seen. */
function copyDirectory(directory: DirectoryNode): DirectoryNode {
  const copy = new DirectoryNode();
  for (const [name, node] of directory.durable) {
    const child = node.kind === "directory" ? copyDirectory(node) : copyFile(node);
    copy.durable.set(name, child);
    copy.seen.set(name, child);
  }
  return copy;
}

function copyFile(file: FileNode): FileNode {
  const copy = new FileNode();
  copy.durable = file.durable.clone();
  copy.seen = file.durable.clone();
  return copy;
}

/** All directories that are seen, that last, or that were unlinked since the last sync. */
function collectDirectories(directory: DirectoryNode, found: Set<DirectoryNode>): void {
  if (found.has(directory)) return;
  found.add(directory);
  const nodes = [...directory.seen.values(), ...directory.durable.values()];
  for (const change of directory.unsynced) if (change.node !== undefined) nodes.push(change.node);
  for (const node of nodes) if (node.kind === "directory") collectDirectories(node, found);
}
