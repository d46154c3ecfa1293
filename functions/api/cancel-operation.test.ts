import { describe, expect, it } from "vitest";
import { availableWorld } from "../../state-machines/testing/available.ts";
import { askToCreate, askToDelete, askToUpdate, caller, emptyWorld } from "../../state-machines/testing/requests.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import type { Operations } from "../../shared/ports/operations.ts";
import { cancelOperation } from "./cancel-operation.ts";

type World = ReturnType<typeof emptyWorld>;
const inFlight = async (world: World) => (await world.environments.get("first"))!.operationId!;
const cancel = async (world: World, OperationId?: string, operations: Operations = world.operations) =>
  cancelOperation(
    { Name: "first", OperationId: OperationId ?? (await inFlight(world)) },
    { environments: world.environments, operations },
    caller,
  );

describe("cancelling an operation", () => {
  it("turns an update round: everything is as before, and LastUpdate says who did it", async () => {
    const { world, record } = await availableWorld();
    await askToUpdate(world, { EnvironmentClass: "mw1.medium" });
    expect(await cancel(world)).toMatchObject({ Operation: { Status: "UNDOING", Error: { ErrorCode: "CANCELLED" } } });
    expect((await runLadder(world, "first")).end).toBe("RolledBack");
    const environment = (await world.environments.get("first"))!;
    expect(environment).toMatchObject({ status: "UPDATE_FAILED", settings: record.settings, names: record.names });
    expect(environment.lastUpdate.error).toMatchObject({
      code: "CANCELLED",
      message: expect.stringContaining(`${caller.arn} cancelled the operation.`),
    });
    expect(world.containers.services.size).toBe(3);
  });

  it("turns a create round: nothing of it is left but the record that says so", async () => {
    const world = emptyWorld();
    await askToCreate(world);
    await cancel(world);
    await runLadder(world, "first");
    expect(await world.environments.get("first")).toMatchObject({ status: "CREATE_FAILED" });
    expect(world.leftovers()).toEqual(["environment first"]);
  });

  it("repeated changes nothing", async () => {
    const { world, stored } = await availableWorld();
    await askToUpdate(world, { MaxWorkers: 4 });
    await cancel(world);
    const before = stored();
    expect(await cancel(world)).toMatchObject({ Operation: { Status: "UNDOING" } });
    expect(stored()).toBe(before);
  });

  it("is refused for a delete and for what has ended, and changes nothing", async () => {
    const { world, stored } = await availableWorld();
    const created = [...world.operations.items.keys()][0]!;
    await askToDelete(world);
    const before = stored();
    await expect(cancel(world)).rejects.toMatchObject({ name: "OperationNotCancellable" });
    await expect(cancel(world, created)).rejects.toMatchObject({
      name: "OperationNotCancellable",
      message: expect.stringContaining("it has ended"),
    });
    await expect(cancel(world, "x".repeat(26))).rejects.toMatchObject({ name: "OperationNotFound" });
    expect(stored()).toBe(before);
  });

  it("looks again when a step wrote first: its journal is kept", async () => {
    const { world } = await availableWorld();
    await askToUpdate(world, { MaxWorkers: 4 });
    const journal = { "run:limit-connections": { startedAt: 1, endedAt: 2, output: null } };
    let races = 2;
    const update: Operations["update"] = async (item, changes) => {
      if (races-- > 0) await world.operations.update(item, { journal });
      return world.operations.update(item, changes);
    };
    const operations = { ...world.operations, update };
    expect(await cancel(world, undefined, operations)).toMatchObject({ Operation: { Status: "UNDOING" } });
    expect(await world.operations.get(await inFlight(world))).toMatchObject({ journal, direction: "undoing" });
  });

  it("loses against a commit that came first: the update stays done", async () => {
    const { world } = await availableWorld();
    await askToUpdate(world, { MaxWorkers: 4 });
    const update: Operations["update"] = async (item, changes) => {
      await world.operations.update(item, { journal: { "run:commit-operation": { startedAt: 1 } } });
      return world.operations.update(item, changes);
    };
    await expect(cancel(world, undefined, { ...world.operations, update })).rejects.toMatchObject({
      name: "OperationNotCancellable",
    });
    expect((await runLadder(world, "first")).end).toBe("Succeeded");
  });

  it("gives up against an item that never rests: nobody waits for ever", async () => {
    const { world } = await availableWorld();
    await askToUpdate(world, { MaxWorkers: 4 });
    const update: Operations["update"] = async () => undefined;
    await expect(cancel(world, undefined, { ...world.operations, update })).rejects.toMatchObject({
      name: "ConcurrentChange",
    });
  });
});
