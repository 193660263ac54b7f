/** Lines for a log. Those of one turn of the event loop go out in one call of the system. */
export class GatheredLines {
  readonly #print: (lines: string) => void;
  #lines = "";

  /** @param print writes lines at once */
  constructor(print: (lines: string) => void) {
    this.#print = print;
  }

  write(line: string): void {
    if (this.#lines === "") setImmediate(() => this.flush());
    this.#lines += line;
  }

  /** Writes what has gathered. */
  flush(): void {
    const lines = this.#lines;
    this.#lines = "";
    if (lines !== "") this.#print(lines);
  }
}
