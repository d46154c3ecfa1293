// Clusters, task definitions and tags through the real SDK client.
import {
  CreateClusterCommand,
  DeleteTaskDefinitionsCommand,
  DeregisterTaskDefinitionCommand,
  DescribeClustersCommand,
  DescribeTaskDefinitionCommand,
  ListClustersCommand,
  ListTagsForResourceCommand,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe as group, expect, it } from "vitest";
import { openRegion, type Region } from "./region.ts";
import { register, run, until } from "./steps.ts";

let region: Region;
beforeAll(async () => {
  region = await openRegion();
});
afterAll(() => region.end());

group("a cluster", () => {
  it("is made once per name and described by name or ARN", async () => {
    const first = await region.client.send(new CreateClusterCommand({ clusterName: "pool" }));
    expect(first.cluster?.clusterArn).toBe("arn:aws:ecs:us-east-1:000000000000:cluster/pool");
    const described = await region.client.send(
      new DescribeClustersCommand({ clusters: [first.cluster?.clusterArn as string, "absent"] }),
    );
    expect(described.clusters).toMatchObject([{ clusterName: "pool", status: "ACTIVE" }]);
    expect(described.failures).toMatchObject([{ reason: "MISSING" }]);
    const listed = await region.client.send(new ListClustersCommand({}));
    expect(listed.clusterArns).toEqual([first.cluster?.clusterArn]);
  });
});

group("a task definition", () => {
  it("gets the next revision of its family, never one that was used, even after deletion and a restart", async () => {
    const first = await register(region.client, "true", {}, { family: "counted" });
    expect(first).toMatch(/task-definition\/counted:1$/);
    await expect(
      region.client.send(new DeregisterTaskDefinitionCommand({ taskDefinition: "counted" })),
    ).rejects.toMatchObject({ name: "ClientException" });
    const early = await region.client.send(new DeleteTaskDefinitionsCommand({ taskDefinitions: [first] }));
    expect(early.failures?.[0]?.reason).toContain("still in ACTIVE status");
    await region.client.send(new DeregisterTaskDefinitionCommand({ taskDefinition: first }));
    await expect(run(region.client, first)).rejects.toMatchObject({ message: "TaskDefinition is inactive" });
    await region.client.send(new DeleteTaskDefinitionsCommand({ taskDefinitions: [first] }));
    await region.reopen();
    expect(await register(region.client, "true", {}, { family: "counted" })).toMatch(/counted:2$/);
    await until("revision 1 is gone", async () => {
      const asked = region.client.send(new DescribeTaskDefinitionCommand({ taskDefinition: first }));
      return asked.then(
        () => false,
        (error: Error) => error.message === "Unable to describe task definition.",
      );
    });
  });

  it("is described as it was registered, newest active revision by family name", async () => {
    const container = {
      environment: [{ name: "A", value: "1" }],
      secrets: [{ name: "B", valueFrom: "arn:aws:secretsmanager:us-east-1:000000000000:secret:x-AbCdEf" }],
      portMappings: [{ containerPort: 8080 }],
      logConfiguration: { logDriver: "awslogs" as const, options: { "awslogs-group": "g" } },
    };
    const roles = {
      taskRoleArn: "arn:aws:iam::000000000000:role/task",
      executionRoleArn: "arn:aws:iam::000000000000:role/execution",
    };
    const definition = { family: "kept", cpu: "1 vCPU", memory: "2048", networkMode: "awsvpc" as const, ...roles };
    const arn = await register(region.client, "true", container, definition);
    const seen = await region.client.send(new DescribeTaskDefinitionCommand({ taskDefinition: "kept" }));
    expect(seen.taskDefinition).toMatchObject({
      ...definition,
      cpu: "1024",
      taskDefinitionArn: arn,
      status: "ACTIVE",
      revision: 1,
    });
    expect(seen.taskDefinition?.containerDefinitions?.[0]).toMatchObject({
      ...container,
      essential: true,
      stopTimeout: 2,
    });
  });

  it("is listed by family", async () => {
    const arns = [];
    for (let count = 0; count < 3; count += 1)
      arns.push(await register(region.client, "true", {}, { family: "listed" }));
    await register(region.client, "true", {}, { family: "listed-not" });
    const page = { familyPrefix: "listed", maxResults: 2 };
    const first = await region.client.send(new ListTaskDefinitionsCommand(page));
    const second = await region.client.send(
      new ListTaskDefinitionsCommand({ ...page, nextToken: first.nextToken as string }),
    );
    expect([...(first.taskDefinitionArns ?? []), ...(second.taskDefinitionArns ?? [])]).toEqual(arns);
  });

  const main = { name: "main", image: "suite:1" };
  it.each([
    [
      "is larger than 64 KB",
      { containerDefinitions: [{ ...main, command: ["x".repeat(66_000)] }] },
      "Max allowed length is '65536' bytes",
    ],
    ["has no container", { containerDefinitions: [] }, "Container list cannot be empty."],
    ["has two containers", { containerDefinitions: [main, { ...main, name: "side" }] }, "exactly one container"],
    [
      "has no essential container",
      { containerDefinitions: [{ ...main, essential: false }] },
      "at least one essential container",
    ],
    ["waits longer than two minutes to stop", { containerDefinitions: [{ ...main, stopTimeout: 121 }] }, "stopTimeout"],
    [
      "names a secret like a variable",
      {
        containerDefinitions: [
          { ...main, environment: [{ name: "A", value: "" }], secrets: [{ name: "A", valueFrom: "x" }] },
        ],
      },
      "must be unique",
    ],
    [
      "asks for what is not implemented",
      { containerDefinitions: [{ ...main, healthCheck: { command: ["CMD", "true"] } }] },
      "healthCheck is not implemented",
    ],
  ])("is refused when it %s", async (_name, input, message) => {
    const asked = region.client.send(new RegisterTaskDefinitionCommand({ family: "refused", ...input }));
    await expect(asked).rejects.toThrow(message);
  });
});

group("tags", () => {
  it("are kept on any resource", async () => {
    const resourceArn = await register(
      region.client,
      "true",
      {},
      { family: "tagged", tags: [{ key: "a", value: "1" }] },
    );
    await region.client.send(
      new TagResourceCommand({
        resourceArn,
        tags: [
          { key: "b", value: "2" },
          { key: "a", value: "3" },
        ],
      }),
    );
    const tags = async () => (await region.client.send(new ListTagsForResourceCommand({ resourceArn }))).tags;
    expect(await tags()).toEqual([
      { key: "b", value: "2" },
      { key: "a", value: "3" },
    ]);
    await region.client.send(new UntagResourceCommand({ resourceArn, tagKeys: ["b"] }));
    expect(await tags()).toEqual([{ key: "a", value: "3" }]);
    await expect(
      region.client.send(new ListTagsForResourceCommand({ resourceArn: `${resourceArn}9` })),
    ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });
});
