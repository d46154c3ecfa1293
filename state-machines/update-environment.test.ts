import { describe, expect, it } from "vitest";
import { ladders } from "../shared/domain/ladders.ts";
import type { UpdateEnvironmentRequest } from "../shared/domain/requests.ts";
import { sweepOperations } from "../functions/schedules/sweep-operations.ts";
import { conflictText } from "../shared/testing/memory-builder.ts";
import { type Mischief, runLadder } from "./testing/run-ladder.ts";
import { askToCreate, askToDelete, askToUpdate, emptyWorld } from "./testing/requests.ts";
import { recoverable, taskStates } from "./testing/task-states.ts";

const rungs = ladders["update-environment"].rungs;
const ofKind = (kind: string) => rungs.filter((rung) => rung.kind === kind).map((rung) => rung.state);
const effects = ofKind("effect");

const states = taskStates("update-environment");
const undoStates = states.filter((name) => name.startsWith("Undo"));

/** Walks every rung with something to do: a layer is built, class and options roll all tasks, workers drain, limits change. */
const everything: Partial<UpdateEnvironmentRequest> = {
  EnvironmentClass: "mw1.medium",
  RequirementsS3Path: "requirements.txt",
  AirflowConfigurationOptions: { "core.default_task_retries": "3" },
  WorkerReplacementStrategy: "GRACEFUL",
};

/** Where everything is rolled no service stays to be scaled: those rungs have something to do in another update. */
const requestFor = (state: string) => (state.endsWith("ScaleServices") ? { MinWorkers: 3 } : everything);

type Updated = Awaited<ReturnType<typeof updated>>;

/** An AVAILABLE environment, and what of the world must be as before if an update is rolled back. */
async function available() {
  const world = emptyWorld();
  world.sourceBuckets.upload("my-dags", "requirements.txt", "pendulum");
  await askToCreate(world, { MinWorkers: 2, MaxWorkers: 4 });
  await runLadder(world, "first");
  const record = (await world.environments.get("first"))!;
  const seen = () => ({
    services: [...world.containers.services].map(([name, { spec }]) => [name, spec.desiredCount]),
    limits: [...world.databases.roles].map(([name, { connectionLimit }]) => [name, connectionLimit]),
    addresses: [...world.webAddresses.targetGroups.keys(), ...world.webAddresses.rules.keys()],
  });
  return { world, record, seen, before: seen() };
}

async function updated(mischief: Record<string, Mischief> = {}, request = everything, breakNew = false) {
  const start = await available();
  const { world } = start;
  if (breakNew) world.agents.script.unhealthyGenerations = [2];
  await askToUpdate(world, request);
  shortenDeadlines(world);
  const accepted = (await world.environments.get("first"))!;
  const run = await runLadder(world, "first", mischief);
  return { ...start, run, accepted, environment: (await world.environments.get("first"))! };
}

function expectApplied({ world, environment, record }: Updated) {
  expect(environment).toMatchObject({ status: "AVAILABLE", operationId: null, drains: [] });
  expect(environment.settings.environmentClass).toBe("mw1.medium");
  expect(environment.layer?.files.requirements?.versionId).toBe("version-2");
  for (const { spec } of world.containers.services.values())
    expect(spec.task.environment["HANGAR_LAYER_KEY"]).toBe(environment.layer?.key);
  expect(environment.names).toMatchObject({ queue: record.names.queue, targetGroup: record.names.targetGroup });
  const names = Object.values(environment.names.services);
  expect(names.every((name) => name.endsWith("-g2"))).toBe(true);
  expect([...world.containers.services.keys()].toSorted()).toEqual(names.toSorted());
  expect(environment.retired).toEqual([]);
}

function expectAsBefore({ seen, before, environment, record, world }: Updated) {
  expect(environment).toMatchObject({ status: "UPDATE_FAILED", operationId: null, drains: [], retired: [] });
  expect(environment.settings).toEqual(record.settings);
  expect(environment.names).toEqual(record.names);
  expect(environment.layer).toEqual(record.layer);
  const tasks = [...world.containers.oneOffs.values()];
  expect(tasks.filter(({ stopped }) => !stopped)).toEqual([]);
  expect(seen()).toEqual(before);
  expect(JSON.parse(String(world.controlBucket.objects.get(`${record.names.prefix}control.json`)?.body))).toMatchObject(
    {
      drains: [],
    },
  );
}

