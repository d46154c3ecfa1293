// The control bucket on S3: content-addressed blobs, one conditional document, reports (design, section 6).
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { Readable } from "node:stream";
import type { ControlDocument } from "../domain/control-document.ts";
import { dagStatusKey, parseDagStatus } from "../domain/dag-status.ts";
import type { Manifest } from "../domain/release.ts";
import { checkKey, parseCheck } from "../domain/release-check.ts";
import { type HistoryEntry, historyKey } from "../domain/release-history.ts";
import { lastEventKey } from "../domain/source-telling.ts";
import { type SyncProblem, syncProblemKey } from "../domain/sync-problem.ts";
import { parseReport, type Report } from "../domain/reports.ts";
import type { BlobSource, ControlBucket } from "../ports/control-bucket.ts";
import { sizeBelow } from "./s3-size.ts";
import { putAgain } from "./put-again.ts";

const parallelReads = 8;
/** DAG code shares a task with the agent that reports: neither many nor large reports may hold a step up. */
const mostReports = 200;
const mostReportBytes = 256 * 1024;
const mostReportPages = 10;
const mostBytesSentInVain = 64 * 1024;
/** Users' code runs beside the builder that writes a layer's result. */
const mostDocumentBytes = 1024 ** 2;
/** So that one call ends within a step. */
const mostDeleteBatches = 10;

export interface ControlBucketSettings {
  /** The pool's control bucket. */
  readonly bucket: string;
  /** Object versions deleted with one request; default and most: S3's 1,000. */
  readonly deletesPerBatch?: number;
}

