// What the extensions answer about upgrades of the Airflow version, as JSON Schema.
import { supportStates } from "../../shared/domain/version-support.ts";
import { reference, type Schema } from "./model-schemas.ts";
import { count, described, list, number, object, orNull, text, time, truth, words } from "./schema-parts.ts";

const snapshotMembers = {
  Name: described(text, "Of its database, and its id."),
  State: described(words("CREATING", "AVAILABLE", "FAILED"), "Only one that somebody asked for is ever not AVAILABLE."),
  AirflowVersion: text,
  CreatedAt: time,
  ExpiresAt: described(time, "When it is dropped; of one that failed, when it is no longer listed."),
  OperationId: described(text, "The operation that left it; absent from one that somebody asked for."),
  Description: described(text, "What was noted of it by who asked for it."),
  SizeBytes: described(count, "Absent where it is not known."),
  Failure: described(text, "Why it is FAILED."),
  Restorable: truth,
  Reason: described(text, "Why it cannot be restored here, and what can be done."),
};
const snapshotOptional = ["OperationId", "Description", "SizeBytes", "Failure", "Reason"];

/** By component name. */
export const upgradeSchemas: Readonly<Record<string, Schema>> = {
  UpgradeTarget: object(
    {
      To: text,
      Reachable: truth,
      Reason: described(text, "Why it cannot be reached, and what can be done instead."),
      Hops: list(reference("UpgradeHop"), "In order, each an operation of its own; none when it cannot be reached."),
      ReleasedUpstream: { type: ["string", "null"] },
      OfferedByMwaaSince: { type: ["string", "null"] },
      Support: reference("VersionSupport"),
      Warnings: list(
        reference("OptionWarning"),
        "About options of the environment that are renamed, removed or without effect there, and are not so today.",
      ),
    },
    "Reason",
  ),
  VersionSupport: object(
    {
      State: described(words(...supportStates), "ENDING: within ninety days. ENDED: it gets no fixes any more."),
      LimitedSince: described(
        { type: ["string", "null"] },
        "Since when Apache Airflow gives it security and critical fixes alone.",
      ),
      EndsUpstream: described({ type: ["string", "null"] }, "Its end of life at Apache Airflow; null: none is set."),
      MwaaAtLeastUntil: described(
        { type: ["string", "null"] },
        "Amazon MWAA keeps a version for twelve months at least; its end is announced half a year before.",
      ),
      Message: described(text, "What is so, and what to do; absent where nothing is to be said."),
    },
    "Message",
  ),
  UpgradeHop: object({
    From: text,
    To: text,
    How: described(
      words("MIGRATE", "RESTORE"),
      "MIGRATE: a copy of the database is migrated. RESTORE: an earlier snapshot takes its place.",
    ),
    Reason: text,
  }),
  VersionChange: object(
    {
      From: text,
      To: text,
      How: described(
        words("MIGRATE", "RESTORE"),
        "MIGRATE: a copy of the database is migrated. RESTORE: a copy of an earlier snapshot takes its place.",
      ),
      Restores: described(text, "The snapshot; only of a restore."),
      Release: described(count, "Whose DAG files go live afterwards; only of a restore that was asked for one."),
      Phase: described(
        words("UPDATING", "MAINTENANCE", "CREATING_SNAPSHOT", "ROLLING_BACK"),
        "The environment's status meanwhile; absent in a plan, and once the operation has ended.",
      ),
      Pause: described(
        object({ MostSeconds: count, AtDeadline: words("RETRY", "ABORT") }),
        "How long running tasks may go on once scheduling is paused; then they are ended and run again, or the upgrade is given up.",
      ),
      Snapshot: described(
        object({ Name: text, AirflowVersion: text, KeptSeconds: count }),
        "The database as it was before, kept sealed for so long after the commit.",
      ),
      Losses: list(text, "What may be lost, in words."),
    },
    "Restores",
    "Release",
    "Phase",
  ),
  DatabaseForecast: object({
    SizeBytes: described(count, "Of the database that is copied."),
    Copy: reference("Forecast"),
    Migration: reference("Forecast"),
    Work: orNull(
      object({
        Running: object({
          Count: count,
          Longest: list(
            object({
              ...{ DagId: text, RunId: text, TaskId: text, MapIndex: number },
              Seconds: orNull(count, "How long it has run; null where its row does not say."),
            }),
            "Those that have run longest, ten at most.",
          ),
        }),
        Deferred: described(count, "Task instances that wait for a trigger: they go on."),
        Callbacks: described(
          object({ Waiting: count, Removed: count }),
          "Callbacks that wait for the DAG processor, and how many of them Airflow's own migration throws away (to 3.2 and later).",
        ),
      }),
      "What runs and waits in the live database now; null where reading it takes too long.",
    ),
  }),
  Forecast: object({
    Seconds: count,
    Samples: described(count, "How many made here it is judged by; 0: it is assumed."),
    Basis: described(text, "What it is judged by, in words."),
  }),
  Snapshot: object(snapshotMembers, ...snapshotOptional),
  AnySnapshot: object(
    {
      ...snapshotMembers,
      Environment: described(text, "The name of its environment, which may be another one's by now."),
      Final: described(truth, "The last one of an environment that was deleted."),
      EnvironmentClass: described(text, "Of a final one."),
      Release: described(object({ Id: text, Number: count }), "What ran last; of a final one, where that is known."),
    },
    ...[...snapshotOptional, "EnvironmentClass", "Release"],
  ),
};
