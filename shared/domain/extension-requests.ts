// Requests of Hangar's extensions: under the same roof and the same signing as MWAA's own (docs/api.md).
import * as z from "zod";
import { type AccessEntry, airflowRoles } from "./items.ts";
import {
  CreateEnvironmentRequest,
  GetEnvironmentRequest,
  type NamedRequest,
  type PageRequest,
  paged,
  UpdateEnvironmentRequest,
  type WorkerReplacementStrategy,
} from "./requests.ts";

const named = GetEnvironmentRequest as unknown as z.ZodObject;
const extended = <Type>(members: z.ZodRawShape): z.ZodType<Type> => named.extend(members) as unknown as z.ZodType<Type>;
const operationId = z
  .string({ error: "Member must not be null" })
  .regex(/^[a-z0-9]{26}$/, "Member must satisfy regular expression pattern: [a-z0-9]{26}");

/** A query's word for yes or no. */
const flag = z.preprocess(
  (value) => (value === "true" ? true : value === "false" ? false : value),
  z.boolean("Member must be true or false").optional(),
);

/** MWAA's own members and `Details`. */
export type ListEnvironmentsRequest = PageRequest & { readonly Details?: boolean };
export const ListEnvironmentsRequest = paged<ListEnvironmentsRequest>({ Details: flag }, ["Details"]);

export type ListOperationsRequest = NamedRequest & PageRequest;
export const ListOperationsRequest = paged<ListOperationsRequest>(named.shape);

export interface OperationRequest extends NamedRequest {
  readonly OperationId: string;
}
export const OperationRequest = extended<OperationRequest>({ OperationId: operationId });

/** One option to explain, of those set or not; without: all that are set. */
export interface ConfigurationRequest extends NamedRequest {
  readonly Option?: string;
}
export const ConfigurationRequest = extended<ConfigurationRequest>({
  Option: z
    .string()
    .max(64, "Member must have length less than or equal to 64")
    .regex(
      /^[a-z]+([a-z0-9._]*[a-z0-9_]+)?$/,
      "Member must satisfy regular expression pattern: [a-z]+([a-z0-9._]*[a-z0-9_]+)?",
    )
    .optional(),
}).meta({ query: ["Option"] });

export type ListReleasesRequest = NamedRequest & PageRequest;
export const ListReleasesRequest = paged<ListReleasesRequest>(named.shape);

/** A release's number, from a path or query: text there, a number here. */
const releaseNumber = z.preprocess(
  (value) => (typeof value === "string" && /^[1-9]\d{0,7}$/.test(value) ? Number(value) : value),
  z.int("Member must be a release's number, from 1 on").min(1).max(99_999_999),
);
/** The beginning of the paths asked for. S3 has no longer keys. */
const pathPrefix = z.string().max(1024, "Member must have length less than or equal to 1024").optional();

export interface ReleaseRequest extends NamedRequest {
  readonly Number: number;
}

export interface RollbackReleaseRequest extends ReleaseRequest {
  /** Also the plugins, requirements and startup script it ran with, by a graceful update. */
  readonly Layers?: boolean;
  /** Its DAG files alone, whatever Airflow version it ran on. */
  readonly FilesOnly?: boolean;
  /** Shows what it would do, and changes nothing. */
  readonly DryRun?: boolean;
}
export const RollbackReleaseRequest = extended<RollbackReleaseRequest>({
  Number: releaseNumber,
  Layers: z.boolean("Member must be true or false").optional(),
  FilesOnly: z.boolean("Member must be true or false").optional(),
  DryRun: z.boolean("Member must be true or false").optional(),
});

export interface GetReleaseRequest extends ReleaseRequest {
  /** The other one of a comparison: what was before. */
  readonly Against?: number;
  readonly Path?: string;
}
export const GetReleaseRequest = extended<GetReleaseRequest>({
  Number: releaseNumber,
  Against: releaseNumber.optional(),
  Path: pathPrefix,
}).meta({ query: ["Against", "Path"] });

export interface GetSyncRequest extends NamedRequest {
  readonly Path?: string;
  readonly NextToken?: string;
}
export const GetSyncRequest = extended<GetSyncRequest>({
  Path: pathPrefix,
  NextToken: z.string().max(2048, "Member must have length less than or equal to 2048").optional(),
}).meta({ query: ["Path", "NextToken"] });

/** An update in the next maintenance window. */
export type ScheduleUpdateRequest = UpdateEnvironmentRequest & {
  /** It may start even where it would not be done by the window's end. */
  readonly MayOverrun?: boolean;
};
export const ScheduleUpdateRequest: z.ZodType<ScheduleUpdateRequest> = z.intersection(
  UpdateEnvironmentRequest,
  z.object({ MayOverrun: z.boolean("Member must be true or false").optional() }) as z.ZodType<{ MayOverrun?: boolean }>,
);

