import {
  AddTagsCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  type CreateRuleCommandInput,
  CreateTargetGroupCommand,
  type CreateTargetGroupCommandInput,
  DeleteRuleCommand,
  DeleteTargetGroupCommand,
  DeregisterTargetsCommand,
  DescribeListenersCommand,
  DescribeLoadBalancersCommand,
  DescribeRulesCommand,
  DescribeTagsCommand,
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ModifyRuleCommand,
  ModifyTargetGroupAttributesCommand,
  ModifyTargetGroupCommand,
  RegisterTargetsCommand,
  RemoveTagsCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TargetStatus } from "../../../local/loadbalancer/status.ts";
import { type ElbRegion, startElbRegion } from "./region.ts";

let region: ElbRegion;
beforeEach(async () => {
  region = await startElbRegion();
});
afterEach(() => region.close());

async function createGroup(name: string, settings: Partial<CreateTargetGroupCommandInput> = {}): Promise<string> {
  const answer = await region.client.send(
    new CreateTargetGroupCommand({
      Name: name,
      Protocol: "HTTP",
      Port: 8080,
      VpcId: "vpc-0123",
      TargetType: "ip",
      HealthCheckPath: "/health",
      ...settings,
    }),
  );
  return answer.TargetGroups![0]!.TargetGroupArn!;
}

async function createRule(
  targetGroup: string,
  host: string,
  priority: number,
  extra: Partial<CreateRuleCommandInput> = {},
) {
  const answer = await region.client.send(
    new CreateRuleCommand({
      ListenerArn: region.engine.listenerArn,
      Priority: priority,
      Conditions: [{ Field: "host-header", HostHeaderConfig: { Values: [host] } }],
      Actions: [{ Type: "forward", TargetGroupArn: targetGroup }],
      ...extra,
    }),
  );
  return answer.Rules![0]!;
}

async function health(targetGroup: string): Promise<Record<string, string>> {
  const answer = await region.client.send(new DescribeTargetHealthCommand({ TargetGroupArn: targetGroup }));
  return Object.fromEntries(
    answer.TargetHealthDescriptions!.map(({ Target, TargetHealth }) => [
      `${Target!.Id}:${Target!.Port}`,
      TargetHealth!.State!,
    ]),
  );
}

function says(...targets: TargetStatus[]): void {
  const epoch = region.told.at(-1)?.epoch ?? 0;
  region.status = { pid: 1, startTime: "now", epoch, port: 8080, listening: [], problems: [], targets };
}

describe("the load balancer and its listener", () => {
  test("are there from the beginning, under ARNs that a restart does not change", async () => {
    const { LoadBalancers } = await region.client.send(new DescribeLoadBalancersCommand({ Names: ["hangar"] }));
    expect(LoadBalancers).toMatchObject([{ LoadBalancerName: "hangar", Type: "application", Scheme: "internal" }]);
    const arn = LoadBalancers![0]!.LoadBalancerArn!;
    const { Listeners } = await region.client.send(new DescribeListenersCommand({ LoadBalancerArn: arn }));
    expect(Listeners).toMatchObject([{ Port: 8080, Protocol: "HTTP", DefaultActions: [{ Type: "fixed-response" }] }]);
    await region.restart();
    expect([region.engine.loadBalancerArn, region.engine.listenerArn]).toEqual([arn, Listeners![0]!.ListenerArn]);
    expect(arn).toMatch(
      /^arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer\/app\/hangar\/[0-9a-f]{16}$/,
    );
  });

  test("unknown ones are answered with the service's own errors", async () => {
    await expect(region.client.send(new DescribeLoadBalancersCommand({ Names: ["other"] }))).rejects.toMatchObject({
      name: "LoadBalancerNotFoundException",
    });
    await expect(
      region.client.send(new DescribeListenersCommand({ ListenerArns: ["arn:other"] })),
    ).rejects.toMatchObject({
      name: "ListenerNotFoundException",
    });
  });

  test("an operation that is not implemented is refused, not ignored", async () => {
    await expect(region.client.send(new CreateLoadBalancerCommand({ Name: "second" }))).rejects.toMatchObject({
      name: "InvalidAction",
    });
  });
});

