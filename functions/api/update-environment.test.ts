import { describe, expect, it } from "vitest";
import { availableWorld } from "../../state-machines/testing/available.ts";
import { askToDelete, askToUpdate, caller, testPool } from "../../state-machines/testing/requests.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import type { UpdatePlan } from "../../shared/domain/plan-update.ts";
import type { UpdateEnvironmentRequest } from "../../shared/domain/requests.ts";
import { executionName } from "../../shared/domain/sweep.ts";
import { sweepOperations } from "../schedules/sweep-operations.ts";
import { listOperations } from "./list-operations.ts";
import { tagResource } from "./tag-resource.ts";
import { updateEnvironment } from "./update-environment.ts";

type World = Awaited<ReturnType<typeof availableWorld>>["world"];
const sweep = (world: World) => sweepOperations({ ...world.ports, pool: testPool });
const updates = (world: World) =>
  [...world.workflows.executions.values()].filter(({ kind }) => kind === "update-environment");
const options = { AirflowConfigurationOptions: { "smtp.smtp_password": "hunter2" } };

describe("UpdateEnvironment", () => {
  it("stores UPDATING before it answers the ARN, and starts the ladder under its deterministic name", async () => {
    const { world, record } = await availableWorld();
    expect(await askToUpdate(world, { MaxWorkers: 4 })).toEqual({ Arn: record.arn });
    const environment = (await world.environments.get("first"))!;
    expect(environment).toMatchObject({ status: "UPDATING", generation: record.generation + 1 });
    expect(environment.settings).toEqual(record.settings);
    const operation = (await world.operations.get(environment.operationId!))!;
    expect(operation.createdBy).toBe(caller.arn);
    expect(updates(world)).toMatchObject([
      { name: executionName(operation), input: { operationId: operation.operationId, attempt: 1 } },
    ]);
  });

  it("lays options down before the operation that names them, and that before the record that points to it", async () => {
    const { world, record } = await availableWorld();
    const before = world.calls.length;
    await askToUpdate(world, options);
    const writes = ["controlBucket.putConfiguration", "operations.create", "environments.replace", "workflows.start"];
    expect(world.calls.slice(before).filter((call) => writes.includes(call))).toEqual(writes);
    const { operationId } = (await world.environments.get("first"))!;
    const { configuration } = ((await world.operations.get(operationId!))!.plan as UpdatePlan).after.settings;
    expect(await world.controlBucket.getConfiguration(record.names.prefix, configuration!.key)).toEqual(
      options.AirflowConfigurationOptions,
    );
    expect(JSON.stringify([...world.environments.items, ...world.operations.items])).not.toContain("hunter2");
  });

  it("makes no object of options that are cleared or not named", async () => {
    for (const request of [{}, { AirflowConfigurationOptions: null }, { AirflowConfigurationOptions: {} }]) {
      const { world } = await availableWorld();
      await askToUpdate(world, request);
      expect(world.calls).not.toContain("controlBucket.putConfiguration");
    }
  });

  it.each<[Partial<UpdateEnvironmentRequest>, string]>([
    [{ AirflowVersion: "3.2.1" }, "VersionChangeRefused"],
    [{ EnvironmentClass: "mw1.huge" }, "UnknownEnvironmentClass"],
    [{ MaxWorkers: 51 }, "WorkerLimits"],
    [{ SourceBucketArn: "arn:aws:s3:::nowhere" }, "SourceBucketMissing"],
    [{ SourceBucketArn: "arn:aws:s3:::hangar-control" }, "SourceBucketReserved"],
    [{ AirflowConfigurationOptions: { "core.multi_team": "x" } }, "InvalidRequest"],
    [{ PluginsS3ObjectVersion: "v1" }, "InvalidRequest"],
    [{ Name: "second" }, "EnvironmentNotFound"],
  ])("changes nothing at all when it refuses %j", async (request, name) => {
    const { world, stored } = await availableWorld();
    const before = stored();
    await expect(askToUpdate(world, { ...options, ...request })).rejects.toMatchObject({ name });
    expect(stored()).toBe(before);
  });

  it("while another operation is at work is refused in MWAA's words, and changes nothing", async () => {
    for (const begin of [askToUpdate, askToDelete]) {
      const { world, stored } = await availableWorld();
      await (begin as (world: World) => Promise<unknown>)(world);
      const before = stored();
      await expect(askToUpdate(world, { MaxWorkers: 4 })).rejects.toMatchObject({
        name: "EnvironmentBusy",
        message: expect.stringContaining("status must complete previous operation before initiating a new operation"),
      });
      expect(stored()).toBe(before);
    }
  });
});

