// ECS services through the real SDK client: desired count, replacement, protection, restarts, load balancers, deletion.
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DeleteServiceCommand,
  GetTaskProtectionCommand,
  ListServicesCommand,
  ListTasksCommand,
  StopTaskCommand,
  UpdateServiceCommand,
  UpdateTaskProtectionCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe as group, expect, it } from "vitest";
import { openRegion, type Region } from "./region.ts";
import { describe, processesWith, reached, register, service, tasksOf, until } from "./steps.ts";

let region: Region;
beforeAll(async () => {
  region = await openRegion();
});
afterAll(() => region.end());

async function create(
  serviceName: string,
  taskDefinition: string,
  desiredCount: number,
  more: Partial<CreateServiceCommandInput> = {},
) {
  await region.client.send(
    new CreateServiceCommand({ cluster: "pool", serviceName, taskDefinition, desiredCount, ...more }),
  );
}

const update = (name: string, change: object) =>
  region.client.send(new UpdateServiceCommand({ cluster: "pool", service: name, ...change }));

const remove = (name: string) =>
  region.client.send(new DeleteServiceCommand({ cluster: "pool", service: name, force: true }));

const running = (name: string, count: number) =>
  until(`${count} running tasks of ${name}`, async () => {
    const seen = await service(region.client, name);
    return seen.runningCount === count && seen.pendingCount === 0 && seen.deployments?.length === 1 && seen;
  });

