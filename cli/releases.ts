// Releases and where their files stand, through the API (extensions of MWAA's).
import { type ApiTarget, callApi } from "./api-client.ts";
import { Failure } from "./failure.ts";

export interface PathList {
  readonly Count: number;
  readonly Paths: readonly string[];
}

export interface Release {
  readonly Number: number;
  readonly Id: string;
  readonly State: "LIVE" | "CHECKING" | "REPLACED" | "HELD" | "REFUSED";
  readonly Kind: "FILES" | "LAYER";
  /** Epoch seconds. */
  readonly CreatedAt: number;
  readonly SettledAt?: number;
  readonly By: string;
  readonly Reason: string;
  /** How many files it holds and their bytes; absent where that is not on record, and from a list's layers. */
  readonly FileCount?: number;
  readonly SizeBytes?: number;
  readonly Changes?: { readonly Added: PathList; readonly Changed: PathList; readonly Removed: PathList };
  readonly Held: readonly { readonly Path: string; readonly Reason: string }[];
  readonly Errors: readonly { readonly Path: string; readonly Message: string; readonly Line: number | null }[];
  readonly LeftOut: readonly { readonly Key: string; readonly Reason: string }[];
  readonly RollbackOf?: number;
  readonly Unchecked: boolean;
  /** What ran beside it; null: nothing was installed; absent: not on record. */
  readonly Layer?: ReleaseLayer | null;
}

export interface ReleaseLayer {
  readonly Key: string;
  readonly Files: readonly { readonly Part: string; readonly Key: string; readonly VersionId: string }[];
  /** Of these files together. */
  readonly SizeBytes: number;
  /** What was installed, as one archive; of one release only; null: not known any more. */
  readonly ArchiveBytes?: number | null;
  /** Of one release only; null: not known any more. */
  readonly Packages?: readonly string[] | null;
  readonly Plugins?: readonly string[] | null;
}

interface Content {
  readonly VersionId: string;
  readonly Size: number;
  readonly Sha256: string;
}

export interface ReleaseFile extends Content {
  readonly Path: string;
  readonly Held?: { readonly VersionId: string | null; readonly Reason: string };
}

export interface ReleaseDiff {
  readonly Against: number;
  readonly Added: readonly (Content & { readonly Path: string })[];
  readonly Changed: readonly { readonly Path: string; readonly Before: Content; readonly After: Content }[];
  readonly Removed: readonly (Content & { readonly Path: string })[];
  /** Absent where the layer of one of them is not on record. */
  readonly Layer?: {
    readonly Files: readonly { readonly Part: string; readonly Before: string | null; readonly After: string | null }[];
    readonly Packages:
      | readonly { readonly Name: string; readonly Before: string | null; readonly After: string | null }[]
      | null;
    readonly Plugins: { readonly Added: readonly string[]; readonly Removed: readonly string[] } | null;
  };
}

export interface ReleaseDetails {
  readonly Release: Release & { readonly Files: readonly ReleaseFile[] };
  readonly Diff?: ReleaseDiff;
}

export interface SyncFile {
  readonly Path: string;
  readonly VersionId: string | null;
  readonly Served: { readonly VersionId: string; readonly Release: number } | null;
  readonly Held: { readonly VersionId: string | null; readonly Reason: string } | null;
  readonly DagIds: readonly string[];
  readonly ParsedAt: number | null;
  readonly ParsedRelease: number | null;
  readonly Error: { readonly Message: string; readonly Line: number | null; readonly Traceback: string } | null;
  readonly State: "LIVE" | "COPIED" | "NO_DAG" | "FAILED" | "CHECKING" | "HELD" | "LEFT_OUT";
}

export interface Sync {
  readonly Release: { readonly Number: number; readonly Id: string; readonly Since: number } | null;
  readonly Candidate: {
    readonly Number: number;
    readonly Id: string;
    readonly Since: number;
    readonly Checked: boolean;
  } | null;
  readonly Bucket: { readonly Name: string; readonly Prefix: string; readonly LastSeen: number | null };
  readonly Tasks: readonly {
    readonly TaskId: string;
    readonly Role: string;
    readonly Release: { readonly Number: number; readonly Id: string } | null;
    readonly Staged: boolean;
    readonly Healthy: boolean;
  }[];
  readonly Files: readonly SyncFile[];
  readonly LeftOut: readonly { readonly Key: string; readonly Reason: string }[];
  readonly Layer: { readonly Key: string; readonly Files: readonly { readonly Part: string }[] } | null;
  readonly Offer: { readonly State: string; readonly Error: string | null } | null;
  readonly Problems: readonly string[];
}

const pathOf = (environment: string, ...rest: readonly string[]) =>
  `/environments/${[environment, ...rest].map(encodeURIComponent).join("/")}`;

