// Where each file of the DAG folder stands, from the bucket to Airflow: one answer joined from what runs, what was seen in
// the bucket, its check, what Airflow says it parsed, and what the tasks report. Extension of the MWAA API.
import { fittingRows } from "./answer-size.ts";
import type { DagStatus } from "./dag-status.ts";
import { HangarError } from "./errors.ts";
import type { EnvironmentItem, ReleaseItem } from "./items.ts";
import { type LayerOffer, layerView, openOffer } from "./layer-offer.ts";
import { bucketOfArn } from "./names.ts";
import { pageAfter, pageToken } from "./paging.ts";
import { dagPrefix, type LeftOut, type Manifest, type ManifestFile } from "./release.ts";
import type { Check } from "./release-check.ts";
import type { HistoryEntry } from "./release-history.ts";
import { leftOutView } from "./release-view.ts";
import { liveReportSeconds, type Report } from "./reports.ts";
import { isUntold } from "./source-telling.ts";
import { type FileRow, syncRows } from "./sync-files.ts";
import type { SyncProblem } from "./sync-problem.ts";

/** The bucket as it was when it was last made into a release or candidate. */
export interface SeenBucket {
  readonly number: number;
  readonly files: readonly ManifestFile[];
  readonly leftOut: readonly LeftOut[];
  /** Milliseconds since the epoch: when it was listed. */
  readonly at: number;
  /** Of that number; undefined while it is a candidate, and where none was kept. */
  readonly history: HistoryEntry | undefined;
  readonly check: Check | undefined;
}

/** What runs. `base` is what ran before it, as its check says. */
export interface LiveRelease {
  readonly manifest: Manifest;
  readonly history: HistoryEntry | undefined;
  readonly check: Check | undefined;
  readonly base: HistoryEntry | undefined;
}

