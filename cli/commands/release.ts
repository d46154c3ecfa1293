// hangar release: what was made of the uploads, what differs between two releases, and the way back to an earlier one.
import type { ApiTarget } from "../api-client.ts";
import { exitCodes, Failure } from "../failure.ts";
import { note, result, table } from "../print.ts";
import { targetOf } from "../region-process.ts";
import {
  getRelease,
  getSync,
  listReleases,
  planRollback,
  type Release,
  type ReleaseDiff,
  type ReleaseLayer,
  type Rollback,
  type RollbackPlan,
  rollbackRelease,
} from "../releases.ts";
import { restore } from "./snapshot.ts";
import type { Operation } from "../operations.ts";
import { timeText } from "../sync-text.ts";
import { operationFailure, watchOperation } from "../watch-operation.ts";

/** Prints an environment's releases, the newest first. */
export async function list(home: string, environment: string, options: { json?: boolean; limit: number }) {
  const { releases, kept } = await listReleases(targetOf(home), environment, options.limit);
  if (options.json) return result(JSON.stringify(releases, null, 2));
  const rows = releases.map((one) => [
    String(one.Number),
    one.State,
    timeText(one.SettledAt ?? one.CreatedAt),
    changesText(one),
    one.Kind === "LAYER" ? layerHoldsText(one.Layer) : holdsText(one),
    one.By.split(":").at(-1)!,
    one.Reason,
  ]);
  result(table(["release", "state", "at", "changes", "holds", "by", "reason"], rows));
  if (kept) {
    const counted = kept.Complete ? "" : "the first ";
    note(`  kept for all releases and layers: ${counted}${kept.Blobs} different files, ${sizeText(kept.SizeBytes)}`);
  }
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
      ...layerLines(Release.Layer),
      `holds ${holdsText(Release)}`,
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
  const { Added, Changed, Removed, Layer } = Diff!;
  const rows = [
    ...Added.map(({ Path, VersionId }) => [Path, "added", "", VersionId]),
    ...Changed.map(({ Path, Before, After }) => [Path, "changed", Before.VersionId, After.VersionId]),
    ...Removed.map(({ Path, VersionId }) => [Path, "removed", VersionId, ""]),
  ].toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  rows.push(...layerRows(Layer));
  if (Layer === undefined) note("  of one of them it is not on record which packages it ran with");
  if (Layer?.Packages === null) note("  which packages they ran with is not known any more");
  if (rows.length === 0) return note(`  releases ${from} and ${to} have the same files`);
  result(table(["file", "change", `in ${from}`, `in ${to}`], rows));
}

/** What differs between two layers: first what they were made of, then what was installed. */
function layerRows(layer: ReleaseDiff["Layer"]): string[][] {
  const { Files = [], Packages, Plugins } = layer ?? {};
  const change = (before: string | null, after: string | null) =>
    before === null ? "added" : after === null ? "removed" : "changed";
  const row = (name: string, { Before, After }: { Before: string | null; After: string | null }) => [
    name,
    change(Before, After),
    Before ?? "",
    After ?? "",
  ];
  return [
    ...Files.map((file) => row(`layer ${file.Part}`, file)),
    ...(Packages ?? []).map((one) => row(`package ${one.Name}`, one)),
    ...(Plugins?.Added ?? []).map((name) => [`plugin ${name}`, "added", "", ""]),
    ...(Plugins?.Removed ?? []).map((name) => [`plugin ${name}`, "removed", "", ""]),
  ];
}

interface RollbackOptions {
  readonly json?: boolean;
  readonly layers?: boolean;
  readonly filesOnly?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly wait: boolean;
  /** Seconds. */
  readonly timeout?: number;
}

/**
 * Goes back to an earlier release's files, with `layers` also to its packages, and waits until every task runs them. One that
 * ran on another Airflow version alone is gone back to by a restore, which loses something: its plan is shown, and `yes` does it.
 */
