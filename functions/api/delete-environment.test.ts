import { describe, expect, it } from "vitest";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import { askToCreate, askToDelete, emptyWorld, testPool } from "../../state-machines/testing/requests.ts";
import { sweepOperations } from "../schedules/sweep-operations.ts";

async function available() {
  const world = emptyWorld();
  await askToCreate(world);
  await runLadder(world, "first");
  return world;
}

describe("DeleteEnvironment", () => {
  it("marks the record DELETING before it answers, and starts the ladder", async () => {
    const world = await available();
    expect(await askToDelete(world)).toEqual({});
    const environment = (await world.environments.get("first"))!;
    expect(environment).toMatchObject({
      status: "DELETING",
      operationKind: "delete-environment",
      lastUpdate: { status: "PENDING" },
    });
    expect([...world.workflows.executions.values()].at(-1)).toMatchObject({
      kind: "delete-environment",
      input: { operationId: environment.operationId, attempt: 1 },
    });
  });

  it("of a name nobody has is not found", async () => {
    await expect(askToDelete(emptyWorld())).rejects.toMatchObject({ name: "EnvironmentNotFound" });
  });

  it("while CREATING is refused in MWAA's words, and changes nothing", async () => {
    const world = emptyWorld();
    await askToCreate(world);
    await expect(askToDelete(world)).rejects.toMatchObject({
      name: "EnvironmentBusy",
      message: expect.stringContaining(
        "Environments with CREATING status must complete previous operation before initiating a new operation",
      ),
    });
    expect(await world.environments.get("first")).toMatchObject({ status: "CREATING", generation: 1 });
  });

  it("repeated while DELETING changes nothing", async () => {
    const world = await available();
    await askToDelete(world);
    const before = await world.environments.get("first");
    const executions = world.workflows.executions.size;
    expect(await askToDelete(world)).toEqual({});
    expect(await world.environments.get("first")).toEqual(before);
    expect(world.workflows.executions.size).toBe(executions);
  });

  it("asked twice at once starts one operation; the one that lost the race is told to try again", async () => {
    const world = await available();
    const answers = await Promise.allSettled([askToDelete(world), askToDelete(world)]);
    const refused = answers.filter((answer) => answer.status === "rejected");
    for (const { reason } of refused) expect(reason).toMatchObject({ name: "ConcurrentChange" });
    expect([...world.workflows.executions.values()].filter(({ kind }) => kind === "delete-environment")).toHaveLength(
      1,
    );
  });

  it("whose start failed is started by the sweeper", async () => {
    const world = await available();
    world.fail("workflows.start", new Error("throttled"));
    await expect(askToDelete(world)).rejects.toThrow("throttled");
    await sweepOperations({ ...world.ports, pool: testPool });
    expect([...world.workflows.executions.values()].at(-1)).toMatchObject({ kind: "delete-environment" });
    expect((await runLadder(world, "first")).end).toBe("Succeeded");
    expect(world.leftovers()).toEqual([]);
  });
});