export interface SyncSources {
  readonly item: ReleaseItem;
  readonly live: LiveRelease;
  /** Undefined where nothing says what the bucket held. */
  readonly seen: SeenBucket | undefined;
  /** Whether the candidate's check has come. */
  readonly candidateChecked: boolean;
  readonly status: DagStatus | undefined;
  readonly reports: readonly Report[];
  /** Why the bucket cannot be read at present. */
  readonly problem: SyncProblem | undefined;
  /** When an event of the bucket was handled last, in milliseconds since the epoch; undefined: never. */
  readonly lastEventAt: number | undefined;
  /** The layer of uploads nobody pinned. */
  readonly offer: LayerOffer | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const mostProblems = 100;
const roleOrder = ["web", "scheduler", "worker"];

type Subject = Pick<EnvironmentItem, "settings" | "layer">;

/**
 * The wire form; times are epoch seconds.
 * @param sources undefined before the first release
 * @param asked.path only files whose path begins so
 * @throws InvalidRequest for a token of another list, or one that the releases have overtaken
 */
export function syncView(
  environment: Subject,
  sources: SyncSources | undefined,
  asked: { readonly path: string; readonly token: string | undefined },
): Readonly<Record<string, unknown>> {
  const bucket = {
    Name: bucketOfArn(environment.settings.sourceBucketArn),
    Prefix: dagPrefix(environment.settings.dagS3Path),
    LastSeen: sources?.seen ? sources.seen.at / 1000 : null,
  };
  const from = rowAfter(asked.token, sources?.item);
  if (!sources) {
    const Problems = ["There is no release yet: the first one comes when the environment is made."];
    const layers = layerView(environment, undefined);
    return { Release: null, Candidate: null, Bucket: bucket, Tasks: [], Files: [], LeftOut: [], ...layers, Problems };
  }
  const { item, live, seen } = sources;
  const leftOut = (seen?.leftOut ?? []).filter(({ key }) => key.startsWith(`${bucket.Prefix}${asked.path}`));
  const around = {
    Release: {
      Number: item.release.number,
      Id: item.release.id,
      CreatedAt: item.release.createdAt / 1000,
      Since: (live.history?.settledAt ?? item.release.createdAt) / 1000,
    },
    Candidate: item.candidate && {
      Number: item.candidate.number,
      Id: item.candidate.id,
      Since: item.candidate.createdAt / 1000,
      By: item.candidate.by,
      Checked: sources.candidateChecked,
    },
    Bucket: bucket,
    Tasks: liveReports(sources).map((report) => taskView(report, item)),
    LeftOut: leftOut.map(leftOutView),
    ...layerView(environment, sources.offer),
    Problems: problemsOf(environment, sources),
  };
  const rows = syncRows(sources, bucket.Prefix).filter(({ path }) => path.startsWith(asked.path));
  const Files = fittingRows(rows.slice(from).map(rowView), around);
  const next = from + Files.length;
  return {
    ...around,
    Files,
    ...(next < rows.length ? { NextToken: pageToken(`${item.generation} ${next}`) } : {}),
  };
}

/** Rows keep their order as long as no release moves: the token says of which state it is. */
function rowAfter(token: string | undefined, item: ReleaseItem | undefined): number {
  const text = pageAfter(token);
  if (text === undefined) return 0;
  const [, generation, row] = /^(\d{1,15}) (\d{1,9})$/.exec(text) ?? [];
  if (generation !== undefined && Number(generation) === item?.generation) return Number(row);
  throw new HangarError(
    "InvalidRequest",
    "NextToken is not one of this list, or a release has moved since. Start the list again without it.",
  );
}

/** Reports of tasks that are there and stay: those of ended tasks lie still. */
const liveReports = ({ reports, now }: Pick<SyncSources, "reports" | "now">): readonly Report[] =>
  reports
    .filter(({ at, stopping }) => now - at * 1000 < liveReportSeconds * 1000 && !stopping)
    .toSorted((a, b) => roleOrder.indexOf(a.role) - roleOrder.indexOf(b.role) || (a.taskId < b.taskId ? -1 : 1));

const taskView = (report: Report, { release }: ReleaseItem) => ({
  TaskId: report.taskId,
  Role: report.role,
  Generation: report.generation,
  Release: report.release ? { Number: report.release.number, Id: report.release.id } : null,
  Staged: report.staged.includes(release.id) || report.release?.id === release.id,
  Healthy: report.healthy,
  ReportedAt: report.at,
});

function problemsOf(environment: Subject, sources: SyncSources): readonly string[] {
  const { live, seen, item, problem } = sources;
  const reports = liveReports(sources);
  const problems = reports.flatMap(({ role, taskId, problems }) =>
    problems.map((text) => `${role} ${taskId}: ${text}`),
  );
  if (!reports.some(({ role }) => role === "scheduler"))
    problems.unshift(
      "No scheduler reports at the moment: nothing is checked, and nothing new is known of what Airflow parsed.",
    );
  if (!seen)
    problems.unshift(
      "What the bucket held last is not on record: files are shown as they are served. The next change shows it.",
    );
  if (isUntold(seen?.history, sources.lastEventAt, sources.now))
    problems.unshift(
      "The last change was found by the periodic look: no event of the bucket told of it. `hangar bucket enable-events` has the bucket tell at once.",
    );
  if (problem) problems.unshift(problem.sentence);
  const offer = openOffer(environment, sources.offer);
  if (offer?.state === "held" && offer.error) problems.unshift(offer.error);
  if (offer?.state === "failed")
    problems.unshift(`What was uploaded last makes no layer, what runs goes on: ${offer.error}`);
  if (live.check?.problem) problems.push(`check of release ${item.release.number}: ${live.check.problem}`);
  if (seen?.check?.problem && seen.number !== item.release.number)
    problems.push(`check of release ${seen.number}: ${seen.check.problem}`);
  return problems.slice(0, mostProblems);
}

function rowView(row: FileRow) {
  const { error } = row;
  return {
    Path: row.path,
    VersionId: row.versionId,
    Served: row.served && { VersionId: row.served.versionId, Release: row.served.release },
    Held: row.held && { VersionId: row.held.versionId, Reason: row.held.reason },
    DagIds: row.dagIds,
    ParsedAt: row.parsedAt,
    ParsedRelease: row.parsedRelease,
    Error: error && { Message: error.message, Line: error.line, Traceback: error.traceback },
    State: row.state,
  };
}