/** Checks that give up soon: no test looks for twelve hours. */
function shortenDeadlines(world: ReturnType<typeof emptyWorld>) {
  for (const [id, operation] of world.operations.items) {
    if (operation.plan.type !== "update-environment") continue;
    const deadlineSeconds = { layer: 20, services: 20, drained: 20 };
    world.operations.items.set(id, { ...operation, plan: { ...operation.plan, deadlineSeconds } });
  }
}

describe("update-environment", () => {
  it("says UPDATING before it answers, and AVAILABLE with the new settings when it is done", async () => {
    const done = await updated();
    expect(done.accepted).toMatchObject({ status: "UPDATING", lastUpdate: { status: "PENDING" } });
    expect(done.run).toMatchObject({ end: "Succeeded", attempts: 1 });
    expectApplied(done);
    expect(done.environment.lastUpdate).toMatchObject({ status: "SUCCESS", workerReplacementStrategy: "GRACEFUL" });
    expect(done.world.databases.roles.get(done.record.names.metadataRole)?.connectionLimit).toBe(150);
  });

  it("that changes nothing that runs touches no task and takes one look at each check", async () => {
    const { world, run, environment, before, seen } = await updated(
      {},
      { MaxWorkers: 3, WeeklyMaintenanceWindowStart: "MON:03:30" },
    );
    expect(run.end).toBe("Succeeded");
    expect(run.entered).toEqual(rungs.map((rung) => rung.state));
    expect(seen()).toEqual(before);
    expect(environment).toMatchObject({
      status: "AVAILABLE",
      settings: { maxWorkers: 3, weeklyMaintenanceWindowStart: "MON:03:30" },
    });
    expect(world.containers.services.size).toBe(3);
  });

  it("of the number of workers adds them to the service there is", async () => {
    const { world, environment } = await updated({}, { MinWorkers: 3 });
    expect(world.containers.services.get(environment.names.services.worker)?.taskIds).toHaveLength(3);
    expect(environment.names.services.worker).toMatch(/-g1$/);
  });

  it("that allows fewer workers takes none away, and one that asks for no more than run adds none", async () => {
    const { world, record } = await available();
    const workers = () => world.containers.services.get(record.names.services.worker)?.taskIds.length;
    const seen: (number | undefined)[] = [];
    for (const MinWorkers of [4, 1, 3, 4]) {
      await askToUpdate(world, { MinWorkers });
      await runLadder(world, "first");
      seen.push(workers());
    }
    expect(seen).toEqual([4, 4, 4, 4]);
  });

  it("of the DAG folder makes a candidate of what lies there", async () => {
    const start = await available();
    start.world.sourceBuckets.upload("my-dags", "other/second.py", "print('second')");
    await askToUpdate(start.world, { DagS3Path: "other" });
    await runLadder(start.world, "first");
    const release = await start.world.environments.getRelease("first", start.record.environmentId);
    expect(release?.candidate?.number).toBe(2);
  });

  it("whose requirements conflict changes nothing that runs, and says so in the resolver's words", async () => {
    const start = await available();
    start.world.sourceBuckets.upload("my-dags", "requirements.txt", "conflict");
    await askToUpdate(start.world, everything);
    const run = await runLadder(start.world, "first");
    const environment = (await start.world.environments.get("first"))!;
    expect(run.end).toBe("RolledBack");
    expectAsBefore({ ...start, run, accepted: environment, environment });
    expect(environment.lastUpdate.error).toMatchObject({
      code: "LAYER_FAILED",
      message: expect.stringContaining(`check-layer failed: ${conflictText}`),
    });
    // cured, the same request goes through: an earlier failure is not believed
    start.world.sourceBuckets.upload("my-dags", "requirements.txt", "pendulum");
    await askToUpdate(start.world, everything);
    expect((await runLadder(start.world, "first")).end).toBe("Succeeded");
  });

  it("waits until the old workers have finished (GRACEFUL), and does not wait for them otherwise (FORCED)", async () => {
    const start = await available();
    start.world.agents.script.drain = { inFlight: 2, looksUntilReleased: 5 };
    await askToUpdate(start.world, everything);
    const graceful = await runLadder(start.world, "first");
    expect(graceful.entered.filter((state) => state === "CheckDrained").length).toBeGreaterThan(4);
    const forced = await updated({}, { ...everything, WorkerReplacementStrategy: "FORCED" });
    expect(forced.run.entered.filter((state) => state === "CheckDrained")).toHaveLength(1);
    expectApplied(forced);
  });

  it("whose new tasks never become healthy is rolled back: everything is as before, and LastUpdate says why", async () => {
    const done = await updated({}, everything, true);
    expect(done.run.end).toBe("RolledBack");
    expectAsBefore(done);
    expect(done.environment.lastUpdate.error?.message).toMatch(/check-services.*runs as it did before/s);
  });

  it("that failed can be followed by another, under names that were never used", async () => {
    const { world } = await updated({}, everything, true);
    world.agents.script.unhealthyGenerations = [];
    await askToUpdate(world, everything);
    expect((await runLadder(world, "first")).end).toBe("Succeeded");
    const environment = (await world.environments.get("first"))!;
    expect(environment.names.services.web).toMatch(/-g3$/);
    expect(world.containers.services.size).toBe(3);
  });

  it.each(effects)("%s failing for good: everything is as before", async (state) => {
    const done = await updated({ [state]: "fails" }, requestFor(state));
    expect(done.run.end).toBe("RolledBack");
    expectAsBefore(done);
  });

  describe.each(recoverable)("when a forward step %s", (mischief) => {
    it.each([...effects, ...ofKind("check"), "CommitOperation", ...ofKind("after")])(
      "%s: the new environment or the old one, never half",
      async (state) => {
        const done = await updated({ [state]: mischief });
        if (done.run.end === "Succeeded") expectApplied(done);
        else {
          expect(done.run.end).toBe("RolledBack");
          expectAsBefore(done);
        }
      },
    );
  });

  describe.each(recoverable)("when an undo %s", (mischief) => {
    it.each([...undoStates, "SettleRolledBack"])("%s: everything is as before", async (state) => {
      const done = await updated({ [state]: mischief, DrainWorkers: "fails" });
      expect(done.run.end).toBe("RolledBack");
      expectAsBefore(done);
    });
  });

  // an update takes no alarm back: that undo has nothing it could fail at
  it.each(undoStates.filter((state) => state !== "UndoPutAlarms"))(
    "%s failing for good ends Stuck: UNAVAILABLE, and a person is asked",
    async (state) => {
      const turnsRound =
        state === "UndoScaleServices" ? { ScaleServices: "timesOutAfterItsWork" } : { DrainWorkers: "fails" };
      const { run, environment } = await updated(
        { [state]: "fails", ...(turnsRound as Record<string, Mischief>) },
        requestFor(state),
      );
      expect(run.end).toBe("Stuck");
      expect(environment).toMatchObject({ status: "UNAVAILABLE", operationId: null });
      expect(environment.lastUpdate.error?.message).toContain("needs a person");
    },
  );

  it("withdrawn while workers drain: those that had let go are replaced, the others take work again", async () => {
    const start = await available();
    const { world } = start;
    world.agents.script.drain = { inFlight: 1, looksUntilReleased: 3, onlyFirst: true };
    const old = [...world.containers.services.get(start.record.names.services.worker)!.taskIds];
    await askToUpdate(world, everything);
    shortenDeadlines(world);
    const run = await runLadder(world, "first");
    expect(run.end).toBe("RolledBack");
    const now = world.containers.services.get(start.record.names.services.worker)!.taskIds;
    expect(now).toHaveLength(old.length);
    expect(world.agents.releasedTasks().filter((taskId) => now.includes(taskId))).toEqual([]);
  });

  it("killed after its commit: the sweeper removes the services that were replaced", async () => {
    const start = await available();
    const { world } = start;
    await askToUpdate(world, everything);
    world.fail("containers.remove", new Error("the function is dead"), 1000);
    await runLadder(world, "first", { RetireServices: "fails" });
    expect((await world.environments.get("first"))!.retired).toHaveLength(3);
    world.heal();
    await sweepOperations({ ...world.ports, pool: { longestStepSeconds: 60 } });
    expect((await world.environments.get("first"))!.retired).toEqual([]);
    expect(world.containers.services.size).toBe(3);
  });

  it("in any state can be followed by a delete that leaves nothing", async () => {
    const { world, run } = await updated({ UndoDeployServices: "fails", CheckServices: "fails" });
    expect(run.end).toBe("Stuck");
    await askToDelete(world);
    expect((await runLadder(world, "first")).end).toBe("Succeeded");
    expect(world.leftovers()).toEqual([]);
  });

  it("enters every state of the file in these tests", async () => {
    const entered = new Set<string>();
    for (const done of [
      await updated(),
      await updated({ DrainWorkers: "fails" }),
      await updated({ UndoDeployServices: "fails", CheckServices: "fails" }),
    ])
      for (const state of done.run.entered) entered.add(state);
    expect(states.filter((state) => !entered.has(state))).toEqual([]);
  });
});