export async function rollback(home: string, environment: string, number: number, options: RollbackOptions) {
  const target = targetOf(home);
  if (options.dryRun) return showPlan(await planRollback(target, environment, number, options), options);
  const began = performance.now();
  const moved = await rollbackRelease(target, environment, number, options).catch(async (error: unknown) => {
    if (!(error instanceof Failure) || error.answer?.["code"] !== "VersionChangeRefused") throw error;
    const { Way, Reason, Snapshot: snapshot } = await planRollback(target, environment, number, options);
    if (Way !== "RESTORE" || snapshot === undefined) throw error;
    return { Reason, snapshot };
  });
  if ("snapshot" in moved) {
    note(`  ${moved.Reason}`);
    return restore(home, environment, moved.snapshot, { ...options, dryRun: false, release: number });
  }
  await tellRollback(target, environment, number, options, { answer: moved, began });
}

/** Prints the way, and of which release. */
function showPlan(plan: RollbackPlan, { json }: RollbackOptions): void {
  const { Way, Reason, AirflowVersions, Snapshot, Layer } = plan;
  const text = () =>
    [
      `way         ${Way}`,
      `why         ${Reason}`,
      `ran on      ${AirflowVersions.length > 0 ? `Airflow ${AirflowVersions.join(", ")}` : "not on record"}`,
      ...(Snapshot ? [`snapshot    ${Snapshot}`] : []),
      `layer       ${Layer.Message}`,
    ].join("\n");
  result(json ? JSON.stringify(plan, null, 2) : text());
}

async function tellRollback(
  target: ApiTarget,
  environment: string,
  number: number,
  options: RollbackOptions,
  { answer, began }: { readonly answer: Rollback; readonly began: number },
): Promise<void> {
  const { Release: release, Layer, OperationId } = answer;
  if (options.wait) await untilRun(target, environment, release, options.timeout);
  const operation = OperationId === undefined || !options.layers ? undefined : OperationId;
  const ended =
    operation && options.wait ? await untilRolled(target, environment, operation, options, began) : undefined;
  result(options.json ? JSON.stringify(answer, null, 2) : String(release.Number));
  note(`  ${release.RollbackOf === number ? release.Reason : `The files of release ${number} run already.`}`);
  if (Layer.Standing !== "SAME" && !ended) note(`  ${Layer.Message}`);
  if (operation && !ended) note(`  it goes on; watch it: npx hangar op watch ${environment} ${operation}`);
}

/** @throws Failure where the update fails, and with exit code 7 when the time is over */
async function untilRolled(
  target: ApiTarget,
  environment: string,
  id: string,
  { timeout }: { timeout?: number },
  began: number,
): Promise<Operation> {
  const left = timeout === undefined ? undefined : Math.max(0, timeout - (performance.now() - began) / 1000);
  const operation = await watchOperation(target, environment, id, { timeoutSeconds: left });
  if (operation.Status !== "SUCCEEDED") throw operationFailure(environment, operation);
  return operation;
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

function layerLines(layer: Release["Layer"]): readonly string[] {
  if (layer === undefined) return ["layer not on record"];
  if (layer === null) return ["layer none: no plugins, requirements or startup script"];
  return [
    `layer ${layer.Key}: ${layerHoldsText(layer)}${installedText(layer)}`,
    ...layer.Files.map(({ Part, Key, VersionId }) => `  ${Part} ${Key} version ${VersionId}`),
    ...(layer.Packages === null ? ["  what was installed is not known any more"] : []),
    ...(layer.Packages?.length ? [`  packages ${layer.Packages.join(", ")}`] : []),
    ...(layer.Plugins?.length ? [`  plugins ${layer.Plugins.join(", ")}`] : []),
  ];
}

function changesText({ Kind, Changes }: Release): string {
  if (Kind === "LAYER") return "layer";
  if (!Changes) return "";
  const { Added, Changed, Removed } = Changes;
  return `+${Added.Count} ~${Changed.Count} -${Removed.Count}`;
}

const holdsText = ({ FileCount, SizeBytes }: Pick<Release, "FileCount" | "SizeBytes">): string =>
  FileCount === undefined || SizeBytes === undefined
    ? ""
    : `${FileCount} ${FileCount === 1 ? "file" : "files"}, ${sizeText(SizeBytes)}`;

/** Of a layer, what it was made of. */
const layerHoldsText = (layer: Release["Layer"]): string =>
  layer ? holdsText({ FileCount: layer.Files.length, SizeBytes: layer.SizeBytes }) : "";

const installedText = ({ ArchiveBytes }: ReleaseLayer): string =>
  typeof ArchiveBytes === "number" ? `; installed ${sizeText(ArchiveBytes)}` : "";

const sizeText = (bytes: number): string =>
  bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
