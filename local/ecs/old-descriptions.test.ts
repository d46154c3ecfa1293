import { beforeEach, describe, expect, it } from "vitest";
import type { JsonInput, JsonOperation } from "../json-protocol.ts";
import { testRequest } from "../sqs/testing/small-engine.ts";
import { withOldDescriptions } from "./old-descriptions.ts";

const arnOf = (name: string) => `arn:aws:ecs:us-east-1:000000000000:service/c/${name}`;
let now: number;
let strikes: boolean;
let operations: Readonly<Record<string, JsonOperation>>;

beforeEach(() => {
  now = 1_000_000;
  strikes = false;
  operations = withOldDescriptions(smallEcs(), { strikes: () => (strikes ? 0.5 : undefined) }, () => now);
});

/** Services with a desired count, and tasks that can be stopped. */
function smallEcs(): Record<string, JsonOperation> {
  const services = new Map<string, { serviceArn: string; serviceName: string; desiredCount: number }>();
  const tasks = new Map<string, { taskArn: string; group: string; desiredStatus: string }>();
  const described = (all: Map<string, object>, member: string, input: JsonInput) => {
    const names = input[member] as string[];
    const failures = names.filter((name) => !all.has(name)).map((name) => ({ arn: arnOf(name), reason: "MISSING" }));
    return { [member]: names.flatMap((name) => all.get(name) ?? []), failures };
  };
  return {
    CreateService({ serviceName, desiredCount }) {
      const service = {
        serviceArn: arnOf(String(serviceName)),
        serviceName: String(serviceName),
        desiredCount: Number(desiredCount),
      };
      services.set(service.serviceName, service);
      return { service: { ...service } };
    },
    UpdateService({ service, desiredCount }) {
      const found = services.get(String(service));
      if (!found) throw new Error("no such service");
      found.desiredCount = Number(desiredCount);
      return { service: { ...found } };
    },
    DeleteService: ({ service }) => ({ service: services.get(String(service)) }),
    DescribeServices: (input) => described(services, "services", input),
    RunTask() {
      const task = { taskArn: "t", group: "family:f", desiredStatus: "RUNNING" };
      tasks.set("t", task);
      return { tasks: [{ ...task }], failures: [] };
    },
    StopTask() {
      tasks.get("t")!.desiredStatus = "STOPPED";
      return { task: {} };
    },
    DescribeTasks: (input) => described(tasks, "tasks", input),
  };
}
const ask = async (name: string, input: JsonInput) =>
  // biome-ignore lint/suspicious/noExplicitAny: answers as the wire has them
  (await operations[name]!(input, testRequest({}))) as any;
const describeService = () => ask("DescribeServices", { cluster: "c", services: ["s"] });

describe("a description of a service", () => {
  it("can be that of before the last change, for three seconds", async () => {
    await ask("CreateService", { serviceName: "s", desiredCount: 1 });
    now += 60_000;
    await ask("UpdateService", { cluster: "c", service: "s", desiredCount: 5 });
    strikes = true;
    expect((await describeService()).services).toMatchObject([{ desiredCount: 1 }]);
    now += 3100;
    expect((await describeService()).services).toMatchObject([{ desiredCount: 5 }]);
  });

  it("that is not struck is the truth", async () => {
    await ask("CreateService", { serviceName: "s", desiredCount: 1 });
    await ask("UpdateService", { cluster: "c", service: "s", desiredCount: 5 });
    expect((await describeService()).services).toMatchObject([{ desiredCount: 5 }]);
  });

  it("can be missing right after the service was made", async () => {
    await ask("CreateService", { serviceName: "s", desiredCount: 1 });
    strikes = true;
    expect(await describeService()).toMatchObject({ services: [], failures: [{ arn: arnOf("s"), reason: "MISSING" }] });
    now += 3100;
    expect(await describeService()).toMatchObject({ services: [{ serviceName: "s" }], failures: [] });
  });
});

it("a task can be missing right after RunTask, and run after StopTask", async () => {
  await ask("RunTask", { taskDefinition: "f" });
  strikes = true;
  expect(await ask("DescribeTasks", { tasks: ["t"] })).toMatchObject({ tasks: [], failures: [{ reason: "MISSING" }] });
  now += 60_000;
  await ask("StopTask", { cluster: "c", task: "t" });
  expect((await ask("DescribeTasks", { tasks: ["t"] })).tasks).toMatchObject([{ desiredStatus: "RUNNING" }]);
});

it("a request that is wrong is refused by its own operation", async () => {
  await expect(ask("UpdateService", { cluster: "c", service: "none", desiredCount: 1 })).rejects.toThrow(
    "no such service",
  );
});
