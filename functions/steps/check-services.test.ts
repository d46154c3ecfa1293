import { expect, it } from "vitest";
import { askToCreate, emptyWorld } from "../../state-machines/testing/requests.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";

it("a create whose tasks keep ending is undone with the last reason long before its deadline", async () => {
  const world = emptyWorld();
  world.containers.script.keepEnding.web = {
    exitCode: 3,
    reason: "Essential container in task exited; exit code 3",
    times: 5,
  };
  await askToCreate(world);
  const began = world.clock.now();
  expect((await runLadder(world, "first")).end).toBe("RolledBack");
  expect(world.clock.now() - began).toBeLessThan(300_000);
  const environment = await world.environments.get("first");
  expect(environment?.lastUpdate.error?.message).toContain(
    "web: its tasks keep ending (5 so far): Essential container in task exited; exit code 3",
  );
  expect(world.leftovers()).toEqual(["environment first"]);
});
