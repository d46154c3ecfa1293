import { beforeEach, describe, expect, it } from "vitest";
import { createMemoryWorld } from "../testing/memory-world.ts";
import { plannedUpdate } from "../testing/planned-update.ts";
import { findOperation } from "./operation-lookup.ts";

let world: ReturnType<typeof createMemoryWorld>;
const { environment, operation } = plannedUpdate({ MaxWorkers: 4 });
const OperationId = operation.operationId;
beforeEach(async () => {
  world = createMemoryWorld({ now: 0 });
  await world.environments.create(environment);
  await world.operations.create(operation);
});
const find = (Name = "first", id = OperationId) => findOperation({ Name, OperationId: id }, world.ports);

describe("an operation's id", () => {
  it("leads to the operation and its environment", async () => {
    expect(await find()).toEqual({ environment, operation });
  });

  it("of an environment nobody has says so, whatever the id", async () => {
    await expect(find("second")).rejects.toMatchObject({ name: "EnvironmentNotFound" });
  });

  it("nobody has leads nowhere, and the refusal says where to look", async () => {
    await expect(find("first", "x".repeat(26))).rejects.toMatchObject({
      name: "OperationNotFound",
      message: expect.stringContaining("GET /environments/first/operations"),
    });
  });

  it("of another environment, or of an earlier one of the name, leads nowhere: nobody reads or stops it from here", async () => {
    await world.environments.create({ ...environment, name: "second", environmentId: "e2" });
    await expect(find("second")).rejects.toMatchObject({ name: "OperationNotFound" });
    world.environments.items.set("first", { ...environment, environmentId: "e3" });
    await expect(find()).rejects.toMatchObject({ name: "OperationNotFound" });
  });

  it("of an operation whose commit lost its race leads nowhere: it never was", async () => {
    world.environments.items.set("first", { ...environment, operationId: null });
    await expect(find()).rejects.toMatchObject({ name: "OperationNotFound" });
  });
});
