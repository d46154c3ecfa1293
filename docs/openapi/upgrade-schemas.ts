// What the extensions answer about upgrades of the Airflow version, as JSON Schema.
import { reference, type Schema } from "./model-schemas.ts";
import { count, described, list, object, text, time, truth, words } from "./schema-parts.ts";

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
      Warnings: list(
        reference("OptionWarning"),
        "About options of the environment that are renamed, removed or without effect there, and are not so today.",
      ),
    },
    "Reason",
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
      Phase: described(
        words("UPDATING", "CREATING_SNAPSHOT", "ROLLING_BACK"),
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
    "Phase",
  ),
  Snapshot: object(
    {
      Name: described(text, "Of its database, and its id."),
      AirflowVersion: text,
      CreatedAt: time,
      ExpiresAt: described(time, "When it is dropped."),
      OperationId: described(text, "The operation that left it."),
      Restorable: truth,
      Reason: described(text, "Why it cannot be restored here, and what can be done."),
    },
    "Reason",
  ),
};