describe("a target group", () => {
  test("is shown with the settings it was made with and AWS's defaults, also after a restart", async () => {
    const arn = await createGroup("web-1", { HealthCheckIntervalSeconds: 10, Matcher: { HttpCode: "200-299" } });
    await region.restart();
    const { TargetGroups } = await region.client.send(new DescribeTargetGroupsCommand({ Names: ["web-1"] }));
    expect(TargetGroups).toMatchObject([
      {
        TargetGroupArn: arn,
        TargetGroupName: "web-1",
        Protocol: "HTTP",
        Port: 8080,
        VpcId: "vpc-0123",
        TargetType: "ip",
        HealthCheckPath: "/health",
        HealthCheckIntervalSeconds: 10,
        HealthCheckTimeoutSeconds: 5,
        HealthyThresholdCount: 5,
        UnhealthyThresholdCount: 2,
        Matcher: { HttpCode: "200-299" },
        LoadBalancerArns: [],
      },
    ]);
  });

  test("made again with the same settings is the same one; with others it is a duplicate", async () => {
    const arn = await createGroup("web-1");
    expect(await createGroup("web-1")).toBe(arn);
    await expect(createGroup("web-1", { Port: 9090 })).rejects.toMatchObject({
      name: "DuplicateTargetGroupNameException",
    });
  });

  test("changes its health check, and the load balancer hears of it", async () => {
    const arn = await createGroup("web-1");
    await createRule(arn, "127.77.0.1", 1);
    await region.client.send(
      new ModifyTargetGroupCommand({ TargetGroupArn: arn, HealthCheckPath: "/alive", HealthyThresholdCount: 3 }),
    );
    expect(region.told.at(-1)!.targetGroups[arn]!.healthCheck).toMatchObject({ path: "/alive", healthyThreshold: 3 });
  });

  test("has a deregistration delay", async () => {
    const arn = await createGroup("web-1");
    const Attributes = [{ Key: "deregistration_delay.timeout_seconds", Value: "7" }];
    await region.client.send(new ModifyTargetGroupAttributesCommand({ TargetGroupArn: arn, Attributes }));
    const shown = await region.client.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn: arn }));
    expect(shown.Attributes).toEqual(Attributes);
    await expect(
      region.client.send(
        new ModifyTargetGroupAttributesCommand({
          TargetGroupArn: arn,
          Attributes: [{ Key: "stickiness.enabled", Value: "true" }],
        }),
      ),
    ).rejects.toMatchObject({ name: "InvalidConfigurationRequestException" });
  });

  test("is not deleted while a rule uses it; deleting it twice is harmless; its ARN is never used again", async () => {
    const arn = await createGroup("web-1");
    const rule = await createRule(arn, "127.77.0.1", 1);
    const remove = () => region.client.send(new DeleteTargetGroupCommand({ TargetGroupArn: arn }));
    await expect(remove()).rejects.toMatchObject({ name: "ResourceInUseException" });
    await region.client.send(new DeleteRuleCommand({ RuleArn: rule.RuleArn! }));
    await remove();
    await remove();
    await expect(region.client.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] }))).rejects.toMatchObject(
      {
        name: "TargetGroupNotFoundException",
      },
    );
    expect(await createGroup("web-1")).not.toBe(arn);
  });

  test.each([
    ["a name over 32 characters", { Name: "a".repeat(33) }],
    ["a name with an underscore", { Name: "web_1" }],
    ["a health check more often than AWS allows", { HealthCheckIntervalSeconds: 4 }],
    ["one pass as threshold", { HealthyThresholdCount: 1 }],
    ["a timeout that is not below the interval", { HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 5 }],
    ["a health check path without a slash", { HealthCheckPath: "health" }],
  ] satisfies [string, Partial<CreateTargetGroupCommandInput>][])("is refused with %s", async (_what, settings) => {
    await expect(createGroup("web-1", settings)).rejects.toMatchObject({ name: "ValidationError" });
  });

  test.each([
    ["another protocol", { Protocol: "HTTPS" }],
    ["another target type", { TargetType: "instance" }],
    ["a health check port of its own", { HealthCheckPort: "9000" }],
  ] satisfies [string, Partial<CreateTargetGroupCommandInput>][])(
    "with %s is refused as not implemented",
    async (_what, settings) => {
      await expect(createGroup("web-1", settings)).rejects.toMatchObject({
        name: "InvalidConfigurationRequestException",
      });
    },
  );

  test("lists come in pages", async () => {
    for (const name of ["a", "b", "c"]) await createGroup(name);
    const first = await region.client.send(new DescribeTargetGroupsCommand({ PageSize: 2 }));
    const second = await region.client.send(new DescribeTargetGroupsCommand({ PageSize: 2, Marker: first.NextMarker }));
    const names = [first, second].map(({ TargetGroups }) =>
      TargetGroups!.map(({ TargetGroupName }) => TargetGroupName),
    );
    expect(names).toEqual([["a", "b"], ["c"]]);
    expect(second.NextMarker).toBeUndefined();
  });
});

