// hangar release: what was made of the uploads, what differs between two releases, and the way back to an earlier one.
import type { ApiTarget } from "../api-client.ts";
import { exitCodes, Failure } from "../failure.ts";
import { note, result, table } from "../print.ts";
import { targetOf } from "../region-process.ts";
import { getRelease, getSync, listReleases, type Release, rollbackRelease } from "../releases.ts";
import { timeText } from "../sync-text.ts";

/** Prints an environment's releases, the newest first. */
export async function list(home: string, environment: string, options: { json?: boolean; limit: number }) {
  const releases = await listReleases(targetOf(home), environment, options.limit);
  if (options.json) return result(JSON.stringify(releases, null, 2));
  const rows = releases.map((one) => [
    String(one.Number),
    one.State,
    timeText(one.SettledAt ?? one.CreatedAt),
    changesText(one),
    one.By.split(":").at(-1)!,
    one.Reason,
  ]);
  result(table(["release", "state", "at", "changes", "by", "reason"], rows));
}

/** Prints one release: how it came about, what changed, its files. */
export async function get(
  home: string,
  environment: string,
  number: number,
  options: { json?: boolean; path?: string },
): Promise<void> {
  const { Release } = await getRelease(targetOf(home), environment, number, { path: options.path });
  if (options.json) return result(JSON.stringify(Release, null, 2));
  const { Files, Held, Errors, LeftOut } = Release;
  const bytes = Files.reduce((sum, { Size }) => sum + Size, 0);
  result(
    [
      `release ${Release.Number}  ${Release.State}  ${Release.Id}`,
      `made ${timeText(Release.CreatedAt)} by ${Release.By}`,
      ...(Release.SettledAt === undefined ? [] : [`settled ${timeText(Release.SettledAt)}`]),
      Release.Reason,
      `changes ${changesText(Release)}`,
      ...Held.map(({ Path, Reason }) => `held ${Path}: ${Reason}`),
      ...Errors.map(({ Path, Message, Line }) => `error ${Path}${Line === null ? "" : `:${Line}`}: ${Message}`),
      ...LeftOut.map(({ Key, Reason }) => `left out ${Key}: ${Reason}`),
      `${Files.length} files, ${sizeText(bytes)}`,
      "",
      table(
        ["file", "size", "version", "sha256", "newer, held"],
        Files.map((file) => [
          file.Path,
          String(file.Size),
          file.VersionId,
          file.Sha256.slice(0, 12),
          file.Held ? (file.Held.VersionId ?? "gone") : "",
        ]),
      ),
    ].join("\n"),
  );
}

/** Prints what changed from one release to another. */
export async function diff(
  home: string,
  environment: string,
  from: number,
  to: number,
  options: { json?: boolean; path?: string },
): Promise<void> {
  const { Diff } = await getRelease(targetOf(home), environment, to, { against: from, path: options.path });
  if (options.json) return result(JSON.stringify(Diff, null, 2));
  const { Added, Changed, Removed } = Diff!;
  const rows = [
    ...Added.map(({ Path, VersionId }) => [Path, "added", "", VersionId]),
    ...Changed.map(({ Path, Before, After }) => [Path, "changed", Before.VersionId, After.VersionId]),
    ...Removed.map(({ Path, VersionId }) => [Path, "removed", VersionId, ""]),
  ].toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  if (rows.length === 0) return note(`  releases ${from} and ${to} have the same files`);
  result(table(["file", "change", `in ${from}`, `in ${to}`], rows));
}

/** Goes back to an earlier release's files, and waits until every task runs them. */
export async function rollback(
  home: string,
  environment: string,
  number: number,
  options: { json?: boolean; wait: boolean; timeout?: number },
): Promise<void> {
  const target = targetOf(home);
  const release = await rollbackRelease(target, environment, number);
  if (options.wait) await untilRun(target, environment, release, options.timeout);
  result(options.json ? JSON.stringify(release, null, 2) : String(release.Number));
  note(`  ${release.Reason}`);
}

const pollMilliseconds = 300;

/** @throws Failure with exit code 7 when the time is over, and 5 when another release has come after */
async function untilRun(target: ApiTarget, environment: string, wanted: Release, timeout: number | undefined) {
  const deadline = timeout === undefined ? Infinity : performance.now() + timeout * 1000;
  process.once("SIGINT", () => process.exit(exitCodes.interrupted));
  for (;;) {
    // a path no file has: only the tasks are asked for
    const { Release, Tasks } = await getSync(target, environment, "\u{10FFFF}");
    if (Release?.Id !== wanted.Id)
      throw new Failure(`release ${Release?.Number} came after the rollback`, {
        why: "the bucket changed, or somebody else rolled back",
        fix: `npx hangar release list ${environment}`,
        exitCode: exitCodes.busy,
      });
    if (Tasks.length > 0 && Tasks.every((task) => task.Release?.Id === wanted.Id)) return;
    if (performance.now() >= deadline)
      throw new Failure("the time to wait is over; the tasks go on to change over", {
        why: `release ${wanted.Number} is live, and not run by every task yet`,
        fix: `npx hangar dag sync ${environment} --wait`,
        exitCode: exitCodes.timedOut,
      });
    await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
  }
}

function changesText({ Changes }: Release): string {
  if (!Changes) return "";
  const { Added, Changed, Removed } = Changes;
  return `+${Added.Count} ~${Changed.Count} -${Removed.Count}`;
}

const sizeText = (bytes: number): string =>
  bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
