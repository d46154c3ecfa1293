import { describe, expect, it } from "vitest";
import { executionName } from "../../shared/domain/sweep.ts";
import { runLadder } from "../../state-machines/testing/run-ladder.ts";
import { askToUpdate } from "../../state-machines/testing/requests.ts";
import { expectApplied } from "../../state-machines/testing/upgrade-ends.ts";
import { type Upgraded, upgraded, upgradePool } from "../../state-machines/testing/upgrades.ts";
import { finishUpgrades } from "./finish-upgrades.ts";

const run = ({ world }: Upgraded) => finishUpgrades(world.ports);
const recordOf = async ({ world }: Upgraded) => (await world.environments.get("first"))!;

/** Cut off after its commit, its execution over. */
async function cutOff(mischief: Parameters<typeof upgraded>[0]): Promise<Upgraded> {
  const done = await upgraded(mischief);
  expect(done.environment.status).toBe("AVAILABLE");
  endExecution(done);
  return done;
}

function endExecution({ world, operationId }: Upgraded) {
  world.workflows.end(executionName(world.operations.items.get(operationId)!), world.clock.now());
}

const isOpen = ({ world, environment }: Upgraded) =>
  world.webAddresses.closed.size === 0 &&
  world.databaseCopies.contents(environment.names.metadataDatabase).heldDags === null;

describe("an upgrade that was cut off after its commit", () => {
  it("before it was opened: hold and address are opened, and then nothing is left to do", async () => {
    const done = await cutOff({ OpenEnvironment: "fails" });
    expect(isOpen(done)).toBe(false);
    expect(done.environment.toOpen).toEqual({ operationId: done.operationId });
    await run(done);
    expect(isOpen(done)).toBe(true);
    expectApplied({ ...done, environment: await recordOf(done) });
    const before = done.world.calls.length;
    await run(done);
    expect(done.world.calls.slice(before)).toEqual(["environments.all"]);
  });

  it("before the old generation was removed: it is removed, and the record lists nothing any more", async () => {
    const done = await cutOff({ RetireGeneration: "fails" });
    expect(done.environment.leftBehind).toHaveLength(1);
    await run(done);
    const environment = await recordOf(done);
    expect(environment.leftBehind).toEqual([]);
    expectApplied({ ...done, environment });
  });

  it.each([
    "controlBucket.putControl",
    "databaseCopies.liftHold",
    "webAddresses.ensure",
    "databases.dropDatabase",
  ] as const)(
    "and cannot be finished for %s: what is not done stays on the record, and is done the next time",
    async (method) => {
      const done = await cutOff({ OpenEnvironment: "fails", PublishControl: "fails", RetireGeneration: "fails" });
      done.world.fail(method, new Error("connection lost"));
      await expect(run(done)).rejects.toThrow("connection lost");
      await run(done);
      const environment = await recordOf(done);
      expect(environment).toMatchObject({ toOpen: null, leftBehind: [] });
      expectApplied({ ...done, environment });
    },
  );

  it("is left to its own execution while that lives", async () => {
    const done = await upgraded({ OpenEnvironment: "fails" });
    await run(done);
    expect(isOpen(done)).toBe(false);
    endExecution(done);
    await run(done);
    expect(isOpen(done)).toBe(true);
  });

  it.each(["UPDATING", "DELETING", "UNAVAILABLE"] as const)("is left alone while it is %s", async (status) => {
    const done = await cutOff({ OpenEnvironment: "fails" });
    done.world.environments.items.set("first", { ...done.environment, status });
    await run(done);
    expect(isOpen(done)).toBe(false);
  });

  it("is opened by the next upgrade before anything else: what it holds would be copied as the user's own", async () => {
    const done = await cutOff({ OpenEnvironment: "fails" });
    done.world.environments.items.set("first", {
      ...done.environment,
      settings: { ...done.environment.settings, airflowVersion: "2.11.2" },
    });
    await askToUpdate(done.world, { AirflowVersion: "3.3.1" }, upgradePool);
    expect((await runLadder(done.world, "first", { CheckPaused: "fails" })).end).toBe("RolledBack");
    expect(isOpen(done)).toBe(true);
    expect((await recordOf(done)).toOpen).toBeNull();
  });
});

describe("an upgrade that went through", () => {
  it("leaves nothing to finish", async () => {
    const { environment } = await upgraded();
    expect(environment).toMatchObject({ toOpen: null, leftBehind: [] });
  });
});
