// What Hangar's extensions answer, as JSON Schema: the views of shared/domain in data. A test lets the real handlers answer
// and finds every member that is missing here, or is here and never comes.
import { warningCodes } from "../../shared/domain/configuration-options.ts";
import { airflowRoles } from "../../shared/domain/items.ts";
import { taskRoles } from "../../shared/domain/names.ts";
import { effects } from "../../shared/domain/update-effects.ts";
import { reference, type Schema } from "./model-schemas.ts";
import { operationSchemas } from "./operation-schemas.ts";
import { maintenanceSchemas } from "./maintenance-schemas.ts";
import { releaseSchemas } from "./release-schemas.ts";
import { upgradeCheckSchemas } from "./upgrade-check-schemas.ts";
import { upgradeSchemas } from "./upgrade-schemas.ts";
import { count, described, list, number, object, orNull, text, time, truth, words } from "./schema-parts.ts";

const upper = (values: readonly string[]) => values.map((value) => value.toUpperCase());
const size = object({ Vcpu: number, MemoryGigabytes: number });
const range = object({ Least: count, Most: count, Default: count });
const dollars = "US dollars an hour.";
/** By component name. */
export const extensionSchemas: Readonly<Record<string, Schema>> = {
  ...operationSchemas,
  Change: object({
    Member: described(text, "As in the request."),
    Before: { description: "Null: not set. Of configuration options, which may be secret, only a hash." },
    After: { description: "Null: not set. Of configuration options, which may be secret, only a hash." },
    Effect: reference("Effect"),
    Roles: list(words(...taskRoles), "Whose tasks are replaced or counted anew."),
    Reason: text,
  }),
  Effect: described(
    words(...upper(effects)),
    "From little to much. RECORD: the record alone. RELOAD: a new release, no task restarts. SCALE: tasks are added or removed, none restarts. ROLL: every task of a role is replaced.",
  ),
  Plan: object(
    {
      Changes: list(reference("Change")),
      Effect: described(words("NONE", ...upper(effects)), "The greatest of the changes'."),
      WorkerReplacementStrategy: reference("WorkerReplacementStrategy"),
      Order: list(text, "What would be done, in order, in words."),
      TasksAffected: object({
        Replaced: list(object({ Role: words(...taskRoles), Count: count })),
        Scaled: list(object({ Service: text, From: count, To: count })),
      }),
      ExpectedSeconds: orNull(
        object({ Typical: number, Samples: count }),
        "The middle of what updates of the same effect, or upgrades between the same versions, took in this installation; null when there was none yet.",
      ),
      PricePerHour: object({ Before: reference("PriceRange"), After: reference("PriceRange") }),
      Reversible: object({ Possible: truth, Reason: text }),
      Warnings: list(
        reference("OptionWarning"),
        "About the AirflowConfigurationOptions of the request; of an upgrade that names none, about those that stay.",
      ),
      Upgrade: described(
        reference("VersionChange"),
        "Only where the request names another AirflowVersion, and of a restore.",
      ),
      Check: described(
        reference("LastUpgradeCheck"),
        "The newest verdict of a check against the version the request names; absent where there is none.",
      ),
      Database: described(
        reference("DatabaseForecast"),
        "What an upgrade or a restore will meet in the database; absent where it cannot be asked at present.",
      ),
    },
    "Upgrade",
    "Check",
    "Database",
  ),
  OptionWarning: object({
    Option: text,
    Code: reference("OptionWarningCode"),
    Message: described(text, "What is so, why, what to do. Never a value."),
  }),
  OptionWarningCode: described(
    words(...warningCodes),
    "UNKNOWN: this Airflow has no such option; it is passed on. RENAMED: it has another name. REMOVED: it had one. OVERRIDDEN: Hangar sets it itself. IGNORED: it decides nothing here.",
  ),
  Option: object({
    Name: text,
    Value: described(text, "*** where it may be secret; GetEnvironment has it."),
    Sensitive: truth,
    Warning: orNull(reference("OptionWarningCode"), "Null: nothing is to be said about it."),
  }),
  OptionExplanation: object({
    Option: text,
    Variable: described(text, "The environment variable that Airflow reads it from."),
    Value: { type: ["string", "null"], description: "Null: not set. *** where it may be secret." },
    Sensitive: truth,
    Code: described(words("KNOWN", ...warningCodes), "KNOWN, or what a warning would say."),
    Message: text,
    Versions: list(text, "The Airflow versions that know it, the oldest first."),
  }),
  PriceRange: orNull(
    object({
      Currency: words("USD"),
      Least: described(number, dollars),
      Most: described(number, "US dollars an hour, with everything scaled out."),
      Basis: text,
    }),
    "What Amazon MWAA would charge; null for a class whose list price is not known here.",
  ),
  AirflowVersionOffering: object(
    {
      Version: text,
      Default: truth,
      Creatable: truth,
      Reason: described(text, "Why it cannot be created."),
      ReleasedUpstream: { type: ["string", "null"] },
      OfferedByMwaaSince: { type: ["string", "null"] },
      Support: reference("VersionSupport"),
      UpgradePaths: list(object({ To: text, Via: list(text) }, "Via")),
    },
    "Reason",
  ),
  EnvironmentClassOffering: object({
    Name: text,
    Default: truth,
    TasksPerWorker: count,
    Worker: size,
    Scheduler: size,
    Webserver: size,
    Schedulers: range,
    Webservers: range,
    MaxWorkers: object({ Most: count, Default: count }),
    PricePerHour: orNull(
      object({
        Currency: words("USD"),
        Environment: described(number, dollars),
        AdditionalWorker: described(number, dollars),
        AdditionalScheduler: described(number, dollars),
        AdditionalWebserver: described(number, dollars),
        Basis: text,
      }),
      "What Amazon MWAA would charge; null for a class whose list price is not known here.",
    ),
  }),
  AccessEntry: object({
    Principal: described(text, "An ARN; * stands for any characters."),
    Role: words(...airflowRoles),
  }),
  ...releaseSchemas,
  ...upgradeCheckSchemas,
  ...upgradeSchemas,
  ...maintenanceSchemas,
  EnvironmentExtension: object(
    {
      EnvironmentId: described(text, "Part of every physical name; never used again."),
      OperationId: described(text, "The operation in flight."),
      Workers: object(
        {
          Wanted: described(count, "Workers that are to take tasks, as scaling or an update decided last."),
          Draining: described(count, "Workers that finish what they have, and then go."),
          ChangedAt: described(time, "When scaling last changed either."),
          Reason: described(text, "Why there are so many; absent until scaling has decided anything."),
        },
        "ChangedAt",
        "Reason",
      ),
      Support: reference("VersionSupport"),
      Maintenance: reference("Maintenance"),
      Snapshots: list(
        object(
          {
            ...{ Name: text, State: words("CREATING", "AVAILABLE", "FAILED"), AirflowVersion: text },
            ...{
              CreatedAt: time,
              ExpiresAt: time,
              OperationId: text,
              Description: text,
              SizeBytes: count,
              Failure: text,
            },
          },
          ...["OperationId", "Description", "SizeBytes", "Failure"],
        ),
        "Databases that upgrades have left sealed, newest first; each is dropped when its time is over.",
      ),
      Collapsed: list(
        object({ Member: text, Asked: count, Runs: count, Reason: text }),
        "Numbers asked for that are not run here.",
      ),
    },
    "OperationId",
  ),
};