group("a service", () => {
  it("runs as many tasks as desired, says so in its events, and replaces one that is stopped", async () => {
    await create("steady", await register(region.client, "sleep 1000"), 2);
    await running("steady", 2);
    const events = (await service(region.client, "steady")).events?.map((event) => event.message) ?? [];
    expect(
      events.some((text) => /^\(service steady\) has started 2 tasks: \(task [0-9a-f]{32}\) \(task/.test(text ?? "")),
    ).toBe(true);
    await until("steady state", async () =>
      (await service(region.client, "steady")).events?.[0]?.message?.endsWith("has reached a steady state."),
    );
    const [first] = await tasksOf(region.client, "steady");
    await region.client.send(new StopTaskCommand({ cluster: "pool", task: first as string }));
    await reached(region.client, first as string, "STOPPED");
    await running("steady", 2);
    expect(await tasksOf(region.client, "steady")).not.toContain(first);
    await remove("steady");
  });

  it("is created once for one client token, and a second of its name is refused", async () => {
    const definition = await register(region.client, "sleep 1000");
    const token = { clientToken: "operation-7" };
    await create("once", definition, 1, token);
    await create("once", definition, 1, token);
    await expect(create("once", definition, 2, token)).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: "Creation of service was not idempotent.",
    });
    expect(await tasksOf(region.client, "once")).toHaveLength(1);
    await remove("once");
  });

  it("starts a new definition's tasks before it stops the old ones", async () => {
    const old = await register(region.client, "sleep 1000", {}, { family: "rolling" });
    const next = await register(region.client, "sleep 1000", {}, { family: "rolling" });
    await create("rolling", old, 2);
    await running("rolling", 2);
    const [before] = await tasksOf(region.client, "rolling");
    await update("rolling", { taskDefinition: next });
    const after = await until("one deployment again", async () => {
      const seen = await service(region.client, "rolling");
      expect(seen.runningCount).toBeGreaterThanOrEqual(2); // minimum healthy percent 100, at every look
      return seen.deployments?.length === 1 && seen.deployments[0]?.rolloutState === "COMPLETED" && seen;
    });
    expect(after.taskDefinition).toBe(next);
    expect((await describe(region.client, before as string)).stopCode).toBe("ServiceSchedulerInitiated");
    const tasks = await Promise.all(
      (await tasksOf(region.client, "rolling")).map((task) => describe(region.client, task)),
    );
    expect(tasks.map((task) => task.taskDefinitionArn)).toEqual([next, next]);
    await update("rolling", { forceNewDeployment: true });
    const forced = await until("replaced again", async () => {
      const arns = await tasksOf(region.client, "rolling");
      return arns.length === 2 && !arns.some((arn) => tasks.some((task) => task.taskArn === arn)) && arns;
    });
    expect(forced).toHaveLength(2);
    await remove("rolling");
  });

  it("never picks a protected task when it shrinks, until the protection is taken away", async () => {
    await create("shrinking", await register(region.client, "sleep 1000"), 3);
    await running("shrinking", 3);
    const tasks = await tasksOf(region.client, "shrinking");
    const kept = tasks[2] as string; // the newest: it would be the first to go
    const protect = (protectionEnabled: boolean) =>
      region.client.send(
        new UpdateTaskProtectionCommand({ cluster: "pool", tasks: [kept], protectionEnabled, expiresInMinutes: 5 }),
      );
    const answer = await protect(true);
    expect(answer.protectedTasks?.[0]).toMatchObject({ taskArn: kept, protectionEnabled: true });
    await update("shrinking", { desiredCount: 0 });
    await running("shrinking", 1);
    expect(await tasksOf(region.client, "shrinking")).toEqual([kept]);
    const protection = await region.client.send(new GetTaskProtectionCommand({ cluster: "pool", tasks: [kept] }));
    expect(protection.protectedTasks?.[0]?.protectionEnabled).toBe(true);
    await protect(false);
    await running("shrinking", 0);
    await remove("shrinking");
  });

  it("waits longer before each restart of a task that keeps failing", async () => {
    await create("crashing", await register(region.client, "exit 1"), 1);
    const stopped = await until("three failures", async () => {
      const answer = await region.client.send(
        new ListTasksCommand({ cluster: "pool", serviceName: "crashing", desiredStatus: "STOPPED" }),
      );
      return (answer.taskArns?.length ?? 0) >= 3 && answer.taskArns;
    });
    const tasks = await Promise.all((stopped as string[]).map((task) => describe(region.client, task)));
    const created = tasks.map((task) => task.createdAt?.getTime() ?? 0).sort((one, other) => one - other);
    const gaps = created.slice(1).map((at, index) => at - (created[index] as number));
    expect(gaps[0]).toBeGreaterThanOrEqual(500);
    expect(gaps[1]).toBeGreaterThanOrEqual(1000);
    const seen = await service(region.client, "crashing");
    expect(seen.deployments?.[0]?.failedTasks).toBeGreaterThanOrEqual(3);
    expect(seen.events?.some((event) => event.message?.includes("unable to consistently start tasks"))).toBe(true);
    await remove("crashing");
  });

  it("says that memory is missing instead of starting tasks", async () => {
    await create("huge", await register(region.client, "true", {}, { memory: "999999999" }), 1);
    await until("the event", async () =>
      (await service(region.client, "huge")).events?.some((event) =>
        event.message?.includes("insufficient memory available"),
      ),
    );
    expect(await tasksOf(region.client, "huge")).toEqual([]);
    await remove("huge");
  });

  it("puts its running tasks into the target group under their own ports and takes them out before they stop", async () => {
    const targetGroupArn = "arn:aws:elasticloadbalancing:us-east-1:000000000000:targetgroup/web/0123456789abcdef";
    const definition = await register(region.client, "sleep 1000", { portMappings: [{ containerPort: 8080 }] });
    await create("web", definition, 1, {
      loadBalancers: [{ targetGroupArn, containerName: "main", containerPort: 8080 }],
    });
    const [target] = await until("registered", async () => {
      const registered = region.targets.get(targetGroupArn);
      return registered?.length === 1 && registered;
    });
    const task = await describe(region.client, target?.taskArn as string);
    expect(target).toMatchObject({ address: "127.0.0.1", port: task.containers?.[0]?.networkBindings?.[0]?.hostPort });
    await remove("web");
    await reached(region.client, task.taskArn as string, "STOPPED");
    expect(region.targets.get(targetGroupArn)).toEqual([]);
  });

  it("stops a task although the load balancer is away, and tells it before the port is free for another", async () => {
    let away = true;
    const gone: string[] = [];
    const targets = {
      register: async () => undefined,
      deregister: async (targetGroupArn: string) => {
        if (away) throw new Error("the load balancer does not answer");
        gone.push(targetGroupArn);
      },
    };
    const other = await openRegion({ targets });
    const taskDefinition = await register(other.client, "sleep 1000", { portMappings: [{ containerPort: 80 }] });
    const loadBalancers = [{ targetGroupArn: "web", containerName: "main", containerPort: 80 }];
    const more = { taskDefinition, desiredCount: 1, loadBalancers };
    await other.client.send(new CreateServiceCommand({ cluster: "pool", serviceName: "web", ...more }));
    const [task] = await tasksOf(other.client, "web");
    const pid = Number((await reached(other.client, task as string, "RUNNING")).containers?.[0]?.runtimeId);
    await other.client.send(new StopTaskCommand({ cluster: "pool", task: task as string }));
    await until("the process is gone", async () => !processesWith(other.folder, "environ").includes(pid));
    expect((await describe(other.client, task as string)).lastStatus).toBe("STOPPING");
    expect(gone).toEqual([]);
    away = false;
    await reached(other.client, task as string, "STOPPED");
    expect(gone).toEqual(["web"]);
    await other.end();
  });

  it("does not wait for connections to drain longer than the region's own stop allows", async () => {
    const targets = { register: async () => undefined, deregister: () => new Promise<void>(() => undefined) };
    const other = await openRegion({ targets });
    const taskDefinition = await register(other.client, "sleep 1000", { portMappings: [{ containerPort: 80 }] });
    const loadBalancers = [{ targetGroupArn: "web", containerName: "main", containerPort: 80 }];
    const more = { taskDefinition, desiredCount: 1, loadBalancers };
    await other.client.send(new CreateServiceCommand({ cluster: "pool", serviceName: "web", ...more }));
    const [task] = await tasksOf(other.client, "web");
    const pid = Number((await reached(other.client, task as string, "RUNNING")).containers?.[0]?.runtimeId);
    await other.engine.stopAll({ graceSeconds: 0.1 });
    expect(processesWith(other.folder, "environ")).not.toContain(pid);
    await other.end();
  });

  it("is DRAINING, then INACTIVE after its deletion, leaves no task folder, and its name can be used again", async () => {
    const definition = await register(region.client, "sleep 1000");
    await create("reborn", definition, 1);
    const [task] = await tasksOf(region.client, "reborn");
    await running("reborn", 1);
    await expect(
      region.client.send(new DeleteServiceCommand({ cluster: "pool", service: "reborn" })),
    ).rejects.toMatchObject({ message: "The service cannot be stopped while it is scaled above 0." });
    const deleted = await remove("reborn");
    expect(deleted.service?.status).toBe("DRAINING");
    await until("INACTIVE", async () => (await service(region.client, "reborn")).status === "INACTIVE");
    const id = (task as string).split("/").pop() as string;
    await until("the folder is gone", async () => !existsSync(join(region.folder, "tasks", id)));
    expect((await describe(region.client, task as string)).lastStatus).toBe("STOPPED");
    await expect(update("reborn", { desiredCount: 1 })).rejects.toMatchObject({ name: "ServiceNotActiveException" });
    await create("reborn", definition, 1);
    await running("reborn", 1);
    await remove("reborn");
  });

  it("is listed by cluster, and unknown ones are answered with ECS's errors", async () => {
    const definition = await register(region.client, "sleep 1000");
    await create("listed", definition, 0);
    const { serviceArns } = await region.client.send(new ListServicesCommand({ cluster: "pool" }));
    expect(serviceArns).toContain("arn:aws:ecs:us-east-1:000000000000:service/pool/listed");
    await expect(update("unknown", { desiredCount: 1 })).rejects.toMatchObject({ name: "ServiceNotFoundException" });
    await expect(create("lost", definition, 1, { cluster: "nowhere" })).rejects.toMatchObject({
      name: "ClusterNotFoundException",
    });
    await expect(create("daily", definition, 1, { schedulingStrategy: "DAEMON" })).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
    await remove("listed");
  });
});

