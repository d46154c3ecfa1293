// The files of a page, listed once at start: what is not in the list cannot be asked for, however its path is written.
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { exitCodes, Failure } from "../failure.ts";
import type { Answer } from "./refusal.ts";

/** The small page that comes with the proxy. */
export const builtInPage = fileURLToPath(new URL("./page", import.meta.url));

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
  ".map": "application/json",
};

const maximumFiles = 5000;

/**
 * Lists regular files of known kinds; links and dot files are left out.
 * @returns answers a path (`/` is index.html; a path that looks like no file is too, for pages with addresses of their
 *   own), or undefined when there is no such file
 * @throws Failure when the folder holds no index.html, or too much
 */
export function readStaticFiles(folder: string): (rawPath: string) => Promise<Answer | undefined> {
  if (!existsSync(join(folder, "index.html"))) {
    throw new Failure(`${folder} holds no index.html`, {
      fix: "give --console a built page",
      exitCode: exitCodes.usage,
    });
  }
  const files = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(folder.replace(/\/+$/, "").length).split(sep).join("/");
    if (!entry.isFile() || path.includes("/.") || !(extname(file) in contentTypes)) continue;
    files.set(path, file);
    if (files.size > maximumFiles) throw new Failure(`${folder} holds more than ${maximumFiles} files`);
  }
  return async (rawPath) => {
    const file = files.get(rawPath) ?? (extname(rawPath) === "" ? files.get("/index.html") : undefined);
    if (file === undefined) return undefined;
    const headers = { "content-type": contentTypes[extname(file)] ?? "", "cache-control": "no-cache" };
    return { status: 200, headers, body: await readFile(file) };
  };
}