/** What each extension answers with 200, by its function. */
export const extensionResponses: Readonly<Record<string, Schema>> = {
  "plan-update": object({ Plan: reference("Plan") }),
  "list-operations": object(
    {
      Operations: list(reference("Operation"), "Newest first. A page may be shorter than MaxResults and not the last."),
      NextToken: text,
    },
    "NextToken",
  ),
  "get-operation": object({ Operation: reference("Operation") }),
  "cancel-operation": object({ Operation: reference("Operation") }),
  "resume-operation": object({ Operation: reference("Operation") }),
  "get-access": object({ Entries: list(reference("AccessEntry"), "The first entry that fits counts.") }),
  "put-access": { type: "object", properties: {} },
  "get-configuration": object(
    {
      AirflowVersion: text,
      Options: list(reference("Option"), "Those that are set, in order of name."),
      Warnings: list(reference("OptionWarning")),
      Explanation: described(reference("OptionExplanation"), "Of the Option asked for; then Options holds that one."),
    },
    "Explanation",
  ),
  "list-upgrades": object({
    AirflowVersion: described(text, "The one that runs."),
    Support: described(reference("VersionSupport"), "Of the one that runs."),
    Upgrades: list(reference("UpgradeTarget"), "Every other version Hangar knows, newest first."),
  }),
  "create-upgrade-check": object({ Check: reference("UpgradeCheck") }),
  "list-upgrade-checks": object({ Checks: list(reference("UpgradeCheck"), "Newest first; the last five are kept.") }),
  "get-upgrade-check": object({ Check: reference("UpgradeCheckWithReport") }),
  ...Object.fromEntries(
    ["schedule-update", "cancel-pending-update", "get-window", "skip-window", "defer-window"].map((name) => [
      name,
      object({ Maintenance: reference("Maintenance") }),
    ]),
  ),
  "list-snapshots": object({
    Snapshots: list(reference("Snapshot"), "Newest first; none whose time is over."),
  }),
  "restore-snapshot": object(
    {
      Plan: described(reference("Plan"), "With DryRun: what it would do."),
      Operation: described(reference("Operation"), "Without: what was started."),
    },
    "Plan",
    "Operation",
  ),
  "create-snapshot": object({ Snapshot: reference("Snapshot") }),
  "delete-snapshot": object({}),
  "list-all-snapshots": object({ Snapshots: list(reference("AnySnapshot"), "The newest first.") }),
  "clone-snapshot": object({ Arn: described(text, "The new environment's.") }),
  "delete-kept-snapshot": object({}),
  "list-releases": object(
    {
      Releases: list(reference("Release"), "Newest first. A page may be shorter than MaxResults."),
      Kept: described(
        object({ Blobs: count, SizeBytes: count, Complete: truth }),
        "On the first page: the different contents kept for releases and layers. Complete false: there are more.",
      ),
      NextToken: text,
    },
    "NextToken",
    "Kept",
  ),
  "get-release": object({ Release: reference("Release"), Diff: reference("ReleaseDiff") }, "Diff"),
  "rollback-release": object(
    {
      Plan: described(reference("RollbackPlan"), "With DryRun: what it would do, and nothing else."),
      Release: reference("Release"),
      Layer: reference("RollbackLayer"),
      OperationId: described(text, "The update that takes the layer."),
    },
    "Plan",
    "Release",
    "Layer",
    "OperationId",
  ),
  "get-sync": reference("Sync"),
  "list-offerings": object({
    AirflowVersions: list(reference("AirflowVersionOffering")),
    EnvironmentClasses: list(reference("EnvironmentClassOffering")),
    Quotas: object({ Environments: count, WorkersPerEnvironment: count }),
  }),
};
