import { describe, expect, it } from "vitest";
import { availableWorld } from "../../state-machines/testing/available.ts";
import { askToUpdate, testPool } from "../../state-machines/testing/requests.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import { sweepOperations } from "../schedules/sweep-operations.ts";
import { resumeOperation } from "./resume-operation.ts";

/** An update that got stuck: its new tasks were broken, and so was its way back. */
async function stuckUpdate() {
  const available = await availableWorld();
  const { world } = available;
  await askToUpdate(world, { EnvironmentClass: "mw1.medium", WorkerReplacementStrategy: "GRACEFUL" });
  const OperationId = (await world.environments.get("first"))!.operationId!;
  const { end } = await runLadder(world, "first", { UndoDeployServices: "fails", CheckServices: "fails" });
  expect(end).toBe("Stuck");
  const resume = () => resumeOperation({ Name: "first", OperationId }, world.ports);
  const attempts = () =>
    [...world.workflows.executions.values()]
      .filter(({ input }) => input.operationId === OperationId)
      .map(({ input }) => input.attempt);
  const sweep = () => sweepOperations({ ...world.ports, pool: testPool });
  return { ...available, OperationId, resume, attempts, sweep };
}
type Stuck = Awaited<ReturnType<typeof stuckUpdate>>;

/** The cause is gone: the operation goes where it was going. */
async function expectRolledBack({ world, record }: Stuck) {
  expect((await runLadder(world, "first")).end).toBe("RolledBack");
  expect(await world.environments.get("first")).toMatchObject({
    status: "UPDATE_FAILED",
    operationId: null,
    settings: record.settings,
    names: record.names,
  });
  expect([...world.containers.services.keys()].toSorted()).toEqual(Object.values(record.names.services).toSorted());
}

describe("resuming a stuck operation", () => {
  it("starts its next attempt, with the record UPDATING again, and it comes to its end", async () => {
    const stuck = await stuckUpdate();
    expect(await stuck.world.environments.get("first")).toMatchObject({ status: "UNAVAILABLE", operationId: null });
    expect(await stuck.resume()).toMatchObject({
      Operation: { OperationId: stuck.OperationId, Status: "UNDOING", Attempt: 2 },
    });
    expect(await stuck.world.environments.get("first")).toMatchObject({
      status: "UPDATING",
      operationId: stuck.OperationId,
      lastUpdate: { status: "PENDING", workerReplacementStrategy: "GRACEFUL" },
    });
    expect(stuck.attempts()).toEqual([1, 2]);
    await expectRolledBack(stuck);
  });

  it("killed between its two writes can be repeated", async () => {
    const stuck = await stuckUpdate();
    stuck.world.fail("environments.replace", new Error("killed"));
    await expect(stuck.resume()).rejects.toThrow("killed");
    expect(await stuck.world.environments.get("first")).toMatchObject({ status: "UNAVAILABLE" });
    await stuck.resume();
    await expectRolledBack(stuck);
  });

  it("killed before its start is started by the next sweep", async () => {
    const stuck = await stuckUpdate();
    stuck.world.fail("workflows.start", new Error("killed"));
    await expect(stuck.resume()).rejects.toThrow("killed");
    await stuck.sweep();
    expect(stuck.attempts()).toEqual([1, 2]);
    await expectRolledBack(stuck);
  });

  it("asked for twice at once is done once: whoever lost the race is told", async () => {
    const stuck = await stuckUpdate();
    const answers = await Promise.allSettled([stuck.resume(), stuck.resume()]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    for (const answer of answers)
      if (answer.status === "rejected") expect(answer.reason).toMatchObject({ name: "ConcurrentChange" });
    expect(stuck.attempts()).toEqual([1, 2]);
    await expectRolledBack(stuck);
  });

  it("is refused while it is at work and once it has ended, and changes nothing", async () => {
    const stuck = await stuckUpdate();
    await stuck.resume();
    const working = stuck.stored();
    await expect(stuck.resume()).rejects.toMatchObject({ name: "OperationNotResumable" });
    expect(stuck.stored()).toBe(working);
    await expectRolledBack(stuck);
    const ended = stuck.stored();
    await expect(stuck.resume()).rejects.toMatchObject({ name: "OperationNotResumable" });
    expect(stuck.stored()).toBe(ended);
  });
});
