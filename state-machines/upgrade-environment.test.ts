import { describe, expect, it } from "vitest";
import { ladders } from "../shared/domain/ladders.ts";
import { type Mischief, runLadder } from "./testing/run-ladder.ts";
import { askToUpdate } from "./testing/requests.ts";
import { recoverable, taskStates } from "./testing/task-states.ts";
import { expectApplied, expectAsBefore, expectEither, tasksIn } from "./testing/upgrade-ends.ts";
import { upgraded, upgradePool } from "./testing/upgrades.ts";

const { rungs } = ladders["upgrade-environment"];
const ofKind = (...kinds: string[]) => rungs.filter((rung) => kinds.includes(rung.kind)).map((rung) => rung.state);
const effects = ofKind("effect", "once");
const states = taskStates("upgrade-environment");
const undoStates = states.filter((name) => name.startsWith("Undo"));
/** Fails last of all, so that everything has been made and the whole way back is walked. */
const lateFailure = { CheckCanary: "fails" } as const;

describe("upgrade-environment", () => {
  it("says UPDATING before it answers, and AVAILABLE on the new version when it is done, the original kept sealed", async () => {
    const done = await upgraded();
    expect(done.accepted).toMatchObject({ status: "UPDATING", settings: { airflowVersion: "2.11.2" } });
    expect(done.run).toMatchObject({ end: "Succeeded", attempts: 1 });
    expectApplied(done);
    const operation = await done.world.operations.get(done.operationId);
    expect(operation?.journal["run:mark-interrupted"]?.output).toMatchObject({
      count: 1,
      interrupted: [{ dagId: "sales", taskId: "running", tryNumber: 1 }],
    });
  });

  it("can be followed by an update, and leaves names free that were never used", async () => {
    const { world, environment } = await upgraded();
    await askToUpdate(world, { EnvironmentClass: "mw1.medium" }, upgradePool);
    expect((await runLadder(world, "first")).end).toBe("Succeeded");
    const now = (await world.environments.get("first"))!;
    expect(now.names.metadataDatabase).toBe(environment.names.metadataDatabase);
    expect(now.names.services.web).toMatch(/-g3$/);
  });

  it("that was rolled back can be tried again, and then goes through", async () => {
    const done = await upgraded(lateFailure);
    expectAsBefore(done);
    await askToUpdate(done.world, { AirflowVersion: "3.3.1" }, upgradePool);
    expect((await runLadder(done.world, "first")).end).toBe("Succeeded");
    expect((await done.world.environments.get("first"))!.settings.airflowVersion).toBe("3.3.1");
  });

  it("shows CREATING_SNAPSHOT while it is closed and copied, UPDATING around it, ROLLING_BACK on the way back", async () => {
    const shown: string[] = [];
    await upgraded({ CheckMigrated: "fails" }, ({ environments: { items } }) => {
      const put = items.set.bind(items);
      items.set = (name, item) => {
        if (shown.at(-1) !== item.status) shown.push(item.status);
        return put(name, item);
      };
    });
    expect(shown).toEqual(["UPDATING", "CREATING_SNAPSHOT", "UPDATING", "ROLLING_BACK", "UPDATE_FAILED"]);
  });

  it("keeps the address closed and every new task held until the commit, and no old task beside them", async () => {
    const before: unknown[] = [];
    const done = await upgraded({}, ({ environments: { items }, webAddresses, containers, controlBucket }) => {
      const put = items.set.bind(items);
      items.set = (name, item) => {
        if (item.status === "AVAILABLE" && before.length === 0) {
          const running = [...containers.services.values()].flatMap(({ taskIds }) => taskIds);
          const texts = running.map((id) =>
            String(controlBucket.objects.get(`${item.names.prefix}reports/${id}.json`)?.body),
          );
          before.push(webAddresses.closed.size, new Set(texts.map((text) => JSON.parse(text).held)));
        }
        return put(name, item);
      };
    });
    expect(before).toEqual([1, new Set([true])]);
    expectApplied(done);
  });

  it("waits for tasks that run, and for those that end, before it closes the database", async () => {
    const done = await upgraded({}, ({ agents, containers }) => {
      agents.script.drain = { inFlight: 1, looksUntilReleased: 4 };
      containers.script.looksUntilStopped = 6;
    });
    expectApplied(done);
    for (const state of ["CheckPaused", "CheckStopped"])
      expect(done.run.entered.filter((name) => name === state).length, state).toBeGreaterThan(3);
  });

  it("is patient with a container service that lists a task it has started only later", async () => {
    const done = await upgraded({}, ({ containers }) => {
      containers.script.looksUntilListed = 8;
    });
    expectApplied(done);
  });

  it("ends a protected worker whose tasks outlast the pause", async () => {
    const done = await upgraded({}, ({ agents, containers }) => {
      agents.script.drain = { inFlight: 1, looksUntilReleased: 1000 };
      containers.script.protectedTasks = true;
    });
    expectApplied(done);
  });

  it("goes on without a task that does not end within the pause", async () => {
    const done = await upgraded({}, ({ agents }) => {
      agents.script.drain = { inFlight: 1, looksUntilReleased: 1000 };
    });
    expectApplied(done);
  });

  it("whose plan says abort goes back instead, and names who is at work still", async () => {
    const done = await upgraded({}, (world) => {
      world.agents.script.drain = { inFlight: 3, looksUntilReleased: 1, onlyFirst: true };
      for (const [id, operation] of world.operations.items) {
        const { plan } = operation;
        if (plan.type === "upgrade-environment")
          world.operations.items.set(id, {
            ...operation,
            plan: { ...plan, pause: { ...plan.pause, atDeadline: "abort" } },
          });
      }
    });
    expect(done.run.end).toBe("RolledBack");
    expectAsBefore(done);
    expect(done.environment.lastUpdate.error?.message).toMatch(/check-paused failed.*3 tasks in hand/s);
    expect(done.world.calls).not.toContain("databaseCopies.retryInterrupted");
    // the worker that had let go for good was replaced
    const workers = done.world.containers.services.get(done.record.names.services.worker)!.taskIds;
    expect(done.world.agents.releasedTasks().filter((taskId) => workers.includes(taskId))).toEqual([]);
  });

  it.each([
    ["copy-database", 1, "the disk is full", /check-copied failed: .*the disk is full/s],
    ["migrate-copy", 1, "alembic: no such column", /check-migrated failed: .*alembic: no such column/s],
    ["migrate-copy", 137, "out of memory", /check-migrated failed: .*exit code 137: out of memory/s],
  ])("%s that ends with %i goes back and says why: %s", async (word, exitCode, reason, message) => {
    const done = await upgraded({}, ({ containers }) => {
      containers.script.oneOffOf[word] = { looks: 1, exitCode, reason };
    });
    expect(done.run.end).toBe("RolledBack");
    expectAsBefore(done);
    expect(done.environment.lastUpdate.error?.message).toMatch(message);
  });

  it.each([
    ["--help", "CheckImage"],
    ["copy-database", "CheckCopied"],
    ["migrate-copy", "CheckMigrated"],
  ])("%s that comes to no end is stopped, and leaves nothing", async (word, state) => {
    const done = await upgraded({}, ({ containers }) => {
      containers.script.oneOffOf[word] = { looks: 1000, exitCode: 0, reason: "" };
    });
    expect(done.run.entered).toContain(state);
    expect(done.run.end).toBe("RolledBack");
    expectAsBefore(done);
    expect(done.environment.lastUpdate.error?.message).toContain("not ready within");
  });

  it("whose new tasks never become healthy, or whose canary fails, goes back", async () => {
    const sick = await upgraded({}, ({ agents }) => {
      agents.script.unhealthyGenerations = [2];
    });
    const silent = await upgraded({}, ({ agents }) => {
      agents.script.canary.ends = "failed";
    });
    for (const done of [sick, silent]) {
      expect(done.run.end).toBe("RolledBack");
      expectAsBefore(done);
    }
  });

  it("waits on the way back until what it stopped has ended: nothing is dropped under a task that still runs", async () => {
    const done = await upgraded({ CheckCanary: "fails" }, ({ containers }) => {
      containers.script.looksUntilStopped = 12;
    });
    expectAsBefore(done);
    expect(done.run.entered.filter((state) => state === "UndoCopyDatabase").length).toBeGreaterThan(3);
  });

  it.each([...effects, ...ofKind("check")])("%s failing for good: everything is as before", async (state) => {
    const done = await upgraded({ [state]: "fails" });
    expect(done.run.end).toBe("RolledBack");
    expectAsBefore(done);
  });

  it.each(ofKind("after"))("%s failing for good: the commit stands, and the original is kept", async (state) => {
    const { run, environment, record, world } = await upgraded({ [state]: "fails" });
    expect(run.end).toBe("Succeeded");
    expect(environment).toMatchObject({ status: "AVAILABLE", settings: { airflowVersion: "3.3.1" } });
    expect(world.databaseCopies.isSealed(record.names.metadataDatabase)).toBe(true);
  });

  describe.each(recoverable)("when a forward step %s", (mischief) => {
    it.each(rungs.map((rung) => rung.state))("%s: the new version or the old one, never half", async (state) =>
      expectEither(await upgraded({ [state]: mischief })),
    );
  });

  describe.each(recoverable)("when an undo %s", (mischief) => {
    it.each([...undoStates, "SettleRolledBack"])("%s: everything is as before", async (state) => {
      const done = await upgraded({ [state]: mischief, ...lateFailure });
      expect(done.run.end).toBe("RolledBack");
      expectAsBefore(done);
    });
  });

  it.each(undoStates)("%s failing for good ends Stuck, the original whole, and a person is asked", async (state) => {
    const mischief: Record<string, Mischief> = { [state]: "fails", ...lateFailure };
    const done = await upgraded(mischief);
    expect(done.run.end).toBe("Stuck");
    expect(done.environment).toMatchObject({ status: "UNAVAILABLE", operationId: null });
    expect(done.environment.lastUpdate.error?.message).toContain("needs a person");
    const { queued, deferred } = tasksIn(done, done.record.names.metadataDatabase);
    expect([queued?.state, deferred?.state]).toEqual(["queued", "deferred"]);
  });

  it("enters every state of the file in these tests", async () => {
    const entered = new Set<string>();
    for (const done of [
      await upgraded(),
      await upgraded(lateFailure),
      await upgraded({ UndoBuildLayer: "fails", ...lateFailure }),
    ])
      for (const state of done.run.entered) entered.add(state);
    expect(states.filter((state) => !entered.has(state))).toEqual([]);
  });
});
