import { AsyncLocalStorage, createHook } from "node:async_hooks";

/** What the loop itself is made of. Anything else is real I/O, a real timer or a real thread. */
const allowedResources = new Set(["TickObject", "Microtask", "PROMISE", "Immediate"]);

/** A simulated run touched the real world. */
export class RealWorldError extends Error {
  override readonly name = "RealWorldError";
}

/** What one run touched of the real world. */
export interface Tripwire {
  touched: RealWorldError | undefined;
}

const running = new AsyncLocalStorage<Tripwire>();
let runningCount = 0;

const hook = createHook({
  init(_id, type) {
    if (!allowedResources.has(type)) trip(`made a ${type}`);
  },
  trackPromises: false,
});

/** Notes on the run that is under way, if this is one, that it left the simulated world. */
function trip(what: string): void {
  const tripwire = running.getStore();
  if (tripwire === undefined) return;
  tripwire.touched ??= new RealWorldError(`a simulated run ${what}`);
}

/**
 * Runs `action` with a wire around it that notes real I/O, timers, threads and ambient time and
 * chance touched by it or by what it started.
 */
export async function withTripwire<T>(tripwire: Tripwire, action: () => Promise<T>): Promise<T> {
  guardAmbient();
  if (runningCount++ === 0) hook.enable();
  try {
    return await running.run(tripwire, action);
  } finally {
    if (--runningCount === 0) hook.disable();
  }
}

let isGuarded = false;

/** Puts a notice before the ways to ambient time and chance that leave no trace in async_hooks. */
function guardAmbient(): void {
  if (isGuarded) return;
  isGuarded = true;
  const guard = (owner: object, name: string): void => {
    const original: unknown = Reflect.get(owner, name);
    if (typeof original !== "function") return;
    Reflect.set(owner, name, (...given: unknown[]): unknown => {
      trip(`called ${name}`);
      return Reflect.apply(original, owner, given);
    });
  };
  guard(Math, "random");
  guard(Date, "now");
  guard(performance, "now");
  guard(globalThis, "setImmediate");
  guard(crypto, "getRandomValues");
  guard(crypto, "randomUUID");
}