/** One control bucket. */
export function s3ControlBucket(client: S3Client, settings: ControlBucketSettings): ControlBucket {
  const Bucket = settings.bucket;

  const readText = async (Key: string, mostBytes = Number.POSITIVE_INFINITY) => {
    try {
      const answer = await client.send(new GetObjectCommand({ Bucket, Key }));
      if ((answer.ContentLength ?? 0) > mostBytes) {
        (answer.Body as { destroy?(): void } | undefined)?.destroy?.();
        return undefined;
      }
      return { text: await answer.Body!.transformToString("utf-8"), etag: answer.ETag! };
    } catch (error) {
      if (error instanceof Error && error.name === "NoSuchKey") return undefined;
      throw error;
    }
  };
  const readJson = async <Value>(Key: string): Promise<Value | undefined> => {
    const found = await readText(Key);
    return found && (JSON.parse(found.text) as Value);
  };
  const writeJson = (Key: string, value: unknown, conditions: { IfMatch?: string; IfNoneMatch?: string } = {}) =>
    client.send(
      new PutObjectCommand({
        Bucket,
        Key,
        Body: JSON.stringify(value),
        ContentType: "application/json",
        ...conditions,
      }),
    );

  async function sendBlob(Key: string, sha256: string, size: number, open: BlobSource["open"]): Promise<void> {
    const Body = Readable.from(exactly(await open(), size), { objectMode: false });
    // the SDK would wait for what does not come any more
    const broken = new AbortController();
    Body.once("error", (error) => broken.abort(error));
    const ChecksumSHA256 = Buffer.from(sha256, "hex").toString("base64");
    try {
      await client.send(
        new PutObjectCommand({ Bucket, Key, Body, ContentLength: size, ChecksumSHA256, IfNoneMatch: "*" }),
        { abortSignal: broken.signal },
      );
    } catch (error) {
      broken.signal.throwIfAborted();
      if (statusOf(error) !== 412) throw error; // it is there
    } finally {
      Body.destroy();
    }
  }

  return {
    async putBlob(prefix, sha256, bytes) {
      const Key = `${prefix}blobs/${sha256}`;
      // a small one is sooner sent than looked for
      if (bytes.byteLength > mostBytesSentInVain && (await isThere(client, Bucket, Key))) return;
      // S3 checks the bytes against the name they are stored under
      const ChecksumSHA256 = Buffer.from(sha256, "hex").toString("base64");
      await putAgain(async () => {
        try {
          await client.send(new PutObjectCommand({ Bucket, Key, Body: bytes, ChecksumSHA256, IfNoneMatch: "*" }));
        } catch (error) {
          if (statusOf(error) !== 412) throw error; // it is there
        }
      });
    },
    async copyBlob(prefix, sha256, { size, open }) {
      const Key = `${prefix}blobs/${sha256}`;
      if (await isThere(client, Bucket, Key)) return;
      await putAgain(() => sendBlob(Key, sha256, size, open));
    },
    keptBlobs: (prefix) => sizeBelow(client, Bucket, `${prefix}blobs/`),
    async getLayerText(prefix, key) {
      return readText(`${prefix}${key}`, mostDocumentBytes);
    },
    async putLayerText(prefix, key, text, etag) {
      const condition = etag === undefined ? {} : etag === null ? { IfNoneMatch: "*" } : { IfMatch: etag };
      try {
        const Key = `${prefix}${key}`;
        const ContentType = "application/json";
        await client.send(new PutObjectCommand({ Bucket, Key, Body: text, ContentType, ...condition }));
        return true;
      } catch (error) {
        if (etag !== undefined && [404, 409, 412].includes(statusOf(error))) return false;
        throw error;
      }
    },
    async listLayers(prefix) {
      const folder = `${prefix}layers/`;
      const found: { key: string; at: number }[] = [];
      let token: string | undefined;
      for (let page = 0; page < mostReportPages; page++) {
        const answer = await client.send(
          new ListObjectsV2Command({
            Bucket,
            Prefix: folder,
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
        );
        for (const { Key, LastModified } of answer.Contents ?? []) {
          const key = /^([^/]+)\/recipe\.json$/.exec(Key?.slice(folder.length) ?? "")?.[1];
          if (key) found.push({ key, at: LastModified?.getTime() ?? 0 });
        }
        token = answer.NextContinuationToken;
        if (token === undefined) break;
      }
      return found.sort((a, b) => b.at - a.at);
    },
    async getCheck(prefix, candidateId) {
      const found = await readText(`${prefix}${checkKey(candidateId)}`);
      return found && parseCheck(found.text);
    },
    async putHistory(prefix, entry) {
      await writeJson(`${prefix}${historyKey(entry.number)}`, entry);
    },
    getHistory: (prefix, number) => readJson<HistoryEntry>(`${prefix}${historyKey(number)}`),
    async listHistory(prefix, below, limit) {
      const answer = await client.send(
        new ListObjectsV2Command({
          Bucket,
          Prefix: `${prefix}history/`,
          MaxKeys: limit,
          ...(below === undefined ? {} : { StartAfter: `${prefix}${historyKey(below)}` }),
        }),
      );
      const texts = await Promise.all((answer.Contents ?? []).map(({ Key }) => readText(Key!)));
      return texts.flatMap((found) => (found ? [JSON.parse(found.text) as HistoryEntry] : []));
    },
    async getDagStatus(prefix) {
      const found = await readText(`${prefix}${dagStatusKey}`);
      return found && parseDagStatus(found.text);
    },
    async putSyncProblem(prefix, problem) {
      const Key = `${prefix}${syncProblemKey}`;
      if (problem) await writeJson(Key, problem);
      else await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }], Quiet: true } }));
    },
    getSyncProblem: (prefix) => readJson<SyncProblem>(`${prefix}${syncProblemKey}`),
    async putLastEvent(prefix, at) {
      await writeJson(`${prefix}${lastEventKey}`, { at });
    },
    getLastEvent: async (prefix) => (await readJson<{ readonly at: number }>(`${prefix}${lastEventKey}`))?.at,
    async putManifest(prefix, key, manifest) {
      await writeJson(`${prefix}${key}`, manifest);
    },
    getManifest: (prefix, key) => readJson<Manifest>(`${prefix}${key}`),
    async getControl(prefix) {
      const found = await readText(controlKey(prefix));
      return found && { document: JSON.parse(found.text) as ControlDocument, etag: found.etag };
    },
    async putControl(prefix, document, etag) {
      try {
        await writeJson(controlKey(prefix), document, etag === null ? { IfNoneMatch: "*" } : { IfMatch: etag });
        return true;
      } catch (error) {
        // 412 another document lies there, 409 another write is under way, 404 the one we read is gone
        if ([404, 409, 412].includes(statusOf(error))) return false;
        throw error;
      }
    },
    async reports(prefix) {
      const queue = await newestReports(client, Bucket, `${prefix}reports/`);
      const reports: Report[] = [];
      const reader = async () => {
        for (let key = queue.shift(); key !== undefined; key = queue.shift()) {
          const found = await readText(key);
          const report = found && parseReport(found.text);
          if (report) reports.push(report);
        }
      };
      await Promise.all(Array.from({ length: parallelReads }, reader));
      return reports.sort((a, b) => (a.taskId < b.taskId ? -1 : a.taskId > b.taskId ? 1 : 0));
    },
    async putConfiguration(prefix, key, options) {
      await writeJson(`${prefix}${key}`, options);
    },
    getConfiguration: (prefix, key) => readJson<Record<string, string>>(`${prefix}${key}`),
    empty: (prefix) => empty(client, Bucket, prefix, settings.deletesPerBatch ?? 1000),
  };
}

