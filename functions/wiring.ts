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
  | "airflowRest";

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
  /** An EventBridge pattern. */
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

export const functions = {
  "create-environment": {
    ...api,
    handler: "functions/api/create-environment.handler",
    purpose: "MWAA CreateEnvironment: checks the request, writes the record, starts the create ladder.",
    ports: ["environments", "operations", "workflows", "sourceBuckets", "controlBucket"],
  },
  "get-environment": {
    ...api,
    handler: "functions/api/get-environment.handler",
    purpose: "MWAA GetEnvironment: shows the record.",
    ports: ["environments", "controlBucket"],
  },
  "list-environments": {
    ...api,
    handler: "functions/api/list-environments.handler",
    purpose: "MWAA ListEnvironments: names, 25 a page.",
    ports: ["environments"],
  },
  "update-environment": {
    ...api,
    handler: "functions/api/update-environment.handler",
    purpose: "MWAA UpdateEnvironment: checks the request, marks the record, starts the update ladder.",
    ports: ["environments", "operations", "workflows", "sourceBuckets", "controlBucket"],
  },
  "delete-environment": {
    ...api,
    handler: "functions/api/delete-environment.handler",
    purpose: "MWAA DeleteEnvironment: marks the record and starts the delete ladder.",
    ports: ["environments", "operations", "workflows"],
  },
  "plan-update": {
    ...api,
    handler: "functions/api/plan-update.handler",
    purpose: "Extension: what an update would do; changes nothing.",
    ports: ["environments", "operations", "sourceBuckets"],
  },
  "list-tags": {
    ...api,
    handler: "functions/api/list-tags.handler",
    purpose: "MWAA ListTagsForResource.",
    ports: ["environments"],
  },
  "tag-resource": {
    ...api,
    handler: "functions/api/tag-resource.handler",
    purpose: "MWAA TagResource.",
    ports: ["environments"],
  },
  "untag-resource": {
    ...api,
    handler: "functions/api/untag-resource.handler",
    purpose: "MWAA UntagResource.",
    ports: ["environments"],
  },
  "create-cli-token": {
    ...api,
    handler: "functions/api/create-cli-token.handler",
    purpose: "MWAA CreateCliToken: a token for one command.",
    ports: ["environments", "secretVault"],
  },
  "create-web-login-token": {
    ...api,
    handler: "functions/api/create-web-login-token.handler",
    purpose: "MWAA CreateWebLoginToken: a token that signs in with a role.",
    ports: ["environments", "secretVault"],
  },
  "invoke-rest-api": {
    ...api,
    handler: "functions/api/invoke-rest-api.handler",
    purpose: "MWAA InvokeRestApi: one call of Airflow's REST API.",
    ports: ["environments", "secretVault", "airflowRest"],
    inNetwork: true,
  },
  "publish-metrics": {
    ...api,
    handler: "functions/api/publish-metrics.handler",
    purpose: "MWAA PublishMetrics: withdrawn, takes and drops.",
    ports: [],
  },
  "list-operations": {
    ...api,
    handler: "functions/api/list-operations.handler",
    purpose: "Extension: what was done to an environment.",
    ports: ["environments", "operations"],
  },
  "get-operation": {
    ...api,
    handler: "functions/api/get-operation.handler",
    purpose: "Extension: one operation, step by step.",
    ports: ["environments", "operations"],
  },
  "cancel-operation": {
    ...api,
    handler: "functions/api/cancel-operation.handler",
    purpose: "Extension: an operation turns round.",
    ports: ["environments", "operations"],
  },
  "resume-operation": {
    ...api,
    handler: "functions/api/resume-operation.handler",
    purpose: "Extension: a stuck operation starts again.",
    ports: ["environments", "operations", "workflows"],
  },
  "get-access": {
    ...api,
    handler: "functions/api/get-access.handler",
    purpose: "Extension: who gets which Airflow role.",
    ports: ["environments"],
  },
  "put-access": {
    ...api,
    handler: "functions/api/put-access.handler",
    purpose: "Extension: replaces who gets which Airflow role.",
    ports: ["environments"],
  },
  "list-offerings": {
    ...api,
    handler: "functions/api/list-offerings.handler",
    purpose: "Extension: versions and classes offered here.",
    ports: [],
  },
  "create-secrets": {
    ...step,
    handler: "functions/steps/create-secrets.handler",
    purpose: "Step: one secret per environment with separate random values.",
    ports: ["operations", "secretVault"],
  },
  "create-queue": {
    ...step,
    handler: "functions/steps/create-queue.handler",
    purpose: "Step: the Celery queue of this generation.",
    ports: ["operations", "taskQueues"],
  },
  "publish-first-release": {
    ...step,
    handler: "functions/steps/publish-first-release.handler",
    purpose: "Step: release 1 from the source bucket, and the first control document.",
    ports: ["environments", "operations", "sourceBuckets", "controlBucket"],
  },
  "migrate-template": {
    ...step,
    handler: "functions/steps/migrate-template.handler",
    purpose: "Step: starts the one-off task that migrates a version's template database, once per version.",
    ports: ["operations", "databases", "secretVault", "containers"],
    inNetwork: true,
  },
  "check-template": {
    ...step,
    handler: "functions/steps/check-template.handler",
    purpose: "Check: is the template database of this version migrated?",
    ports: ["operations", "databases", "containers"],
    inNetwork: true,
  },
  "clone-databases": {
    ...step,
    handler: "functions/steps/clone-databases.handler",
    purpose: "Step: two databases and two login roles, cloned from the template.",
    ports: ["operations", "databases", "secretVault", "containers"],
    inNetwork: true,
  },
  "deploy-services": {
    ...step,
    handler: "functions/steps/deploy-services.handler",
    purpose: "Step: address, task definitions and services of this generation.",
    ports: ["operations", "containers", "webAddresses", "secretVault"],
  },
  "check-services": {
    ...step,
    handler: "functions/steps/check-services.handler",
    purpose: "Check: do the agents report every component healthy?",
    ports: ["operations", "containers", "controlBucket"],
  },
  "check-canary": {
    ...step,
    handler: "functions/steps/check-canary.handler",
    purpose: "Check: did the canary run go through scheduler, queue and worker?",
    ports: ["operations", "controlBucket"],
  },
  "commit-operation": {
    ...step,
    handler: "functions/steps/commit-operation.handler",
    purpose: "Step: the pivot; the record takes the outcome.",
    ports: ["environments", "operations"],
  },
  "publish-control": {
    ...step,
    handler: "functions/steps/publish-control.handler",
    purpose: "Step: what was uploaded meanwhile becomes a release; the items become the control document.",
    ports: ["environments", "operations", "sourceBuckets", "controlBucket"],
  },
  "settle-operation": {
    ...step,
    handler: "functions/steps/settle-operation.handler",
    purpose: "Step: the record takes the failure, with its reason.",
    ports: ["environments", "operations"],
  },
  "limit-connections": {
    ...step,
    handler: "functions/steps/limit-connections.handler",
    purpose: "Step: the connection limit of the environment's new class.",
    ports: ["operations", "databases"],
    inNetwork: true,
  },
  "scale-services": {
    ...step,
    handler: "functions/steps/scale-services.handler",
    purpose: "Step: gives services that stay the number of tasks the plan says.",
    ports: ["operations", "containers"],
  },
  "drain-workers": {
    ...step,
    handler: "functions/steps/drain-workers.handler",
    purpose: "Step: asks the old workers to finish what they have.",
    ports: ["environments", "operations", "containers", "controlBucket"],
  },
  "check-drained": {
    ...step,
    handler: "functions/steps/check-drained.handler",
    purpose: "Check: have the old workers finished their tasks?",
    ports: ["operations", "containers", "controlBucket"],
  },
  "retire-services": {
    ...step,
    handler: "functions/steps/retire-services.handler",
    purpose: "Step: removes the services that new ones replaced.",
    ports: ["environments", "operations", "containers"],
  },
  "remove-services": {
    ...step,
    handler: "functions/steps/remove-services.handler",
    purpose: "Step: deletes the services, task definitions and address.",
    ports: ["operations", "containers", "webAddresses"],
  },
  "check-services-gone": {
    ...step,
    handler: "functions/steps/check-services-gone.handler",
    purpose: "Check: has every task of the environment stopped?",
    ports: ["operations", "containers"],
  },
  "drop-databases": {
    ...step,
    handler: "functions/steps/drop-databases.handler",
    purpose: "Step: drops the databases and login roles.",
    ports: ["operations", "databases"],
    inNetwork: true,
  },
  "delete-queue": {
    ...step,
    handler: "functions/steps/delete-queue.handler",
    purpose: "Step: deletes the Celery queue.",
    ports: ["operations", "taskQueues"],
  },
  "delete-secrets": {
    ...step,
    handler: "functions/steps/delete-secrets.handler",
    purpose: "Step: deletes the environment's secret.",
    ports: ["operations", "secretVault"],
  },
  "remove-storage": {
    ...step,
    handler: "functions/steps/remove-storage.handler",
    purpose: "Step: empties the environment's prefix of the control bucket.",
    ports: ["operations", "controlBucket"],
  },
  "source-objects-changed": {
    timeoutSeconds: 60,
    memoryMegabytes: 1024,
    handler: "functions/events/source-objects-changed.handler",
    purpose: "Event: uploads become a release.",
    ports: ["environments", "sourceBuckets", "controlBucket"],
  },
  "sweep-operations": {
    timeoutSeconds: 60,
    memoryMegabytes: 512,
    handler: "functions/schedules/sweep-operations.handler",
    purpose: "Schedule: starts, resumes or marks Stuck what an operation left open; removes retired services.",
    ports: ["environments", "operations", "workflows", "containers"],
  },
  "reconcile-releases": {
    timeoutSeconds: 60,
    memoryMegabytes: 1024,
    handler: "functions/schedules/reconcile-releases.handler",
    purpose: "Schedule: covers lost upload events and republishes control documents.",
    ports: ["environments", "sourceBuckets", "controlBucket"],
  },
} as const satisfies Record<string, FunctionWiring>;

