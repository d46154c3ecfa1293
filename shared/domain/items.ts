// The items of the one table: what each holds. Every item has a generation; every write is conditional on the one read.
import type { OperationKind } from "./ladders.ts";
import type { Drain } from "./control-document.ts";
import type { Layer } from "./layer.ts";
import type { NotedLayer } from "./layer-history.ts";
import type { LayerHold } from "./layer-hold.ts";
import type { WindowState } from "./maintenance-window.ts";
import type { PendingUpdate } from "./pending-update.ts";
import type { CreatePlan } from "./plan-create.ts";
import type { DeletePlan } from "./plan-delete.ts";
import type { UpdatePlan } from "./plan-update.ts";
import type { UpgradePlan } from "./plan-upgrade.ts";
import type { LogLevel, LogModule } from "./requests.ts";
import type { ResourceNames } from "./names.ts";
import type { Snapshot } from "./snapshot-item.ts";
import type { LeftOut } from "./release.ts";
import type { EnvironmentStatus } from "./status.ts";
import type { UpgradeCheck } from "./upgrade-check-item.ts";

/** What the user asked for, with defaults filled in (MWAA API: CreateEnvironment). */
export interface EnvironmentSettings {
  readonly airflowVersion: string;
  readonly environmentClass: string;
  readonly executionRoleArn: string;
  readonly sourceBucketArn: string;
  readonly dagS3Path: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly pluginsS3Path?: string;
  readonly pluginsS3ObjectVersion?: string;
  readonly requirementsS3Path?: string;
  readonly requirementsS3ObjectVersion?: string;
  readonly startupScriptS3Path?: string;
  readonly startupScriptS3ObjectVersion?: string;
  /** Options may be secret and large: the record holds only where they are (design, section 4). */
  readonly configuration: { readonly key: string; readonly sha256: string } | null;
  readonly minWorkers: number;
  readonly maxWorkers: number;
  readonly minWebservers: number;
  readonly maxWebservers: number;
  readonly schedulers: number;
  readonly logging: Readonly<Record<LogModule, { readonly enabled: boolean; readonly level: LogLevel }>>;
  readonly weeklyMaintenanceWindowStart: string;
  readonly webserverAccessMode: "PRIVATE_ONLY" | "PUBLIC_ONLY" | "PUBLIC_AND_PRIVATE";
  readonly endpointManagement: "CUSTOMER" | "SERVICE";
  readonly kmsKey?: string;
}

/** The five roles of MWAA's IAM model (`role/<environment>/<role>`). */
export const airflowRoles = ["Admin", "Op", "User", "Viewer", "Public"] as const;
export type AirflowRole = (typeof airflowRoles)[number];

/** A principal's ARN, `*` for any characters, and its role in Airflow. */
export interface AccessEntry {
  readonly principal: string;
  readonly role: AirflowRole;
}

/** MWAA API: LastUpdate. Times are milliseconds since the epoch. */
export interface LastUpdate {
  readonly status: "SUCCESS" | "PENDING" | "FAILED";
  readonly createdAt: number;
  readonly source?: string;
  readonly error?: { readonly code: string; readonly message: string };
  readonly workerReplacementStrategy?: "FORCED" | "GRACEFUL";
  /** The operation that failed: the one a person may resume. */
  readonly operationId?: string;
}

/** What scaling decided last; times are milliseconds since the epoch. */
export interface ScalingState {
  /** When the number of workers or the drains changed. */
  readonly changedAt: number;
  /** Why there are as many workers as there are. */
  readonly reason: string;
  /** When the reminder that is under way arrives: no other is sent before. */
  readonly againAt: number;
}

/** An order to stop scheduling; `id` is the operation's. */
export interface Pause {
  readonly id: string;
  readonly generation: number;
}

/** What a generation that an upgrade has replaced had for itself alone, but for its services and its database. */
export interface LeftBehind {
  readonly queues: readonly string[];
  readonly results: { readonly database: string; readonly role: string };
  readonly targetGroup: string;
  /** Families of the one-off tasks that brought its successor. */
  readonly tasks: readonly string[];
}

/** What the commit of an upgrade leaves to be done: `control.json`, the hold of the database and the address are still as before it. */
export interface ToOpen {
  /** The operation whose own last steps do it first; the schedule, when its execution is over. */
  readonly operationId: string;
}

