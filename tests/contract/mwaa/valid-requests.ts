// One request for each route that the service would take, and the shape its members are taken from: what mutations start
// from.
import { type RouteWiring, routes } from "../../../functions/routes.ts";
import type { ModelShape, ModelShapes } from "../../../shared/domain/model-schema.ts";
import { mwaaShapes } from "../../../shared/domain/mwaa-model.generated.ts";
import { createRequest } from "../../../state-machines/testing/requests.ts";
import { accountId, region } from "./served-api.ts";

/** Stands for every value the service must keep to itself. */
export const sentSecret = "sent-secret-hunter2-do-not-show";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [member: string]: Json };

export interface ValidRequest {
  readonly route: RouteWiring;
  /** In the order of the path. */
  readonly labels: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [name: string, value: string])[];
  readonly body: Readonly<Record<string, Json>> | undefined;
  /** The shape of the whole input in `shapes`. */
  readonly input: string;
}

/** The service model's shapes, and those of the extensions in the same form. */
export const shapes: ModelShapes = {
  ...mwaaShapes,
  PutAccessInput: {
    type: "structure",
    required: ["Name", "Entries"],
    members: { Name: { shape: "EnvironmentName", location: "uri" }, Entries: { shape: "AccessEntries" } },
  },
  AccessEntries: { type: "list", member: { shape: "AccessEntry" }, max: 100 },
  AccessEntry: {
    type: "structure",
    required: ["Principal", "Role"],
    members: { Principal: { shape: "Principal" }, Role: { shape: "AirflowRole" } },
  },
  Principal: { type: "string", min: 1, max: 1224 },
  AirflowRole: { type: "string", enum: ["Admin", "Op", "User", "Viewer", "Public"] },
  NoInput: { type: "structure", members: {} },
} satisfies Record<string, ModelShape>;

const { Name: _, ...creatable } = createRequest;
const create = {
  ...(creatable as unknown as Record<string, Json>),
  AirflowConfigurationOptions: { "core.parallelism": "8", "smtp.smtp_password": sentSecret },
  LoggingConfiguration: { TaskLogs: { Enabled: true, LogLevel: "INFO" } },
  Tags: { team: "a" },
};
const update = {
  EnvironmentClass: "mw1.medium",
  MaxWorkers: 5,
  AirflowConfigurationOptions: { "smtp.smtp_password": sentSecret },
  NetworkConfiguration: { SecurityGroupIds: ["sg-b"] },
  RequirementsS3Path: "requirements.txt",
  RequirementsS3ObjectVersion: "v1",
  WorkerReplacementStrategy: "GRACEFUL",
};
const metric = { MetricName: "m", Timestamp: 1_700_000_000, Value: 1, Unit: "Count", Dimensions: [] };

type Kind = Pick<ValidRequest, "input"> & Partial<Pick<ValidRequest, "body" | "query">>;
const kinds: Readonly<Partial<Record<RouteWiring["function"], Kind>>> = {
  "create-environment": { input: "CreateEnvironmentInput", body: create },
  "get-environment": { input: "GetEnvironmentInput" },
  "list-environments": { input: "ListEnvironmentsInput", query: [["MaxResults", "2"]] },
  "update-environment": { input: "UpdateEnvironmentInput", body: update },
  "delete-environment": { input: "DeleteEnvironmentInput" },
  "plan-update": { input: "UpdateEnvironmentInput", body: update },
  "list-tags": { input: "ListTagsForResourceInput" },
  "tag-resource": { input: "TagResourceInput", body: { Tags: { team: "b" } } },
  "untag-resource": { input: "UntagResourceInput", query: [["tagKeys", "a"]] },
  "create-cli-token": { input: "CreateCliTokenRequest" },
  "create-web-login-token": { input: "CreateWebLoginTokenRequest" },
  "invoke-rest-api": {
    input: "InvokeRestApiRequest",
    body: { Path: "/variables", Method: "POST", QueryParameters: { limit: 5 }, Body: { key: "k", value: sentSecret } },
  },
  "publish-metrics": { input: "PublishMetricsInput", body: { MetricData: [metric] } },
  "list-operations": { input: "GetEnvironmentInput", query: [["MaxResults", "3"]] },
  "get-operation": { input: "GetEnvironmentInput" },
  "cancel-operation": { input: "GetEnvironmentInput" },
  "resume-operation": { input: "GetEnvironmentInput" },
  "get-access": { input: "GetEnvironmentInput" },
  "get-configuration": { input: "GetEnvironmentInput", query: [["Option", "core.parallelism"]] },
  "put-access": { input: "PutAccessInput", body: { Entries: [{ Principal: "*", Role: "Admin" }] } },
  "list-upgrades": { input: "GetEnvironmentInput" },
  "schedule-update": { input: "UpdateEnvironmentInput", body: update },
  "cancel-pending-update": { input: "GetEnvironmentInput" },
  "get-window": { input: "GetEnvironmentInput" },
  "skip-window": { input: "GetEnvironmentInput" },
  "defer-window": { input: "GetEnvironmentInput", body: { Until: 1_800_000_000 } },
  "create-upgrade-check": { input: "GetEnvironmentInput", body: { AirflowVersion: "3.3.1" } },
  "list-upgrade-checks": { input: "GetEnvironmentInput" },
  "get-upgrade-check": { input: "GetEnvironmentInput" },
  "list-snapshots": { input: "GetEnvironmentInput" },
  "create-snapshot": { input: "GetEnvironmentInput", body: { Description: "before the move" } },
  "list-all-snapshots": { input: "NoInput" },
  "clone-snapshot": { input: "CreateEnvironmentInput", body: { ...create, Name: "second" } },
  "delete-kept-snapshot": { input: "NoInput" },
  "restore-snapshot": { input: "GetEnvironmentInput", body: { DryRun: true } },
  "delete-snapshot": { input: "GetEnvironmentInput" },
  "list-releases": { input: "GetEnvironmentInput", query: [["MaxResults", "3"]] },
  "get-release": {
    input: "GetEnvironmentInput",
    query: [
      ["Against", "1"],
      ["Path", "first"],
    ],
  },
  "rollback-release": { input: "GetEnvironmentInput" },
  "get-sync": { input: "GetEnvironmentInput", query: [["Path", "first"]] },
  "list-offerings": { input: "NoInput" },
};

/** A request of every route for this environment. @throws Error for a route nothing is said of here */
export function validRequests(name: string, operationId: string): readonly ValidRequest[] {
  return routes.map((route) => {
    const kind = kinds[route.function];
    if (!kind) throw new Error(`Say in kinds what a request to ${route.function} looks like.`);
    const known: Readonly<Record<string, string>> = {
      Name: name,
      EnvironmentName: name,
      ResourceArn: `arn:aws:airflow:${region}:${accountId}:environment/${name}`,
      OperationId: operationId,
      Role: "Viewer",
      Number: "1",
      Snapshot: "hangar_e0123456789",
      CheckId: operationId,
    };
    const labels = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, label = ""]) => [label, known[label]!]);
    return { query: [], body: undefined, ...kind, route, labels: Object.fromEntries(labels) };
  });
}

/** The path with its labels encoded. @param asTheyStand labels to put there instead, not encoded */
export const pathOf = ({ route, labels }: ValidRequest, asTheyStand: Readonly<Record<string, string>> = {}): string =>
  route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => asTheyStand[name] ?? encodeURIComponent(labels[name]!));
