import { beforeEach, describe, expect, it } from "vitest";
import { createMemoryWorld } from "../../shared/testing/memory-world.ts";
import { recordIn } from "../../shared/testing/planned.ts";
import { testPool } from "../../state-machines/testing/requests.ts";
import { listTags } from "./list-tags.ts";
import { tagResource } from "./tag-resource.ts";
import { untagResource } from "./untag-resource.ts";

let world: ReturnType<typeof createMemoryWorld>;
beforeEach(async () => {
  world = createMemoryWorld({ now: 0 });
  await world.environments.create(recordIn("AVAILABLE", { tags: { team: "a" } }));
});
const arn = "arn:aws:airflow:us-east-1:000000000000:environment/first";
const ports = () => ({ ...world.ports, pool: testPool });
const list = (ResourceArn = arn) => listTags({ ResourceArn }, ports());
const tag = (Tags: Record<string, string>, ResourceArn = arn) => tagResource({ ResourceArn, Tags }, ports());
const untag = (tagKeys: string[], ResourceArn = arn) => untagResource({ ResourceArn, tagKeys }, ports());

describe("tags of an environment", () => {
  it("are added, replaced, removed and listed; each answer is empty but the list's", async () => {
    expect(await list()).toEqual({ Tags: { team: "a" } });
    expect(await tag({ team: "b", stage: "test" })).toEqual({});
    expect(await list()).toEqual({ Tags: { team: "b", stage: "test" } });
    expect(await untag(["team", "nothing"])).toEqual({});
    expect(await list()).toEqual({ Tags: { stage: "test" } });
  });

  it("are a change of the record alone: no status, no operation", async () => {
    await tag({ stage: "test" });
    await untag(["team"]);
    expect(await world.environments.get("first")).toMatchObject({ status: "AVAILABLE", operationId: null });
    expect(world.calls.filter((call) => /^(operations|workflows)\./.test(call))).toEqual([]);
  });

  it("can be changed while an operation is at work, which stays the record's", async () => {
    world.environments.items.set("first", recordIn("UPDATING", { operationId: "u".repeat(26) }));
    await tag({ stage: "test" });
    expect(await world.environments.get("first")).toMatchObject({
      status: "UPDATING",
      operationId: "u".repeat(26),
      tags: { stage: "test" },
    });
  });

  it("given at once by several callers are all kept", async () => {
    await Promise.all([tag({ one: "1" }), tag({ two: "2" }), untag(["team"])]);
    expect(await list()).toEqual({ Tags: { one: "1", two: "2" } });
  });

  it("that are refused change nothing", async () => {
    const before = await world.environments.get("first");
    await expect(tag({ fine: "x", "aws:owner": "x" })).rejects.toMatchObject({ name: "InvalidRequest" });
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`key${at}`, "x"]));
    await expect(tag(many)).rejects.toMatchObject({ name: "InvalidRequest" });
    expect(await world.environments.get("first")).toEqual(before);
  });

  it.each([
    arn.replace("first", "second"),
    arn.replace("000000000000", "111111111111"),
    arn.replace("us-east-1", "eu-west-1"),
    `${arn}/tags`,
  ])("of %s are not found", async (other) => {
    for (const answer of [list(other), tag({ stage: "test" }, other), untag(["team"], other)])
      await expect(answer).rejects.toMatchObject({ name: "EnvironmentNotFound" });
  });
});
