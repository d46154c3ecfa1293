// Which functions there are, and what each may touch. Data only: stacks/ and local/ both read it, so that neither can drift
// from the other. The ports a handler names here are the permissions its role gets. What calls them: routes.ts, triggers.ts.

/** A port of shared/ports; `stacks/permissions.ts` turns each into exact actions on exact resources. */
export type PortName =
  | "environments"
  | "operations"
  | "workflows"
  | "sourceBuckets"
  | "controlBucket"
  | "secretVault"
  | "taskQueues"
  | "databases"
  | "databaseCopies"
  | "liveDatabase"
  | "containers"
  | "taskOutput"
  | "webAddresses"
  | "airflowRest"
  | "loadMetrics"
  | "reminders"
  | "alarms"
  | "operationOutcomes"
  | "snapshots";

export interface FunctionWiring {
  /** Path from the project's root, then the exported name, as Lambda and SST write it. */
  readonly handler: string;
  /** One sentence for the people who read the function list of an account. */
  readonly purpose: string;
  /** A step's is shorter than its Task's, so that the Task sees the function's own answer (design, section 5). */
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  readonly ports: readonly PortName[];
  /** Runs inside the pool's network because it talks to PostgreSQL, or to environments' own web servers. */
  readonly inNetwork?: true;
}

const api = { timeoutSeconds: 29, memoryMegabytes: 512 } as const;
const step = { timeoutSeconds: 60, memoryMegabytes: 512 } as const;

type Entry = Pick<FunctionWiring, "purpose" | "ports"> & Partial<FunctionWiring>;

/** What an event and a schedule both do. The processor that comes with the memory hashes what was uploaded. */
const releasing = {
  memoryMegabytes: 1024,
  ports: ["environments", "sourceBuckets", "controlBucket"],
} as const satisfies Partial<Entry>;
const layering = {
  memoryMegabytes: 1769,
  ports: ["environments", "operations", "workflows", "sourceBuckets", "controlBucket", "containers"],
} as const satisfies Partial<Entry>;

/** The functions of one folder: a handler's file carries its function's name. */
function inFolder<Name extends string>(
  folder: "api" | "steps" | "events" | "schedules",
  limits: Pick<FunctionWiring, "timeoutSeconds" | "memoryMegabytes">,
  entries: Readonly<Record<Name, Entry>>,
): Readonly<Record<Name, FunctionWiring>> {
  const wired = Object.entries<Entry>(entries).map(([name, entry]) => [
    name,
    { ...limits, handler: `functions/${folder}/${name}.handler`, ...entry },
  ]);
  return Object.fromEntries(wired) as Record<Name, FunctionWiring>;
}

