// Which handler answers what, when it runs, and what it may touch. Data only: stacks/ and local/ both read it, so that
// neither can drift from the other. The ports a handler names here are the permissions its role gets.

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
  | "containers"
  | "webAddresses"
  | "airflowRest"
  | "loadMetrics"
  | "reminders"
  | "alarms";

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

export interface RouteWiring {
  readonly method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  /** API Gateway's form: `{Name}` is one path segment. */
  readonly path: string;
  readonly function: FunctionName;
  /** The IAM action that allows it, without its prefix `airflow:`. Extensions map onto MWAA's own. */
  readonly action: AirflowAction;
  /** What the action is allowed on: the environment named, one of its Airflow roles, or nothing in particular (`*`). */
  readonly resource: "environment" | "role" | "any";
}

/** The actions of MWAA's IAM model (service prefix `airflow`). */
export type AirflowAction =
  | "CreateEnvironment"
  | "GetEnvironment"
  | "UpdateEnvironment"
  | "DeleteEnvironment"
  | "ListEnvironments"
  | "ListTagsForResource"
  | "TagResource"
  | "UntagResource"
  | "CreateCliToken"
  | "CreateWebLoginToken"
  | "InvokeRestApi"
  | "PublishMetrics";

export interface QueueWiring {
  readonly name: string;
  readonly visibilityTimeoutSeconds: number;
  /** Deliveries before a message goes to `<name>-dead`. */
  readonly maxReceiveCount: number;
  readonly consumer: {
    readonly function: FunctionName;
    readonly batchSize: number;
    readonly batchWindowSeconds: number;
  };
}

export interface RuleWiring {
  readonly name: string;
  /** Of S3's events, whose objects: those of users' buckets, or those of the control bucket. */
  readonly buckets?: "source" | "control";
  /** An EventBridge pattern, but for a bucket's name. */
  readonly pattern: Readonly<Record<string, unknown>>;
  readonly queue: string;
}

export interface ScheduleWiring {
  readonly name: string;
  readonly everySeconds: number;
  /** One machine has no per-call price, so it may look more often. */
  readonly everySecondsOnOneMachine: number;
  readonly function: FunctionName;
}

const api = { timeoutSeconds: 29, memoryMegabytes: 512 } as const;
const step = { timeoutSeconds: 60, memoryMegabytes: 512 } as const;

type Entry = Pick<FunctionWiring, "purpose" | "ports"> & Partial<FunctionWiring>;

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
      purpose: "MWAA UpdateEnvironment: checks the request, marks the record, starts the update ladder.",
      ports: ["environments", "operations", "workflows", "sourceBuckets", "controlBucket"],
    },
    "delete-environment": {
      purpose: "MWAA DeleteEnvironment: marks the record and starts the delete ladder.",
      ports: ["environments", "operations", "workflows"],
    },
    "plan-update": {
      purpose: "Extension: what an update would do; changes nothing.",
      ports: ["environments", "operations", "sourceBuckets"],
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
      ports: ["operations", "containers", "controlBucket", "sourceBuckets"],
    },
    "check-layer": {
      purpose: "Check: is the layer built?",
      ports: ["operations", "containers", "controlBucket"],
    },
    "migrate-template": {
      purpose: "Step: starts the one-off task that migrates a version's template database, once per version.",
      ports: ["operations", "databases", "secretVault", "containers"],
      inNetwork: true,
    },
    "check-template": {
      purpose: "Check: is the template database of this version migrated?",
      ports: ["operations", "databases", "containers"],
      inNetwork: true,
    },
    "clone-databases": {
      purpose: "Step: two databases and two login roles, cloned from the template.",
      ports: ["operations", "databases", "secretVault", "containers"],
      inNetwork: true,
    },
    "deploy-services": {
      purpose: "Step: address, task definitions and services of this generation.",
      ports: ["operations", "containers", "webAddresses", "secretVault"],
    },
    "check-services": {
      purpose: "Check: do the agents report every component healthy?",
      ports: ["operations", "containers", "controlBucket"],
    },
    "check-canary": {
      purpose: "Check: did the canary run go through scheduler, queue and worker?",
      ports: ["operations", "controlBucket"],
    },
    "put-alarms": {
      purpose: "Step: the environment's alarms.",
      ports: ["operations", "alarms"],
    },
    "remove-alarms": {
      purpose: "Step: deletes the environment's alarms.",
      ports: ["operations", "alarms"],
    },
    "commit-operation": {
      purpose: "Step: the pivot; the record takes the outcome.",
      ports: ["environments", "operations"],
    },
    "publish-control": {
      purpose: "Step: what was uploaded meanwhile becomes a release; the items become the control document.",
      ports: ["environments", "operations", "sourceBuckets", "controlBucket"],
    },
    "settle-operation": {
      purpose: "Step: the record takes the failure, with its reason.",
      ports: ["environments", "operations"],
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
    "remove-services": {
      purpose: "Step: deletes the services, task definitions and address.",
      ports: ["operations", "containers", "controlBucket", "webAddresses"],
    },
    "check-services-gone": {
      purpose: "Check: has every task of the environment stopped?",
      ports: ["operations", "containers"],
    },
    "drop-databases": {
      purpose: "Step: drops the databases and login roles.",
      ports: ["operations", "databases"],
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
      memoryMegabytes: 1024,
      purpose: "Event: uploads become a candidate release.",
      ports: ["environments", "sourceBuckets", "controlBucket"],
    },
    "layer-files-changed": {
      memoryMegabytes: 1769,
      purpose: "Event: an uploaded file becomes a layer, a built layer is rolled out.",
      ports: ["environments", "operations", "workflows", "sourceBuckets", "controlBucket", "containers"],
    },
    "scaling-alarm-raised": {
      purpose: "Event: an environment's load needs more or fewer workers.",
      ports: ["environments", "containers", "controlBucket", "loadMetrics", "reminders"],
    },
    "candidate-checked": {
      memoryMegabytes: 1024,
      purpose: "Event: a checked candidate becomes what runs.",
      ports: ["environments", "sourceBuckets", "controlBucket"],
    },
  }),
  ...inFolder("schedules", step, {
    "sweep-operations": {
      purpose: "Schedule: starts, resumes or marks Stuck what an operation left open; removes retired services.",
      ports: ["environments", "operations", "workflows", "containers"],
    },
    "reconcile-layers": {
      memoryMegabytes: 1769,
      purpose: "Schedule: builds layers of what was uploaded, rolls them out, removes those nobody uses.",
      ports: ["environments", "operations", "workflows", "sourceBuckets", "controlBucket", "containers"],
    },
    "reconcile-scaling": {
      purpose: "Schedule: covers lost alarms and reminders, and scaling that was cut off.",
      ports: ["environments", "containers", "controlBucket", "loadMetrics", "reminders"],
    },
    "reconcile-releases": {
      memoryMegabytes: 1024,
      purpose: "Schedule: covers lost events, settles candidates and republishes control documents.",
      ports: ["environments", "sourceBuckets", "controlBucket"],
    },
  }),
};
export type FunctionName = keyof typeof functions;

