// What the extensions answer about checks of upgrades, as JSON Schema.
import { findingCodes, verdicts } from "../../shared/domain/upgrade-verdict.ts";
import { reference, type Schema } from "./model-schemas.ts";
import { count, described, list, number, object, orNull, text, time, truth, words } from "./schema-parts.ts";

const verdict = orNull(
  words(...verdicts),
  "What the findings come to; null while it goes on, and of one that came to none.",
);
const members = {
  CheckId: text,
  From: text,
  To: text,
  Rehearse: described(truth, "A copy of the database is migrated, too."),
  Status: described(
    words("RUNNING", "DONE", "FAILED", "CANCELLED"),
    "FAILED: the check itself. CANCELLED: a change of the version, or a delete, began meanwhile.",
  ),
  Step: orNull(words("COPY", "MIGRATE", "TRY"), "What is done just now."),
  Verdict: verdict,
  Reason: orNull(text, "The end in one sentence."),
  Blocking: described(count, "Findings that block."),
  Warnings: count,
  MigrationSeconds: orNull(number, "What Airflow's own migration of the copy took."),
  Release: orNull(object({ Number: count, Id: text }), "The one it is about; null: there was none yet."),
  CreatedAt: time,
  EndedAt: orNull(number, "Seconds since the epoch."),
  Current: described(
    truth,
    "Version, release, layer and configuration options are what they were: the verdict still holds.",
  ),
};

/** By component name. */
export const upgradeCheckSchemas: Readonly<Record<string, Schema>> = {
  UpgradeCheck: object(members),
  UpgradeCheckWithReport: object({
    ...members,
    Report: orNull(reference("UpgradeReport"), "Null unless DONE. Kept beside the release it is about."),
  }),
  UpgradeReport: object({
    Findings: list(reference("UpgradeFinding"), "Those that block first; 400 at most."),
    FindingsLeftOut: count,
    Packages: list(text, "What would be installed for the target beside its image."),
    Files: described(count, "DAG files."),
    Dags: described(count, "That they make under the target."),
    Seconds: described({ type: "object", additionalProperties: number }, "What each part took."),
    Rehearsal: orNull(
      object({
        DatabaseBytes: count,
        CopySeconds: number,
        MigrationSeconds: number,
        SchemaBefore: orNull(text, "Airflow's revision of the schema."),
        SchemaAfter: orNull(text, "The same after the migration."),
        Rows: described({ type: "object", additionalProperties: count }, "By table, the same before and after."),
        SecretsTried: described(count, "Stored values that the Fernet key still opens."),
        CallbacksLost: described(count, "Waiting callbacks that Airflow's own migration throws away."),
        ActiveDags: described(count, "DAGs in use, by the copy; one that the target does not make is a finding."),
      }),
      "Null where none was asked for, or it failed, which is a finding.",
    ),
  }),
  UpgradeFinding: object({
    Severity: words("BLOCKED", "WARNING"),
    Code: words(...findingCodes),
    Where: described(text, "File and line below the DAG folder, a DAG, an option, an uploaded file."),
    What: text,
    WhatToDo: text,
  }),
  LastUpgradeCheck: object({
    ...{ CheckId: text, Verdict: verdict, EndedAt: time, Current: members.Current },
    MigrationSeconds: members.MigrationSeconds,
  }),
};
