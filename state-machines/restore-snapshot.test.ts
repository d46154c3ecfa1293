// The upgrade's ladder on another original: a snapshot takes the place of the live database.
import { describe, expect, it } from "vitest";
import { ladders } from "../shared/domain/ladders.ts";
import { askToRestore, askToUpdate } from "./testing/requests.ts";
import { expectRestored, expectSnapshotKept, expectStayed, restored } from "./testing/restores.ts";
import { runLadder } from "./testing/run-ladder.ts";
import { recoverable, taskStates } from "./testing/task-states.ts";
import { upgradePool } from "./testing/upgrades.ts";

const { rungs } = ladders["upgrade-environment"];
const reversible = rungs.filter(({ kind }) => ["effect", "once", "check"].includes(kind)).map(({ state }) => state);
const undoStates = taskStates("upgrade-environment").filter((name) => name.startsWith("Undo"));

describe("restoring a snapshot", () => {
  it("brings back what was there then; what was live becomes a snapshot, and the one restored stays", async () => {
    const done = await restored();
    expect(done.run).toMatchObject({ end: "Succeeded", attempts: 1 });
    expectRestored(done);
  });

  it("can be regretted: the snapshot it left brings back what was written since the upgrade", async () => {
    const { world, record } = await restored();
    await askToRestore(world, { Snapshot: record.names.metadataDatabase }, upgradePool);
    expect((await runLadder(world, "first")).end).toBe("Succeeded");
    const now = (await world.environments.get("first"))!;
    expect(now.settings).toEqual(record.settings);
    expect(now.snapshots?.map(({ airflowVersion }) => airflowVersion)).toEqual(["2.11.2", "3.3.1", "2.11.2"]);
    const tasks = world.databaseCopies.contents(now.names.metadataDatabase).tasks.map(({ taskId }) => taskId);
    expect(tasks).toContain("fresh");
  });

  it("leaves an environment that can be upgraded again", async () => {
    const { world } = await restored();
    await askToUpdate(world, { AirflowVersion: "3.3.1" }, upgradePool);
    expect((await runLadder(world, "first")).end).toBe("Succeeded");
    expect((await world.environments.get("first"))!.settings.airflowVersion).toBe("3.3.1");
  });

  it.each([
    ["is gone", /is not on the server any more/],
    ["was opened by hand", /is not sealed any more/],
  ])("from a snapshot that %s goes back before anything is paused, and says so", async (what, message) => {
    const done = await restored({}, (world) => {
      const name = [...world.databases.databases.keys()].find((one) => world.databaseCopies.isSealed(one))!;
      const role = name;
      if (what === "is gone") world.databases.databases.delete(name);
      else void world.databaseCopies.unseal({ database: name, role });
    });
    expect(done.run.end).toBe("RolledBack");
    expect(done.run.entered).not.toContain("PauseScheduling");
    expect(done.environment.lastUpdate.error?.message).toMatch(message);
    expect(done.environment.settings).toEqual(done.record.settings);
  });

  it.each(reversible)("%s failing for good: the live database and the snapshot are as before", async (state) => {
    const done = await restored({ [state]: "fails" });
    expect(done.run.end).toBe("RolledBack");
    expectStayed(done);
  });

  describe.each(recoverable)("when a forward step %s", (mischief) => {
    it.each(rungs.map(({ state }) => state))("%s: restored or as before, never half", async (state) => {
      const done = await restored({ [state]: mischief });
      if (done.run.end === "Succeeded") expectRestored(done);
      else expectStayed(done);
    });
  });

  it.each(undoStates.filter((state) => state !== "UndoPutAlarms"))(
    "%s failing for good ends Stuck, the snapshot whole",
    async (state) => {
      const done = await restored({ [state]: "fails", CheckCanary: "fails" });
      expect(done.run.end).toBe("Stuck");
      expectSnapshotKept(done);
    },
  );
});
