import { describe, expect, it } from "vitest";
import { ladders } from "../shared/domain/ladders.ts";
import { runLadder } from "./testing/run-ladder.ts";
import { askToCreate, askToDelete, emptyWorld } from "./testing/requests.ts";
import { recoverable } from "./testing/task-states.ts";

const rungs = ladders["delete-environment"].rungs;
const all = rungs.map((rung) => rung.state);

async function available() {
  const world = emptyWorld();
  await askToCreate(world);
  expect((await runLadder(world, "first")).end).toBe("Succeeded");
  return world;
}

describe("delete-environment", () => {
  it("leaves nothing of the environment, and its name can be used again", async () => {
    const world = await available();
    await askToDelete(world);
    expect((await world.environments.get("first"))?.status).toBe("DELETING");
    expect((await runLadder(world, "first")).end).toBe("Succeeded");
    expect(world.leftovers()).toEqual([]);
    await askToCreate(world);
    expect((await runLadder(world, "first")).end).toBe("Succeeded");
  });

  it("clears away a create that was rolled back", async () => {
    const world = emptyWorld();
    world.agents.script.canary.ends = "failed";
    await askToCreate(world);
    await runLadder(world, "first");
    await askToDelete(world);
    expect((await runLadder(world, "first")).end).toBe("Succeeded");
    expect(world.leftovers()).toEqual([]);
  });

  it.each(["UndoMigrateTemplate", "UndoCloneDatabases", "UndoCreateSecrets"])(
    "clears away a create that got stuck in %s",
    async (state) => {
      const world = emptyWorld();
      world.agents.script.canary.ends = "failed";
      await askToCreate(world);
      expect((await runLadder(world, "first", { [state]: "fails" })).end).toBe("Stuck");
      await askToDelete(world);
      expect((await runLadder(world, "first")).end).toBe("Succeeded");
      expect(world.leftovers()).toEqual([]);
    },
  );

  describe.each(recoverable)("when a step %s", (mischief) => {
    it.each(all)("%s: the delete still comes to its end", async (state) => {
      const world = await available();
      await askToDelete(world);
      const run = await runLadder(world, "first", { [state]: mischief });
      expect(run.end).toBe("Succeeded");
      expect(world.leftovers()).toEqual([]);
    });
  });

  it.each(all.filter((state) => state !== "CheckServicesGone"))(
    "%s failing for good ends Stuck with status DELETING; deleting again finishes it",
    async (state) => {
      const world = await available();
      await askToDelete(world);
      expect((await runLadder(world, "first", { [state]: "fails" })).end).toBe("Stuck");
      expect(await world.environments.get("first")).toMatchObject({
        status: "DELETING",
        lastUpdate: { status: "FAILED" },
      });
      await askToDelete(world);
      expect((await runLadder(world, "first")).end).toBe("Succeeded");
      expect(world.leftovers()).toEqual([]);
    },
  );
});
