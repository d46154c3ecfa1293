// What a region orders of its workers, seen as an agent sees it: in control.json, and in the reports of who is to drain.
import { GetObjectCommand, S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";

export interface DrainWatch {
  /** Every worker that was ever told to drain, the first one first. */
  ordered(): readonly string[];
  /** Those that were asked back before they had let go. */
  resumed(): readonly string[];
  /** Those that are to drain now. */
  draining(): readonly string[];
  /** Whether all workers of a generation are told to finish now: an update does that. */
  everybody(): boolean;
  /** Those that have let go, as they said themselves. */
  released(): readonly string[];
  close(): void;
}

const lookMilliseconds = 100;

/** Looks ten times a second until it is closed. A look that fails is one later. */
export function watchDrains(client: S3ClientConfig, environmentId: string): DrainWatch {
  const s3 = new S3Client({ ...client, forcePathStyle: true, maxAttempts: 1 });
  const read = async <Output>(key: string): Promise<Output> => {
    const Key = `environments/${environmentId}/${key}`;
    const answer = await s3.send(new GetObjectCommand({ Bucket: "hangar-control", Key }));
    return JSON.parse(await answer.Body!.transformToString()) as Output;
  };
  const ordered = new Set<string>();
  const resumed = new Set<string>();
  const released = new Set<string>();
  let now: readonly string[] = [];
  let everybody = false;
  let isClosed = false;

  async function look(): Promise<void> {
    const { drains = [] } = await read<{ drains?: { tasks?: string[] }[] }>("control.json");
    const before = now;
    everybody = drains.some(({ tasks }) => tasks === undefined);
    now = drains.flatMap(({ tasks = [] }) => tasks);
    for (const id of now) ordered.add(id);
    for (const id of new Set([...before, ...now])) {
      const report = await read<{ drain?: { state?: string } | null }>(`reports/${id}.json`).catch(() => undefined);
      if (report?.drain?.state === "released") released.add(id);
    }
    for (const id of before) if (!now.includes(id) && !released.has(id)) resumed.add(id);
  }

  async function watch(): Promise<void> {
    while (!isClosed) {
      await look().catch(() => undefined); // the region is away, or the document not there yet
      await new Promise((resolve) => setTimeout(resolve, lookMilliseconds));
    }
    s3.destroy();
  }
  void watch();

  return {
    ordered: () => [...ordered],
    resumed: () => [...resumed],
    draining: () => now,
    everybody: () => everybody,
    released: () => [...released],
    close: () => {
      isClosed = true;
    },
  };
}
