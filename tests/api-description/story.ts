// One environment's life through every route of the wiring, on the in-memory world: what the description and the examples
// of docs/api.md are compared with.
import { cancelOperation } from "../../functions/api/cancel-operation.ts";
import { createCliToken } from "../../functions/api/create-cli-token.ts";
import { createEnvironment } from "../../functions/api/create-environment.ts";
import { createWebLoginToken } from "../../functions/api/create-web-login-token.ts";
import { deleteEnvironment } from "../../functions/api/delete-environment.ts";
import { getAccess } from "../../functions/api/get-access.ts";
import { getEnvironment } from "../../functions/api/get-environment.ts";
import { getOperation } from "../../functions/api/get-operation.ts";
import { invokeRestApi } from "../../functions/api/invoke-rest-api.ts";
import { listEnvironments } from "../../functions/api/list-environments.ts";
import { listOfferings } from "../../functions/api/list-offerings.ts";
import { listOperations } from "../../functions/api/list-operations.ts";
import { listTags } from "../../functions/api/list-tags.ts";
import { planUpdate } from "../../functions/api/plan-update.ts";
import { publishMetrics } from "../../functions/api/publish-metrics.ts";
import { putAccess } from "../../functions/api/put-access.ts";
import { resumeOperation } from "../../functions/api/resume-operation.ts";
import { tagResource } from "../../functions/api/tag-resource.ts";
import { untagResource } from "../../functions/api/untag-resource.ts";
import { updateEnvironment } from "../../functions/api/update-environment.ts";
import type { FunctionName } from "../../functions/wiring.ts";
import { systemIdentifiers } from "../../shared/aws/system-clock.ts";
import { caller, createRequest, emptyWorld, testPool } from "../../state-machines/testing/requests.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";

/** One request and what came back, as JSON. */
export interface Exchange {
  /** `GET /environments/{Name}`, as in the wiring. */
  readonly route: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly answer: unknown;
}

const handlers = {
  "cancel-operation": cancelOperation,
  "create-cli-token": createCliToken,
  "create-environment": createEnvironment,
  "create-web-login-token": createWebLoginToken,
  "delete-environment": deleteEnvironment,
  "get-access": getAccess,
  "get-environment": getEnvironment,
  "get-operation": getOperation,
  "invoke-rest-api": invokeRestApi,
  "list-environments": listEnvironments,
  "list-offerings": listOfferings,
  "list-operations": listOperations,
  "list-tags": listTags,
  "plan-update": planUpdate,
  "publish-metrics": publishMetrics,
  "put-access": putAccess,
  "resume-operation": resumeOperation,
  "tag-resource": tagResource,
  "untag-resource": untagResource,
  "update-environment": updateEnvironment,
} satisfies Partial<Record<FunctionName, (...input: never[]) => Promise<unknown>>>;

const Name = "first";
const ResourceArn = `arn:aws:airflow:us-east-1:000000000000:environment/${Name}`;
const operator = { Principal: caller.arn, Role: "Op" };
const rolling = { EnvironmentClass: "mw1.medium", WorkerReplacementStrategy: "GRACEFUL" };
const options = { "core.default_task_retries": "3" };

