// What an upgrade is careful of before it ends anything, what it ends, and what it says of that where it turns back.
import { describe, expect, it } from "vitest";
import { interruptedView } from "../shared/domain/upgrade-view.ts";
import { askToUpdate } from "./testing/requests.ts";
import { runLadder } from "./testing/run-ladder.ts";
import { expectAsBefore } from "./testing/upgrade-ends.ts";
import { availableOnOld, upgraded, upgradedFrom, upgradePool } from "./testing/upgrades.ts";

describe("an upgrade", () => {
  it.each([
    [null, "CannotPullContainerError: no such image", /check-image failed: .*did not start: CannotPullContainerError/s],
    [1, "no module named hangar_agent", /check-image failed: .*exit code 1: no module named hangar_agent/s],
  ])(
    "whose image cannot be started (%s) goes back before anything is paused, and says why",
    async (exitCode, reason, message) => {
      const done = await upgraded({}, ({ containers }) => {
        containers.script.oneOffOf["--help"] = { looks: 3, exitCode, reason };
      });
      expect(done.run.end).toBe("RolledBack");
      expect(done.run.entered).not.toContain("PauseScheduling");
      expectAsBefore(done);
      expect(done.environment.lastUpdate.error?.message).toMatch(message);
    },
  );

  it.each(["CheckLayer", "CheckPaused", "CheckCanary"])(
    "that turns back at %s shows ROLLING_BACK before its first undo is done, whichever that is",
    async (state) => {
      const begun: string[][] = [];
      const done = await upgraded({ [state]: "fails" }, ({ environments, operations }) => {
        const { items } = environments;
        const put = items.set.bind(items);
        items.set = (name, item) => {
          const { journal } = operations.items.get(item.operationId ?? "") ?? { journal: {} };
          const undos = Object.keys(journal).filter((key) => key.startsWith("undo:"));
          if (item.status === "ROLLING_BACK" && items.get(name)?.status !== "ROLLING_BACK") begun.push(undos);
          return put(name, item);
        };
      });
      expect(begun).toEqual([[expect.stringContaining("undo:")]]);
      expectAsBefore(done);
    },
  );

  it.each([
    ["were removed and still end", {}],
    ["were removed and still end, on the way back", { CheckStopped: "fails" }],
    ["are not removed yet", {}],
    ["are not removed yet, on the way back", { CheckStopped: "fails" }],
  ] as const)("marks no task while workers of an update before %s", async (which, mischief) => {
    const start = await availableOnOld();
    const { world } = start;
    const { containers, environments, databaseCopies } = world;
    const { worker } = start.record.names.services;
    const before = containers.services.get(worker)!;
    containers.script.looksUntilStopped = 9;
    await askToUpdate(world, { EnvironmentClass: "mw1.medium", WorkerReplacementStrategy: "FORCED" }, upgradePool);
    expect((await runLadder(world, "first")).end).toBe("Succeeded");
    if (which.startsWith("are not")) {
      containers.stopping.delete(worker);
      containers.services.set(worker, before);
      environments.items.set("first", { ...environments.items.get("first")!, retired: [worker] });
    }
    const marked: boolean[] = [];
    await upgradedFrom(start, mischief, () => {
      const mark = databaseCopies.retryInterrupted;
      databaseCopies.retryInterrupted = (...input) => {
        marked.push(containers.alive().includes(worker));
        return mark(...input);
      };
    });
    expect(new Set(marked)).toEqual(new Set([false]));
  });

  it.each(["CheckStopped", "CheckCopied"])("shows which tasks it ended where it turns back at %s", async (state) => {
    const done = await upgraded({ [state]: "fails" });
    expectAsBefore(done);
    expect(interruptedView((await done.world.operations.get(done.operationId))!)).toMatchObject({
      Count: 1,
      Tasks: [{ DagId: "sales", TaskId: "running", TryNumber: 1 }],
    });
  });

  it("that turns back before it ended any task shows none", async () => {
    const done = await upgraded({ CheckPaused: "fails" });
    expect(interruptedView((await done.world.operations.get(done.operationId))!)).toBeUndefined();
  });
});
