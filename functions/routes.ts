// Which handler answers which request, and the IAM action that allows it. Data only: stacks/, local/ and docs/ read it.
import type { FunctionName } from "./wiring.ts";

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
  route("GET", "/environments/{Name}/upgrades", "list-upgrades", "GetEnvironment"),
  route("POST", "/environments/{Name}/pending", "schedule-update", "UpdateEnvironment"),
  route("DELETE", "/environments/{Name}/pending", "cancel-pending-update", "UpdateEnvironment"),
  route("GET", "/environments/{Name}/window", "get-window", "GetEnvironment"),
  route("POST", "/environments/{Name}/window/skip", "skip-window", "UpdateEnvironment"),
  route("POST", "/environments/{Name}/window/defer", "defer-window", "UpdateEnvironment"),
  route("POST", "/environments/{Name}/upgrade-checks", "create-upgrade-check", "UpdateEnvironment"),
  route("GET", "/environments/{Name}/upgrade-checks", "list-upgrade-checks", "GetEnvironment"),
  route("GET", "/environments/{Name}/upgrade-checks/{CheckId}", "get-upgrade-check", "GetEnvironment"),
  route("GET", "/environments/{Name}/snapshots", "list-snapshots", "GetEnvironment"),
  route("POST", "/environments/{Name}/snapshots", "create-snapshot", "UpdateEnvironment"),
  route("POST", "/environments/{Name}/snapshots/{Snapshot}/restore", "restore-snapshot", "UpdateEnvironment"),
  // What is dropped does not come back: no right of those who only operate an environment.
  route("DELETE", "/environments/{Name}/snapshots/{Snapshot}", "delete-snapshot", "DeleteEnvironment"),
  route("GET", "/snapshots", "list-all-snapshots", "ListEnvironments", "any"),
  route("POST", "/snapshots/{Snapshot}/environments", "clone-snapshot", "CreateEnvironment", "any"),
  // Their environments are gone: there is nothing else to allow it on.
  route("DELETE", "/snapshots/{Snapshot}", "delete-kept-snapshot", "DeleteEnvironment", "any"),
  route("GET", "/environments/{Name}/releases", "list-releases", "GetEnvironment"),
  route("GET", "/environments/{Name}/releases/{Number}", "get-release", "GetEnvironment"),
  route("POST", "/environments/{Name}/releases/{Number}/rollback", "rollback-release", "UpdateEnvironment"),
  route("GET", "/environments/{Name}/sync", "get-sync", "GetEnvironment"),
  route("GET", "/offerings", "list-offerings", "ListEnvironments", "any"),
];
