// Finds the Pythons of this machine by running them: a pyenv shim on PATH proves nothing until it has answered.
import { existsSync, realpathSync } from "node:fs";
import { delimiter, join } from "node:path";
import { buildEnvironment, runCommand } from "./run-command.ts";

export interface Python {
  /** e.g. `3.11.7` */
  readonly version: string;
  readonly path: string;
  readonly hasPip: boolean;
  /** Whether `python -m venv` can work (Debian ships it apart). */
  readonly hasVenv: boolean;
}

/**
 * Every usable Python 3.11 or newer, best first: the names with a version, then plain `python3`, in the order of PATH.
 * `HANGAR_PYTHON`, when set, is the only one looked at.
 * @throws an Error in words when `HANGAR_PYTHON` names something that does not run
 */
export async function findPythons(environment: NodeJS.ProcessEnv = process.env): Promise<Python[]> {
  const named = environment["HANGAR_PYTHON"];
  if (named) {
    const python = await probe(named);
    if (python) return [python];
    throw new Error(`HANGAR_PYTHON is ${named}, which does not run as a Python: correct it or unset it.`);
  }
  const found = await Promise.all(candidatesOf(environment).map(probe));
  const byPath = new Map<string, Python>();
  for (const python of found) {
    if (python && isNewEnough(python.version) && !byPath.has(python.path)) byPath.set(python.path, python);
  }
  return [...byPath.values()];
}

/** The programs that may be a Python, in the order they are preferred; none of them has been run. */
export function candidatesOf(environment: NodeJS.ProcessEnv): string[] {
  const named = environment["HANGAR_PYTHON"];
  if (named) return [named];
  const folders = foldersOf(environment["PATH"] ?? "");
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).filter((path) => existsSync(path));
}

/** Those that are there, each once: /bin is often a link to /usr/bin, and every program asked costs a start of it. */
function foldersOf(path: string): string[] {
  const folders = path.split(delimiter).filter((folder) => folder.startsWith("/") && existsSync(folder));
  const seen = new Set<string>();
  return folders.filter((folder) => seen.size < seen.add(realpathSync(folder)).size);
}

/** `3.11` of `3.11.7`: what constraints and catalogue are written for. */
export function minorOf(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}

const NAMES = ["python3.12", "python3.11", "python3.13", "python3"];

/** Inside a virtual environment the base interpreter is what an image is made from. */
const QUESTION = `
import importlib.util, json, sys
has = lambda name: importlib.util.find_spec(name) is not None
print(json.dumps({
  "version": ".".join(map(str, sys.version_info[:3])),
  "path": getattr(sys, "_base_executable", None) or sys.executable,
  "hasPip": has("pip"),
  "hasVenv": has("venv") and has("ensurepip"),
}))`;

async function probe(path: string): Promise<Python | undefined> {
  const answer = await runCommand(path, ["-I", "-c", QUESTION], {
    environment: buildEnvironment(),
    timeoutSeconds: 20,
  });
  if (answer.code !== 0) return undefined;
  try {
    const python = JSON.parse(answer.output) as Python;
    return { ...python, path: realpathSync(python.path) };
  } catch {
    return undefined; // something else answers to that name
  }
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major === 3 && minor >= 11;
}
