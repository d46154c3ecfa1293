// Writes one content: gathers it while it is small, streams it to a file of its own once it is not.
import { mkdirSync } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Segment } from "./request.ts";

/** A content being written. Exactly one of `finish` and `discard` is called; `discard` may follow a `finish`. */
export interface ContentWriter {
  write(chunk: Buffer): void | Promise<void>;
  /**
   * Ends the content and answers the segments that hold it (none for an empty one). A file is on disk by then; a small
   * content gets there with the transaction that refers to it.
   */
  finish(): Promise<readonly Segment[]>;
  /** Removes what was written. */
  discard(): Promise<void>;
}

/** Where a content goes. */
export interface ContentPlace {
  readonly id: string;
  /** Of the file, should one be needed. */
  readonly path: string;
  /** Takes a small content and answers the id it will be known by. */
  keepSmall(bytes: Buffer): string;
  dropSmall(): void;
}

// One flush of the index instead of two; above this a file is cheaper than pages of the index.
const largestSmall = 16 * 1024;
const gathered = 1024 * 1024;

/** Begins a content at a place that is new. */
export function writeContent(place: ContentPlace): ContentWriter {
  let waiting: Buffer[] = [];
  let waitingSize = 0;
  let size = 0;
  let file: FileHandle | undefined;
  const take = (): Buffer => {
    const bytes = waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting, waitingSize);
    waiting = [];
    waitingSize = 0;
    return bytes;
  };
  const flush = async (): Promise<void> => {
    if (!file) {
      mkdirSync(dirname(place.path), { recursive: true, mode: 0o700 });
      file = await open(place.path, "wx", 0o600);
    }
    await file.writeFile(take());
  };
  return {
    write(chunk) {
      waiting.push(chunk);
      waitingSize += chunk.length;
      size += chunk.length;
      return waitingSize > gathered ? flush() : undefined;
    },
    async finish() {
      if (size === 0) return [];
      if (size <= largestSmall) return [{ contentId: place.keepSmall(take()), offset: 0, length: size }];
      await flush();
      await file?.datasync();
      await file?.close();
      return [{ contentId: place.id, offset: 0, length: size }];
    },
    async discard() {
      place.dropSmall();
      await file?.close().catch(() => undefined);
      if (file) await rm(place.path, { force: true });
    },
  };
}
