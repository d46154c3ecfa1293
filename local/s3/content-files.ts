// The bytes of objects: immutable contents named by id, never by key. Small ones stand in the index, the others are files.
// A file counts once the index refers to it; one that is written but not referred to (a killed upload) is swept at the next
// start, one no longer referred to soon after.
import { closeSync, openSync, readSync } from "node:fs";
import { open, readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { type ContentWriter, writeContent } from "./content-writer.ts";
import type { CommitQueue } from "./database.ts";
import type { ObjectContent, Segment } from "./request.ts";
import { slicesOf } from "./slices.ts";

// Of the ids of contents that stand in the index.
const smallPrefix = "i";
const filesPerFolder = 1000;
// Up to this size a content is read in one go.
const readAtOnce = 128 * 1024;
const readSize = 1024 * 1024;

export class ContentFiles {
  readonly #folder: string;
  readonly #database: DatabaseSync;
  readonly #queue: CommitQueue;
  readonly #start: number;
  #count = 0;
  readonly #statements;
  /** Small contents whose transaction has not come yet. */
  readonly #unstored = new Map<string, Buffer>();
  readonly #pins = new Map<string, number>();
  #collecting: Promise<void> | undefined;
  #closed = false;

  constructor(folder: string, database: DatabaseSync, queue: CommitQueue) {
    this.#folder = join(folder, "content");
    this.#database = database;
    this.#queue = queue;
    this.#statements = prepareStatements(database);
    this.#start = Number(database.prepare("INSERT INTO starts DEFAULT VALUES").run().lastInsertRowid);
  }

  /** Begins a content. Its id starts with the number of this start, so a sweep never meets an upload in flight. */
  create(): ContentWriter {
    this.#count += 1;
    const id = `${this.#start}-${this.#count}`;
    const smallId = smallPrefix + id;
    return writeContent({
      id,
      path: this.#pathOf(id),
      keepSmall: (bytes) => {
        this.#unstored.set(smallId, bytes);
        return smallId;
      },
      dropSmall: () => this.#unstored.delete(smallId),
    });
  }

  /** The bytes of a small content at once; undefined when it is large and must be streamed. */
  readSmall(content: ObjectContent): Buffer | undefined {
    if (content.length === 0) return Buffer.alloc(0);
    const slices = slicesOf(content);
    const only = slices[0];
    if (slices.length !== 1 || !only || content.length > readAtOnce) return undefined;
    if (only.contentId.startsWith(smallPrefix)) return this.#smallSlice(only);
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
    // Small contents are taken now: rows, unlike files, cannot be kept for a reader.
    const sources = slices.map((slice) =>
      slice.contentId.startsWith(smallPrefix)
        ? this.#smallSlice(slice)
        : { path: this.#pathOf(slice.contentId), offset: slice.offset, length: slice.length },
    );
    try {
      return await consume(readSources(sources));
    } finally {
      for (const { contentId } of slices) {
        const left = (this.#pins.get(contentId) ?? 1) - 1;
        if (left > 0) this.#pins.set(contentId, left);
        else this.#pins.delete(contentId);
      }
      this.collect();
    }
  }

  /**
   * Counts a use of each content: call within the transaction that stores the reference. A content that was stored before
   * must still be in use by someone in that transaction; one in nobody's use may be gone already.
   */
  use(segments: readonly Segment[]): void {
    for (const { contentId } of segments) {
      if (this.#statements.raise.run(contentId).changes === 1) continue;
      const bytes = this.#unstored.get(contentId);
      if (contentId.startsWith(smallPrefix) && !bytes) throw new Error(`Content ${contentId} is gone.`);
      this.#statements.add.run(contentId, bytes ?? null);
      this.#unstored.delete(contentId);
    }
  }

  /** Gives the uses back, within the transaction that drops the reference. */
  release(segments: readonly Segment[]): void {
    for (const { contentId } of segments) {
      if (this.#statements.lower.get(contentId)?.["uses"] !== 0) continue;
      this.#statements.remove.run(contentId);
      if (!contentId.startsWith(smallPrefix)) this.#statements.bury.run(contentId);
    }
  }

  /** Removes, in the background, the files nothing refers to or reads any more; what fails is left to the next call. */
  collect(): void {
    this.#collecting ??= this.#collectOnce()
      .catch((error: unknown) => void process.stderr.write(`s3: dead contents are not yet removed: ${String(error)}\n`))
      .finally(() => {
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

  #smallSlice({ contentId, offset, length }: Segment): Buffer {
    const bytes = this.#statements.bytes.get(contentId)?.["bytes"];
    if (!(bytes instanceof Uint8Array)) throw new Error(`Content ${contentId} is not in the index.`);
    return Buffer.from(bytes.buffer, bytes.byteOffset + offset, length);
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

interface FileSlice {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

async function* readSources(sources: readonly (Buffer | FileSlice)[]): AsyncGenerator<Buffer> {
  for (const source of sources) {
    if (Buffer.isBuffer(source)) yield source;
    else yield* readFileSlice(source);
  }
}

async function* readFileSlice({ path, offset, length }: FileSlice): AsyncGenerator<Buffer> {
  const file = await open(path, "r");
  try {
    for (let done = 0; done < length; ) {
      const wanted = Math.min(readSize, length - done);
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(wanted), 0, wanted, offset + done);
      if (bytesRead === 0) throw new Error(`Content ${path} is shorter than the index says.`);
      yield buffer.subarray(0, bytesRead);
      done += bytesRead;
    }
  } finally {
    await file.close();
  }
}

function prepareStatements(database: DatabaseSync) {
  return {
    raise: database.prepare("UPDATE contents SET uses = uses + 1 WHERE content_id = ?"),
    add: database.prepare("INSERT INTO contents (content_id, uses, bytes) VALUES (?, 1, ?)"),
    lower: database.prepare("UPDATE contents SET uses = uses - 1 WHERE content_id = ? RETURNING uses"),
    remove: database.prepare("DELETE FROM contents WHERE content_id = ?"),
    bury: database.prepare("INSERT OR IGNORE INTO garbage (content_id) VALUES (?)"),
    bytes: database.prepare("SELECT bytes FROM contents WHERE content_id = ?"),
  };
}
