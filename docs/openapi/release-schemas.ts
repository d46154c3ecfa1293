// What the extensions about releases answer (shared/domain/release-view.ts, sync-view.ts), as JSON Schema.
import { taskRoles } from "../../shared/domain/names.ts";
import { layerStandings } from "../../shared/domain/layer-rollback.ts";
import { releaseStates } from "../../shared/domain/release-view.ts";
import { fileStates } from "../../shared/domain/sync-files.ts";
import { reference, type Schema } from "./model-schemas.ts";
import { count, described, list, number, object, orNull, text, time, truth, words } from "./schema-parts.ts";

const version = { type: ["string", "null"] };
const layerPart = words("requirements", "plugins", "startup");
const layerMembers = {
  Key: text,
  Files: list(object({ Part: layerPart, Key: described(text, "In the bucket."), VersionId: text, Size: count })),
  SizeBytes: described(count, "The bytes of these files together."),
  ArchiveBytes: {
    type: ["integer", "null"],
    description: "What was installed of them, as one archive. Of one release only; null: not known any more.",
  },
  Packages: {
    type: ["array", "null"],
    items: text,
    description: "`name==version`. Of one release only; null: not known any more.",
  },
  Plugins: { type: ["array", "null"], items: text, description: "Of one release only; null: not known any more." },
};
const content = { VersionId: text, Size: count, Sha256: text };

