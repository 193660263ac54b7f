/** A key-value store's files cannot be read as a store, or a value fails its checksum. */
export class StoreDamagedError extends Error {
  override readonly name = "StoreDamagedError";
  /** The store's name. */
  readonly store: string;

  constructor(store: string, message: string, options?: ErrorOptions) {
    super(`store ${store}: ${message}`, options);
    this.store = store;
  }
}
