import { InvalidArgumentError } from "commander";

const unitMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * `1h`, `90s`; a number alone would leave its unit open.
 *
 * @param bounds in the same words
 * @returns milliseconds
 * @throws InvalidArgumentError
 */
export function parseDuration(
  text: string,
  { least, most }: { least: string; most: string },
): number {
  const ms = msOf(text);
  if (!(ms >= msOf(least) && ms <= msOf(most))) {
    throw new InvalidArgumentError(`Give a time from ${least} to ${most}, such as 90m, 12h or 7d.`);
  }
  return ms;
}

function msOf(text: string): number {
  const [, number, unit = ""] = /^(\d{1,7})([smhd])$/.exec(text) ?? [];
  return Number(number) * (unitMs[unit] ?? Number.NaN);
}
