// What a failed task wrote last is told with the failure: in the operation, and in LastUpdate as far as there is room.
import { expect, it } from "vitest";
import { operationView } from "../shared/domain/operation-view.ts";
import type { UpgradePlan } from "../shared/domain/plan-upgrade.ts";
import type { MemoryWorld } from "../shared/testing/memory-world.ts";
import { expectAsBefore } from "./testing/upgrade-ends.ts";
import { upgraded } from "./testing/upgrades.ts";

const lines = ["Traceback (most recent call last):", "DATABASE_PASSWORD=hunter2", "alembic: no such column"];

/** Lets the task write its lines before it fails. */
const says = (world: MemoryWorld, nameOf: (plan: UpgradePlan) => string) => {
  const plan = [...world.operations.items.values()]
    .map((one) => one.plan)
    .find((one) => one.type === "upgrade-environment");
  world.taskOutput.lines.set(nameOf(plan!), lines);
};
const ends = (world: MemoryWorld, word: string) => {
  world.containers.script.oneOffOf[word] = { looks: 1, exitCode: 1, reason: "exit code 1" };
};
const failing = (word: string, nameOf: (plan: UpgradePlan) => string) => (world: MemoryWorld) => {
  ends(world, word);
  says(world, nameOf);
};

it.each<[string, (world: MemoryWorld) => void]>([
  ["the task that tries the image", failing("--help", ({ trying }) => trying.family)],
  ["the copying", failing("copy-database", ({ copying }) => copying.task.family)],
  ["the migration", failing("migrate-copy", ({ migration }) => migration.family)],
  [
    "a service that never becomes healthy",
    (world) => {
      world.agents.script.unhealthyGenerations = [2];
      says(world, ({ services }) => services[0]!.name);
    },
  ],
])("%s is quoted when it fails for good, without its secrets", async (_, prepare) => {
  const done = await upgraded({}, prepare);
  expect(done.run.end).toBe("RolledBack");
  expectAsBefore(done);
  const { Error: error } = operationView(done.world.operations.items.get(done.operationId)!) as {
    Error: { Log: string[] };
  };
  expect(error.Log).toEqual([lines[0], "DATABASE_PASSWORD=***", lines[2]]);
  const { message } = done.environment.lastUpdate.error!;
  expect(message).toContain("alembic: no such column");
  expect(message.length).toBeLessThanOrEqual(1024);
});

it("a log that cannot be read changes nothing of the end", async () => {
  const done = await upgraded({}, (world) => {
    ends(world, "migrate-copy");
    world.fail("taskOutput.ofOneOff", new Error("logs:GetLogEvents is not allowed"), 100);
  });
  expect(done.run.end).toBe("RolledBack");
  expectAsBefore(done);
  expect(done.environment.lastUpdate.error?.message).toMatch(/check-migrated failed/);
});