/** Most actions are allowed on the environment a path names. */
const route = (
  method: RouteWiring["method"],
  path: string,
  name: FunctionName,
  action: AirflowAction,
  resource: RouteWiring["resource"] = "environment",
): RouteWiring => ({ method, path, function: name, action, resource });

/** MWAA's paths; the model is contracts/mwaa-2020-07-01.service-2.json. */
export const routes: readonly RouteWiring[] = [
  route("PUT", "/environments/{Name}", "create-environment", "CreateEnvironment"),
  route("GET", "/environments/{Name}", "get-environment", "GetEnvironment"),
  route("GET", "/environments", "list-environments", "ListEnvironments", "any"),
  route("PATCH", "/environments/{Name}", "update-environment", "UpdateEnvironment"),
  route("DELETE", "/environments/{Name}", "delete-environment", "DeleteEnvironment"),
  route("GET", "/tags/{ResourceArn}", "list-tags", "ListTagsForResource"),
  route("POST", "/tags/{ResourceArn}", "tag-resource", "TagResource"),
  route("DELETE", "/tags/{ResourceArn}", "untag-resource", "UntagResource"),
  route("POST", "/clitoken/{Name}", "create-cli-token", "CreateCliToken"),
  route("POST", "/webtoken/{Name}", "create-web-login-token", "CreateWebLoginToken", "role"),
  route("POST", "/webtoken/{Name}/roles/{Role}", "create-web-login-token", "CreateWebLoginToken", "role"),
  route("POST", "/restapi/{Name}", "invoke-rest-api", "InvokeRestApi", "role"),
  route("POST", "/restapi/{Name}/roles/{Role}", "invoke-rest-api", "InvokeRestApi", "role"),
  route("POST", "/metrics/environments/{EnvironmentName}", "publish-metrics", "PublishMetrics"),
  // Extensions: their actions are those of MWAA that come nearest.
  route("POST", "/environments/{Name}/plan", "plan-update", "UpdateEnvironment"),
  route("GET", "/environments/{Name}/operations", "list-operations", "GetEnvironment"),
  route("GET", "/environments/{Name}/operations/{OperationId}", "get-operation", "GetEnvironment"),
  route("POST", "/environments/{Name}/operations/{OperationId}/cancel", "cancel-operation", "UpdateEnvironment"),
  route("POST", "/environments/{Name}/operations/{OperationId}/resume", "resume-operation", "UpdateEnvironment"),
  route("GET", "/environments/{Name}/access", "get-access", "GetEnvironment"),
  // It hands out roles up to Admin: no right of those who only operate an environment.
  route("PUT", "/environments/{Name}/access", "put-access", "CreateEnvironment"),
  route("GET", "/environments/{Name}/configuration", "get-configuration", "GetEnvironment"),
  route("GET", "/environments/{Name}/releases", "list-releases", "GetEnvironment"),
  route("GET", "/environments/{Name}/releases/{Number}", "get-release", "GetEnvironment"),
  route("POST", "/environments/{Name}/releases/{Number}/rollback", "rollback-release", "UpdateEnvironment"),
  route("GET", "/environments/{Name}/sync", "get-sync", "GetEnvironment"),
  route("GET", "/offerings", "list-offerings", "ListEnvironments", "any"),
];

