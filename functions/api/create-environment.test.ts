import { beforeEach, describe, expect, it } from "vitest";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import { askToCreate, createRequest, emptyWorld, testPool } from "../../state-machines/testing/requests.ts";
import { errorCatalogue } from "../../shared/domain/errors.ts";
import { executionName } from "../../shared/domain/sweep.ts";
import { sweepOperations } from "../schedules/sweep-operations.ts";

let world: ReturnType<typeof emptyWorld>;
beforeEach(() => {
  world = emptyWorld();
});
const arn = "arn:aws:airflow:us-east-1:000000000000:environment/first";

describe("CreateEnvironment", () => {
  it("writes the record, starts the ladder under its deterministic name, and answers the ARN", async () => {
    expect(await askToCreate(world)).toEqual({ Arn: arn });
    const environment = (await world.environments.get("first"))!;
    expect(environment).toMatchObject({ status: "CREATING", createdBy: "arn:aws:iam::000000000000:user/operator" });
    const operation = (await world.operations.get(environment.operationId!))!;
    expect([...world.workflows.executions.keys()]).toEqual([executionName(operation)]);
    expect(world.workflows.executions.get(executionName(operation))).toMatchObject({
      kind: "create-environment",
      input: { operationId: operation.operationId, attempt: 1 },
    });
  });

  it("writes the operation before the record that points to it: a kill between leaves a void operation, not a dangling record", async () => {
    world.fail("environments.create", new Error("killed"));
    await expect(askToCreate(world)).rejects.toThrow("killed");
    expect(world.operations.items.size).toBe(1);
    expect(await world.environments.get("first")).toBeUndefined();
    expect(await askToCreate(world)).toEqual({ Arn: arn });
  });

  it("repeated with an equal body while CREATING answers the same ARN and starts nothing new", async () => {
    await askToCreate(world);
    expect(
      await askToCreate(world, {
        NetworkConfiguration: { SecurityGroupIds: ["sg-a"], SubnetIds: ["subnet-a", "subnet-b"] },
      }),
    ).toEqual({ Arn: arn });
    expect(world.workflows.executions.size).toBe(1);
    expect(world.operations.items.size).toBe(1);
  });

  it("refuses another body under a name that is taken, and the first create goes on", async () => {
    await askToCreate(world);
    await expect(askToCreate(world, { MaxWorkers: 3 })).rejects.toMatchObject({ name: "DuplicateEnvironment" });
    expect((await runLadder(world, "first")).end).toBe("Succeeded");
    await expect(askToCreate(world)).rejects.toMatchObject({
      name: "DuplicateEnvironment",
      message: expect.stringContaining("AVAILABLE"),
    });
  });

  it("asked twice at once makes one environment, and both callers get its ARN", async () => {
    expect(await Promise.all([askToCreate(world), askToCreate(world)])).toEqual([{ Arn: arn }, { Arn: arn }]);
    expect(world.environments.items.size).toBe(1);
    expect(world.workflows.executions.size).toBe(1);
  });

  it("that lost a race leaves no configuration behind: it may be secret, and nothing would ever delete it", async () => {
    const ask = () => askToCreate(world, { AirflowConfigurationOptions: { "smtp.smtp_password": "hunter2" } });
    await Promise.all([ask(), ask()]);
    expect(world.leftovers().filter((name) => name.startsWith("control object"))).toHaveLength(1);
  });

  it("asked twice at once with different bodies makes one, and refuses the other", async () => {
    const answers = await Promise.allSettled([askToCreate(world), askToCreate(world, { MaxWorkers: 3 })]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(world.environments.items.size).toBe(1);
    expect(world.workflows.executions.size).toBe(1);
  });

  it.each([
    ["a bucket that is missing", { SourceBucketArn: "arn:aws:s3:::nowhere" }, "SourceBucketMissing"],
    ["a bucket without versions", { SourceBucketArn: "arn:aws:s3:::plain" }, "SourceBucketNotVersioned"],
    ["a bucket open to the public", { SourceBucketArn: "arn:aws:s3:::open" }, "SourceBucketPublic"],
    ["Hangar's own bucket", { SourceBucketArn: "arn:aws:s3:::hangar-control" }, "SourceBucketReserved"],
    [
      "a role that does not trust it",
      { ExecutionRoleArn: "arn:aws:iam::000000000000:role/closed" },
      "ExecutionRoleRefused",
    ],
    ["an unknown version", { AirflowVersion: "9.9.9" }, "UnknownAirflowVersion"],
    ["sizes its class does not have", { Schedulers: 1 }, "WorkerLimits"],
  ])(
    "leaves nothing behind when it refuses %s: Terraform repeats a refused create for minutes",
    async (_, changes, name) => {
      world.sourceBuckets.refuse("arn:aws:iam::000000000000:role/closed");
      world.sourceBuckets.make("plain", { versioned: false });
      world.sourceBuckets.make("open", { publicAccessBlocked: false });
      const options = { AirflowConfigurationOptions: { "core.x": "y" } };
      await expect(askToCreate(world, { ...options, ...changes })).rejects.toMatchObject({ name });
      expect(world.leftovers()).toEqual([]);
      expect(world.operations.items.size).toBe(0);
      expect(world.workflows.executions.size).toBe(0);
    },
  );

  it("whose start failed after the record was written is started by the sweeper, once", async () => {
    world.fail("workflows.start", new Error("throttled"));
    await expect(askToCreate(world)).rejects.toThrow("throttled");
    expect(await world.environments.get("first")).toMatchObject({ status: "CREATING" });
    const sweep = () => sweepOperations({ ...world.ports, pool: testPool });
    await sweep();
    await sweep();
    expect([...world.workflows.executions.values()].map(({ input }) => input.attempt)).toEqual([1]);
    expect((await runLadder(world, "first")).end).toBe("Succeeded");
  });

  it("lays configuration options down before the record names them, and nowhere else", async () => {
    const AirflowConfigurationOptions = { "smtp.smtp_password": "hunter2" };
    await askToCreate(world, { AirflowConfigurationOptions });
    const environment = (await world.environments.get("first"))!;
    expect(
      await world.controlBucket.getConfiguration(environment.names.prefix, environment.settings.configuration!.key),
    ).toEqual(AirflowConfigurationOptions);
    expect(JSON.stringify([...world.environments.items.values(), ...world.operations.items.values()])).not.toContain(
      "hunter2",
    );
    expect(world.calls.indexOf("controlBucket.putConfiguration")).toBeLessThan(
      world.calls.indexOf("environments.create"),
    );
  });

  it("says which role must trust whom, with which external id", async () => {
    world.sourceBuckets.refuse(createRequest.ExecutionRoleArn);
    const refused = await askToCreate(world).catch((error: unknown) => error);
    for (const word of [createRequest.ExecutionRoleArn, "arn:aws:iam::000000000000:root", "environment/first"])
      expect((refused as Error).message).toContain(word);
    expect(errorCatalogue.ExecutionRoleRefused.type).toBe("ValidationException"); // Terraform tries it again for a while
  });

  it("does not read the user's bucket beyond its facts, and never writes to it", async () => {
    await askToCreate(world, createRequest);
    expect(world.calls.filter((call) => call.startsWith("sourceBuckets"))).toEqual([
      "sourceBuckets.make",
      "sourceBuckets.upload",
      "sourceBuckets.as",
      "sourceBuckets.facts",
    ]);
  });
});
