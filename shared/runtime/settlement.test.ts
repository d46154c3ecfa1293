import { beforeEach, describe, expect, it } from "vitest";
import { planned, recordIn } from "../testing/planned.ts";
import { createMemoryWorld, type MemoryWorld } from "../testing/memory-world.ts";
import { settleOperation } from "./settlement.ts";

const { environment, operation } = planned();
const { operationId } = operation;
let world: MemoryWorld;

beforeEach(async () => {
  world = createMemoryWorld({ now: 9 });
  await world.operations.create(operation);
  await world.environments.create(environment);
});
const settle = (outcome: "rolledBack" | "stuck" = "rolledBack") => settleOperation(operationId, outcome, world.ports);

describe("an operation that did not commit", () => {
  it("ends in its item first, and then in the record", async () => {
    expect(await settle()).toBe("rolledBack");
    expect(await world.operations.get(operationId)).toMatchObject({ outcome: "rolledBack", lease: null });
    expect(await world.environments.get("first")).toMatchObject({
      status: "CREATE_FAILED",
      operationId: null,
      lastUpdate: { status: "FAILED", createdAt: 9 },
    });
    expect(world.calls.indexOf("operations.update")).toBeLessThan(world.calls.indexOf("environments.settle"));
  });

  it("is settled once: a repeat changes nothing and answers the same", async () => {
    await settle();
    const before = await world.environments.get("first");
    expect(await settle()).toBe("rolledBack");
    expect(await settle("stuck")).toBe("rolledBack");
    expect(await world.environments.get("first")).toEqual(before);
  });

  it("killed between the two writes is settled by the next try", async () => {
    world.fail("environments.settle", new Error("killed"));
    await expect(settle()).rejects.toThrow("killed");
    expect(await world.environments.get("first")).toMatchObject({ status: "CREATING" });
    expect(await settle()).toBe("rolledBack");
    expect(await world.environments.get("first")).toMatchObject({ status: "CREATE_FAILED" });
  });

  it("is settled by one of two hands at once", async () => {
    expect(await Promise.all([settle(), settle()])).toEqual(["rolledBack", "rolledBack"]);
    expect(await world.environments.get("first")).toMatchObject({ status: "CREATE_FAILED", generation: 2 });
  });
});

describe("the alarm on stuck operations", () => {
  const told = () => world.operationOutcomes.told.get(environment.environmentId);

  it("hears of one that is stuck, and of one that was undone that it was not", async () => {
    await settle("stuck");
    expect(told()).toEqual([true]);
    world = createMemoryWorld({ now: 9 });
    await world.operations.create(operation);
    await world.environments.create(environment);
    await settle("rolledBack");
    expect(told()).toEqual([false]);
  });

  it("hears of one whose settlement was killed on the way: the next try says it again", async () => {
    world.fail("environments.settle", new Error("killed"));
    await expect(settle("stuck")).rejects.toThrow("killed");
    world.operationOutcomes.told.clear();
    await settle("stuck");
    expect(told()).toEqual([true]);
  });

  it("keeps no operation from being settled when CloudWatch is away", async () => {
    world.fail("operationOutcomes.tell", new Error("throttled"));
    expect(await settle("stuck")).toBe("stuck");
    expect(await world.environments.get("first")).toMatchObject({ operationId: null });
  });
});

describe("an operation whose commit came through after all", () => {
  it("is left as it is, and said to have succeeded", async () => {
    const committed = recordIn("AVAILABLE", { generation: 2 });
    world.environments.items.set("first", committed);
    world.operations.items.set(operationId, { ...operation, journal: { "run:commit-operation": { startedAt: 1 } } });
    expect(await settle("stuck")).toBe("succeeded");
    expect(await world.environments.get("first")).toEqual(committed);
  });

  it("of a delete: the record is gone, or is already a namesake's", async () => {
    world.operations.items.set(operationId, {
      ...operation,
      kind: "delete-environment",
      journal: { "run:commit-operation": { startedAt: 1 } },
    });
    const namesake = recordIn("AVAILABLE", { environmentId: "e9999999999" });
    world.environments.items.set("first", namesake);
    expect(await settle("stuck")).toBe("succeeded");
    expect(await world.environments.get("first")).toEqual(namesake);
    world.environments.items.clear();
    expect(await settle("stuck")).toBe("succeeded");
  });
});

it("an operation nobody knows has nothing to settle", async () => {
  expect(await settleOperation("unknown", "stuck", world.ports)).toBe("stuck");
});
