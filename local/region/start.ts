// Puts the one-machine region together: engines behind one port, functions beside them, PostgreSQL and load balancer as
// processes that outlive it. A start finds what an earlier one left running and adopts it.
import { rmSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { functions } from "../../functions/wiring.ts";
import { routes } from "../../functions/routes.ts";
import { queues, schedules } from "../../functions/triggers.ts";
import { createApiGateway } from "../apigateway/gateway.ts";
import { createIamEngine } from "../auth/iam-engine.ts";
import { createCloudWatchEngine } from "../cloudwatch/engine.ts";
import { startDynamo } from "../dynamodb/start-dynamo.ts";
import { createEcsEngine } from "../ecs/engine.ts";
import { createElbEngine } from "../elbv2/engine.ts";
import type { Engine, EngineContext } from "../engine.ts";
import { createEventsEngine, type EventsEngine } from "../events/engine.ts";
import { startSchedules } from "../events/schedules.ts";
import { type CredentialStore, openCredentials } from "../front/credentials.ts";
import { createImages, type Images } from "../images/images.ts";
import { startLambda } from "../lambda/runtime.ts";
import { startEventSources } from "../lambda/sources.ts";
import { type LoadBalancerProcess, startLoadBalancer } from "../loadbalancer/start.ts";
import { createLogsEngine } from "../logs/engine.ts";
import { startPostgres } from "../postgres/start.ts";
import { startS3 } from "../s3/start.ts";
import { createSecretsManagerEngine } from "../secretsmanager/engine.ts";
import { createSqsEngine } from "../sqs/engine.ts";
import { createStepFunctionsEngine } from "../stepfunctions/engine.ts";
import { createStsEngine } from "../sts/engine.ts";
import { surroundings } from "../unkind/surroundings.ts";
import { builderVariables } from "./builder-variables.ts";
import { callEngine } from "./call-engine.ts";
import { deploy, names } from "./deployment.ts";
import { type Layout, prepareLayout } from "./layout.ts";
import { poolFacts } from "./pool-facts.ts";
import { lockHome, writeRegionFile } from "./region-file.ts";
import { confirmSettings, keepUnkind, type RegionSettings, settleSettings } from "./settings.ts";
import { socketFolder } from "./socket-folder.ts";
import { keepTaskLogFolders } from "./task-log-folders.ts";

export interface RegionOptions {
  readonly home: string;
  readonly log: (line: string) => void;
  /** Kept in the settings: a seed for unkind mode, or `off`. Absent: as the settings have it. */
  readonly unkind?: number | "off";
}

export interface Region {
  readonly url: string;
  /** Stops every process the region started; state stays. */
  down(): Promise<void>;
}

const taskGraceSeconds = 25;
const repoRoot = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Starts the region of a home.
 * @throws RegionRuns when one serves it already; Error with what, why and what to do for a taken port and the like
 */
export async function startRegion({ home, log, unkind: wished }: RegionOptions): Promise<Region> {
  const layout = prepareLayout(home);
  const unlock = lockHome(layout.run);
  if (wished !== undefined) keepUnkind(layout.settingsFile, wished === "off" ? undefined : wished);
  const settings = await settleSettings(layout.settingsFile);
  const around = surroundings(settings.unkind, log);
  const sockets = socketFolder(layout.run);
  const credentials = openCredentials(layout.credentialsFile, settings.accountId);
  const { region, accountId } = settings;
  const url = `http://127.0.0.1:${settings.port}`;
  const context = (name: string): EngineContext => ({
    ...{ folder: layout.engine(name), region, accountId, now: Date.now },
    ...around.context,
  });
  const images = createImages({ folder: layout.images, repoRoot, log: (line) => log(`images: ${line}`) });

  // What runs beside this process begins first: on two cores it starts while the engines are loaded and opened here.
  let balancer: LoadBalancerProcess | undefined;
  const elb = createElbEngine(context("elbv2"), {
    port: settings.webPort,
    onChange: (configuration) => balancer?.configure(configuration),
    status: () => balancer?.status(),
  });
  const s3SocketPath = join(sockets, "s3.sock");
  const eventsReady = Promise.withResolvers<EventsEngine>();
  const beside = begun({
    postgres: startPostgres({ folder: layout.postgres, log }),
    balancer: startLoadBalancer({ folder: layout.loadBalancer, configuration: elb.configuration(), log }),
    s3: startS3({
      folder: layout.engine("s3"),
      socketPath: s3SocketPath,
      region,
      accountId,
      onEvent: async (event) => (await eventsReady.promise).publish(event),
    }),
    canRun: runnableImages(images),
  });
  const lambda = startLambda({
    repoRoot,
    environment: functionsEnvironment(settings, url, credentials),
    laterEnvironment: Promise.all([beside.postgres, beside.canRun]).then(([{ port }, runnable]) => ({
      HANGAR_POOL: functionsPool(settings, layout, elb.listenerArn, port, runnable),
    })),
    socketPath: join(sockets, "functions.sock"),
    logFile: join(layout.logs, "functions.log"),
    region,
    accountId,
    functions,
  });
  const invoke = around.invocations(lambda.invoke);

  const sqs = createSqsEngine(context("sqs"));
  const secrets = createSecretsManagerEngine(context("secretsmanager"));
  const sts = createStsEngine(context("sts"));
  const operatorKeyId = credentials.named("operator").accessKeyId;
  const iam = createIamEngine({ principals: credentials.principals, accountId, operatorKeyId, now: Date.now });
  const cloudwatch = createCloudWatchEngine({
    ...context("cloudwatch"),
    publish: async (event) => (await eventsReady.promise).publish(event),
  });
  const logs = createLogsEngine(context("logs"), undefined, {
    group: names.taskLogGroup,
    tail: (taskId, bytes) => ecs.logs(taskId, bytes),
  });
  const stepFunctions = createStepFunctionsEngine({ ...context("stepfunctions"), invoke: invoke.byTask });
  const events = createEventsEngine({
    ...context("events"),
    sendToQueue: (queue, body) => sqs.send(queue, body),
    invoke: invoke.asynchronous,
  });
  eventsReady.resolve(events);
  const ecs = createEcsEngine(context("ecs"), {
    images: { resolve: async (image) => images.resolve(image) },
    secret: async ({ secretId }) => found(secrets.value(secretId), `The secret ${secretId} does not exist.`),
    credentials: async (role) => taskCredentials(credentials, role),
    machineVariables: async (role) => ({
      HANGAR_LAYER_CACHE: layout.layers,
      ...(isBuilder(role) ? builderVariables(await images.installer()) : {}),
    }),
    endpointUrl: () => url,
    metadataBaseUrl: () => `${url}/_hangar/task`,
    targets: {
      register: (group, { taskArn, address, port }) => elb.register(group, { id: taskArn, address, port }),
      deregister: (group, { taskArn }) => elb.deregister(group, taskArn),
    },
    log,
  });

  const dynamodb = await startDynamo(context("dynamodb"));
  const { startFrontDoor } = await import("../front/front-door.ts");
  const [s3, postgres] = await Promise.all([beside.s3, beside.postgres]);
  balancer = await beside.balancer;
  balancer.configure(elb.configuration()); // what changed while it started

  const engines = [sqs, secrets, sts, iam, cloudwatch, logs, stepFunctions, events, elb, ecs, dynamodb];
  const gateway = createApiGateway({
    ...{ routes, authority: credentials.authority, invoke: invoke.synchronous, region, now: Date.now },
  });
  const front = await startFrontDoor({
    port: settings.port,
    region,
    accountId,
    credentials,
    sessionCredentials: (id) => sts.sessionCredentials(id),
    engines: around.engines(engines),
    s3SocketPath,
    ...around.door,
    apiGateway: around.gateway(gateway),
    ecsMetadata: async (token, method, path, body) => ecs.metadata(token, method, path, body.toString("utf8")),
  });
  confirmSettings(layout.settingsFile); // both ports are bound
  await deploy(
    { region, accountId, repoRoot, s3SocketPath, dynamodb, sqs, ecs, secrets, stepFunctions, events },
    postgres.password,
  );
  await lambda.ready();
  const sources = startEventSources({ queues, sqs, invoke: invoke.asynchronous, region, accountId });
  const clocks = startSchedules({
    schedules: schedules.map((one) => ({ ...one, everySeconds: one.everySecondsOnOneMachine })),
    invoke: invoke.asynchronous,
    region,
    accountId,
  });
  await ecs.start();
  const taskLogs = keepTaskLogFolders(layout.taskLogs, () => serviceNames(ecs));
  writeRegionFile(layout.regionFile, { url, region, accountId, webPort: settings.webPort, ...around.seed });
  // The first execution would wait for this; nobody else has to. Compiled code is kept now and not only at an orderly end.
  stepFunctions
    .warm()
    .catch((error: unknown) => log(`state machines: ${String(error)}`))
    .finally(flushCompileCache);

  return {
    url: front.url,
    async down() {
      rmSync(layout.regionFile, { force: true });
      taskLogs.close();
      await clocks.close();
      await sources.close();
      await ecs.stopAll({ graceSeconds: taskGraceSeconds }); // agents put a last report, so everything else still serves
      await lambda.close();
      await front.close();
      await Promise.all([...engines.map((engine) => engine.close()), s3.close(), postgres.stop(), balancer?.stop()]);
      unlock();
    },
  };
}

/** For what is awaited later: a failure is then heard there, and ends nothing before. */
function begun<Parts extends Record<string, Promise<unknown>>>(parts: Parts): Parts {
  for (const part of Object.values(parts)) part.catch(() => undefined);
  return parts;
}

function functionsEnvironment(
  settings: RegionSettings,
  url: string,
  credentials: CredentialStore,
): Record<string, string> {
  const key = credentials.named("functions");
  return {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: settings.region,
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    ...(process.env["NODE_COMPILE_CACHE"] ? { NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] } : {}),
    POWERTOOLS_LOG_LEVEL: "INFO",
    HANGAR_TABLE: names.table,
    HANGAR_STATE_MACHINE_ARN_PREFIX: `arn:aws:states:${settings.region}:${settings.accountId}:stateMachine:${names.stateMachinePrefix}`,
  };
}

