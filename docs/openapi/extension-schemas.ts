// What Hangar's extensions answer, as JSON Schema: the views of shared/domain in data. A test lets the real handlers answer
// and finds every member that is missing here, or is here and never comes.
import { airflowRoles } from "../../shared/domain/items.ts";
import { ladders } from "../../shared/domain/ladders.ts";
import { taskRoles } from "../../shared/domain/names.ts";
import type { OperationStatus } from "../../shared/domain/operation-view.ts";
import { effects } from "../../shared/domain/update-effects.ts";
import { reference, type Schema } from "./model-schemas.ts";

const text: Schema = { type: "string" };
const count: Schema = { type: "integer", minimum: 0 };
const number: Schema = { type: "number" };
const truth: Schema = { type: "boolean" };
const time: Schema = { type: "number", description: "Seconds since the epoch." };
const words = (...values: readonly string[]): Schema => ({ type: "string", enum: values });
const list = (items: Schema, description?: string): Schema => ({
  type: "array",
  items,
  ...(description === undefined ? {} : { description }),
});
const orNull = (schema: Schema, description: string): Schema => ({ anyOf: [schema, { type: "null" }], description });
const described = (schema: Schema, description: string): Schema => ({ ...schema, description });

/** @param optional members that may be absent */
const object = (properties: Readonly<Record<string, Schema>>, ...optional: readonly string[]): Schema => ({
  type: "object",
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
});

const statuses = Object.keys({
  RUNNING: 0,
  UNDOING: 0,
  SUCCEEDED: 0,
  ROLLED_BACK: 0,
  STUCK: 0,
} satisfies Record<OperationStatus, 0>);

const upper = (values: readonly string[]) => values.map((value) => value.toUpperCase());
const size = object({ Vcpu: number, MemoryGigabytes: number });
const range = object({ Least: count, Most: count, Default: count });
const dollars = "US dollars an hour.";

/** By component name. */
export const extensionSchemas: Readonly<Record<string, Schema>> = {
  Operation: object(
    {
      OperationId: text,
      Type: words(...Object.keys(ladders)),
      Status: words(...statuses),
      CreatedAt: time,
      CreatedBy: described(text, "ARN of the caller."),
      EndedAt: time,
      Seconds: described(number, "From CreatedAt to EndedAt."),
      Attempt: described(count, "How often its state machine was started."),
      Changes: list(reference("Change"), "Of an update only."),
      WorkerReplacementStrategy: reference("WorkerReplacementStrategy"),
      Steps: list(
        reference("Step"),
        "Every step of its kind, in order. Of a CHECK, which looks anew each time, no times are kept.",
      ),
      Error: reference("OperationError"),
    },
    "EndedAt",
    "Seconds",
    "Changes",
    "WorkerReplacementStrategy",
    "Error",
  ),
  OperationError: object({
    Step: described(text, "The step that failed, or `cancel`."),
    ErrorCode: text,
    ErrorMessage: text,
  }),
  Step: object(
    {
      Step: text,
      Kind: words("EFFECT", "ONCE", "CHECK", "COMMIT", "AFTER"),
      StartedAt: time,
      EndedAt: time,
      Seconds: number,
      UndoneAt: time,
    },
    "StartedAt",
    "EndedAt",
    "Seconds",
    "UndoneAt",
  ),
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
  Plan: object({
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
      "The middle of what updates of the same effect took in this installation; null when there was none yet.",
    ),
    PricePerHour: object({ Before: reference("PriceRange"), After: reference("PriceRange") }),
    Reversible: object({ Possible: truth, Reason: text }),
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
  EnvironmentExtension: object(
    {
      EnvironmentId: described(text, "Part of every physical name; never used again."),
      OperationId: described(text, "The operation in flight."),
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
  "list-offerings": object({
    AirflowVersions: list(reference("AirflowVersionOffering")),
    EnvironmentClasses: list(reference("EnvironmentClassOffering")),
    Quotas: object({ Environments: count, WorkersPerEnvironment: count }),
  }),
};
