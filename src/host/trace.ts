import { type Logger, destination, pino, stdTimeFunctions } from "pino";
import type { Trace, TraceFields, TraceLevel } from "#ports/index.ts";
import { GatheredLines } from "./gathered-lines.ts";
import { withLinesHeldBack } from "./held-back-lines.ts";

/** How log lines look: one JSON object a line for machines, or plain text for people. */
export type LogFormat = "json" | "text";

/** The levels, from the one that says most. `silent` says nothing. */
export const logLevels: readonly LogLevel[] = ["debug", "info", "warn", "error", "silent"];
export type LogLevel = TraceLevel | "silent";

const standardErrorFd = 2;

/**
 * The Trace port as log lines on standard error.
 *
 * @param options.level events below it are dropped
 */
export function logTrace(options: { level: LogLevel; format: LogFormat }): Trace {
  const sink = destination({ fd: standardErrorFd, sync: true });
  // Who read the log is gone: the node serves on.
  sink.on("error", () => undefined);
  const lines = new GatheredLines((text) => void sink.write(text));
  process.once("exit", () => lines.flush());
  const trace =
    options.format === "json"
      ? jsonTrace(pino(pinoOptions(options.level), lines))
      : textTrace(options.level, (line) => lines.write(line));
  return withLinesHeldBack(withTroubleAtOnce(trace, lines));
}

/** What the process may not outlive is written at once, with all before it. */
function withTroubleAtOnce(trace: Trace, lines: GatheredLines): Trace {
  return {
    write(level, event, fields) {
      trace.write(level, event, fields);
      if (level === "warn" || level === "error") lines.flush();
    },
  };
}

function pinoOptions(level: LogLevel): object {
  return {
    level,
    base: null,
    messageKey: "event",
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
}

function jsonTrace(logger: Logger): Trace {
  return { write: (level, event, fields) => logger[level](fields ?? {}, event) };
}

function textTrace(least: LogLevel, print: (line: string) => void): Trace {
  const leastRank = logLevels.indexOf(least);
  return {
    write(level, event, fields) {
      if (logLevels.indexOf(level) < leastRank) return;
      const time = new Date().toISOString();
      print(`${time} ${level.toUpperCase().padEnd(5)} ${event}${textOf(fields)}\n`);
    },
  };
}

/** The fields as ` name=value`; what could be misread, or moves the cursor, is quoted. */
function textOf(fields: TraceFields | undefined): string {
  let text = "";
  for (const [name, value] of Object.entries(fields ?? {})) {
    if (value === undefined) continue;
    const plain = String(value);
    text += ` ${name}=${/^[\w.:/@+-]+$/.test(plain) ? plain : JSON.stringify(plain)}`;
  }
  return text;
}