/** The different contents kept for all releases and layers; not `Complete`: there are more than were counted. */
export interface Kept {
  readonly Blobs: number;
  readonly SizeBytes: number;
  readonly Complete: boolean;
}

/** The newest first, and what all of them hold. @param most at least one; more than a page is read page by page */
export async function listReleases(
  target: ApiTarget,
  environment: string,
  most: number,
): Promise<{ readonly releases: readonly Release[]; readonly kept: Kept | undefined }> {
  const found: Release[] = [];
  let kept: Kept | undefined;
  for (let token: string | undefined = ""; token !== undefined && found.length < most; ) {
    const query = new URLSearchParams({ MaxResults: String(Math.min(25, most - found.length)) });
    if (token) query.set("NextToken", token);
    const page: { Releases: Release[]; Kept?: Kept; NextToken?: string } = await callApi(
      target,
      "GET",
      `${pathOf(environment, "releases")}?${query}`,
    );
    found.push(...page.Releases);
    kept ??= page.Kept;
    token = page.NextToken;
  }
  return { releases: found, kept };
}

/** @param options.against the release it is compared with @param options.path only files whose path begins so */
export function getRelease(
  target: ApiTarget,
  environment: string,
  number: number,
  options: { readonly against?: number; readonly path?: string | undefined } = {},
): Promise<ReleaseDetails> {
  const query = new URLSearchParams();
  if (options.against !== undefined) query.set("Against", String(options.against));
  if (options.path !== undefined) query.set("Path", options.path);
  const asked = query.size > 0 ? `?${query}` : "";
  return callApi(target, "GET", `${pathOf(environment, "releases", String(number))}${asked}`);
}

export interface Rollback {
  readonly Release: Release;
  readonly Layer: { readonly Standing: "SAME" | "DIFFERENT" | "ROLLING" | "UNKNOWN"; readonly Message: string };
  /** The update that takes the layer. */
  readonly OperationId?: string;
}

/** What a rollback would do: by which way, and why. */
export interface RollbackPlan {
  readonly Way: "POINTER" | "ROLL" | "RESTORE" | "REFUSED";
  readonly Reason: string;
  readonly AirflowVersions: readonly string[];
  /** Of RESTORE. */
  readonly Snapshot?: string;
  readonly Layer: { readonly Standing: string; readonly Message: string };
}

/** What of a release is asked for. */
export interface RollbackWish {
  /** Also its plugins, requirements and startup script, by an update. */
  readonly layers?: boolean | undefined;
  /** Its DAG files alone, whatever Airflow version it ran on. */
  readonly filesOnly?: boolean | undefined;
}

const wishOf = ({ layers, filesOnly }: RollbackWish) => ({
  ...(layers ? { Layers: true } : {}),
  ...(filesOnly ? { FilesOnly: true } : {}),
});

/** The files of an earlier release go live under a new number. Safe to repeat while that one runs. */
export const rollbackRelease = (
  target: ApiTarget,
  environment: string,
  number: number,
  wish: RollbackWish,
): Promise<Rollback> =>
  callApi(target, "POST", pathOf(environment, "releases", String(number), "rollback"), wishOf(wish));

/** The dry run of the same. */
export const planRollback = async (
  target: ApiTarget,
  environment: string,
  number: number,
  wish: RollbackWish,
): Promise<RollbackPlan> => {
  const path = pathOf(environment, "releases", String(number), "rollback");
  return (await callApi<{ Plan: RollbackPlan }>(target, "POST", path, { ...wishOf(wish), DryRun: true })).Plan;
};

const mostReadings = 5;

/** Everything about every file. Of pages that a release came between the service refuses the next: they are read anew. */
export async function getSync(target: ApiTarget, environment: string, path?: string): Promise<Sync> {
  for (let reading = 1; ; reading++) {
    const { NextToken, ...first } = await syncPage(target, environment, path, undefined);
    const files = [...first.Files];
    try {
      for (let token = NextToken; token !== undefined; ) {
        const page = await syncPage(target, environment, path, token);
        files.push(...page.Files);
        token = page.NextToken;
      }
      return { ...first, Files: files };
    } catch (error) {
      const wasOvertaken = error instanceof Failure && error.answer?.["code"] === "InvalidRequest";
      if (!wasOvertaken || reading === mostReadings) throw error;
    }
  }
}

function syncPage(
  target: ApiTarget,
  environment: string,
  path: string | undefined,
  token: string | undefined,
): Promise<Sync & { readonly NextToken?: string }> {
  const query = new URLSearchParams();
  if (path !== undefined) query.set("Path", path);
  if (token !== undefined) query.set("NextToken", token);
  return callApi(target, "GET", `${pathOf(environment, "sync")}${query.size > 0 ? `?${query}` : ""}`);
}
