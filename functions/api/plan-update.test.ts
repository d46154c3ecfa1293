import { describe, expect, it } from "vitest";
import { availableWorld } from "../../state-machines/testing/available.ts";
import { askToCreate, askToUpdate, caller, testPool } from "../../state-machines/testing/requests.ts";
import { availableOnOld, upgradedFrom, upgradePool } from "../../state-machines/testing/upgrades.ts";
import { HangarError } from "../../shared/domain/errors.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import type { UpdateEnvironmentRequest } from "../../shared/domain/requests.ts";
import { getOperation } from "./get-operation.ts";
import { planUpdate } from "./plan-update.ts";

type World = Awaited<ReturnType<typeof availableWorld>>["world"];
const plan = (world: World, request: Partial<UpdateEnvironmentRequest> = {}) =>
  planUpdate({ Name: "first", ...request }, { ...world.ports, pool: testPool }, caller);
const everything: Partial<UpdateEnvironmentRequest> = {
  EnvironmentClass: "mw1.medium",
  AirflowConfigurationOptions: { "smtp.smtp_password": "hunter2" },
  SourceBucketArn: "arn:aws:s3:::my-dags",
  DagS3Path: "other",
  MinWorkers: 2,
  WorkerReplacementStrategy: "GRACEFUL",
};

describe("the dry run of an update", () => {
  it("writes nothing, whatever is asked, and calls only what reads", async () => {
    const { world, stored } = await availableWorld();
    const [before, calls] = [stored(), world.calls.length];
    for (const request of [{}, everything, { AirflowConfigurationOptions: null }]) await plan(world, request);
    expect(stored()).toBe(before);
    const reads = [
      "environments.get",
      "environments.listNames",
      "operations.listOf",
      "sourceBuckets.as",
      "sourceBuckets.facts",
    ];
    expect(world.calls.slice(calls).filter((call) => !reads.includes(call))).toEqual([]);
  });

  it("of an upgrade says what it will meet in the database, and how long one like it took here", async () => {
    const { world, record } = await availableOnOld();
    const ask = async () =>
      (await planUpdate({ Name: "first", AirflowVersion: "3.3.1" }, { ...world.ports, pool: upgradePool }, caller))
        .Plan;
    const { metadataDatabase } = record.names;
    world.ports.liveDatabase.callbacks.set(metadataDatabase, 2);
    world.ports.liveDatabase.startedAt.set(`${metadataDatabase} running`, world.clock.now() - 90_000);
    const [stored, { Database }] = [JSON.stringify([...world.operations.items]), await ask()];
    expect(Database).toMatchObject({
      SizeBytes: 1_004,
      Copy: { Samples: 0 },
      Migration: { Samples: 0 },
      Work: {
        Running: { Count: 1, Longest: [{ DagId: "sales", TaskId: "running", Seconds: 90 }] },
        ...{ Deferred: 1, Callbacks: { Waiting: 2, Removed: 2 } },
      },
    });
    expect(JSON.stringify([...world.operations.items])).toBe(stored);
  });

  it("judges by upgrades that were made here, and hides the database where the server does not answer", async () => {
    const start = await availableOnOld();
    const { world } = await upgradedFrom(start, { DeployServices: "fails" });
    const plans = () =>
      planUpdate({ Name: "first", AirflowVersion: "3.3.1" }, { ...world.ports, pool: upgradePool }, caller);
    const judged = { Samples: 1, Basis: expect.stringContaining("here") };
    expect((await plans()).Plan["Database"]).toMatchObject({ Copy: judged, Migration: judged });
    world.fail("liveDatabase.look", new HangarError("DependencyUnavailable", "It restarts."), 1);
    const { Plan } = await plans();
    expect(Plan).not.toHaveProperty("Database");
    expect(Plan).toHaveProperty("Upgrade");
  });

  it("shows what an update with the same body then does", async () => {
    const { world } = await availableWorld();
    const { Plan } = await plan(world, everything);
    await askToUpdate(world, everything);
    const OperationId = (await world.environments.get("first"))!.operationId!;
    const { Operation } = await getOperation({ Name: "first", OperationId }, world.ports);
    expect(Plan["Changes"]).toEqual(Operation["Changes"]);
    expect((Plan["Changes"] as object[]).length).toBe(4);
    expect(JSON.stringify(Plan)).not.toContain("hunter2");
    await runLadder(world, "first");
    expect(await plan(world, everything)).toMatchObject({ Plan: { Changes: [], Effect: "NONE" } });
  });

  it.each<[Partial<UpdateEnvironmentRequest>, string]>([
    [{ Name: "second" }, "EnvironmentNotFound"],
    [{ MaxWorkers: 51 }, "WorkerLimits"],
    [{ AirflowVersion: "3.2.1" }, "VersionChangeRefused"],
    [{ SourceBucketArn: "arn:aws:s3:::nowhere" }, "SourceBucketMissing"],
  ])("refuses what the update would refuse: %j", async (request, name) => {
    const { world } = await availableWorld();
    await expect(plan(world, request)).rejects.toMatchObject({ name });
    await expect(askToUpdate(world, request)).rejects.toMatchObject({ name });
  });

  it("while an operation is at work is refused as the update would be", async () => {
    const { world } = await availableWorld();
    await askToUpdate(world);
    await expect(plan(world)).rejects.toMatchObject({ name: "EnvironmentBusy" });
  });

  it("expects what such updates took in this installation, those of other environments included", async () => {
    const { world } = await availableWorld();
    const roll = { EnvironmentClass: "mw1.medium" };
    expect(await plan(world, roll)).toMatchObject({ Plan: { ExpectedSeconds: null } });
    await askToUpdate(world, roll);
    await runLadder(world, "first");
    await askToCreate(world, { Name: "second" });
    await runLadder(world, "second");
    const expected = { Plan: { ExpectedSeconds: { Samples: 1 } } };
    expect(await plan(world, { EnvironmentClass: "mw1.large" })).toMatchObject(expected);
    expect(await plan(world, { ...roll, Name: "second" })).toMatchObject(expected);
    expect(await plan(world, { Name: "second", MaxWorkers: 4 })).toMatchObject({ Plan: { ExpectedSeconds: null } });
  });
});
