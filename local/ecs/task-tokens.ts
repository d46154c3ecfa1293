// The unguessable part of a task's metadata address. It is derived, not stored: the database holds nothing secret.
import { createHmac, randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { TaskRecord } from "./records.ts";
import type { Store } from "./store.ts";

export interface TaskTokens {
  /** The token of a task: 32 hexadecimal digits, the same after a restart. */
  tokenOf(taskId: string): string;
  /** The live task a token belongs to. */
  taskOf(token: string): TaskRecord | undefined;
}

/** Opens the key (made at first start, mode 0600) that tokens are derived from. */
export function openTaskTokens(folder: string, store: Store): TaskTokens {
  const key = readOrMakeKey(join(folder, "metadata.key"));
  const tokenOf = (taskId: string) => createHmac("sha256", key).update(taskId).digest("hex").slice(0, 32);
  return {
    tokenOf,
    taskOf: (token) => store.tasks.values().find((task) => task.lastStatus !== "STOPPED" && tokenOf(task.id) === token),
  };
}

function readOrMakeKey(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const key = randomBytes(32);
  const descriptor = openSync(`${file}.new`, "w", 0o600);
  writeSync(descriptor, key);
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(`${file}.new`, file);
  return key;
}
