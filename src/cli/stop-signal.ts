import { constants } from "node:os";

const signals = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/**
 * One signal may arrive twice at once: from the terminal, and handed on by npm or the launcher.
 * Only one that comes later means that somebody is out of patience.
 */
const echoMsMax = 200;

/** Waits for the signal to stop. */
export interface StopSignal {
  /** Resolves with the signal's name when the process is told to stop. */
  asked: Promise<string>;
  /** From now on signals do what they do by default. */
  forget(): void;
}

/** Listens for signals. The second one ends the process at once. */
export function stopSignal(): StopSignal {
  const { promise, resolve } = Promise.withResolvers<string>();
  let firstAtMs: number | undefined;
  const receive = (signal: NodeJS.Signals): void => {
    const nowMs = performance.now();
    firstAtMs ??= nowMs;
    if (nowMs - firstAtMs > echoMsMax) process.exit(128 + constants.signals[signal]);
    resolve(signal);
  };
  for (const signal of signals) process.on(signal, receive);
  // The launcher is gone, killed perhaps, and whoever started it believes that this one is too.
  const orphaned = (): void => void process.kill(process.pid, "SIGKILL");
  process.once("disconnect", orphaned);
  process.channel?.unref();
  return {
    asked: promise,
    forget: () => {
      for (const signal of signals) process.off(signal, receive);
      process.off("disconnect", orphaned);
    },
  };
}
