// Where the time of one create goes: the operation's journal says when each step started and ended, the agents' reports
// when each component was first seen to run. Both are read through the region, as any client with its keys could.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import type { BenchHome } from "./bench-home.ts";
import { pause } from "./waiting.ts";

/** One line of the story. Seconds count from the API call. */
export interface Moment {
  readonly seconds: number;
  readonly what: string;
}

interface Report {
  readonly at: number;
  readonly startedAt: number;
  readonly role: string;
  readonly components: Readonly<Record<string, { readonly state: string; readonly since: number }>>;
  readonly canary?: { readonly state: string; readonly seconds?: number | null } | null;
}

const controlBucket = "hangar-control";
const table = "hangar";
const lookMilliseconds = 500;

export interface ReportWatch {
  /** @returns what was seen since the watch began */
  end(): Promise<readonly Moment[]>;
}

/**
 * Reads the reports of one environment twice a second until `end`. A report is overwritten, so its moments have to be
 * caught; it is put on change, and its own `at` is taken, so that looking seldom costs no precision.
 * @param calledAt the API call, milliseconds since the epoch
 */
export function watchReports(home: BenchHome, environmentId: string, calledAt: number): ReportWatch {
  const client = new S3Client({ ...home.sdk(), forcePathStyle: true });
  const seen = new Map<string, number>();
  let ended = false;
  const note = (what: string, at: number) => seen.has(what) || seen.set(what, at - calledAt / 1000);
  const looking = (async () => {
    while (!ended) {
      for (const report of await readReports(client, environmentId).catch(() => [])) {
        note(`${report.role}: agent started`, report.startedAt);
        for (const [name, { state }] of Object.entries(report.components))
          if (state === "running") note(`${report.role}: ${name} seen to run`, report.at);
        if (report.canary?.state === "success")
          note(
            `scheduler: canary succeeded (${report.canary.seconds?.toFixed(1)} s from its run's creation)`,
            report.at,
          );
      }
      await pause(lookMilliseconds);
    }
  })();
  return {
    async end() {
      ended = true;
      await looking;
      client.destroy();
      return [...seen].map(([what, seconds]) => ({ what, seconds }));
    },
  };
}

async function readReports(client: S3Client, environmentId: string): Promise<readonly Report[]> {
  const prefix = `environments/${environmentId}/reports/`;
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: controlBucket, Prefix: prefix }));
  return Promise.all(
    Contents.map(async ({ Key }) => {
      const answer = await client.send(new GetObjectCommand({ Bucket: controlBucket, Key: Key! }));
      return JSON.parse(await answer.Body!.transformToString()) as Report;
    }),
  );
}

/** The steps of an operation that has ended, each with its start and length. */
export async function journalMoments(
  home: BenchHome,
  operationId: string,
  calledAt: number,
): Promise<readonly Moment[]> {
  const client = new DynamoDBClient(home.sdk());
  try {
    const Key = { pk: `operation#${operationId}`, sk: "operation" };
    const answer = await DynamoDBDocumentClient.from(client).send(new GetCommand({ TableName: table, Key }));
    const journal = (
      answer.Item?.["item"] as { journal?: Record<string, { startedAt: number; endedAt?: number }> } | undefined
    )?.journal;
    if (!journal) throw new Error(`The operation ${operationId} has no journal.`);
    return Object.entries(journal).map(([key, { startedAt, endedAt }]) => ({
      seconds: (startedAt - calledAt) / 1000,
      what: `step ${key.replace(/^run:/, "")}${endedAt === undefined ? "" : `, ${((endedAt - startedAt) / 1000).toFixed(2)} s`}`,
    }));
  } finally {
    client.destroy();
  }
}

/** In order, one line a moment. */
export function storyText(moments: readonly Moment[]): string {
  const sorted = [...moments].sort((a, b) => a.seconds - b.seconds);
  return sorted.map(({ seconds, what }) => `    ${seconds.toFixed(2).padStart(6)} s  ${what}`).join("\n");
}
