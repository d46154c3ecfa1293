// The image catalogue: which Airflow versions there are, on which Pythons they run, and what is installed for them.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface CatalogueEntry {
  readonly version: string;
  /** Whether environments of this version can be created; if not, `reason` says why. */
  readonly creatable: boolean;
  readonly reason?: string;
  /** Minor versions, the preferred one first. */
  readonly pythons: readonly string[];
  readonly extras: readonly string[];
  readonly requirements: readonly string[];
  /** Absolute path of the constraints file. */
  readonly constraints: string;
  /** Changes when anything changes that an image of this version is made from, Python aside. */
  readonly hash: string;
}

export interface Catalogue {
  /** The uv release images are built with. */
  readonly uv: string;
  readonly versions: ReadonlyMap<string, CatalogueEntry>;
}

/**
 * Reads `dataplane/images/catalogue.json`.
 * @throws when the file is not what this version of the program wrote: it is part of the program, not of its input
 */
export function readCatalogue(repoRoot: string): Catalogue {
  const folder = join(repoRoot, "dataplane", "images");
  const file = JSON.parse(readFileSync(join(folder, "catalogue.json"), "utf8")) as CatalogueFile;
  if (file.schema !== 1)
    throw new Error(`dataplane/images/catalogue.json has schema ${file.schema}; this program reads 1`);
  const versions = Object.entries(file.versions).map(([version, entry]): [string, CatalogueEntry] => {
    const constraints = join(folder, "constraints", `airflow-${version}.txt`);
    const hash = createHash("sha256")
      .update(JSON.stringify([version, entry]))
      .update(readFileSync(constraints))
      .digest("hex");
    return [version, { pythons: [], extras: [], requirements: [], ...entry, version, constraints, hash }];
  });
  return { uv: file.uv, versions: new Map(versions) };
}

interface CatalogueFile {
  readonly schema: number;
  readonly uv: string;
  readonly versions: Readonly<Record<string, FileEntry>>;
}

type FileEntry = Pick<CatalogueEntry, "creatable"> &
  Partial<Pick<CatalogueEntry, "reason" | "pythons" | "extras" | "requirements">>;
