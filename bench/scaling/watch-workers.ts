// When each worker of an environment was first seen to run, by its agent's own report: a report is overwritten, so the
// moment has to be caught.
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import type { BenchHome } from "../bench-home.ts";
import { pause } from "../waiting.ts";

interface Report {
  readonly at: number;
  readonly role: string;
  readonly healthy: boolean;
}

export interface WorkerWatch {
  /** Epoch seconds; undefined while it has not been seen to run. */
  runsSince(taskId: string): number | undefined;
  close(): Promise<void>;
}

const lookMilliseconds = 200;
const Bucket = "hangar-control";

/** Looks five times a second until it is closed. */
export function watchWorkers(home: BenchHome, environmentId: string): WorkerWatch {
  const s3 = new S3Client({ ...home.sdk(), forcePathStyle: true });
  const Prefix = `environments/${environmentId}/reports/`;
  const since = new Map<string, number>();
  let isClosed = false;

  async function look(): Promise<void> {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
    for (const { Key } of Contents) {
      const taskId = Key!.slice(Prefix.length, -".json".length);
      if (since.has(taskId)) continue;
      const answer = await s3.send(new GetObjectCommand({ Bucket, Key: Key! }));
      const report = JSON.parse(await answer.Body!.transformToString()) as Report;
      if (report.role !== "worker") since.set(taskId, 0);
      else if (report.healthy) since.set(taskId, report.at);
    }
  }
  const looking = (async () => {
    while (!isClosed) {
      await look().catch(() => undefined); // a report that is gone meanwhile, or a region that is busy
      await pause(lookMilliseconds);
    }
  })();
  return {
    runsSince: (taskId) => since.get(taskId) || undefined,
    async close() {
      isClosed = true;
      await looking;
      s3.destroy();
    },
  };
}
