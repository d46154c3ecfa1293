// One environment's life through every route of the wiring, on the in-memory world: what the description and the examples
// of docs/api.md are compared with.
import { routes } from "../../functions/routes.ts";
import { withSigningKeys } from "../../state-machines/testing/available.ts";
import { caller, createRequest, emptyWorld, testPool } from "../../state-machines/testing/requests.ts";
import type { UpdatePlan } from "../../shared/domain/plan-update.ts";
import type { Pool } from "../../shared/domain/pool.ts";
import { airflowOfferings } from "../../shared/domain/offerings.ts";
import type { AllPorts } from "../../shared/testing/memory-world.ts";
import { scaleWorkers } from "../../shared/runtime/scaler.ts";
import { maintainAnother } from "./maintenance-story.ts";
import { releaseTeamFiles } from "./release-story.ts";
import { takeSnapshots } from "./snapshot-story.ts";
import { upgradeAnother } from "./upgrade-story.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import { partsOf } from "../contract/mwaa/handlers.ts";

/** One request and what came back, as JSON. */
export interface Exchange {
  /** `GET /environments/{Name}`, as in the wiring. */
  readonly route: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly answer: unknown;
}

/** Whom it is told to. */
type Told = AllPorts & { readonly pool: Pool };

const Name = "first";
const ResourceArn = `arn:aws:airflow:us-east-1:000000000000:environment/${Name}`;
const operator = { Principal: caller.arn, Role: "Op" };
const rolling = { EnvironmentClass: "mw1.medium", WorkerReplacementStrategy: "GRACEFUL" };
const options = {
  "core.default_task_retries": "3",
  "core.paralelism": "64",
  "smtp.smtp_password": "hunter2",
  "triggerer.default_capacity": "125",
};

