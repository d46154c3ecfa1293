// Results go to stdout, progress and hints to stderr; colour only where a person looks.
import { styleText } from "node:util";

export const result = (text: string): void => void process.stdout.write(`${text}\n`);
export const note = (text: string): void => void process.stderr.write(`${text}\n`);

type Style = Parameters<typeof styleText>[0];
export const paint = (style: Style, text: string): string => styleText(style, text, { stream: process.stderr });

/** `8.1 s`, `1 min 12 s` */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

export interface Step {
  /** What is being done just now; seen beside the spinner, and in the end of a step that failed. */
  detail(text: string): void;
  /** A line of its own, above the spinner. */
  line(text: string): void;
  /** @returns seconds */
  done(text?: string): number;
  failed(): void;
}

/**
 * A line that says what is going on, and is ended with how long it took. One per step; a spinner only on a terminal.
 * @param options.quiet only the end is shown: for a step beside another that has the spinner
 */
export function startStep(title: string, options: { readonly quiet?: boolean } = {}): Step {
  const began = performance.now();
  const terminal = process.stderr.isTTY === true && process.env["TERM"] !== "dumb";
  const live = terminal && !options.quiet;
  const width = 26;
  let shown = "";
  const draw = (mark: string, tail: string) => {
    const line = `  ${mark} ${title.padEnd(width)} ${tail}`;
    if (live) process.stderr.write(`\r\x1b[2K${line.slice(0, (process.stderr.columns ?? 100) + 20)}`);
  };
  draw(paint("cyan", "..."), "");
  const timer = live
    ? setInterval(() => draw(paint("cyan", "..."), `${duration(performance.now() - began).padStart(8)}  ${shown}`), 200)
    : undefined;
  timer?.unref();
  const end = (mark: string, text: string) => {
    clearInterval(timer);
    const line = `  ${mark} ${title.padEnd(width)} ${duration(performance.now() - began).padStart(8)}  ${text}`;
    process.stderr.write(terminal ? `\r\x1b[2K${line}\n` : `${line}\n`);
  };
  return {
    detail(text) {
      shown = text;
    },
    line(text) {
      process.stderr.write(live ? `\r\x1b[2K${text}\n` : `${text}\n`);
    },
    done(text = "") {
      end(paint("green", "ok "), text);
      return (performance.now() - began) / 1000;
    },
    failed: () => end(paint("red", "no "), shown),
  };
}

/** Columns under upper-case heads; tab-separated when piped. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heads.map((head) => head.toUpperCase()), ...rows];
  if (!process.stdout.isTTY) return all.map((row) => row.join("\t")).join("\n");
  const widths = heads.map((_head, column) => Math.max(...all.map((row) => row[column]!.length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
