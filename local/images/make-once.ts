// Makes a folder once, completely or not at all, although the maker may be killed at any line.
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { withLock } from "./process-lock.ts";

/** Longer than any build; another process that builds the same is waited for this long. */
const LOCK_TIMEOUT_SECONDS = 1800;

export interface Recipe {
  /** e.g. `airflow-3.3.1-py3.11-1a2b3c4d5e6f`: the same name means the same content. */
  readonly name: string;
  /** Fills the folder, which exists and is empty. It is never moved: virtual environments hold their own path. */
  readonly make: (root: string) => Promise<void>;
}

/**
 * The folder of a recipe that was made completely, or undefined. Each attempt has a folder of its own below the
 * recipe's, and `complete.json`, written last, names the one that counts: what a killed builder's child still writes
 * goes where nobody looks.
 */
export function madeRoot(folder: string, name: string): string | undefined {
  try {
    const { attempt } = JSON.parse(readFileSync(join(folder, name, "complete.json"), "utf8")) as { attempt: string };
    const root = join(folder, name, attempt);
    return statSync(root).isDirectory() ? root : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Gives the complete folder of a recipe, making it if need be. Safe to call from several processes at once: one makes,
 * the others wait. After a failure nothing half-made is left and the next call begins anew.
 * @param onProgress told in words what is waited for
 */
export async function makeOnce(folder: string, recipe: Recipe, onProgress: (line: string) => void): Promise<string> {
  const made = madeRoot(folder, recipe.name);
  if (made) return made;
  mkdirSync(join(folder, "locks"), { recursive: true });
  const wait = () => onProgress(`waiting for another process that builds ${recipe.name}`);
  return withLock(join(folder, "locks", `${recipe.name}.lock`), LOCK_TIMEOUT_SECONDS, wait, async () => {
    const meanwhile = madeRoot(folder, recipe.name);
    if (meanwhile) return meanwhile;
    const home = join(folder, recipe.name);
    await removeAttempts(home);
    const attempt = randomBytes(4).toString("hex");
    const root = join(home, attempt);
    await mkdir(root, { recursive: true });
    try {
      await recipe.make(root);
      await writeDurably(join(home, "complete.json"), JSON.stringify({ attempt }));
    } catch (error) {
      await rm(root, { recursive: true, force: true, maxRetries: 3 });
      throw error;
    }
    return root;
  });
}

/** Removes what killed builds left under `folder`, unless another process is building there right now. */
export async function removeHalfMade(folder: string): Promise<void> {
  mkdirSync(join(folder, "locks"), { recursive: true });
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === "locks" || madeRoot(folder, entry.name)) continue;
    const busy = new Error("busy");
    const giveUp = () => {
      throw busy;
    };
    await withLock(join(folder, "locks", `${entry.name}.lock`), 1, giveUp, async () => {
      if (!madeRoot(folder, entry.name))
        await rm(join(folder, entry.name), { recursive: true, force: true, maxRetries: 3 });
    }).catch((error: unknown) => {
      if (error !== busy) throw error;
    });
  }
}

/** What a killed build's orphan still writes may resist; it is in nobody's way, and the next start tries again. */
async function removeAttempts(home: string): Promise<void> {
  await rm(home, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(`${file}.new`, "w");
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
}
