import { bucketOfArn } from "../domain/names.ts";
import { beforeEach, describe, expect, it } from "vitest";
import { caller, testPool } from "../../state-machines/testing/requests.ts";
import type { UpdatePlan } from "../domain/plan-update.ts";
import type { UpdateEnvironmentRequest } from "../domain/requests.ts";
import { createMemoryWorld } from "../testing/memory-world.ts";
import { roomyRecord } from "../testing/planned-update.ts";
import { decideUpdate } from "./update-decision.ts";

let world: ReturnType<typeof createMemoryWorld>;
beforeEach(async () => {
  world = createMemoryWorld({ now: 1000 });
  await world.environments.create(roomyRecord());
  world.sourceBuckets.make("other-dags");
  world.sourceBuckets.make("plain", { versioned: false });
});
const decide = async (request: Partial<UpdateEnvironmentRequest> = {}) => {
  const decided = await decideUpdate({ Name: "first", ...request }, { ...world.ports, pool: testPool }, caller);
  return { ...decided, after: (decided.operation.plan as UpdatePlan).after };
};

describe("deciding an update", () => {
  it("loads the record and nothing else where nothing else is needed, and writes nothing", async () => {
    const before = world.calls.length;
    await decide({ EnvironmentClass: "mw1.medium", AirflowConfigurationOptions: { "core.x": "y" } });
    expect(world.calls.slice(before)).toEqual(["environments.get", "sourceBuckets.as"]);
  });

  it("looks at the bucket with the eyes of the role the environment will have, and refuses one that is not lent", async () => {
    const ExecutionRoleArn = "arn:aws:iam::000000000000:role/two";
    const { arn, environmentId, settings } = roomyRecord();
    world.sourceBuckets.make(bucketOfArn(settings.sourceBucketArn));
    const before = world.calls.length;
    await decide({ ExecutionRoleArn });
    expect(world.calls.slice(before)).toContain("sourceBuckets.facts");
    expect(world.sourceBuckets.assumed.at(-1)).toEqual({
      roleArn: ExecutionRoleArn,
      externalId: arn,
      sessionName: environmentId,
    });
    world.sourceBuckets.refuse(ExecutionRoleArn);
    await expect(decide({ ExecutionRoleArn })).rejects.toMatchObject({ name: "ExecutionRoleRefused" });
    await decide({ ExecutionRoleArn: settings.executionRoleArn });
  });

  it("says who asked and when, under a new id each time", async () => {
    const [one, other] = [await decide(), await decide()];
    expect(one.operation).toMatchObject({ createdBy: caller.arn, createdAt: 1000 });
    expect(one.operation.operationId).not.toBe(other.operation.operationId);
    expect(one.before).toEqual(roomyRecord());
  });

  it("of a name nobody has is not found", async () => {
    await expect(decide({ Name: "second" })).rejects.toMatchObject({ name: "EnvironmentNotFound" });
  });

  it.each([
    ["arn:aws:s3:::plain", "SourceBucketNotVersioned"],
    ["arn:aws:s3:::nowhere", "SourceBucketMissing"],
  ])("looks at the bucket the request names: %s", async (SourceBucketArn, name) => {
    await expect(decide({ SourceBucketArn })).rejects.toMatchObject({ name });
    const files = { PluginsS3Path: null, RequirementsS3Path: null, StartupScriptS3Path: null }; // none lies there
    expect(
      (await decide({ SourceBucketArn: "arn:aws:s3:::other-dags", ...files })).after.settings.sourceBucketArn,
    ).toBe("arn:aws:s3:::other-dags");
  });

  it("keeps options that are not named, clears them for null or none, and puts others in their place", async () => {
    const of = async (request: Partial<UpdateEnvironmentRequest>) =>
      (await decide(request)).after.settings.configuration;
    const before = roomyRecord().settings.configuration;
    expect(await of({})).toEqual(before);
    expect(await of({ AirflowConfigurationOptions: null })).toBeNull();
    expect(await of({ AirflowConfigurationOptions: {} })).toBeNull();
    const options = await of({ AirflowConfigurationOptions: { "core.x": "y" } });
    expect(options?.key).toBe(`configuration/${options?.sha256}.json`);
    expect(options).not.toEqual(before);
  });
});