export const functions = {
  ...inFolder("api", api, {
    "create-environment": {
      purpose: "MWAA CreateEnvironment: checks the request, writes the record, starts the create ladder.",
      ports: ["environments", "operations", "workflows", "sourceBuckets", "controlBucket"],
    },
    "get-environment": {
      purpose: "MWAA GetEnvironment: shows the record.",
      ports: ["environments", "controlBucket"],
    },
    "list-environments": {
      purpose: "MWAA ListEnvironments: names, 25 a page.",
      ports: ["environments"],
    },
    "update-environment": {
      purpose: "MWAA UpdateEnvironment: checks the request, marks the record, starts the update or the upgrade ladder.",
      ports: ["environments", "operations", "workflows", "sourceBuckets", "controlBucket"],
    },
    "delete-environment": {
      purpose: "MWAA DeleteEnvironment: marks the record and starts the delete ladder.",
      ports: ["environments", "operations", "workflows"],
    },
    "plan-update": {
      purpose: "Extension: what an update would do; changes nothing.",
      ports: ["environments", "operations", "sourceBuckets", "controlBucket", "liveDatabase"],
      inNetwork: true,
    },
    "list-tags": {
      purpose: "MWAA ListTagsForResource.",
      ports: ["environments"],
    },
    "tag-resource": {
      purpose: "MWAA TagResource.",
      ports: ["environments"],
    },
    "untag-resource": {
      purpose: "MWAA UntagResource.",
      ports: ["environments"],
    },
    "create-cli-token": {
      purpose: "MWAA CreateCliToken: a token for one command.",
      ports: ["environments", "secretVault"],
    },
    "create-web-login-token": {
      purpose: "MWAA CreateWebLoginToken: a token that signs in with a role.",
      ports: ["environments", "secretVault"],
    },
    "invoke-rest-api": {
      purpose: "MWAA InvokeRestApi: one call of Airflow's REST API.",
      ports: ["environments", "secretVault", "airflowRest"],
      inNetwork: true,
    },
    "publish-metrics": {
      purpose: "MWAA PublishMetrics: withdrawn, takes and drops.",
      ports: [],
    },
    "list-operations": {
      purpose: "Extension: what was done to an environment.",
      ports: ["environments", "operations"],
    },
    "get-operation": {
      purpose: "Extension: one operation, step by step.",
      ports: ["environments", "operations"],
    },
    "cancel-operation": {
      purpose: "Extension: an operation turns round.",
      ports: ["environments", "operations"],
    },
    "resume-operation": {
      purpose: "Extension: a stuck operation starts again.",
      ports: ["environments", "operations", "workflows"],
    },
    "get-access": {
      purpose: "Extension: who gets which Airflow role.",
      ports: ["environments"],
    },
    "put-access": {
      purpose: "Extension: replaces who gets which Airflow role.",
      ports: ["environments"],
    },
    "get-configuration": {
      purpose: "Extension: the configuration options, with what is to be said about each.",
      ports: ["environments", "controlBucket"],
    },
    "list-upgrades": {
      purpose: "Extension: to which Airflow versions an environment can be brought, and how.",
      ports: ["environments", "controlBucket"],
    },
    "schedule-update": {
      purpose: "Extension: asks for a change in the next maintenance window.",
      ports: ["environments", "operations", "sourceBuckets", "controlBucket"],
    },
    "cancel-pending-update": {
      purpose: "Extension: takes a change off that waits for maintenance.",
      ports: ["environments"],
    },
    "get-window": {
      purpose: "Extension: when an environment is maintained, and what waits for it.",
      ports: ["environments"],
    },
    "skip-window": {
      purpose: "Extension: one maintenance window passes unused.",
      ports: ["environments"],
    },
    "defer-window": {
      purpose: "Extension: one maintenance window opens later.",
      ports: ["environments"],
    },
    "create-upgrade-check": {
      purpose: "Extension: tries what runs under another Airflow version, beside it.",
      ports: ["environments"],
    },
    "list-upgrade-checks": {
      purpose: "Extension: checks of upgrades, with their verdicts.",
      ports: ["environments"],
    },
    "get-upgrade-check": {
      purpose: "Extension: one check of an upgrade, with its whole report.",
      ports: ["environments", "controlBucket"],
    },
    "list-snapshots": {
      purpose: "Extension: databases that upgrades and restores have left sealed.",
      ports: ["environments"],
    },
    "create-snapshot": {
      purpose: "Extension: a snapshot while the environment goes on.",
      ports: ["environments"],
    },
    "restore-snapshot": {
      purpose: "Extension: a copy of a snapshot takes the place of the live database.",
      ports: ["environments", "operations", "workflows", "controlBucket", "databaseCopies", "liveDatabase"],
      inNetwork: true,
    },
    "delete-snapshot": {
      purpose: "Extension: drops a snapshot before its time is over.",
      ports: ["environments", "databases"],
      inNetwork: true,
    },
    "list-all-snapshots": {
      purpose: "Extension: snapshots of every environment, and the last ones of those that were deleted.",
      ports: ["environments", "snapshots"],
    },
    "clone-snapshot": {
      purpose: "Extension: an environment made of a snapshot.",
      ports: ["environments", "operations", "workflows", "sourceBuckets", "controlBucket", "snapshots"],
    },
    "delete-kept-snapshot": {
      purpose: "Extension: drops the last snapshot of a deleted environment before its time is over.",
      ports: ["databases", "secretVault", "controlBucket", "snapshots"],
      inNetwork: true,
    },
    "list-releases": {
      purpose: "Extension: what was made of the uploads, the newest first.",
      ports: ["environments", "controlBucket"],
    },
    "get-release": {
      purpose: "Extension: one release with its files, and what differs from another.",
      ports: ["environments", "controlBucket"],
    },
    "rollback-release": {
      purpose: "Extension: an earlier release's files go live again, its layer by an update.",
      ports: ["environments", "operations", "workflows", "sourceBuckets", "controlBucket"],
    },
    "get-sync": {
      purpose: "Extension: where every file stands, from the bucket to Airflow.",
      ports: ["environments", "controlBucket"],
    },
    "list-offerings": {
      purpose: "Extension: versions and classes offered here.",
      ports: [],
    },
  }),
  ...inFolder("steps", step, {
    "create-secrets": {
      purpose: "Step: one secret per environment with separate random values.",
      ports: ["operations", "secretVault"],
    },
    "create-queue": {
      purpose: "Step: the Celery queue of this generation.",
      ports: ["operations", "taskQueues"],
    },
    "publish-first-release": {
      purpose: "Step: release 1 from the source bucket, and the first control document.",
      ports: ["environments", "operations", "sourceBuckets", "controlBucket"],
    },
    "build-layer": {
      // a gigabyte of plugins is read through within a step: Lambda gives a whole processor, and its network, from here on
      memoryMegabytes: 1769,
      purpose:
        "Step: copies plugins, requirements and startup script, and starts the task that builds a layer of them.",
      ports: ["environments", "operations", "containers", "controlBucket", "sourceBuckets"],
    },
    "check-layer": {
      purpose: "Check: is the layer built?",
      ports: ["operations", "containers", "controlBucket", "taskOutput"],
    },
    "migrate-template": {
      purpose: "Step: starts the one-off task that migrates a version's template database, once per version.",
      ports: ["operations", "databases", "databaseCopies", "secretVault", "containers"],
      inNetwork: true,
    },
    "check-template": {
      purpose: "Check: is the template database of this version migrated?",
      ports: ["operations", "databases", "databaseCopies", "containers", "taskOutput"],
      inNetwork: true,
    },
    "clone-databases": {
      purpose: "Step: two databases and two login roles, cloned from the template.",
      ports: ["operations", "databases", "databaseCopies", "secretVault", "containers"],
      inNetwork: true,
    },
    "deploy-services": {
      purpose: "Step: address, task definitions and services of this generation.",
      ports: ["environments", "operations", "containers", "webAddresses", "secretVault"],
    },
    "check-services": {
      purpose: "Check: do the agents report every component healthy?",
      ports: ["operations", "containers", "controlBucket", "taskOutput"],
    },
    "check-canary": {
      purpose: "Check: did the canary run go through scheduler, queue and worker?",
      ports: ["operations", "controlBucket"],
    },
    "put-alarms": {
      purpose: "Step: the environment's alarms.",
      ports: ["environments", "operations", "alarms"],
    },
    "remove-alarms": {
      purpose: "Step: deletes the environment's alarms.",
      ports: ["operations", "alarms"],
    },
    "commit-operation": {
      purpose: "Step: the pivot; the record takes the outcome.",
      ports: ["environments", "operations", "operationOutcomes"],
    },
    "publish-control": {
      purpose: "Step: what was uploaded meanwhile becomes a release; the items become the control document.",
      ports: ["environments", "operations", "sourceBuckets", "controlBucket"],
    },
    "settle-operation": {
      purpose: "Step: the record takes the failure, with its reason.",
      ports: ["environments", "operations", "operationOutcomes"],
    },
    "limit-connections": {
      purpose: "Step: the connection limit of the environment's new class.",
      ports: ["operations", "databases"],
      inNetwork: true,
    },
    "scale-services": {
      purpose: "Step: gives services that stay the number of tasks the plan says.",
      ports: ["operations", "containers"],
    },
    "drain-workers": {
      purpose: "Step: asks the old workers to finish what they have.",
      ports: ["environments", "operations", "containers", "controlBucket"],
    },
    "check-drained": {
      purpose: "Check: have the old workers finished their tasks?",
      ports: ["operations", "containers", "controlBucket"],
    },
    "retire-services": {
      purpose: "Step: removes the services that new ones replaced.",
      ports: ["environments", "operations", "containers"],
    },
    "prepare-generation": {
      purpose: "Step: queues and results database of an upgrade's new generation, and a task that tries its image.",
      ports: [
        ...(["environments", "operations", "databases", "secretVault", "taskQueues"] as const),
        ...(["containers", "controlBucket", "databaseCopies", "webAddresses"] as const),
      ],
      inNetwork: true,
    },
    "check-image": {
      purpose: "Check: can a task of the new image be started?",
      ports: ["operations", "containers", "taskOutput"],
    },
    "pause-scheduling": {
      purpose: "Step: asks the old scheduler to stop and the old workers to finish what they have.",
      ports: ["environments", "operations", "containers", "controlBucket"],
    },
    "check-paused": {
      purpose: "Check: have the old tasks let go, or is the pause over?",
      ports: ["operations", "containers", "controlBucket"],
    },
    "stop-services": {
      purpose: "Step: takes the old services down to no tasks.",
      ports: ["environments", "operations", "containers", "databaseCopies"],
      inNetwork: true,
    },
    "check-stopped": {
      purpose: "Check: is no old task left?",
      ports: ["operations", "containers"],
    },
    "close-door": {
      purpose: "Step: closes the live database to the old generation.",
      ports: ["environments", "operations", "databaseCopies"],
      inNetwork: true,
    },
    "mark-interrupted": {
      purpose: "Step: what was ended is listed, and marked to run again.",
      ports: ["environments", "operations", "containers", "databaseCopies"],
      inNetwork: true,
    },
    "copy-database": {
      purpose: "Step: seals the live database and starts its copying.",
      ports: ["environments", "operations", "containers", "databaseCopies", "secretVault"],
      inNetwork: true,
    },
    "check-copied": {
      purpose: "Check: is the database copied?",
      ports: ["operations", "containers", "databaseCopies", "taskOutput"],
      inNetwork: true,
    },
    "migrate-database": {
      purpose: "Step: starts the migration of the copy, once.",
      ports: ["environments", "operations", "containers", "databaseCopies", "secretVault"],
      inNetwork: true,
    },
    "check-migrated": {
      purpose: "Check: is the copy migrated, with its rows and secrets as they were?",
      ports: ["operations", "containers", "databaseCopies", "taskOutput"],
      inNetwork: true,
    },
    "requeue-tasks": {
      purpose: "Step: in the copy, what waits in the old queue is scheduled anew.",
      ports: ["environments", "operations", "databaseCopies"],
      inNetwork: true,
    },
    "open-environment": {
      purpose: "Step: the new generation is let go, and the address is opened.",
      ports: ["environments", "operations", "controlBucket", "databaseCopies", "webAddresses"],
      inNetwork: true,
    },
    "retire-generation": {
      purpose: "Step: removes the old services, queues and results database.",
      ports: ["environments", "operations", "containers", "databases", "taskQueues", "webAddresses"],
      inNetwork: true,
    },
    "remove-services": {
      purpose: "Step: deletes the services, task definitions and address.",
      ports: ["operations", "containers", "controlBucket", "webAddresses"],
    },
    "check-services-gone": {
      purpose: "Check: has every task of the environment stopped?",
      ports: ["operations", "containers"],
    },
    "drop-databases": {
      purpose: "Step: drops databases and login roles; the environment's own is kept for a time as its last snapshot.",
      ports: [
        ...(["environments", "operations", "databases", "databaseCopies"] as const),
        ...(["secretVault", "controlBucket", "snapshots"] as const),
      ],
      inNetwork: true,
    },
    "delete-queue": {
      purpose: "Step: deletes the Celery queue.",
      ports: ["operations", "taskQueues"],
    },
    "delete-secrets": {
      purpose: "Step: deletes the environment's secret.",
      ports: ["operations", "secretVault"],
    },
    "remove-storage": {
      purpose: "Step: empties the environment's prefix of the control bucket.",
      ports: ["operations", "controlBucket"],
    },
  }),
  ...inFolder("events", step, {
    "source-objects-changed": {
      ...releasing,
      purpose: "Event: uploads become a candidate release.",
    },
    "layer-files-changed": {
      ...layering,
      purpose: "Event: an uploaded file becomes a layer, a built layer is rolled out.",
    },
    "scaling-alarm-raised": {
      purpose: "Event: an environment's load needs more or fewer workers.",
      ports: ["environments", "containers", "controlBucket", "loadMetrics", "reminders"],
    },
    "candidate-checked": {
      ...releasing,
      purpose: "Event: a checked candidate becomes what runs.",
    },
  }),
  ...inFolder("schedules", step, {
    "sweep-operations": {
      purpose: "Schedule: starts, resumes or marks Stuck what an operation left open; removes retired services.",
      ports: ["environments", "operations", "operationOutcomes", "workflows", "containers"],
    },
    "reconcile-layers": {
      ...layering,
      purpose: "Schedule: builds layers of what was uploaded, rolls them out, removes those nobody uses.",
    },
    "reconcile-scaling": {
      purpose: "Schedule: covers lost alarms and reminders, and scaling that was cut off.",
      ports: ["environments", "reminders"],
    },
    "open-maintenance-windows": {
      purpose: "Schedule: begins in maintenance windows what waits for them; starts updates queued during maintenance.",
      ports: ["environments", "operations", "workflows", "sourceBuckets", "controlBucket"],
    },
    "expire-snapshots": {
      purpose: "Schedule: drops snapshots once their time is over.",
      ports: ["environments", "databases", "secretVault", "controlBucket", "snapshots"],
      inNetwork: true,
    },
    "advance-snapshots": {
      purpose: "Schedule: carries snapshots that were asked for to their end.",
      ports: ["environments", "containers", "databases", "databaseCopies", "secretVault"],
      inNetwork: true,
    },
    "finish-upgrades": {
      purpose:
        "Schedule: opens the environment and removes the old generation where an upgrade was cut off after its commit.",
      ports: [
        ...(["environments", "operations", "workflows", "containers", "controlBucket"] as const),
        ...(["databases", "databaseCopies", "taskQueues", "webAddresses"] as const),
      ],
      inNetwork: true,
    },
    "advance-upgrade-checks": {
      purpose: "Schedule: carries checks of upgrades on, and removes what they made.",
      ports: ["environments", "containers", "controlBucket", "databaseCopies", "secretVault"],
      inNetwork: true,
    },
    "reconcile-releases": {
      ...releasing,
      purpose: "Schedule: covers lost events, settles candidates and republishes control documents.",
    },
  }),
};
export type FunctionName = keyof typeof functions;
