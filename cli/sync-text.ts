// What hangar dag sync and hangar dag errors print.
import { table } from "./print.ts";
import type { Sync, SyncFile } from "./releases.ts";

export const timeText = (epochSeconds: number): string =>
  new Date(epochSeconds * 1000).toISOString().replace("T", " ").slice(0, 19);

/** What runs, where, and a row for each file. */
export function syncText(sync: Sync): string {
  const { Release, Candidate, Bucket, Tasks, Files, Layer, Offer, Problems } = sync;
  const seen = Bucket.LastSeen === null ? "" : `, as of ${timeText(Bucket.LastSeen)}`;
  const checking = Candidate
    ? `, ${Candidate.Checked ? "settling" : "checking"} ${Candidate.Number} since ${timeText(Candidate.Since)}`
    : "";
  return [
    Release ? `release  ${Release.Number}, live since ${timeText(Release.Since)}${checking}` : "release  none yet",
    `tasks    ${Tasks.length > 0 ? Tasks.map((task) => taskText(task)).join(", ") : "none reports"}`,
    `bucket   ${Bucket.Name}/${Bucket.Prefix}${seen}`,
    ...(Layer ? [`layer    ${Layer.Key} (${Layer.Files.map(({ Part }) => Part).join(", ")})`] : []),
    ...(Offer
      ? [
          `         another one of ${Offer.State === "HELD" ? "what lies in the bucket" : "newer uploads"}: ${Offer.State}`,
        ]
      : []),
    ...Problems.map((problem) => `problem  ${problem}`),
    "",
    table(["file", "state", "release", "version", "parsed", "dags"], Files.map(rowOf)),
  ].join("\n");
}

const taskText = ({ Role, Release, Staged, Healthy }: Sync["Tasks"][number]): string => {
  const notes = [...(Healthy ? [] : ["not healthy"]), ...(Staged ? [] : ["not staged yet"])];
  return `${Role} ${Release?.Number ?? "none"}${notes.length > 0 ? ` (${notes.join(", ")})` : ""}`;
};

const rowOf = (file: SyncFile): readonly string[] => [
  file.Path,
  file.State,
  file.Served ? String(file.Served.Release) : "",
  file.VersionId ?? "gone",
  file.ParsedAt === null
    ? ""
    : `${timeText(file.ParsedAt)}${file.ParsedRelease === null ? "" : ` ${file.ParsedRelease}`}`,
  file.DagIds.join(" "),
];

/** Files with something wrong: served with an error, or not served as they lie in the bucket. */
export const faultyFiles = ({ Files }: Pick<Sync, "Files">): readonly SyncFile[] =>
  Files.filter(({ Error: error, State }) => error !== null || State === "HELD" || State === "LEFT_OUT");

/** One of them: place and message as compilers print them, then the traceback, then what is served instead. */
export function faultText(file: SyncFile): string {
  const { Path, State, Error: error, Held, Served } = file;
  const place = error?.Line ? `${Path}:${error.Line}` : Path;
  const served = Served
    ? `serving the last good version ${Served.VersionId} with release ${Served.Release}`
    : "nothing of it is served";
  return [
    `${place}  ${State}  ${error?.Message ?? Held?.Reason ?? ""}`,
    ...(error?.Traceback
      ? error.Traceback.trimEnd()
          .split("\n")
          .map((line) => `    ${line}`)
      : []),
    ...(Held && error && Held.Reason !== error.Message ? [`  ${Held.Reason}`] : []),
    State === "FAILED" ? "  served as it is: there is no version that worked" : `  ${served}`,
  ].join("\n");
}
