// The project's own source files and what they import, found with patterns: no compiler, so the laws take milliseconds.
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";

export interface SourceFile {
  /** From the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** The text without comments, so that prose about a call is not taken for one. */
  readonly code: string;
  /** A test, or something only tests use. */
  readonly isTest: boolean;
}

/** Where an import leads: a file of the project, or a package's name (`node:` ones included). */
export type Import = { readonly file: string } | { readonly package: string };

const root = fileURLToPath(new URL("../../", import.meta.url));
const notOurs = new Set(["node_modules", ".git", ".sst", ".venv", "__pycache__", "dist", "coverage", ".ruff_cache"]);

/** Every file below the project's root whose name ends in one of these, folders of other people left out. */
export function sourceFiles(...endings: readonly string[]): readonly SourceFile[] {
  return walk("")
    .filter((path) => endings.some((ending) => path.endsWith(ending)))
    .map((path) => {
      const text = readFileSync(`${root}${path}`, "utf8");
      return { path, text, code: withoutComments(text), isTest: isTest(path) };
    });
}

const isTest = (path: string): boolean =>
  /\.(test|suite)\.ts$|-test-/.test(path) || /(^|\/)(testing|tests)(\/|\.ts$)/.test(path) || path.startsWith("bench/");

function walk(folder: string): string[] {
  return readdirSync(`${root}${folder}`, { withFileTypes: true }).flatMap((entry) => {
    if (notOurs.has(entry.name)) return [];
    const path = `${folder}${entry.name}`;
    return entry.isDirectory() ? walk(`${path}/`) : entry.isFile() ? [path] : [];
  });
}

/** Line comments are dropped only where they begin a line or follow a space: a URL's slashes are none. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "$1");
}

const forms = [
  /(?:^|[\n;])\s*(?:import|export)\s[^"'`;]*?\bfrom\s*["']([^"']+)["']/g,
  /(?:^|[\n;])\s*import\s*["']([^"']+)["']/g,
  /\bimport\s*\(\s*["'`]([^"'`$]+)["'`]\s*[,)]/g,
];

/** What a file imports: statically, for side effects, re-exported, dynamically, and in `typeof import(…)`. */
export function importsOf({ path, code }: Pick<SourceFile, "path" | "code">): readonly Import[] {
  return forms.flatMap((form) => [...code.matchAll(form)]).map(([, target]) => resolved(path, target!));
}

function resolved(from: string, target: string): Import {
  if (target.startsWith(".")) return { file: posix.join(posix.dirname(from), target) };
  const parts = target.split("/");
  if (target.startsWith("node:")) return { package: target };
  return { package: target.startsWith("@") ? parts.slice(0, 2).join("/") : parts[0]! };
}