export type FunctionName = keyof typeof functions;

/** MWAA's paths; the model is contracts/mwaa-2020-07-01.service-2.json. */
export const routes: readonly RouteWiring[] = [
  {
    method: "PUT",
    path: "/environments/{Name}",
    function: "create-environment",
    action: "CreateEnvironment",
    resource: "environment",
  },
  {
    method: "GET",
    path: "/environments/{Name}",
    function: "get-environment",
    action: "GetEnvironment",
    resource: "environment",
  },
  {
    method: "GET",
    path: "/environments",
    function: "list-environments",
    action: "ListEnvironments",
    resource: "any",
  },
  {
    method: "PATCH",
    path: "/environments/{Name}",
    function: "update-environment",
    action: "UpdateEnvironment",
    resource: "environment",
  },
  {
    method: "DELETE",
    path: "/environments/{Name}",
    function: "delete-environment",
    action: "DeleteEnvironment",
    resource: "environment",
  },
  {
    method: "GET",
    path: "/tags/{ResourceArn}",
    function: "list-tags",
    action: "ListTagsForResource",
    resource: "environment",
  },
  {
    method: "POST",
    path: "/tags/{ResourceArn}",
    function: "tag-resource",
    action: "TagResource",
    resource: "environment",
  },
  {
    method: "DELETE",
    path: "/tags/{ResourceArn}",
    function: "untag-resource",
    action: "UntagResource",
    resource: "environment",
  },
  {
    method: "POST",
    path: "/clitoken/{Name}",
    function: "create-cli-token",
    action: "CreateCliToken",
    resource: "environment",
  },
  {
    method: "POST",
    path: "/webtoken/{Name}",
    function: "create-web-login-token",
    action: "CreateWebLoginToken",
    resource: "role",
  },
  {
    method: "POST",
    path: "/webtoken/{Name}/roles/{Role}",
    function: "create-web-login-token",
    action: "CreateWebLoginToken",
    resource: "role",
  },
  { method: "POST", path: "/restapi/{Name}", function: "invoke-rest-api", action: "InvokeRestApi", resource: "role" },
  {
    method: "POST",
    path: "/restapi/{Name}/roles/{Role}",
    function: "invoke-rest-api",
    action: "InvokeRestApi",
    resource: "role",
  },
  {
    method: "POST",
    path: "/metrics/environments/{EnvironmentName}",
    function: "publish-metrics",
    action: "PublishMetrics",
    resource: "environment",
  },
  // Extensions: their actions are those of MWAA that come nearest.
  {
    method: "POST",
    path: "/environments/{Name}/plan",
    function: "plan-update",
    action: "UpdateEnvironment",
    resource: "environment",
  },
  {
    method: "GET",
    path: "/environments/{Name}/operations",
    function: "list-operations",
    action: "GetEnvironment",
    resource: "environment",
  },
  {
    method: "GET",
    path: "/environments/{Name}/operations/{OperationId}",
    function: "get-operation",
    action: "GetEnvironment",
    resource: "environment",
  },
  {
    method: "POST",
    path: "/environments/{Name}/operations/{OperationId}/cancel",
    function: "cancel-operation",
    action: "UpdateEnvironment",
    resource: "environment",
  },
  {
    method: "POST",
    path: "/environments/{Name}/operations/{OperationId}/resume",
    function: "resume-operation",
    action: "UpdateEnvironment",
    resource: "environment",
  },
  {
    method: "GET",
    path: "/environments/{Name}/access",
    function: "get-access",
    action: "GetEnvironment",
    resource: "environment",
  },
  // It hands out roles up to Admin: no right of those who only operate an environment.
  {
    method: "PUT",
    path: "/environments/{Name}/access",
    function: "put-access",
    action: "CreateEnvironment",
    resource: "environment",
  },
  { method: "GET", path: "/offerings", function: "list-offerings", action: "ListEnvironments", resource: "any" },
];

export const queues: readonly QueueWiring[] = [
  {
    name: "hangar-source-changes",
    visibilityTimeoutSeconds: 120,
    maxReceiveCount: 5,
    consumer: { function: "source-objects-changed", batchSize: 500, batchWindowSeconds: 0.5 },
  },
];

export const rules: readonly RuleWiring[] = [
  {
    name: "hangar-source-objects-changed",
    pattern: { source: ["aws.s3"], "detail-type": ["Object Created", "Object Deleted"] },
    queue: "hangar-source-changes",
  },
];

export const schedules: readonly ScheduleWiring[] = [
  { name: "hangar-sweep-operations", everySeconds: 60, everySecondsOnOneMachine: 10, function: "sweep-operations" },
  { name: "hangar-reconcile-releases", everySeconds: 60, everySecondsOnOneMachine: 30, function: "reconcile-releases" },
];