describe("a rule", () => {
  test("sends a host of this machine to its group, is shown as AWS shows it, and the load balancer hears of it", async () => {
    const arn = await createGroup("web-1");
    const rule = await createRule(arn, "127.77.0.1", 7, {
      Conditions: [
        { Field: "host-header", Values: ["127.77.0.1", "Demo.localhost"] },
        { Field: "path-pattern", PathPatternConfig: { Values: ["/api/*"] } },
      ],
      Actions: [{ Type: "forward", ForwardConfig: { TargetGroups: [{ TargetGroupArn: arn, Weight: 1 }] } }],
    });
    await region.restart();
    const { Rules } = await region.client.send(new DescribeRulesCommand({ ListenerArn: region.engine.listenerArn }));
    expect(Rules).toMatchObject([
      {
        RuleArn: rule.RuleArn,
        Priority: "7",
        IsDefault: false,
        Conditions: [
          { Field: "host-header", HostHeaderConfig: { Values: ["127.77.0.1", "demo.localhost"] } },
          { Field: "path-pattern", PathPatternConfig: { Values: ["/api/*"] } },
        ],
        Actions: [{ Type: "forward", TargetGroupArn: arn, ForwardConfig: { TargetGroups: [{ TargetGroupArn: arn }] } }],
      },
      {
        Priority: "default",
        IsDefault: true,
        Actions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "404" } }],
      },
    ]);
    expect(region.told.at(-1)!.rules).toEqual([
      { priority: 7, hosts: ["127.77.0.1", "demo.localhost"], pathPatterns: ["/api/*"], targetGroup: arn },
    ]);
    const { TargetGroups } = await region.client.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] }));
    expect(TargetGroups![0]!.LoadBalancerArns).toEqual([region.engine.loadBalancerArn]);
  });

  test("can be pointed at another group in one step", async () => {
    const [one, two] = [await createGroup("web-1"), await createGroup("web-2")];
    const rule = await createRule(one, "127.77.0.1", 1);
    const Actions = [{ Type: "forward" as const, TargetGroupArn: two }];
    await region.client.send(new ModifyRuleCommand({ RuleArn: rule.RuleArn!, Actions }));
    expect(region.told.at(-1)).toMatchObject({ rules: [{ hosts: ["127.77.0.1"], targetGroup: two }] });
    expect(Object.keys(region.told.at(-1)!.targetGroups)).toEqual([two]);
  });

  test("answers by itself, is shown as AWS shows it, turns into one that forwards in one step, and keeps no group in use", async () => {
    const arn = await createGroup("web-1");
    const response = { StatusCode: "503", ContentType: "text/plain", MessageBody: "Closed & <soon> back." };
    const rule = await createRule(arn, "127.77.0.1", 4, {
      Actions: [{ Type: "fixed-response", FixedResponseConfig: response }],
    });
    await region.restart();
    const { Rules } = await region.client.send(new DescribeRulesCommand({ RuleArns: [rule.RuleArn!] }));
    expect(Rules).toMatchObject([
      { Priority: "4", Actions: [{ Type: "fixed-response", FixedResponseConfig: response }] },
    ]);
    const fixedResponse = { statusCode: 503, contentType: "text/plain", messageBody: "Closed & <soon> back." };
    expect(region.told.at(-1)).toMatchObject({
      rules: [{ priority: 4, hosts: ["127.77.0.1"], fixedResponse }],
      targetGroups: {},
    });
    const Conditions = [{ Field: "host-header", HostHeaderConfig: { Values: ["127.77.0.1"] } }];
    const Actions = [{ Type: "forward" as const, TargetGroupArn: arn }];
    await region.client.send(new ModifyRuleCommand({ RuleArn: rule.RuleArn!, Conditions, Actions }));
    expect(region.told.at(-1)!.rules).toEqual([{ priority: 4, hosts: ["127.77.0.1"], targetGroup: arn }]);
  });

  test.each([
    ["without its config", undefined],
    ["with a status that is none of 2XX, 4XX and 5XX", { StatusCode: "302" }],
    ["with a content type AWS does not take", { StatusCode: "503", ContentType: "text/markdown" }],
    ["with more than 1024 characters", { StatusCode: "503", MessageBody: "x".repeat(1025) }],
  ])("that answers by itself is refused %s", async (_what, FixedResponseConfig) => {
    const arn = await createGroup("web-1");
    const Actions = [{ Type: "fixed-response" as const, FixedResponseConfig }];
    await expect(createRule(arn, "127.77.0.1", 1, { Actions })).rejects.toMatchObject({ name: "ValidationError" });
  });

  test("can be narrowed to a path, pointed elsewhere in the same write, and widened again", async () => {
    const [one, two] = [await createGroup("web-1"), await createGroup("web-2")];
    const rule = await createRule(one, "127.77.0.1", 1);
    const host = { Field: "host-header", HostHeaderConfig: { Values: ["127.77.0.1"] } };
    const path = { Field: "path-pattern", PathPatternConfig: { Values: ["/execution/*"] } };
    const modify = (...Conditions: (typeof host | typeof path)[]) =>
      region.client.send(
        new ModifyRuleCommand({
          RuleArn: rule.RuleArn!,
          Conditions,
          Actions: [{ Type: "forward", TargetGroupArn: two }],
        }),
      );
    await modify(host, path);
    const narrow = { priority: 1, hosts: ["127.77.0.1"], pathPatterns: ["/execution/*"], targetGroup: two };
    expect(region.told.at(-1)!.rules).toEqual([narrow]);
    await modify(host);
    expect(region.told.at(-1)!.rules).toEqual([{ priority: 1, hosts: ["127.77.0.1"], targetGroup: two }]);
  });

  test("cannot take a priority that is in use, forward to a group that is not there, or be deleted twice", async () => {
    const arn = await createGroup("web-1");
    const rule = await createRule(arn, "127.77.0.1", 1);
    await expect(createRule(arn, "127.77.0.2", 1)).rejects.toMatchObject({ name: "PriorityInUseException" });
    await expect(createRule(`${arn}0`, "127.77.0.2", 2)).rejects.toMatchObject({
      name: "TargetGroupNotFoundException",
    });
    await region.client.send(new DeleteRuleCommand({ RuleArn: rule.RuleArn! }));
    await expect(region.client.send(new DeleteRuleCommand({ RuleArn: rule.RuleArn! }))).rejects.toMatchObject({
      name: "RuleNotFoundException",
    });
    expect(region.told.at(-1)!.rules).toEqual([]);
  });

  test("for a host that is not of this machine, or for every host, is refused", async () => {
    const arn = await createGroup("web-1");
    for (const host of ["10.0.0.1", "0.0.0.0", "example.com", "*.localhost"]) {
      await expect(createRule(arn, host, 1)).rejects.toMatchObject({ name: "InvalidConfigurationRequestException" });
    }
    await expect(
      createRule(arn, "", 1, { Conditions: [{ Field: "path-pattern", Values: ["/*"] }] }),
    ).rejects.toMatchObject({ name: "InvalidConfigurationRequestException" });
  });

  test("the default one stays as it is", async () => {
    const { Rules } = await region.client.send(new DescribeRulesCommand({ ListenerArn: region.engine.listenerArn }));
    await expect(region.client.send(new DeleteRuleCommand({ RuleArn: Rules![0]!.RuleArn! }))).rejects.toMatchObject({
      name: "OperationNotPermittedException",
    });
  });
});

