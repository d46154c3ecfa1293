// The ECS adapter on the region's ECS, with real small processes.
import { DescribeTaskDefinitionCommand, ListTaskDefinitionsCommand } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ecsContainers } from "../../../shared/aws/ecs-containers.ts";
import { openRegion, type Region, SECRET_ARN } from "../ecs/region.ts";
import { until } from "../ecs/steps.ts";
import { containersContract } from "./containers.suite.ts";
import { serviceSpec, taskSpec } from "./sample-items.ts";

let region: Region;
let freeMegabytes = 1_000_000;

beforeAll(async () => {
  region = await openRegion({ availableMemory: () => freeMegabytes });
});

afterAll(() => region.end());

const containers = () =>
  ecsContainers(region.client, {
    cluster: "pool",
    network: { subnetIds: ["subnet-0123456789abcdef0"], securityGroupIds: ["sg-0123456789abcdef0"] },
    roles: {
      taskExecutionRoleArn: "arn:aws:iam::000000000000:role/hangar-task-execution",
      taskRoleArn: "arn:aws:iam::000000000000:role/hangar-task",
      builderRoleArn: "arn:aws:iam::000000000000:role/hangar-layer-builder",
    },
    pause: () => new Promise((resolve) => setTimeout(resolve, 50)),
  });

async function definitions(familyPrefix: string): Promise<number> {
  const answer = await region.client.send(new ListTaskDefinitionsCommand({ familyPrefix, status: "ACTIVE" }));
  return answer.taskDefinitionArns?.length ?? 0;
}

containersContract(() => ({
  containers: containers(),
  secretArn: SECRET_ARN,
  definitions,
  oneOffsEndWith: () => {},
  until,
}));

test("a web service is registered behind the target group, with its port and secrets by name", async () => {
  const targetGroup = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/suite-web/0123456789abcdef";
  const spec = serviceSpec("suite-web", 1);
  const web = {
    ...spec,
    behindAddress: true,
    task: { ...spec.task, containerPort: 8080, secrets: { SUITE_PASSWORD: "password" as never } },
  };
  await containers().deploy(web, SECRET_ARN, targetGroup);
  await until("registered", async () => (region.targets.get(targetGroup) ?? []).length === 1);
  const { taskDefinition } = await region.client.send(
    new DescribeTaskDefinitionCommand({ taskDefinition: "suite-web" }),
  );
  expect(taskDefinition).toMatchObject({ networkMode: "awsvpc", cpu: "256", memory: "512" });
  expect(taskDefinition?.containerDefinitions?.[0]).toMatchObject({
    secrets: [{ name: "SUITE_PASSWORD", valueFrom: `${SECRET_ARN}:password::` }],
    portMappings: [{ containerPort: 8080 }],
    stopTimeout: 2,
  });
  await containers().remove(["suite-web"]);
});

test("tasks that cannot be started are told apart from tasks that ended, with the reason", async () => {
  const spec = serviceSpec("suite-broken", 1);
  await containers().deploy({ ...spec, task: { ...spec.task, image: "suite:missing" } }, SECRET_ARN, null);
  const stopped = await until(
    "a failed start",
    async () => (await containers().observe(["suite-broken"]))[0]?.stopped[0],
  );
  expect(stopped).toMatchObject({
    failedToStart: true,
    exitCode: null,
    reason: expect.stringContaining("suite:missing cannot be built"),
  });
  await containers().remove(["suite-broken"]);
});

test("a task that ran and failed is seen with its exit code, as no failed start", async () => {
  await containers().deploy(serviceSpec("suite-failing", 1, "exit 3"), SECRET_ARN, null);
  const stopped = await until("a failure", async () => (await containers().observe(["suite-failing"]))[0]?.stopped[0]);
  expect(stopped).toMatchObject({ exitCode: 3, failedToStart: false, reason: expect.stringContaining("exit code 3") });
  await containers().remove(["suite-failing"]);
});

test("a one-off task for which there is no memory is refused in words a person can act on", async () => {
  freeMegabytes = 100;
  await expect(
    containers().runOnce(taskSpec("suite-large", "true"), SECRET_ARN, "operation-large"),
  ).rejects.toMatchObject({
    name: "DependencyUnavailable",
    message: expect.stringContaining("not enough free memory"),
  });
  freeMegabytes = 1_000_000;
  expect(await containers().describeOnce("suite-large", "operation-large")).toEqual({ state: "missing" });
  await containers().forgetOnce("suite-large");
});

test("more services than one request takes are all observed", async () => {
  const names = Array.from({ length: 12 }, (_, at) => `suite-many-${String(at).padStart(2, "0")}`);
  for (const name of names) await containers().deploy(serviceSpec(name, 0), SECRET_ARN, null);
  expect((await containers().observe(names)).map(({ name }) => name)).toEqual(names);
  await containers().remove(names);
  expect(await containers().observe(names)).toEqual([]);
});