describe("two updates at once", () => {
  it("one wins, the other is refused and has changed nothing: not the record, not what runs, not the history", async () => {
    const { world } = await availableWorld();
    const requests = [{ MaxWorkers: 4 }, { MaxWorkers: 5 }, { MaxWorkers: 6 }];
    const answers = await Promise.allSettled(requests.map((request) => askToUpdate(world, request)));
    const won = answers.findIndex(({ status }) => status === "fulfilled");
    const refused = answers.filter((answer) => answer.status === "rejected");
    expect(refused).toHaveLength(2);
    for (const { reason } of refused) expect(reason).toMatchObject({ name: "EnvironmentBusy" });
    expect(updates(world)).toHaveLength(1);
    const { Operations } = await listOperations({ Name: "first" }, world.ports);
    expect(Operations.map(({ Type }) => Type)).toEqual(["update-environment", "create-environment"]);
    await runLadder(world, "first");
    expect((await world.environments.get("first"))!.settings.maxWorkers).toBe(requests[won]!.MaxWorkers);
  });

  it("an update beside a change that is no operation: both are kept", async () => {
    const { world, record } = await availableWorld();
    const ports = { ...world.ports, pool: testPool };
    await Promise.all([
      askToUpdate(world, { MaxWorkers: 4 }),
      tagResource({ ResourceArn: record.arn, Tags: { team: "a" } }, ports),
    ]);
    expect(await world.environments.get("first")).toMatchObject({ status: "UPDATING", tags: { team: "a" } });
    expect(updates(world)).toHaveLength(1);
    await runLadder(world, "first");
    expect(await world.environments.get("first")).toMatchObject({
      status: "AVAILABLE",
      tags: { team: "a" },
      settings: { maxWorkers: 4 },
    });
  });

  it("against a record that never rests it gives up, and the record does not say UPDATING", async () => {
    const { world, record } = await availableWorld();
    const lost = Object.assign(new Error("changed"), { name: "ConcurrentChange" });
    world.fail("environments.replace", lost, 1000);
    await expect(askToUpdate(world, { MaxWorkers: 4 })).rejects.toMatchObject({ name: "ConcurrentChange" });
    expect(await world.environments.get("first")).toEqual(record);
    expect(updates(world)).toEqual([]);
  });
});

describe("an update whose handler dies", () => {
  it("between operation and record has not happened, and can be asked for again", async () => {
    const { world, record } = await availableWorld();
    world.fail("environments.replace", new Error("killed"));
    await expect(askToUpdate(world, { MaxWorkers: 4 })).rejects.toThrow("killed");
    await sweep(world);
    expect(await world.environments.get("first")).toEqual(record);
    expect(updates(world)).toEqual([]);
    await askToUpdate(world, { MaxWorkers: 4 });
    expect((await runLadder(world, "first")).end).toBe("Succeeded");
  });

  it("between commit and start is started by the next sweep, once, and comes to its end", async () => {
    const { world } = await availableWorld();
    world.fail("workflows.start", new Error("killed"));
    await expect(askToUpdate(world, { MaxWorkers: 4 })).rejects.toThrow("killed");
    expect(await world.environments.get("first")).toMatchObject({ status: "UPDATING" });
    expect(updates(world)).toEqual([]);
    await sweep(world);
    await sweep(world);
    expect(updates(world).map(({ input }) => input.attempt)).toEqual([1]);
    expect((await runLadder(world, "first")).end).toBe("Succeeded");
    expect((await world.environments.get("first"))!.settings.maxWorkers).toBe(4);
  });

  it("after the start but before its answer is not done twice when the caller repeats it", async () => {
    const { world } = await availableWorld();
    world.fail("workflows.start", new Error("timed out"), 1, "after");
    await expect(askToUpdate(world, { MaxWorkers: 4 })).rejects.toThrow("timed out");
    await expect(askToUpdate(world, { MaxWorkers: 4 })).rejects.toMatchObject({ name: "EnvironmentBusy" });
    await sweep(world);
    expect(updates(world)).toHaveLength(1);
  });

  it("before it wrote anything leaves nothing in the way of another caller", async () => {
    const { world } = await availableWorld();
    world.fail("operations.create", new Error("killed"));
    await expect(askToUpdate(world, { MaxWorkers: 4 })).rejects.toThrow("killed");
    const other = { arn: "arn:aws:iam::000000000000:user/other", accountId: "000000000000" };
    await updateEnvironment({ Name: "first", MaxWorkers: 5 }, { ...world.ports, pool: testPool }, other);
    const { operationId } = (await world.environments.get("first"))!;
    expect((await world.operations.get(operationId!))!.createdBy).toBe(other.arn);
  });
});