function functionsPool(
  settings: RegionSettings,
  layout: Layout,
  listenerArn: string,
  databasePort: number,
  images: Awaited<ReturnType<typeof runnableImages>>,
): string {
  const pool = poolFacts({
    settings,
    databasePort,
    listenerArn,
    table: names.table,
    cluster: names.cluster,
    controlBucket: names.controlBucket,
    databaseSecret: names.databaseSecret,
    taskLogs: layout.taskLogs,
    taskLogGroup: names.taskLogGroup,
    images,
  });
  return JSON.stringify(pool);
}

/** Each version of the catalogue, with its image or why this machine cannot run it. */
async function runnableImages(images: Images): Promise<Record<string, { image: string } | { reason: string }>> {
  const listed = await images.list();
  const entries = listed.map(async ({ version, image, creatable, reason }) => {
    if (!creatable) return [version, { reason: reason ?? "it cannot be created" }] as const;
    const fit = await images.canRun(version);
    return [version, "reason" in fit ? { reason: fit.reason } : { image }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

/** The role of tasks that build layers (pool-facts.ts). */
const isBuilder = (role: string | undefined): boolean => role?.endsWith("/hangar-builders") ?? false;

function taskCredentials(credentials: CredentialStore, role: string | undefined): Record<string, string> {
  const { accessKeyId, secretAccessKey } = credentials.named(isBuilder(role) ? "builders" : "tasks");
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_EC2_METADATA_DISABLED: "true" };
}

async function serviceNames(ecs: Engine): Promise<readonly string[]> {
  const found_: string[] = [];
  let nextToken: unknown;
  do {
    const page = await callEngine(ecs, "AmazonEC2ContainerServiceV20141113.ListServices", {
      cluster: names.cluster,
      maxResults: 100,
      ...(nextToken ? { nextToken } : {}),
    });
    found_.push(...(page["serviceArns"] as string[]).map((arn) => arn.split("/").at(-1)!));
    nextToken = page["nextToken"];
  } while (nextToken);
  return found_;
}

function found<Value>(value: Value | undefined, message: string): Value {
  if (value === undefined) throw new Error(message);
  return value;
}
