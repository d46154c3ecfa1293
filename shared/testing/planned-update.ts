// Updates as UpdateEnvironment plans them, and any update a property may be asked of.
import * as fc from "fast-check";
import { testPool } from "../../state-machines/testing/requests.ts";
import { settingsOfUpdate } from "../domain/environment-settings.ts";
import type { EnvironmentItem } from "../domain/items.ts";
import { type Layer, layerParts } from "../domain/layer.ts";
import type { FoundFiles } from "../domain/layer-wish.ts";
import { configurationOf } from "../domain/plan-create.ts";
import { planUpdate, type UpdateInput } from "../domain/plan-update.ts";
import type { Pool } from "../domain/pool.ts";
import { logModules, type UpdateEnvironmentRequest, uploadedFiles } from "../domain/requests.ts";
import { filesToFind } from "../domain/update-layer.ts";
import { foundAll, goodBucket, planned, plannedAt, sha256 } from "./planned.ts";

/** Of the files the roomy record names. */
export const roomyLayer: Layer = {
  key: "l-roomy",
  files: Object.fromEntries(layerParts.map((part) => [part, { versionId: "v1", sha256: sha256(part), size: 10 }])),
};

/** An AVAILABLE record that leaves room both ways: counts can rise and fall, every file is set and pinned. */
export const roomyRecord = (changes: Partial<EnvironmentItem> = {}): EnvironmentItem => ({
  ...planned({
    MinWorkers: 2,
    MaxWorkers: 10,
    MinWebservers: 2,
    MaxWebservers: 5,
    Schedulers: 3,
    AirflowConfigurationOptions: { "core.parallelism": "8" },
    ...Object.fromEntries(
      uploadedFiles.flatMap(({ member }) => [
        [`${member}S3Path`, `${member}.file`],
        [`${member}S3ObjectVersion`, "v1"],
      ]),
    ),
  }).environment,
  status: "AVAILABLE",
  operationId: null,
  operationKind: null,
  layer: roomyLayer,
  ...changes,
});

/** What a plan is made on, beside the request; what is absent is as good as it may be. */
export interface PlannedOptions {
  readonly record?: EnvironmentItem;
  readonly pool?: Partial<Pool>;
  readonly bucket?: typeof goodBucket;
  readonly operationId?: string;
  readonly found?: FoundFiles;
  /** Milliseconds since the epoch. */
  readonly now?: number;
}

/** Plans an update of a record. @throws what planUpdate throws */
export const plannedUpdate = (request: Partial<UpdateEnvironmentRequest> = {}, options: PlannedOptions = {}) =>
  planUpdate(inputOf(request, options));

/** What a handler loads for the decision on an update, of whichever kind. */
export function inputOf(request: Partial<UpdateEnvironmentRequest>, options: PlannedOptions): UpdateInput {
  const full = { Name: "first", ...request };
  const environment = options.record ?? roomyRecord();
  const configuration = full.AirflowConfigurationOptions === undefined ? undefined : configurationOf(full, sha256);
  const wishes = filesToFind(environment, full, settingsOfUpdate(environment.settings, full, configuration));
  return {
    environment,
    request: full,
    configuration,
    found: options.found ?? foundAll(wishes),
    bucket: full.SourceBucketArn === undefined ? undefined : (options.bucket ?? goodBucket),
    pool: { ...testPool, ...options.pool },
    operationId: options.operationId ?? "u".repeat(26),
    caller: "arn:aws:iam::000000000000:user/operator",
    now: options.now ?? plannedAt,
  };
}

const files = uploadedFiles.map(({ member }) => {
  const [path, version] = [`${member}S3Path`, `${member}S3ObjectVersion`];
  return fc.constantFrom<Record<string, string | null>>(
    {},
    {},
    { [path]: `other-${member}.file` },
    { [path]: `${member}.file`, [version]: "v1" },
    { [path]: `other-${member}.file`, [version]: "v2" },
    { [path]: null, [version]: null },
    { [version]: "v3" },
    { [version]: null },
  );
});

const logging = fc.record({
  Enabled: fc.boolean(),
  LogLevel: fc.constantFrom("INFO" as const, "ERROR" as const),
});

const members = fc.record(
  {
    EnvironmentClass: fc.constantFrom("mw1.small", "mw1.medium", "mw1.xlarge"),
    AirflowConfigurationOptions: fc.constantFrom<Record<string, string> | null>(
      null,
      {},
      { "core.parallelism": "8" },
      { "smtp.smtp_password": "hunter2-hunter2" },
    ),
    SourceBucketArn: fc.constantFrom("arn:aws:s3:::my-dags", "arn:aws:s3:::other-dags"),
    DagS3Path: fc.constantFrom("dags", "other"),
    MinWorkers: fc.integer({ min: 1, max: 5 }),
    MaxWorkers: fc.integer({ min: 5, max: 50 }),
    Schedulers: fc.integer({ min: 2, max: 5 }),
    MinWebservers: fc.integer({ min: 2, max: 3 }),
    MaxWebservers: fc.integer({ min: 3, max: 5 }),
    ExecutionRoleArn: fc.constantFrom("arn:aws:iam::000000000000:role/execution", "arn:aws:iam::000000000000:role/two"),
    NetworkConfiguration: fc.constantFrom({ SecurityGroupIds: ["sg-a"] }, { SecurityGroupIds: ["sg-b", "sg-c"] }),
    WebserverAccessMode: fc.constantFrom("PRIVATE_ONLY" as const, "PUBLIC_ONLY" as const),
    WeeklyMaintenanceWindowStart: fc.constantFrom("MON:03:30", "TUE:04:00"),
    LoggingConfiguration: fc.record(Object.fromEntries(logModules.map((module) => [module, logging])), {
      requiredKeys: [],
    }),
    WorkerReplacementStrategy: fc.constantFrom("FORCED" as const, "GRACEFUL" as const),
  },
  { requiredKeys: [] },
);

/** Any update the roomy record accepts: every member of the API, in every combination. */
export const anyUpdate: fc.Arbitrary<Partial<UpdateEnvironmentRequest>> = fc
  .tuple(members, ...files)
  .map(([own, ...parts]) => Object.assign({}, own, ...parts) as Partial<UpdateEnvironmentRequest>);

/** Members no task reads. */
export const recordMembers = [
  "MaxWorkers",
  "MaxWebservers",
  "NetworkConfiguration",
  "WebserverAccessMode",
  "WeeklyMaintenanceWindowStart",
] as const;
