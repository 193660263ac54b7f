/**
 * Long flags may be written with one dash as well: `-data-dir` is `--data-dir`.
 *
 * @param longFlags the names of the flags, without dashes
 */
export function withTwoDashes(args: readonly string[], longFlags: ReadonlySet<string>): string[] {
  const end = args.indexOf("--");
  return args.map((arg, i) => {
    const isPastFlags = end >= 0 && i >= end;
    const [, name] = /^-([a-z0-9][a-z0-9-]+)(?:=.*)?$/s.exec(arg) ?? [];
    return !isPastFlags && name !== undefined && longFlags.has(name) ? `-${arg}` : arg;
  });
}