/** Tells it. @returns the exchanges in order, and those the documentation shows by their name */
export async function tellStory(): Promise<{
  readonly exchanges: readonly Exchange[];
  readonly examples: ReadonlyMap<string, unknown>;
}> {
  const world = emptyWorld();
  const exchanges: Exchange[] = [];
  const examples = new Map<string, unknown>();
  const ports = { ...world.ports, pool: testPool };

  async function ask(handler: keyof typeof handlers, route: string, request: object = {}, example?: string) {
    const inner = handlers[handler] as (request: object, own: typeof ports, who: typeof caller) => Promise<unknown>;
    const answer: unknown = JSON.parse(JSON.stringify(await inner(request, ports, caller)));
    exchanges.push({ route, request: request as Exchange["request"], answer });
    if (example) examples.set(example, answer);
    return answer as Record<string, never>;
  }
  const one = "/environments/{Name}";
  const operationPath = `${one}/operations/{OperationId}`;
  const latest = async () => (await world.environments.get(Name))!.operationId!;

  await ask("list-offerings", "GET /offerings", {}, "offerings");
  const create = { ...createRequest, MinWorkers: 2, MaxWorkers: 4, AirflowConfigurationOptions: options };
  await ask("create-environment", `PUT ${one}`, create, "create");
  await ask("get-environment", `GET ${one}`, { Name });
  await runLadder(world, Name);
  await ask("get-environment", `GET ${one}`, { Name }, "get");
  await ask("list-environments", "GET /environments");
  await ask("list-environments", "GET /environments", { Details: true, MaxResults: 5 }, "list-details");

  await ask("list-tags", "GET /tags/{ResourceArn}", { ResourceArn });
  await ask("tag-resource", "POST /tags/{ResourceArn}", { ResourceArn, Tags: { team: "data" } });
  await ask("list-tags", "GET /tags/{ResourceArn}", { ResourceArn });
  await ask("untag-resource", "DELETE /tags/{ResourceArn}", { ResourceArn, tagKeys: ["team"] });

  await ask("get-access", `GET ${one}/access`, { Name }, "get-access-first");
  const entries = [operator, { Principal: "arn:aws:sts::000000000000:assumed-role/analyst/*", Role: "Viewer" }];
  await ask("put-access", `PUT ${one}/access`, { Name, Entries: entries }, "put-access");
  await ask("get-access", `GET ${one}/access`, { Name }, "get-access");

  // keys that count up sign nothing
  const { signInSecret } = (await world.environments.get(Name))!.names;
  world.secretVault.secrets.set(signInSecret, { ...systemIdentifiers().signingKeys() });
  world.airflowRest.answer = { status: 200, body: '{"dags":[],"total_entries":0}' };
  const rest = { Name, Path: "/dags", Method: "GET", QueryParameters: { limit: 5 } };
  await ask("create-cli-token", "POST /clitoken/{Name}", { Name });
  await ask("create-web-login-token", "POST /webtoken/{Name}", { Name });
  await ask("create-web-login-token", "POST /webtoken/{Name}/roles/{Role}", { Name, Role: "Viewer" });
  await ask("invoke-rest-api", "POST /restapi/{Name}", rest);
  await ask("invoke-rest-api", "POST /restapi/{Name}/roles/{Role}", { ...rest, Role: "Viewer" });
  const metric = { MetricName: "a", Timestamp: 1_800_000_000, Value: 1 };
  await ask("publish-metrics", "POST /metrics/environments/{EnvironmentName}", {
    EnvironmentName: Name,
    MetricData: [metric],
  });

  await ask("plan-update", `POST ${one}/plan`, { Name });
  await ask("plan-update", `POST ${one}/plan`, { Name, MinWorkers: 3 }, "plan-scale");
  await ask("update-environment", `PATCH ${one}`, { Name, ...rolling });
  await ask("list-operations", `GET ${one}/operations`, { Name });
  await runLadder(world, Name);
  const update = (await world.environments.get(Name))!.lastUpdate;
  if (update.status !== "SUCCESS") throw new Error(`The update ended ${update.status}.`);
  await ask("plan-update", `POST ${one}/plan`, { Name, EnvironmentClass: "mw1.small" }, "plan");

  await ask("update-environment", `PATCH ${one}`, { Name, MinWorkers: 3 });
  const cancelled = await latest();
  await ask("cancel-operation", `POST ${operationPath}/cancel`, { Name, OperationId: cancelled }, "cancel");
  await runLadder(world, Name);
  await ask("get-operation", `GET ${operationPath}`, { Name, OperationId: cancelled }, "get-operation");

  world.agents.script.unhealthyGenerations = [3];
  await ask("update-environment", `PATCH ${one}`, { Name, EnvironmentClass: "mw1.small", StartupScriptS3Path: null });
  const stuck = await latest();
  const stored = world.operations.items.get(stuck)!;
  const plan = { ...stored.plan, deadlineSeconds: { services: 20, drained: 20 } } as typeof stored.plan;
  world.operations.items.set(stuck, { ...stored, plan });
  await runLadder(world, Name, { UndoDeployServices: "fails" });
  await ask("get-environment", `GET ${one}`, { Name }, "get-stuck");
  await ask("list-operations", `GET ${one}/operations`, { Name, MaxResults: 1 }, "list-operations");
  world.agents.script.unhealthyGenerations = [];
  await ask("resume-operation", `POST ${operationPath}/resume`, { Name, OperationId: stuck }, "resume");
  await runLadder(world, Name);
  await ask("get-operation", `GET ${operationPath}`, { Name, OperationId: stuck });

  await ask("delete-environment", `DELETE ${one}`, { Name });
  await ask("get-environment", `GET ${one}`, { Name });
  return { exchanges, examples };
}
