import { describe, expect, it } from "vitest";
import type { EnvironmentItem } from "../shared/domain/items.ts";
import { ladders } from "../shared/domain/ladders.ts";
import { upgradeRemains } from "../shared/domain/upgrade-remains.ts";
import { runLadder } from "./testing/run-ladder.ts";
import { askToCreate, askToDelete, emptyWorld, testPool } from "./testing/requests.ts";
import { recoverable } from "./testing/task-states.ts";

const rungs = ladders["delete-environment"].rungs;
const all = rungs.map((rung) => rung.state);

async function available() {
  const world = emptyWorld();
  await askToCreate(world);
  expect((await runLadder(world, "first")).end).toBe("Succeeded");
  return world;
}

/** As after one upgrade that was committed, and cut off at its end, and another that got stuck before its commit. */
async function leaveUpgrades(world: Awaited<ReturnType<typeof available>>) {
  const record = (await world.environments.get("first"))!;
  const old = `hangar_${record.environmentId}_old`;
  const stuck: EnvironmentItem = {
    ...record,
    status: "UNAVAILABLE",
    resourceGeneration: 2,
    snapshots: [
      { ...{ name: old, role: old, airflowVersion: "2.11.2" }, ...{ createdAt: 0, expiresAt: 1, operationId: "x" } },
    ],
    leftBehind: [
      {
        queues: ["old-queue"],
        results: { database: `${old}_celery`, role: `${old}_celery` },
        targetGroup: "old-group",
        tasks: [],
      },
    ],
  };
  world.environments.items.set("first", stuck);
  const { copiers, databases, queues, secrets, tasks, targetGroups } = upgradeRemains(stuck, testPool);
  const own = { password: "x", template: null, connectionLimit: 1 };
  for (const one of databases) await world.databases.ensureDatabase({ ...one, ...own });
  await world.databaseCopies.seal({ database: old, role: old });
  for (const role of copiers) await world.databaseCopies.ensureCopier(role, "x");
  for (const queue of queues) await world.taskQueues.ensure(queue, { visibilityTimeoutSeconds: 1 });
  for (const secret of secrets) await world.secretVault.ensure(secret, {});
  for (const targetGroup of targetGroups)
    await world.webAddresses.ensure({ targetGroup, host: record.names.webHost, healthPath: "/" });
  const [service] = world.containers.services.values();
  for (const family of tasks) await world.containers.runOnce({ ...service!.spec.task, family }, null, family);
  expect([databases, tasks, copiers, targetGroups].map(({ length }) => length)).toEqual([4, 3, 1, 2]);
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

  it("clears away what upgrades have left: snapshots, and all that one that got stuck had begun", async () => {
    const world = await available();
    await leaveUpgrades(world);
    await askToDelete(world);
    expect((await runLadder(world, "first")).end).toBe("Succeeded");
    expect(world.leftovers()).toEqual([]);
    expect([...world.databases.databases.keys()].filter((name) => !name.startsWith("hangar_template"))).toEqual([]);
  });

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