const controlKey = (prefix: string): string => `${prefix}control.json`;

/** The same bytes. @throws Error when there are fewer or more of them */
async function* exactly(source: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let count = 0;
  for await (const chunk of source) {
    count += chunk.byteLength;
    if (count > size) break;
    yield chunk;
  }
  if (count !== size) throw new Error(`${size} bytes were announced, ${count > size ? "more" : `only ${count}`} came.`);
}

async function isThere(client: S3Client, Bucket: string, Key: string): Promise<boolean> {
  try {
    await client.send(new HeadObjectCommand({ Bucket, Key }));
    return true;
  } catch (error) {
    // 403: a role that may not list is not told that a key is missing
    if ([403, 404].includes(statusOf(error))) return false;
    throw error;
  }
}

/** Keys of the reports last written: live agents write theirs every half minute, those of ended tasks lie still. */
async function newestReports(client: S3Client, Bucket: string, Prefix: string): Promise<string[]> {
  const found: { key: string; at: number }[] = [];
  let token: string | undefined;
  for (let page = 0; page < mostReportPages; page++) {
    const answer = await client.send(
      new ListObjectsV2Command({ Bucket, Prefix, ...(token === undefined ? {} : { ContinuationToken: token }) }),
    );
    for (const { Key, LastModified, Size } of answer.Contents ?? []) {
      if (Key && !Key.endsWith("/") && (Size ?? 0) <= mostReportBytes)
        found.push({ key: Key, at: LastModified?.getTime() ?? 0 });
    }
    token = answer.NextContinuationToken;
    if (token === undefined) break;
  }
  return found
    .sort((a, b) => b.at - a.at)
    .slice(0, mostReports)
    .map(({ key }) => key);
}

async function empty(client: S3Client, Bucket: string, Prefix: string, MaxKeys: number): Promise<boolean> {
  if (!Prefix.endsWith("/"))
    throw new Error(`Refused to empty "${Prefix}": only a prefix with its closing slash is emptied.`);
  for (let batch = 0; batch < mostDeleteBatches; batch++) {
    const page = await client.send(new ListObjectVersionsCommand({ Bucket, Prefix, MaxKeys }));
    const Objects = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
      Key,
      VersionId,
    }));
    if (Objects.length > 0) {
      const answer = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
      const failed = answer.Errors?.[0];
      if (failed)
        throw new Error(
          `${answer.Errors?.length} objects below ${Prefix} were not deleted: ${failed.Code} ${failed.Message}`,
        );
    }
    if (!page.IsTruncated) return true;
  }
  return false;
}

const statusOf = (error: unknown): number =>
  (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode ?? 0;