/** By component name. */
export const releaseSchemas: Readonly<Record<string, Schema>> = {
  Release: object(
    {
      Number: count,
      Id: text,
      State: reference("ReleaseState"),
      Kind: described(
        words("FILES", "LAYER"),
        "LAYER: another layer came to run; the files are those that ran already.",
      ),
      CreatedAt: described(number, "When the bucket was listed; seconds since the epoch."),
      SettledAt: described(number, "When it was decided about; absent while it is checked."),
      By: described(text, "Who changed the bucket, as far as S3 tells, or asked for the rollback."),
      Reason: described(text, "Why it ended as it did."),
      Changes: object({ Added: reference("PathList"), Changed: reference("PathList"), Removed: reference("PathList") }),
      FileCount: described(count, "How many files it has. Absent where it is not on record."),
      SizeBytes: described(
        count,
        "The bytes of its files together. Absent where it is not on record; of a LAYER, see Layer.",
      ),
      Held: list(object({ Path: text, Reason: text }), "Paths whose last good bytes it serves; the first hundred."),
      Errors: list(
        object({ Path: text, Message: text, Line: { type: ["integer", "null"] } }),
        "What its check found; the first hundred.",
      ),
      LeftOut: list(reference("LeftOut")),
      RollbackOf: described(count, "The release whose files it has."),
      Unchecked: described(truth, "Nobody imported it beforehand."),
      AirflowVersion: described(text, "What ran when it was settled; absent where it is not on record."),
      Files: list(reference("ReleaseFile"), "Of one release only."),
      Layer: orNull(
        reference("RanLayer"),
        "Plugins, requirements and startup script that ran when it went live; null: there were none. Absent where it is not on record.",
      ),
    },
    "SettledAt",
    "Changes",
    "FileCount",
    "SizeBytes",
    "RollbackOf",
    "AirflowVersion",
    "Files",
    "Layer",
  ),
  RanLayer: object(layerMembers, "ArchiveBytes", "Packages", "Plugins"),
  LayerDiff: object({
    Before: orNull(text, "Its key; null: nothing was installed."),
    After: orNull(text, "Its key; null: nothing was installed."),
    Files: list(
      object({ Part: layerPart, Before: version, After: version }),
      "Object versions of what differs by content.",
    ),
    Packages: {
      type: ["array", "null"],
      items: object({ Name: text, Before: version, After: version }),
      description: "Null where of one of them it is not known any more.",
    },
    Plugins: orNull(
      object({ Added: list(text), Removed: list(text) }),
      "Null where of one of them it is not known any more.",
    ),
  }),
  RollbackLayer: object({
    Standing: described(
      words(...layerStandings),
      "SAME: it ran with the layer that runs. DIFFERENT: with another one, which was not asked for. ROLLING: an update takes it. UNKNOWN: it is not on record.",
    ),
    Message: text,
  }),
  RollbackPlan: object(
    {
      Way: described(
        words("POINTER", "ROLL", "RESTORE", "REFUSED"),
        "POINTER: the DAG files alone. ROLL: its layer too, by a graceful update. RESTORE: it ran on another Airflow version alone, a snapshot takes the place of the database: what was written since is lost, and restoring it is a call of its own, whose dry run counts it. REFUSED: there is no way to it as it was.",
      ),
      Reason: text,
      Release: count,
      AirflowVersions: list(text, "Those it was live on; none where it is not on record."),
      Snapshot: described(text, "Of RESTORE: the one to restore, with Release in the body."),
      Layer: reference("RollbackLayer"),
    },
    "Snapshot",
  ),
  ReleaseState: described(
    words(...releaseStates),
    "LIVE: its files run, or its layer. REPLACED: it ran. HELD: all that was new broke what worked. REFUSED: nothing of it was served, for the reason given.",
  ),
  PathList: object({ Count: count, Paths: list(text, "The first hundred.") }),
  LeftOut: object({ Key: described(text, "In the bucket."), Reason: text }),
  ReleaseFile: object({ Path: text, ...content, Held: reference("HeldContent") }, "Held"),
  HeldContent: object({
    VersionId: orNull(text, "What lies in the bucket instead; null: it was deleted there."),
    Size: { type: ["integer", "null"] },
    Sha256: { type: ["string", "null"] },
    Reason: text,
  }),
  ReleaseDiff: object(
    {
      Against: described(count, "The release compared with: what was before."),
      Added: list(object({ Path: text, ...content })),
      Changed: list(object({ Path: text, Before: object(content), After: object(content) })),
      Removed: list(object({ Path: text, ...content })),
      Layer: described(reference("LayerDiff"), "Absent where the layer of one of them is not on record."),
    },
    "Layer",
  ),
  Sync: object(
    {
      Release: orNull(
        object({ Number: count, Id: text, CreatedAt: time, Since: time }),
        "What runs; null before the first release.",
      ),
      Candidate: orNull(
        object({ Number: count, Id: text, Since: time, By: text, Checked: truth }),
        "What is being checked.",
      ),
      Bucket: object({
        Name: text,
        Prefix: text,
        LastSeen: orNull(number, "When what was last made into a release or candidate was listed."),
      }),
      Tasks: list(
        object({
          TaskId: text,
          Role: words(...taskRoles),
          Generation: count,
          Release: orNull(object({ Number: count, Id: text }), "What it runs."),
          Staged: described(truth, "What is live lies on its disk."),
          Healthy: truth,
          ReportedAt: time,
        }),
        "Tasks that reported within 90 seconds.",
      ),
      Files: list(reference("SyncFile"), "In the order of their paths; as many as fit into an answer."),
      LeftOut: list(reference("LeftOut")),
      Layer: orNull(
        object({
          Key: text,
          Files: list(object({ Part: words("requirements", "plugins", "startup"), VersionId: text, Size: count })),
        }),
        "What tasks have installed; null where no file is named.",
      ),
      Offer: orNull(
        object({
          State: words("BUILDING", "READY", "ROLLING", "HELD", "FAILED"),
          Key: orNull(text, "Null when a file never came as far as being copied."),
          Error: orNull(text, "Why it cannot be built, or stays outside; what runs is untouched."),
          At: time,
        }),
        "A layer of uploads nobody pinned that does not run (yet).",
      ),
      Problems: list(text),
      NextToken: text,
    },
    "NextToken",
  ),
  SyncFile: object({
    Path: text,
    VersionId: orNull(text, "The newest in the bucket, as last seen; null: it is gone from there, or left out."),
    Served: orNull(object({ VersionId: text, Release: count }), "What tasks have."),
    Held: orNull(object({ VersionId: { type: ["string", "null"] }, Reason: text }), "What is not served, and why."),
    DagIds: list(text),
    ParsedAt: orNull(number, "When Airflow last parsed it."),
    ParsedRelease: orNull(count, "From which release."),
    Error: orNull(
      object({ Message: text, Line: { type: ["integer", "null"] }, Traceback: text }),
      "Of what is held, where something is; of what is served otherwise.",
    ),
    State: described(
      words(...fileStates),
      "LIVE: Airflow has its DAGs. COPIED: served, not parsed yet. NO_DAG: served, no DAG in it. FAILED: served, with an error. CHECKING: part of the candidate. HELD: its newest state is not served. LEFT_OUT: it cannot be part of a release.",
    ),
  }),
};
