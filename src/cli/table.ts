/** A column: its heading, and what it shows of a row. */
export type Column<Row> = readonly [heading: string, textOf: (row: Row) => string];

/** Rows as lines of a table for people; what a row does not have is a dash. */
export function tableOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string[] {
  const cells = [
    columns.map(([heading]) => heading),
    ...rows.map((row) => columns.map(([, textOf]) => textOf(row) || "-")),
  ];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)));
  return cells.map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** `1.4 GiB`; a question mark where it is not known. */
export function sizeText(bytes: number | undefined): string {
  if (bytes === undefined) return "?";
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  const size = bytes / 1024 ** power;
  return `${size >= 100 || power === 0 ? size.toFixed(0) : size.toFixed(1)} ${units[power]}`;
}
