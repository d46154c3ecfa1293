// Puts the one-machine region together: engines behind one port, functions beside them, PostgreSQL and load balancer as
// processes that outlive it. A start finds what an earlier one left running and adopts it.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { functions, queues, routes, schedules } from "../../functions/wiring.ts";
import { createApiGateway } from "../apigateway/api-gateway.ts";
import { createCloudWatchEngine } from "../cloudwatch/engine.ts";
import { startDynamo } from "../dynamodb/start-dynamo.ts";
import { createEcsEngine } from "../ecs/engine.ts";
import { createElbEngine } from "../elbv2/engine.ts";
import type { EngineContext } from "../engine.ts";
import { createEventsEngine } from "../events/engine.ts";
import { startSchedules } from "../events/schedules.ts";
import { openCredentials } from "../front/credentials.ts";
import { startFrontDoor } from "../front/front-door.ts";
import { createImages } from "../images/images.ts";
import { startLambda } from "../lambda/runtime.ts";
import { startEventSources } from "../lambda/sources.ts";
import { startLoadBalancer } from "../loadbalancer/start.ts";
import { createLogsEngine } from "../logs/engine.ts";
import { startPostgres } from "../postgres/start.ts";
import { startS3 } from "../s3/start.ts";
import { createSecretsManagerEngine } from "../secretsmanager/engine.ts";
import { createSqsEngine } from "../sqs/engine.ts";
import { createStepFunctionsEngine } from "../stepfunctions/engine.ts";
import { createStsEngine } from "../sts/engine.ts";
import { deploy, names } from "./deployment.ts";
import { prepareLayout } from "./layout.ts";
import { poolFacts } from "./pool-facts.ts";
import { lockHome, writeRegionFile } from "./region-file.ts";
import { settleSettings } from "./settings.ts";

export interface RegionOptions {
  readonly home: string;
  readonly log: (line: string) => void;
  /** false: adopt what runs only to stop it; nothing is served. */
  readonly serve: boolean;
}

export interface Region {
  readonly url: string;
  /** Stops every process the region started; state stays. */
  down(): Promise<void>;
}

const taskGraceSeconds = 25;
const repoRoot = fileURLToPath(new URL("../../", import.meta.url));
