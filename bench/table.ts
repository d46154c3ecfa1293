// The one table at the end of a run: each figure with its spread, what it is held against, and the ratio.
import { type Against, ratioOf, type Row, type Unit, withinWanted } from "./measurement.ts";
import type { Spread } from "./statistics.ts";

const heads = ["benchmark", "figure", "n", "value (low to high)", "against", "ratio", "wanted"] as const;

/** Columns padded to their widest cell. */
export function resultTable(results: readonly { readonly name: string; readonly rows: readonly Row[] }[]): string {
  const lines = results.flatMap(({ name, rows }) => rows.map((row) => cellsOf(name, row)));
  const all = [heads, ...lines];
  const widths = heads.map((_head, column) => Math.max(...all.map((cells) => cells[column]!.length)));
  const drawn = all.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
  return [drawn[0], widths.map((width) => "-".repeat(width)).join("  "), ...drawn.slice(1)].join("\n");
}

function cellsOf(name: string, row: Row): readonly string[] {
  const ratio = ratioOf(row);
  return [
    name,
    row.what,
    String(row.measured.n),
    spreadText(row.measured, row.unit),
    row.against ? againstText(row.against, row.unit) : "",
    ratio === undefined ? "" : ratio.toFixed(2),
    wantedText(row),
  ];
}

function wantedText(row: Row): string {
  const within = withinWanted(row);
  if (within === undefined) return "";
  return `at most ${row.wantedRatio!.toFixed(2)}: ${within ? "yes" : "NO"}`;
}

function againstText(against: Against, unit: Unit): string {
  return `${against.what} ${against.spread ? spreadText(against.spread, unit) : `${figure(against.value)} ${unit}`}`;
}

function spreadText({ n, value, low, high }: Spread, unit: Unit): string {
  return n === 1 ? `${figure(value)} ${unit}` : `${figure(value)} ${unit} (${figure(low)} to ${figure(high)})`;
}

/** Three significant digits for small figures, none behind the point for large ones. */
const figure = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
