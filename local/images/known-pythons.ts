// Remembers which Pythons answered: asking takes a start of each, and a version manager's shim a tenth of a second.
import { readFileSync, statSync } from "node:fs";
import { writeFileAtomically } from "../loadbalancer/atomic-file.ts";
import { candidatesOf, findPythons, type Python } from "./pythons.ts";

export interface KnownPythons {
  readonly pythons: readonly Python[];
  /** False when they were asked just now: asking again would give the same answer. */
  readonly remembered: boolean;
}

interface Memory {
  /** What was looked at; another PATH, or a program more or less on it, and everything is asked again. */
  readonly candidates: readonly string[];
  readonly pythons: readonly Python[];
  /** One for each of them: changes when the interpreter is another one, as an upgrade in place makes it. */
  readonly marks: readonly string[];
}

/**
 * The Pythons of this machine, those of the last look when nothing has changed that can be seen without running them:
 * the programs on PATH, and the interpreters themselves. What a version manager would choose by now is not seen; the
 * caller asks with `anew` before it says that a Python is missing.
 * @param file where they are remembered; unreadable counts as nothing remembered
 * @throws as findPythons
 */
export async function knownPythons(
  file: string,
  options: { readonly anew?: boolean; readonly environment?: NodeJS.ProcessEnv } = {},
): Promise<KnownPythons> {
  const environment = options.environment ?? process.env;
  const candidates = candidatesOf(environment);
  const memory = options.anew ? undefined : read(file);
  if (memory && isSame(memory.candidates, candidates) && isSame(memory.marks, memory.pythons.map(markOf)))
    return { pythons: memory.pythons, remembered: true };
  const pythons = await findPythons(environment);
  remember(file, { candidates, pythons, marks: pythons.map(markOf) });
  return { pythons, remembered: false };
}

const isSame = (some: readonly string[], others: readonly string[]) => JSON.stringify(some) === JSON.stringify(others);

function markOf({ path }: Python): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.ino} ${stat.size} ${stat.mtimeMs}` : "gone";
}

function remember(file: string, memory: Memory): void {
  try {
    writeFileAtomically(file, JSON.stringify(memory), { sync: false });
  } catch {
    // A full disk speaks up where it matters; here it costs the next start a look.
  }
}

function read(file: string): Memory | undefined {
  try {
    const memory = JSON.parse(readFileSync(file, "utf8")) as Memory;
    return memory.candidates && memory.pythons && memory.marks ? memory : undefined;
  } catch {
    return undefined;
  }
}
