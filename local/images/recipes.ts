// How the two virtual environments of a task are made: Airflow's by version, and the agent's own, which nothing a user
// installs can reach.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildError } from "./build-errors.ts";
import type { CatalogueEntry } from "./catalogue.ts";
import type { Recipe } from "./make-once.ts";
import { minorOf, type Python } from "./pythons.ts";
import { runCommand } from "./run-command.ts";
import type { Uv } from "./uv.ts";

type Progress = (line: string) => void;

/** The name of a version's image: another one as soon as anything it is made from is another. */
export function airflowName(entry: CatalogueEntry, python: Python, dataplane: string): string {
  const key = keyOf(entry.hash, dataplaneVersion(dataplane), python);
  return `airflow-${entry.version}-py${minorOf(python.version)}-${key}`;
}

/**
 * Airflow with the catalogue's extras and requirements under AWS's constraints.
 * @param uv asked for only when there is something to build
 */
export function airflowRecipe(
  entry: CatalogueEntry,
  python: Python,
  dataplane: string,
  uv: () => Promise<Uv>,
  onProgress: Progress,
): Recipe {
  const airflow = `apache-airflow[${entry.extras.join(",")}]==${entry.version}`;
  const what = [airflow, ...entry.requirements, "--constraints", entry.constraints];
  return {
    name: airflowName(entry, python, dataplane),
    make: async (root) => install(await uv(), root, python, what, `Airflow ${entry.version}`, onProgress),
  };
}

/** What `dataplane/requirements-agent.txt` pins. */
export function agentRecipe(python: Python, dataplane: string, uv: () => Promise<Uv>, onProgress: Progress): Recipe {
  const requirements = join(dataplane, "requirements-agent.txt");
  const key = keyOf(readFileSync(requirements, "utf8"), "", python);
  return {
    name: `agent-py${minorOf(python.version)}-${key}`,
    make: async (root) => install(await uv(), root, python, ["--requirements", requirements], "the agent", onProgress),
  };
}

async function install(
  uv: Uv,
  root: string,
  python: Python,
  what: readonly string[],
  name: string,
  onProgress: Progress,
): Promise<void> {
  onProgress(`installing ${name} on Python ${python.version}`);
  const steps = [
    ["venv", "--quiet", "--python", python.path, "--allow-existing", root],
    ["pip", "install", "--python", join(root, "bin", "python"), ...what],
  ];
  for (const args of steps) {
    const result = await runCommand(uv.program, args, {
      environment: uv.environment,
      timeoutSeconds: 1500,
      onLine: (line) => line.startsWith(" + ") || onProgress(line), // not each of two hundred packages
    });
    if (result.code !== 0) throw buildError(name, result.output);
  }
}

/** An image is another one when its Python is: the virtual environment links to that very file. */
function keyOf(content: string, version: string, python: Python): string {
  const parts = JSON.stringify([content, version, python.version, python.path]);
  return createHash("sha256").update(parts).digest("hex").slice(0, 12);
}

function dataplaneVersion(dataplane: string): string {
  try {
    return /^version\s*=\s*"([^"]+)"/m.exec(readFileSync(join(dataplane, "pyproject.toml"), "utf8"))?.[1] ?? "";
  } catch {
    return "";
  }
}
