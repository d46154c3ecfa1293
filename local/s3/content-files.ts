// The bytes of objects: immutable files named by id, never by key. A file counts once the index refers to it; one that is
// written but not referred to (a killed upload) is swept at the next start, one no longer referred to soon after.
import { closeSync, mkdirSync, openSync, readSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open, readdir, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { CommitQueue } from "./database.ts";
import type { ObjectContent, Segment } from "./request.ts";

/** A content being written. Exactly one of `finish` and `discard` is called. */
export interface ContentWriter {
  write(chunk: Buffer): void | Promise<void>;
  /** Puts the bytes on disk and answers the segments that hold them (none for an empty content). */
  finish(): Promise<readonly Segment[]>;
  /** Removes what was written. */
  discard(): Promise<void>;
}

const filesPerFolder = 1000;
// Up to this size a content is written, and read, in one go.
const smallContent = 128 * 1024;
const readSize = 1024 * 1024;

export class ContentFiles {
  readonly #folder: string;
  readonly #database: DatabaseSync;
  readonly #queue: CommitQueue;
  readonly #start: number;
  #count = 0;
  readonly #pins = new Map<string, number>();
  #collecting: Promise<void> | undefined;
  #closed = false;

  constructor(folder: string, database: DatabaseSync, queue: CommitQueue) {
    this.#folder = join(folder, "content");
    this.#database = database;
    this.#queue = queue;
    this.#start = Number(database.prepare("INSERT INTO starts DEFAULT VALUES").run().lastInsertRowid);
  }

  /** Begins a content. Its id starts with the number of this start, so a sweep never meets an upload in flight. */
  create(): ContentWriter {
    this.#count += 1;
    return newContent(`${this.#start}-${this.#count}`, (id) => this.#pathOf(id));
  }

  /** The bytes of a small content at once; undefined when it is large and must be streamed. */
  readSmall(content: ObjectContent): Buffer | undefined {
    if (content.length === 0) return Buffer.alloc(0);
    const slices = slicesOf(content);
    const only = slices[0];
    if (slices.length !== 1 || !only || content.length > smallContent) return undefined;
    const descriptor = openSync(this.#pathOf(only.contentId), "r");
    try {
      const bytes = Buffer.allocUnsafe(only.length);
      const read = readSync(descriptor, bytes, 0, only.length, only.offset);
      if (read !== only.length) throw new Error(`Content ${only.contentId} is shorter than the index says.`);
      return bytes;
    } finally {
      closeSync(descriptor);
    }
  }

  /**
   * Streams a content through `consume`. Its files are kept until that ends, whatever happens to the object meanwhile.
   * No input or output may lie between looking the version up and this call.
   */
  async stream<T>(content: ObjectContent, consume: (chunks: AsyncIterable<Buffer>) => Promise<T>): Promise<T> {
    const slices = slicesOf(content);
    for (const { contentId } of slices) this.#pins.set(contentId, (this.#pins.get(contentId) ?? 0) + 1);
    try {
      return await consume(readSlices(slices, (id) => this.#pathOf(id)));
    } finally {
      for (const { contentId } of slices) {
        const left = (this.#pins.get(contentId) ?? 1) - 1;
        if (left > 0) this.#pins.set(contentId, left);
        else this.#pins.delete(contentId);
      }
      this.collect();
    }
  }

  /** Counts a use of each content: call within the transaction that stores the reference. */
  use(segments: readonly Segment[]): void {
    const insert = this.#database.prepare(
      "INSERT INTO contents (content_id, uses) VALUES (?, 1) ON CONFLICT DO UPDATE SET uses = uses + 1",
    );
    const keep = this.#database.prepare("DELETE FROM garbage WHERE content_id = ?");
    for (const { contentId } of segments) {
      insert.run(contentId);
      keep.run(contentId);
    }
  }

  /** Gives the uses back, within the transaction that drops the reference. */
  release(segments: readonly Segment[]): void {
    const lower = this.#database.prepare("UPDATE contents SET uses = uses - 1 WHERE content_id = ? RETURNING uses");
    const remove = this.#database.prepare("DELETE FROM contents WHERE content_id = ?");
    const bury = this.#database.prepare("INSERT OR IGNORE INTO garbage (content_id) VALUES (?)");
    for (const { contentId } of segments) {
      if (lower.get(contentId)?.["uses"] !== 0) continue;
      remove.run(contentId);
      bury.run(contentId);
    }
  }

  /** Removes, in the background, the files nothing refers to or reads any more. */
  collect(): void {
    this.#collecting ??= this.#collectOnce().finally(() => {
      this.#collecting = undefined;
    });
  }

  /** Sweeps the leftovers of earlier starts (uploads that were killed). Resolves when done; new uploads go on meanwhile. */
  async sweep(): Promise<void> {
    const starts = this.#database.prepare("SELECT number FROM starts WHERE number < ?").all(this.#start);
    const known = this.#database.prepare(
      "SELECT 1 FROM contents WHERE content_id = ?1 UNION ALL SELECT 1 FROM garbage WHERE content_id = ?1",
    );
    for (const start of starts) {
      const number = Number(start["number"]);
      const folder = join(this.#folder, String(number));
      for (const shard of await readdir(folder).catch(() => [])) {
        for (const name of await readdir(join(folder, shard))) {
          if (this.#closed) return;
          if (!known.get(`${number}-${name}`)) await rm(join(folder, shard, name), { force: true });
        }
        // Fails while files are left in it, which is as it should be.
        await rmdir(join(folder, shard)).catch(() => undefined);
      }
      await rmdir(folder).catch(() => undefined);
      await this.#queue.commit(() => this.#database.prepare("DELETE FROM starts WHERE number = ?").run(number));
    }
  }

  /** Stops the background work and waits for it. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#collecting;
  }

  async #collectOnce(): Promise<void> {
    const select = this.#database.prepare("SELECT content_id FROM garbage LIMIT 1000");
    const forget = this.#database.prepare("DELETE FROM garbage WHERE content_id = ?");
    for (;;) {
      const rows = select.all().map((row) => String(row["content_id"]));
      const dead = rows.filter((id) => !this.#pins.has(id));
      // What is pinned stays in the list and is met again when its reader ends.
      if (dead.length === 0 || this.#closed) return;
      for (const id of dead) await rm(this.#pathOf(id), { force: true });
      if (this.#closed) return;
      await this.#queue.commit(() => {
        for (const id of dead) forget.run(id);
      });
    }
  }

  #pathOf(contentId: string): string {
    const [start, count] = contentId.split("-");
    return join(this.#folder, start!, String(Math.floor(Number(count) / filesPerFolder)), count!);
  }
}

function newContent(id: string, pathOf: (id: string) => string): ContentWriter {
  let waiting: Buffer[] = [];
  let waitingSize = 0;
  let size = 0;
  let file: FileHandle | undefined;
  const path = pathOf(id);
  const flush = async (): Promise<void> => {
    if (!file) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      file = await open(path, "wx", 0o600);
    }
    const bytes = waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting, waitingSize);
    waiting = [];
    waitingSize = 0;
    await file.writeFile(bytes);
  };
  return {
    write(chunk) {
      waiting.push(chunk);
      waitingSize += chunk.length;
      size += chunk.length;
      return waitingSize > readSize ? flush() : undefined;
    },
    async finish() {
      if (size === 0) return [];
      await flush();
      await file?.datasync();
      await file?.close();
      return [{ contentId: id, offset: 0, length: size }];
    },
    async discard() {
      await file?.close().catch(() => undefined);
      await rm(path, { force: true });
    },
  };
}

async function* readSlices(slices: readonly Segment[], pathOf: (id: string) => string): AsyncGenerator<Buffer> {
  for (const slice of slices) {
    const file = await open(pathOf(slice.contentId), "r");
    try {
      for (let done = 0; done < slice.length; ) {
        const wanted = Math.min(readSize, slice.length - done);
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, slice.offset + done);
        if (bytesRead === 0) throw new Error(`Content ${slice.contentId} is shorter than the index says.`);
        yield buffer.subarray(0, bytesRead);
        done += bytesRead;
      }
    } finally {
      await file.close();
    }
  }
}

/** The slices of files that hold the asked bytes. */
export function slicesOf(content: ObjectContent): Segment[] {
  const slices: Segment[] = [];
  let position = 0;
  const end = content.start + content.length;
  for (const segment of content.segments) {
    const from = Math.max(content.start, position);
    const to = Math.min(end, position + segment.length);
    if (from < to) {
      slices.push({ contentId: segment.contentId, offset: segment.offset + from - position, length: to - from });
    }
    position += segment.length;
  }
  return slices;
}
