// Tasks' output by the region's ECS and CloudWatch Logs, with real small processes.
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createLogsEngine, type LogsEngine } from "../../../local/logs/engine.ts";
import { cloudwatchTaskOutput } from "../../../shared/aws/cloudwatch-task-output.ts";
import { ecsContainers } from "../../../shared/aws/ecs-containers.ts";
import { openRegion, type Region, SECRET_ARN } from "../ecs/region.ts";
import { until } from "../ecs/steps.ts";
import { clientDefaults, contractCaller, type ServedEngine, serve } from "../serve.ts";
import { serviceSpec, taskSpec } from "./sample-items.ts";
import { taskOutputContract } from "./task-output.suite.ts";

const group = "/hangar/tasks";
let region: Region;
let folder: string;
let logs: LogsEngine;
let served: ServedEngine;

beforeAll(async () => {
  region = await openRegion();
  folder = await mkdtemp(join(tmpdir(), "hangar-logs-"));
  const context = { folder, region: clientDefaults.region, accountId: contractCaller.accountId, now: Date.now };
  const tail = (taskId: string, bytes: number) => region.engine.logs(taskId, bytes);
  logs = createLogsEngine(context, undefined, { group, tail });
  served = await serve(logs);
});

afterAll(async () => {
  await region.end();
  await served.close();
  await logs.close();
  await rm(folder, { recursive: true, force: true });
});

const clients = () => ({
  ecs: region.client,
  logs: new CloudWatchLogsClient({ ...clientDefaults, endpoint: served.url }),
});
const containers = () =>
  ecsContainers(region.client, {
    cluster: "pool",
    network: { subnetIds: ["subnet-0123456789abcdef0"], securityGroupIds: ["sg-0123456789abcdef0"] },
    roles: {
      taskExecutionRoleArn: "arn:aws:iam::000000000000:role/hangar-task-execution",
      taskRoleArn: "arn:aws:iam::000000000000:role/hangar-task",
      builderRoleArn: "arn:aws:iam::000000000000:role/hangar-layer-builder",
    },
    logs: { group, region: clientDefaults.region },
  });
const saying = (lines: readonly string[]) => lines.map((line) => `echo '${line}'`).join("; ");

taskOutputContract(() => ({
  output: cloudwatchTaskOutput(clients(), { cluster: "pool", group }),
  oneOff: (family, token, lines) =>
    containers().runOnce(taskSpec(family, `${saying(lines)}; exit 3`), SECRET_ARN, token),
  service: (name, lines) => containers().deploy(serviceSpec(name, 1, `${saying(lines)}; sleep 1000`), SECRET_ARN, null),
  until,
}));

test("of a service whose tasks keep ending says what one that ended wrote", async () => {
  await containers().deploy(serviceSpec("suite-ends", 1, 'echo "why it ends"; exit 1'), SECRET_ARN, null);
  const output = cloudwatchTaskOutput(clients(), { cluster: "pool", group });
  await until("what it wrote", async () => (await output.ofService("suite-ends")).includes("why it ends"));
});

test("where tasks' machine keeps their output, there is none to be read", async () => {
  const output = cloudwatchTaskOutput(clients(), { cluster: "pool", group: null });
  expect(await output.ofOneOff("suite-says", "suite-says-1")).toEqual([]);
});
