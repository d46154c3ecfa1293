// Files that are either the old text or the new text, whenever the power or the process goes: written aside, synced, renamed.
import { closeSync, fchmodSync, fchownSync, fsyncSync, openSync, renameSync, unlinkSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Owner and rights of the file, and whether it must outlive a power cut (default) or only a killed process. */
export interface AtomicFileOptions {
  readonly mode?: number;
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  readonly sync?: boolean;
}

let counter = 0;

/**
 * Replaces `path` by `text` in one step; readers see the old or the new text, never a part.
 * @throws the system's own error (`ENOSPC`, `EACCES`); nothing half-made stays behind
 */
export function writeFileAtomically(path: string, text: string, options: AtomicFileOptions = {}): void {
  counter += 1;
  const aside = `${path}.${process.pid}-${counter}.tmp`;
  const sync = options.sync ?? true;
  const file = openSync(aside, "w", options.mode ?? 0o600);
  try {
    if (options.owner) fchownSync(file, options.owner.uid, options.owner.gid);
    if (options.mode !== undefined) fchmodSync(file, options.mode);
    writeSync(file, text);
    if (sync) fsyncSync(file);
  } catch (error) {
    closeSync(file);
    unlinkSync(aside);
    throw error;
  }
  closeSync(file);
  renameSync(aside, path);
  if (sync) syncFolder(dirname(path));
}

/** Makes a rename in `folder` outlive a power cut. */
export function syncFolder(folder: string): void {
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
