// Everything the S3 engine keeps, in one folder: the index, the content files, and the outbox of events.
import { mkdirSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { Buckets } from "./buckets.ts";
import { ContentFiles } from "./content-files.ts";
import { CommitQueue, openIndex } from "./database.ts";
import { Outbox } from "./outbox.ts";
import { Uploads } from "./uploads.ts";
import { Versions } from "./versions.ts";

export interface StoreOptions {
  readonly folder: string;
  readonly region: string;
  /** The owner of every bucket. */
  readonly accountId: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Called after each transaction that left events in the outbox. */
  readonly onEvents: () => void;
}

export interface Store {
  readonly region: string;
  readonly accountId: string;
  readonly now: () => number;
  readonly database: DatabaseSync;
  readonly buckets: Buckets;
  readonly versions: Versions;
  readonly uploads: Uploads;
  readonly contents: ContentFiles;
  readonly outbox: Outbox;
  /** Runs a change as a transaction that is on disk when the promise resolves; what it throws undoes it whole. */
  commit<T>(work: () => T): Promise<T>;
  close(): Promise<void>;
}

/** Opens the store, making the folder if it is new. Leftovers of a killed process are removed in the background. */
export function openStore(options: StoreOptions): Store {
  const { folder, region, accountId, now, onEvents } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const database = openIndex(folder);
  const queue = new CommitQueue(database, () => {
    if (outbox.tookEvents()) onEvents();
  });
  const outbox = new Outbox(database, { region, now });
  const contents = new ContentFiles(folder, database, queue);
  const swept = contents.sweep().then(
    () => contents.collect(),
    (error: unknown) => void process.stderr.write(`s3: leftovers were not swept: ${String(error)}\n`),
  );
  return {
    region,
    accountId,
    now,
    database,
    contents,
    outbox,
    buckets: new Buckets(database),
    versions: new Versions(database, contents, now),
    uploads: new Uploads(database, contents),
    commit: (work) => queue.commit(work),
    async close() {
      await Promise.all([contents.close(), swept]);
      await queue.drain();
      database.close();
    },
  };
}