export interface EnvironmentItem {
  readonly schemaVersion: 2;
  readonly name: string;
  readonly environmentId: string;
  readonly arn: string;
  readonly poolId: string;
  readonly status: EnvironmentStatus;
  /** Counter of this item. */
  readonly generation: number;
  /** The operation in flight; an operation item nothing points to is void. */
  readonly operationId: string | null;
  readonly operationKind: OperationKind | null;
  readonly createdAt: number;
  readonly createdBy: string;
  /** sha256 of the accepted create request: a repeated PUT with an equal body is the same request. */
  readonly requestHash: string;
  readonly settings: EnvironmentSettings;
  readonly tags: Readonly<Record<string, string>>;
  readonly names: ResourceNames;
  /** The last one an operation used for services, committed or not: names of services are never used twice. */
  readonly resourceGeneration: number;
  /** What its tasks run. */
  readonly image: string;
  /** The installed plugins, requirements and startup script of its tasks; null: none. */
  readonly layer: Layer | null;
  /** Where the layer was rolled back: what is not to be taken from the bucket by itself. Absent and null: nothing. */
  readonly layerHold?: LayerHold | null;
  /** How many workers are asked for: at least MinWorkers, more where fewer have been allowed since. */
  readonly workers: number;
  /** Workers that are to finish what they have; an operation or scaling begins and ends a drain. */
  readonly drains: readonly Drain[];
  /** Set while an upgrade has scheduling paused: tasks of this generation and older schedule, parse and trigger nothing. */
  readonly pause?: Pause | null;
  /** Databases an upgrade has left sealed, newest first; each is dropped when its time is over. Absent: none. */
  readonly snapshots?: readonly Snapshot[];
  /** The snapshot it was made of. Absent: of none. */
  readonly clonedFrom?: string;
  /** Its create ended CREATE_FAILED: there is nothing in its database to keep. Absent: it was made, or is being made. */
  readonly neverMade?: true;
  /** Set by the commit of an upgrade, until the new generation is let go and the address opened. Absent and null: it is. */
  readonly toOpen?: ToOpen | null;
  /** Removed after the commit of each upgrade, by a schedule where that was cut off, and for certain with the environment. */
  readonly leftBehind?: readonly LeftBehind[];
  /** Checks of what an upgrade would do, the newest first, five at most but for those that are still to be cleared away. Absent: none. */
  readonly upgradeChecks?: readonly UpgradeCheck[];
  /** Absent until scaling has decided anything. */
  readonly scaling?: ScalingState;
  /** Services an update has replaced and that are still to be removed: known to the record, so that none is forgotten. */
  readonly retired: readonly string[];
  /** Who gets which Airflow role; the first entry that fits counts (design, section 9). */
  readonly access: readonly AccessEntry[];
  /** How many replicas run where the pool collapses them, with the reason; shown as an extension. */
  readonly collapsed: readonly {
    readonly member: string;
    readonly asked: number;
    readonly runs: number;
    readonly reason: string;
  }[];
  readonly lastUpdate: LastUpdate;
  /** Which maintenance windows were opened, skipped, deferred. Absent: none yet. */
  readonly windows?: WindowState;
  /** A change that was asked for and waits for a window, or for the end of maintenance. Absent and null: none. */
  readonly pending?: PendingUpdate | null;
}

export interface JournalEntry {
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly output?: unknown;
}

/** Held by one invocation; another one is `StepBusy` until it is released or its time is over. */
export interface Lease {
  readonly holder: string;
  readonly attempt: number;
  readonly direction: "run" | "undo";
  readonly step: string;
  /** Milliseconds since the epoch: the holder's own deadline. */
  readonly until: number;
}

export type OperationPlan = CreatePlan | DeletePlan | UpdatePlan | UpgradePlan;

export interface OperationItem {
  readonly operationId: string;
  readonly kind: OperationKind;
  readonly environmentName: string;
  readonly environmentId: string;
  /** Counter of this item. */
  readonly generation: number;
  readonly createdAt: number;
  readonly createdBy: string;
  /** Id of the maintenance window that began it. Absent: a request or an upload did. */
  readonly window?: string;
  readonly ladderVersion: number;
  /** Immutable; never recomputed. */
  readonly plan: OperationPlan;
  readonly attempt: number;
  /** When the current attempt began: a check's time does not run while nobody is at work (milliseconds since the epoch). */
  readonly attemptStartedAt: number;
  readonly direction: "forward" | "undoing";
  /** The rung whose undo came first; null while forward, or when cancelled before any undo. */
  readonly undoFrom: string | null;
  readonly lease: Lease | null;
  /** `run:<step>` and `undo:<step>`. */
  readonly journal: Readonly<Record<string, JournalEntry>>;
  /** Attempts in a row that added nothing to the journal. */
  readonly idleAttempts: number;
  readonly outcome: "succeeded" | "rolledBack" | "stuck" | null;
  /** When the outcome was written; milliseconds since the epoch. */
  readonly endedAt: number | null;
  readonly failure: {
    readonly step: string;
    readonly code: string;
    readonly message: string;
    /** The last lines of what the failed task wrote, oldest first (quoted-log.ts). Absent: there are none. */
    readonly log?: readonly string[];
  } | null;
}

/** The pointer to the release that runs, with a counter of its own so that an upload never fights an upgrade. */
export interface ReleaseItem {
  readonly environmentName: string;
  readonly environmentId: string;
  readonly generation: number;
  /** What runs. */
  readonly release: ReleasePointer;
  /** What is being checked; no other is made meanwhile. */
  readonly candidate: Candidate | null;
  /** `contentHash` of the listing last made into a release or candidate: the bucket is looked at again when it differs. */
  readonly seen: string;
  /** The highest number given to a release or candidate; the history has an entry of each that was settled. */
  readonly lastNumber: number;
  /** The layer beside it, as far as it has been noted; absent: not yet. */
  readonly layer?: NotedLayer;
}

export interface ReleasePointer {
  /** `r<number>-<first eight of the content's sha256>` */
  readonly id: string;
  readonly number: number;
  /** Key relative to the environment's prefix. */
  readonly manifest: string;
  /** sha256 over the files alone: two listings of the same content are the same release. */
  readonly contentHash: string;
  readonly createdAt: number;
}

export interface Candidate extends ReleasePointer {
  /** Who changed the bucket, as far as S3 tells. */
  readonly by: string;
  readonly leftOut: readonly LeftOut[];
}