group("the metadata address of a task", () => {
  it("tells the task who it is and lets it protect itself, under a path nobody can guess", async () => {
    await create("aware", await register(region.client, 'echo "$ECS_AGENT_URI"; exec sleep 1000'), 1);
    await running("aware", 1);
    const [task] = await tasksOf(region.client, "aware");
    const uri = await until("the address", async () => (await region.engine.logs(task as string)).trim() || undefined);
    const token = uri.split("/").pop() as string;
    const ask = (method: string, path: string, body = "", as = token) => {
      const { status, body: text } = region.engine.metadata(as, method, path, body);
      return { status, ...JSON.parse(text) };
    };
    expect(token).toMatch(/^[0-9a-f]{32}$/);
    expect(ask("GET", "/task")).toMatchObject({ status: 200, TaskARN: task, Family: "suite", ServiceName: "aware" });
    expect(ask("GET", "/task").Limits, "a definition without them has none").toBeUndefined();
    expect(ask("GET", "/task", "", "0".repeat(32)).status).toBe(404);
    const body = JSON.stringify({ ProtectionEnabled: true, ExpiresInMinutes: 60 });
    expect(ask("PUT", "/task-protection/v1/state", body).protection).toMatchObject({
      ProtectionEnabled: true,
      TaskArn: task,
    });
    await update("aware", { desiredCount: 0 });
    await until("the refusal to shrink", async () =>
      (await service(region.client, "aware")).events?.some((event) => event.message?.includes("under protection")),
    );
    expect(await tasksOf(region.client, "aware")).toEqual([task]);
    expect(ask("PUT", "/task-protection/v1/state", "{}")).toMatchObject({
      status: 400,
      error: { Code: "InvalidParameterException" },
    });
    ask("PUT", "/task-protection/v1/state", JSON.stringify({ ProtectionEnabled: false }));
    await reached(region.client, task as string, "STOPPED");
    expect(ask("GET", "/task").status).toBe(404);
    await remove("aware");
  });
});
