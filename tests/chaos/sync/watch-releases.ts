// Looks at the disks of an environment's tasks while things go wrong: a release that is there is whole, and stays as it is.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";

/** What a release is to hold: path to size and hash. */
export type Wanted = ReadonlyMap<string, { readonly size: number; readonly sha256: string }>;

export interface ReleaseWatch {
  /** Looks once at every release folder of every task; one not seen before is listed right away. */
  look(): void;
  /** Compares all that was seen, and is still there, with what it is to hold. @returns what is wrong, in sentences */
  compare(wanted: (releaseId: string) => Promise<Wanted | undefined>): Promise<readonly string[]>;
  /** Releases seen so far. */
  readonly seen: number;
}

/** @param roots the tasks' release stores that are there now: folders with `releases/<id>` */
export function watchReleases(roots: () => readonly string[]): ReleaseWatch {
  /** By folder: its files and sizes at the first sight of it. */
  const atFirst = new Map<string, string>();
  return {
    get seen() {
      return atFirst.size;
    },
    look() {
      for (const root of roots())
        for (const id of namesIn(join(root, "releases"))) {
          const folder = join(root, "releases", id);
          if (/^r\d+-/.test(id) && !atFirst.has(folder)) atFirst.set(folder, listed(folder));
        }
    },
    async compare(wanted) {
      const wrong: string[] = [];
      for (const [folder, first] of atFirst) {
        const id = folder.split("/").at(-1)!;
        const files = await wanted(id);
        if (!files) continue; // of a candidate that was dropped before anybody could read its list
        const whole = [...files].map(([path, { size }]) => `${path} ${size}`);
        if (first !== whole.sort().join("\n")) wrong.push(`${folder} was seen before it was whole`);
        for (const [path, { sha256 }] of files) {
          const hash = hashOf(join(folder, path));
          // pruned meanwhile, all of it at once
          if (hash === undefined && namesIn(folder).length === 0) break;
          if (hash !== sha256) wrong.push(`${folder}/${path} is not what the release says`);
        }
      }
      return wrong;
    },
  };
}

/** Python's own folder of compiled modules: it comes when a file is first imported, be it before the first look. */
const compiled = "__pycache__";

function listed(folder: string): string {
  const files: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || basename(entry.parentPath) === compiled) continue;
    const path = join(entry.parentPath, entry.name);
    files.push(`${path.slice(folder.length + 1)} ${statSync(path).size}`);
  }
  return files.sort().join("\n");
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function hashOf(file: string): string | undefined {
  try {
    return createHash("sha256").update(readFileSync(file)).digest("hex");
  } catch {
    return undefined;
  }
}