export interface DeferWindowRequest extends NamedRequest {
  /** Epoch seconds. */
  readonly Until: number;
}
export const DeferWindowRequest = extended<DeferWindowRequest>({
  Until: z
    .number("Member must be a time in seconds since the epoch")
    .min(0, "Member must be a time in seconds since the epoch")
    .max(253_402_300_799, "Member must be a time in seconds since the epoch"),
});

/** DeleteEnvironment's own member, and whether its database goes at once. */
export interface DeletionRequest extends NamedRequest {
  readonly SkipFinalSnapshot?: boolean;
}
export const DeletionRequest = extended<DeletionRequest>({ SkipFinalSnapshot: flag }).meta({
  query: ["SkipFinalSnapshot"],
});

/** A database's name, as the list of snapshots has it. */
const snapshotName = z
  .string({ error: "Member must not be null" })
  .regex(/^[a-z][a-z0-9_]{0,62}$/, "Member must satisfy regular expression pattern: [a-z][a-z0-9_]{0,62}");

export interface SnapshotRequest extends NamedRequest {
  readonly Snapshot: string;
}
export const SnapshotRequest = extended<SnapshotRequest>({ Snapshot: snapshotName });

export interface CreateSnapshotRequest extends NamedRequest {
  readonly Description?: string;
}
export const CreateSnapshotRequest = extended<CreateSnapshotRequest>({
  Description: z.string().max(256, "Member must have length less than or equal to 256").optional(),
});

/** A snapshot whose environment is gone. */
export interface KeptSnapshotRequest {
  readonly Snapshot: string;
}
export const KeptSnapshotRequest = z.object({ Snapshot: snapshotName }) as z.ZodType<KeptSnapshotRequest>;

/** CreateEnvironment's members; the name is the new environment's. */
export interface CloneSnapshotRequest extends CreateEnvironmentRequest, KeptSnapshotRequest {
  /** Absent: they are where the snapshot's own environment is there still. */
  readonly PauseDags?: boolean;
}
export const CloneSnapshotRequest = (CreateEnvironmentRequest as unknown as z.ZodObject)
  .extend({ Snapshot: snapshotName, PauseDags: z.boolean("Member must be true or false").optional() })
  .meta({ path: ["Snapshot"] }) as unknown as z.ZodType<CloneSnapshotRequest>;

export interface RestoreSnapshotRequest extends SnapshotRequest {
  /** Shows what it would do, and changes nothing. */
  readonly DryRun?: boolean;
  /** Whose DAG files are to go live once the snapshot has taken the database's place. */
  readonly Release?: number;
  readonly WorkerReplacementStrategy?: WorkerReplacementStrategy;
}
const strategies = ["FORCED", "GRACEFUL"] as const satisfies readonly WorkerReplacementStrategy[];
export const RestoreSnapshotRequest = extended<RestoreSnapshotRequest>({
  Snapshot: snapshotName,
  DryRun: z.boolean("Member must be true or false").optional(),
  Release: releaseNumber.optional(),
  WorkerReplacementStrategy: z
    .enum(strategies, { error: `Member must satisfy enum value set: [${strategies.join(", ")}]` })
    .optional(),
});

/** What an upgrade to a version would meet. */
export interface CreateUpgradeCheckRequest extends NamedRequest {
  readonly AirflowVersion: string;
  /** Also migrates a copy of the database. */
  readonly Rehearse?: boolean;
}
export const CreateUpgradeCheckRequest = extended<CreateUpgradeCheckRequest>({
  AirflowVersion: z
    .string("Member must not be null")
    .regex(/^[0-9a-z.]{1,32}$/, "Member must satisfy regular expression pattern: [0-9a-z.]{1,32}"),
  Rehearse: z.boolean("Member must be true or false").optional(),
});

export interface UpgradeCheckRequest extends NamedRequest {
  readonly CheckId: string;
}
export const UpgradeCheckRequest = extended<UpgradeCheckRequest>({ CheckId: operationId });

export const NoRequest = z.object({}) as z.ZodType<object>;

/** The table of who gets which Airflow role; replaced as a whole. */
export interface PutAccessRequest extends NamedRequest {
  readonly Entries: readonly { readonly Principal: string; readonly Role: AccessEntry["role"] }[];
}
export const PutAccessRequest = extended<PutAccessRequest>({
  Entries: z
    .array(
      z.object({
        Principal: z
          .string("Member must not be null")
          .min(1, "Member must have length greater than or equal to 1")
          .max(1224, "Member must have length less than or equal to 1224")
          .regex(
            /^(\*|arn:([\x21-\x39\x3b-\x7e]*:){4}[\x21-\x7e]+)$/,
            "Member must be a principal's ARN, with * for any characters within one of its parts, or a bare *",
          ),
        Role: z.enum(airflowRoles, { error: `Member must satisfy enum value set: [${airflowRoles.join(", ")}]` }),
      }),
      { error: "Member must be a list" },
    )
    .max(100, "Member must have length between 0 and 100"),
});
