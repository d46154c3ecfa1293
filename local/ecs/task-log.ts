// The output of a task: one file the process itself appends to, so that no line is lost when the engine is away.
import { chmod, copyFile, open, stat, truncate } from "node:fs/promises";
import { join } from "node:path";

/** A log grows to this, then becomes `log.1` (the one before that is gone): 40 MB a task at most. */
export const LARGEST_LOG_BYTES = 20 * 1024 * 1024;

/**
 * Copies a log that grew too large to `log.1` and empties it. The process keeps its descriptor (it appends, so it goes
 * on at the start); lines written between the copy and the cut are lost.
 * @returns true when it was rotated
 */
export async function rotateLog(folder: string, largest: number = LARGEST_LOG_BYTES): Promise<boolean> {
  const file = join(folder, "log");
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size <= largest) return false;
  await copyFile(file, `${file}.1`);
  await chmod(`${file}.1`, 0o600);
  await truncate(file);
  return true;
}

/**
 * The end of a task's output as text, whole lines unless one line is longer than `bytes`.
 * @param bytes the most to give back
 */
export async function tailLog(folder: string, bytes: number): Promise<string> {
  const file = join(folder, "log");
  const previous = await readTail(`${file}.1`, 0);
  const current = await readTail(file, bytes);
  if (current.whole && current.text.length < bytes && previous.exists) {
    const older = await readTail(`${file}.1`, bytes - current.text.length);
    return dropHalfLine(older) + current.text;
  }
  return dropHalfLine(current);
}

interface Tail {
  readonly exists: boolean;
  readonly whole: boolean;
  readonly text: string;
}

async function readTail(path: string, bytes: number): Promise<Tail> {
  try {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      const length = Math.min(size, bytes);
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
      return { exists: true, whole: length === size, text: buffer.toString("utf8") };
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return { exists: false, whole: true, text: "" };
  }
}

function dropHalfLine(tail: Tail): string {
  const newline = tail.text.indexOf("\n");
  return tail.whole || newline === -1 ? tail.text : tail.text.slice(newline + 1);
}
