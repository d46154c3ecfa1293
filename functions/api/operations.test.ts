import { describe, expect, it } from "vitest";
import { availableWorld } from "../../state-machines/testing/available.ts";
import { askToCreate, askToUpdate, type emptyWorld } from "../../state-machines/testing/requests.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import { getOperation } from "./get-operation.ts";
import { listOperations } from "./list-operations.ts";

type World = ReturnType<typeof emptyWorld>;
async function updatedSeveralTimes(times: number) {
  const { world } = await availableWorld();
  for (let count = 1; count <= times; count++) {
    world.clock.advance(1000);
    await askToUpdate(world, { MaxWorkers: 10 + count });
    await runLadder(world, "first");
  }
  return world;
}
const list = (world: World, page: object = {}) => listOperations({ Name: "first", ...page }, world.ports);
const newest = (view: Record<string, unknown>) => (view["Changes"] as { After: number }[] | undefined)?.[0]?.After;

describe("the operations of an environment", () => {
  it("are listed newest first, a page at a time, until there are no more", async () => {
    const world = await updatedSeveralTimes(4);
    const pages: unknown[][] = [];
    let NextToken: string | undefined;
    do {
      const page = await list(world, { MaxResults: 2, ...(NextToken === undefined ? {} : { NextToken }) });
      pages.push(page.Operations.map(newest));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(pages).toEqual([[14, 13], [12, 11], [undefined]]);
    expect((await list(world)).Operations).toHaveLength(5);
    expect(await list(world)).not.toHaveProperty("NextToken");
  });

  it("are shown with how they ended: what was refused, or lost its race, is none of them", async () => {
    const { world } = await availableWorld();
    await Promise.allSettled([askToUpdate(world, { MaxWorkers: 4 }), askToUpdate(world, { MaxWorkers: 5 })]);
    expect(world.operations.items.size).toBe(3);
    const { Operations } = await list(world);
    expect(Operations.map(({ Type, Status }) => [Type, Status])).toEqual([
      ["update-environment", "RUNNING"],
      ["create-environment", "SUCCEEDED"],
    ]);
  });

  it("are not those of another environment, nor of an earlier one of the name", async () => {
    const { world, record } = await availableWorld();
    await askToCreate(world, { Name: "second" });
    expect((await list(world)).Operations).toHaveLength(1);
    world.environments.items.set("first", { ...record, environmentId: "e9999999999" });
    expect((await list(world)).Operations).toEqual([]);
  });

  it("of a name nobody has are not found, and a token it did not make is refused", async () => {
    const { world } = await availableWorld();
    await expect(list(world, { Name: "second" })).rejects.toMatchObject({ name: "EnvironmentNotFound" });
    await expect(list(world, { NextToken: "made-up" })).rejects.toMatchObject({ name: "InvalidRequest" });
  });
});

describe("one operation", () => {
  it("is shown step by step while it runs and when it has ended", async () => {
    const { world, record } = await availableWorld();
    await askToUpdate(world, { EnvironmentClass: "mw1.medium" });
    const OperationId = (await world.environments.get("first"))!.operationId!;
    const get = async () => (await getOperation({ Name: "first", OperationId }, world.ports)).Operation;
    expect(await get()).toMatchObject({ OperationId, Status: "RUNNING" });
    await runLadder(world, "first");
    const ended = await get();
    expect(ended).toMatchObject({ Status: "SUCCEEDED", EndedAt: expect.any(Number) });
    expect(ended["Steps"]).toContainEqual(
      expect.objectContaining({ Step: "deploy-services", EndedAt: expect.any(Number) }),
    );
    expect(JSON.stringify(ended)).not.toContain(record.names.secret);
  });

  it("of another environment is not found", async () => {
    const { world } = await availableWorld();
    await askToCreate(world, { Name: "second" });
    const OperationId = (await world.environments.get("second"))!.operationId!;
    await expect(getOperation({ Name: "first", OperationId }, world.ports)).rejects.toMatchObject({
      name: "OperationNotFound",
    });
  });
});