describe("targets", () => {
  test("are unused while no rule uses their group, initial until checked, then what the load balancer found", async () => {
    const arn = await createGroup("web-1");
    await region.client.send(
      new RegisterTargetsCommand({
        TargetGroupArn: arn,
        Targets: [{ Id: "127.0.0.1", Port: 9001 }, { Id: "127.0.0.1" }],
      }),
    );
    expect(await health(arn)).toEqual({ "127.0.0.1:9001": "unused", "127.0.0.1:8080": "unused" });
    await createRule(arn, "127.77.0.1", 1);
    expect(await health(arn)).toEqual({ "127.0.0.1:9001": "initial", "127.0.0.1:8080": "initial" });
    const seen = { targetGroup: arn, address: "127.0.0.1", inFlight: 0 };
    says(
      { ...seen, id: "127.0.0.1:9001", port: 9001, state: "healthy" },
      {
        ...seen,
        id: "127.0.0.1:8080",
        port: 8080,
        state: "unhealthy",
        reason: "Target.Timeout",
        description: "Request timed out",
      },
    );
    const { TargetHealthDescriptions } = await region.client.send(
      new DescribeTargetHealthCommand({ TargetGroupArn: arn }),
    );
    expect(TargetHealthDescriptions).toMatchObject([
      { Target: { Id: "127.0.0.1", Port: 9001 }, TargetHealth: { State: "healthy" } },
      {
        Target: { Port: 8080 },
        TargetHealth: { State: "unhealthy", Reason: "Target.Timeout", Description: "Request timed out" },
      },
    ]);
  });

  test("asked for by name and not registered are unused", async () => {
    const arn = await createGroup("web-1");
    const answer = await region.client.send(
      new DescribeTargetHealthCommand({ TargetGroupArn: arn, Targets: [{ Id: "127.0.0.1", Port: 1234 }] }),
    );
    expect(answer.TargetHealthDescriptions).toMatchObject([
      { TargetHealth: { State: "unused", Reason: "Target.NotRegistered" } },
    ]);
  });

  test("drain until the load balancer has nothing of them in flight, then are forgotten", async () => {
    const arn = await createGroup("web-1");
    await createRule(arn, "127.77.0.1", 1);
    const Targets = [{ Id: "127.0.0.1", Port: 9001 }];
    await region.client.send(new RegisterTargetsCommand({ TargetGroupArn: arn, Targets }));
    const busy: TargetStatus = {
      targetGroup: arn,
      id: "127.0.0.1:9001",
      address: "127.0.0.1",
      port: 9001,
      state: "draining",
      inFlight: 1,
    };
    says(busy);
    await region.client.send(new DeregisterTargetsCommand({ TargetGroupArn: arn, Targets }));
    expect(region.told.at(-1)!.targetGroups[arn]!.targets).toEqual([]);
    expect(await health(arn)).toEqual({ "127.0.0.1:9001": "draining" }); // an older configuration is in force
    says(busy);
    expect(await health(arn)).toEqual({ "127.0.0.1:9001": "draining" });
    says();
    expect(await health(arn)).toEqual({});
  });

  test("that do not finish are given up after the deregistration delay", async () => {
    const arn = await createGroup("web-1");
    await createRule(arn, "127.77.0.1", 1);
    await region.engine.register(arn, { id: "task/1", address: "127.0.0.1", port: 9001 });
    says({ targetGroup: arn, id: "task/1", address: "127.0.0.1", port: 9001, state: "healthy", inFlight: 3 });
    const gone = region.engine.deregister(arn, "task/1");
    expect(await health(arn)).toEqual({ "127.0.0.1:9001": "draining" });
    region.now += 30_000;
    await gone;
    expect(await health(arn)).toEqual({});
  });

  test("that are registered again while they drain serve again", async () => {
    const arn = await createGroup("web-1");
    await createRule(arn, "127.77.0.1", 1);
    const Targets = [{ Id: "127.0.0.1", Port: 9001 }];
    await region.client.send(new RegisterTargetsCommand({ TargetGroupArn: arn, Targets }));
    says({ targetGroup: arn, id: "127.0.0.1:9001", address: "127.0.0.1", port: 9001, state: "healthy", inFlight: 1 });
    await region.client.send(new DeregisterTargetsCommand({ TargetGroupArn: arn, Targets }));
    await region.client.send(new RegisterTargetsCommand({ TargetGroupArn: arn, Targets }));
    expect(region.told.at(-1)!.targetGroups[arn]!.targets).toEqual([
      { id: "127.0.0.1:9001", address: "127.0.0.1", port: 9001 },
    ]);
    expect(await health(arn)).toEqual({ "127.0.0.1:9001": "healthy" });
  });

  test("of tasks: repeating is harmless, unknown ones are nothing to wait for, and all survives a restart", async () => {
    const arn = await createGroup("web-1");
    await createRule(arn, "127.77.0.1", 1);
    const task = { id: "arn:aws:ecs:task/1", address: "127.0.0.1", port: 9001 };
    await region.engine.register(arn, task);
    const changes = region.told.length;
    await region.engine.register(arn, task);
    expect(region.told.length).toBe(changes);
    await region.restart();
    expect(region.engine.configuration()).toEqual(region.told.at(-1));
    expect(region.engine.configuration().targetGroups[arn]!.targets).toEqual([task]);
    await region.engine.deregister(arn, task.id);
    await region.engine.deregister(arn, task.id);
    await region.engine.deregister(`${arn}0`, task.id);
    await expect(region.engine.register(`${arn}0`, task)).rejects.toMatchObject({ name: "TargetGroupNotFound" });
    expect(await health(arn)).toEqual({});
  });

  test("that are not of this machine are refused", async () => {
    const arn = await createGroup("web-1");
    const register = (Id: string) =>
      region.client.send(new RegisterTargetsCommand({ TargetGroupArn: arn, Targets: [{ Id, Port: 80 }] }));
    for (const id of ["10.0.0.1", "i-0123456789", "::1"]) {
      await expect(register(id)).rejects.toMatchObject({ name: "InvalidTargetException" });
    }
  });
});

test("tags are kept with what they are on, replaced, removed, and gone with it", async () => {
  const arn = await createGroup("web-1", { Tags: [{ Key: "environment", Value: "demo" }] });
  const Tags = [{ Key: "environment", Value: "other" }];
  await region.client.send(new AddTagsCommand({ ResourceArns: [arn], Tags }));
  await region.client.send(new AddTagsCommand({ ResourceArns: [arn], Tags: [{ Key: "operation", Value: "8" }] }));
  const shown = async () =>
    (await region.client.send(new DescribeTagsCommand({ ResourceArns: [arn] }))).TagDescriptions![0]!.Tags;
  expect(await shown()).toEqual([
    { Key: "environment", Value: "other" },
    { Key: "operation", Value: "8" },
  ]);
  await region.client.send(new RemoveTagsCommand({ ResourceArns: [arn], TagKeys: ["environment"] }));
  expect(await shown()).toEqual([{ Key: "operation", Value: "8" }]);
  await region.client.send(new DeleteTargetGroupCommand({ TargetGroupArn: arn }));
  await expect(shown()).rejects.toMatchObject({ name: "TargetGroupNotFoundException" });
});