/**
 * A rule's whole pattern. Agents write to the control bucket all the time: told apart by the bucket's name, their reports
 * wake nobody who waits for uploads.
 */
export function patternOf(rule: RuleWiring, controlBucket: string): Readonly<Record<string, unknown>> {
  if (!rule.buckets) return rule.pattern;
  const detail = rule.pattern["detail"] as Readonly<Record<string, unknown>> | undefined;
  const name = rule.buckets === "control" ? [controlBucket] : [{ "anything-but": [controlBucket] }];
  return { ...rule.pattern, detail: { bucket: { name }, ...detail } };
}

export const queues: readonly QueueWiring[] = [
  {
    name: "hangar-source-changes",
    visibilityTimeoutSeconds: 120,
    maxReceiveCount: 5,
    consumer: { function: "source-objects-changed", batchSize: 500, batchWindowSeconds: 0.1 },
  },
  {
    name: "hangar-layer-changes",
    visibilityTimeoutSeconds: 120,
    maxReceiveCount: 5,
    consumer: { function: "layer-files-changed", batchSize: 500, batchWindowSeconds: 0.1 },
  },
  {
    // alarms, and the reminders scaling sends itself
    name: "hangar-scaling",
    visibilityTimeoutSeconds: 120,
    maxReceiveCount: 5,
    consumer: { function: "scaling-alarm-raised", batchSize: 10, batchWindowSeconds: 0 },
  },
  {
    name: "hangar-candidate-checks",
    visibilityTimeoutSeconds: 120,
    maxReceiveCount: 5,
    consumer: { function: "candidate-checked", batchSize: 10, batchWindowSeconds: 0 },
  },
];

export const rules: readonly RuleWiring[] = [
  {
    name: "hangar-source-objects-changed",
    buckets: "source",
    pattern: { source: ["aws.s3"], "detail-type": ["Object Created", "Object Deleted"] },
    queue: "hangar-source-changes",
  },
  {
    // The files' names are the environments' own; a plain upload to a DAG folder is looked at and left alone.
    name: "hangar-layer-files-changed",
    buckets: "source",
    pattern: {
      source: ["aws.s3"],
      "detail-type": ["Object Created"],
      detail: { object: { key: [{ suffix: ".zip" }, { suffix: ".txt" }, { suffix: ".sh" }] } },
    },
    queue: "hangar-layer-changes",
  },
  {
    name: "hangar-layer-built",
    buckets: "control",
    pattern: {
      source: ["aws.s3"],
      "detail-type": ["Object Created"],
      detail: { object: { key: [{ wildcard: "environments/*/layers/*/result.json" }] } },
    },
    queue: "hangar-layer-changes",
  },
  {
    name: "hangar-candidate-checked",
    buckets: "control",
    pattern: {
      source: ["aws.s3"],
      "detail-type": ["Object Created"],
      detail: { object: { key: [{ wildcard: "environments/*/checks/*.json" }] } },
    },
    queue: "hangar-candidate-checks",
  },
  {
    name: "hangar-scaling-alarm-raised",
    pattern: {
      source: ["aws.cloudwatch"],
      "detail-type": ["CloudWatch Alarm State Change"],
      detail: {
        alarmName: [{ wildcard: "hangar-*-deficit" }, { wildcard: "hangar-*-surplus" }],
        state: { value: ["ALARM"] },
      },
    },
    queue: "hangar-scaling",
  },
];

export const schedules: readonly ScheduleWiring[] = [
  { name: "hangar-sweep-operations", everySeconds: 60, everySecondsOnOneMachine: 10, function: "sweep-operations" },
  { name: "hangar-reconcile-layers", everySeconds: 60, everySecondsOnOneMachine: 10, function: "reconcile-layers" },
  { name: "hangar-reconcile-scaling", everySeconds: 60, everySecondsOnOneMachine: 10, function: "reconcile-scaling" },
  { name: "hangar-reconcile-releases", everySeconds: 60, everySecondsOnOneMachine: 30, function: "reconcile-releases" },
];