/** Tells it. @returns the exchanges in order, and those the documentation shows by their name */
export async function tellStory(): Promise<{
  readonly exchanges: readonly Exchange[];
  readonly examples: ReadonlyMap<string, unknown>;
}> {
  const world = emptyWorld();
  const exchanges: Exchange[] = [];
  const examples = new Map<string, unknown>();
  const ports = { ...world.ports, pool: testPool };

  async function ask(route: string, request: object = {}, example?: string, told: Told = ports): Promise<void> {
    const wired = routes.find(({ method, path }) => `${method} ${path}` === route);
    if (!wired) throw new Error(`There is no route ${route}.`);
    const { inner } = await partsOf(wired.function);
    const answer: unknown = JSON.parse(JSON.stringify(await inner(request, told, caller)));
    exchanges.push({ route, request: request as Exchange["request"], answer });
    if (example) examples.set(example, answer);
  }
  const one = "/environments/{Name}";
  const operationPath = `${one}/operations/{OperationId}`;
  const latest = async () => (await world.environments.get(Name))!.operationId!;

  await ask("GET /offerings", {}, "offerings");
  // versions to stop at on the way up are shown where the pool has images of several
  const images = Object.fromEntries(airflowOfferings.map(({ version }) => [version, { image: version }]));
  await ask("GET /offerings", {}, undefined, { ...ports, pool: { ...testPool, images } });
  const create = { ...createRequest, MinWorkers: 2, MaxWorkers: 4, AirflowConfigurationOptions: options };
  await ask(`PUT ${one}`, create, "create");
  await ask(`GET ${one}`, { Name });
  await runLadder(world, Name);
  await ask(`GET ${one}`, { Name }, "get");
  await ask("GET /environments");
  await ask("GET /environments", { Details: true, MaxResults: 5 }, "list-details");

  await ask("GET /tags/{ResourceArn}", { ResourceArn });
  await ask("POST /tags/{ResourceArn}", { ResourceArn, Tags: { team: "data" } });
  await ask("GET /tags/{ResourceArn}", { ResourceArn });
  await ask("DELETE /tags/{ResourceArn}", { ResourceArn, tagKeys: ["team"] });

  await ask(`GET ${one}/configuration`, { Name }, "get-configuration");
  await ask(`GET ${one}/configuration`, { Name, Option: "webserver.workers" }, "explain-option");

  await ask(`GET ${one}/upgrades`, { Name });
  const current = (await world.environments.get(Name))!;
  // as if it ran the last version of Airflow 2
  const older = { ...current, settings: { ...current.settings, airflowVersion: "2.11.2" } };
  world.environments.items.set(Name, older);
  await ask(`GET ${one}/upgrades`, { Name }, "list-upgrades");
  world.environments.items.set(Name, current);

  await ask(`GET ${one}/access`, { Name }, "get-access-first");
  const entries = [operator, { Principal: "arn:aws:sts::000000000000:assumed-role/analyst/*", Role: "Viewer" }];
  await ask(`PUT ${one}/access`, { Name, Entries: entries }, "put-access");
  await ask(`GET ${one}/access`, { Name }, "get-access");

  withSigningKeys(world, (await world.environments.get(Name))!.names.signInSecret);
  world.airflowRest.answer = { status: 200, body: '{"dags":[],"total_entries":0}' };
  const rest = { Name, Path: "/dags", Method: "GET", QueryParameters: { limit: 5 } };
  await ask("POST /clitoken/{Name}", { Name });
  await ask("POST /webtoken/{Name}", { Name });
  await ask("POST /webtoken/{Name}/roles/{Role}", { Name, Role: "Viewer" });
  await ask("POST /restapi/{Name}", rest);
  await ask("POST /restapi/{Name}/roles/{Role}", { ...rest, Role: "Viewer" });
  const metric = { MetricName: "a", Timestamp: 1_800_000_000, Value: 1 };
  await ask("POST /metrics/environments/{EnvironmentName}", {
    EnvironmentName: Name,
    MetricData: [metric],
  });

  await ask(`POST ${one}/plan`, { Name });
  await ask(`POST ${one}/plan`, { Name, MinWorkers: 3 }, "plan-scale");
  await ask(`POST ${one}/plan`, { Name, AirflowConfigurationOptions: { "core.executor": "LocalExecutor" } });
  await ask(`PATCH ${one}`, { Name, ...rolling });
  await ask(`GET ${one}/operations`, { Name });
  await runLadder(world, Name);
  const update = (await world.environments.get(Name))!.lastUpdate;
  if (update.status !== "SUCCESS") throw new Error(`The update ended ${update.status}.`);
  await ask(`POST ${one}/plan`, { Name, EnvironmentClass: "mw1.small" }, "plan");

  await ask(`PATCH ${one}`, { Name, MinWorkers: 3 });
  const cancelled = await latest();
  await ask(`POST ${operationPath}/cancel`, { Name, OperationId: cancelled }, "cancel");
  await runLadder(world, Name);
  await ask(`GET ${operationPath}`, { Name, OperationId: cancelled }, "get-operation");

  world.agents.script.unhealthyGenerations = [3];
  await ask(`PATCH ${one}`, { Name, EnvironmentClass: "mw1.small", StartupScriptS3Path: null });
  const stuck = await latest();
  const stored = world.operations.items.get(stuck)!;
  const deadlineSeconds = { ...stored.plan.deadlineSeconds, services: 20, drained: 20 };
  const plan = { ...stored.plan, deadlineSeconds } as typeof stored.plan;
  world.operations.items.set(stuck, { ...stored, plan });
  for (const { name } of (stored.plan as UpdatePlan).services)
    world.taskOutput.lines.set(name, ["airflow: the api-server does not start", "ValueError: no such option"]);
  await runLadder(world, Name, { UndoDeployServices: "fails" });
  await ask(`GET ${one}`, { Name }, "get-stuck");
  await ask(`GET ${one}/operations`, { Name, MaxResults: 1 }, "list-operations");
  world.agents.script.unhealthyGenerations = [];
  await ask(`POST ${operationPath}/resume`, { Name, OperationId: stuck }, "resume");
  await runLadder(world, Name);
  await ask(`GET ${operationPath}`, { Name, OperationId: stuck });

  await releaseTeamFiles(world, Name, (request, path, example) => ask(path, request, example));
  const now = world.clock.now();
  world.loadMetrics.measure((await world.environments.get(Name))!, {
    at: now,
    running: 9,
    queued: 9,
    slots: 5,
    need: 4,
  });
  await scaleWorkers(Name, ports);
  await ask(`GET ${one}`, { Name });
  await takeSnapshots(ask);
  await upgradeAnother(ask);
  await maintainAnother(ask);
  await ask(`DELETE ${one}`, { Name });
  await ask(`GET ${one}`, { Name });
  return { exchanges, examples };
}
