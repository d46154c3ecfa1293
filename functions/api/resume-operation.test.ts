import { describe, expect, it } from "vitest";
import { availableWorld } from "../../state-machines/testing/available.ts";
import { askToUpdate, testPool } from "../../state-machines/testing/requests.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import { settleOperation } from "../../shared/runtime/settlement.ts";
import { callStep } from "../../state-machines/testing/steps.ts";
import { shortenDeadlines, availableOnOld, upgradePool } from "../../state-machines/testing/upgrades.ts";
import { sweepOperations } from "../schedules/sweep-operations.ts";
import { cancelOperation } from "./cancel-operation.ts";
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

describe("resuming an upgrade that got stuck while its environment was paused", () => {
  /** Its machine was killed for good after it had paused the environment. */
  async function stuckWhilePaused() {
    const { world, record } = await availableOnOld();
    await askToUpdate(world, { AirflowVersion: "3.3.1" }, upgradePool);
    shortenDeadlines(world);
    const operationId = (await world.environments.get("first"))!.operationId!;
    const climb = (state: string, step: string) =>
      callStep(
        step,
        { operationId, attempt: 1, state },
        { awsRequestId: state, getRemainingTimeInMillis: () => 60_000 },
        world.ports,
      );
    await climb("BuildLayer", "build-layer");
    await climb("PrepareGeneration", "prepare-generation");
    await climb("PauseScheduling", "pause-scheduling");
    await settleOperation(operationId, "stuck", world.ports);
    expect(await world.environments.get("first")).toMatchObject({ status: "UNAVAILABLE", pause: null, drains: [] });
    world.clock.advance(3_600_000);
    return { world, record, operationId };
  }

  it("pauses it anew, for as long as at first, and goes through", async () => {
    const { world, operationId } = await stuckWhilePaused();
    world.agents.script.drain = { inFlight: 1, looksUntilReleased: 4 };
    const pauses = new Set<unknown>();
    const { items } = world.environments;
    const put = items.set.bind(items);
    items.set = (name, item) => {
      pauses.add(item.pause?.id);
      return put(name, item);
    };
    await resumeOperation({ Name: "first", OperationId: operationId }, world.ports);
    const run = await runLadder(world, "first");
    expect(run.end).toBe("Succeeded");
    expect(pauses).toContain(operationId);
    // it was waited for, though the first pause was over an hour ago
    expect(run.entered.filter((state) => state === "CheckPaused").length).toBeGreaterThan(3);
  });

  it("and cancelling it at once still replaces the workers that had let go for good", async () => {
    const { world, record, operationId } = await stuckWhilePaused();
    await resumeOperation({ Name: "first", OperationId: operationId }, world.ports);
    await cancelOperation({ Name: "first", OperationId: operationId }, world.ports, {
      arn: "arn:aws:iam::1:user/someone",
      accountId: "1",
    });
    const run = await runLadder(world, "first");
    expect(run.end).toBe("RolledBack");
    expect(run.entered).toContain("UndoPauseScheduling");
    const workers = world.containers.services.get(record.names.services.worker)!.taskIds;
    expect(world.agents.releasedTasks().filter((taskId) => workers.includes(taskId))).toEqual([]);
  });
});
