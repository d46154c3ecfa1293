// A server that is away for most of an hour where an operation has no way but on: undo, commit, what follows it, a delete.
import { describe, expect, it } from "vitest";
import type { PortMethod } from "../shared/testing/memory-world.ts";
import { askToCreate, askToDelete, askToUpdate, emptyWorld } from "./testing/requests.ts";
import { type Mischief, runLadder } from "./testing/run-ladder.ts";

/** A minute apart at most: so many tries are about an hour. */
const tries = 100;
const away = () => Object.assign(new Error("connection refused"), { code: "ECONNREFUSED" });

const runs = (mischief: Readonly<Record<string, Mischief>> = {}, method: PortMethod) => ({
  async create() {
    const world = emptyWorld();
    await askToCreate(world);
    world.fail(method, away(), tries);
    return { world, run: await runLadder(world, "first", mischief) };
  },
  async update() {
    const world = emptyWorld();
    await askToCreate(world);
    await runLadder(world, "first");
    await askToUpdate(world, { EnvironmentClass: "mw1.medium" });
    world.fail(method, away(), tries);
    return { world, run: await runLadder(world, "first", mischief) };
  },
  async delete() {
    const world = emptyWorld();
    await askToCreate(world);
    await runLadder(world, "first");
    await askToDelete(world);
    world.fail(method, away(), tries);
    return { world, run: await runLadder(world, "first", mischief) };
  },
});

describe("an outage of most of an hour", () => {
  it("during the way back of a create leaves nothing behind", async () => {
    const { run, world } = await runs({ CheckCanary: "fails" }, "containers.remove").create();
    expect(run.end).toBe("RolledBack");
    expect(world.leftovers()).toEqual(["environment first"]);
  });

  it("during the way back of an update leaves the environment as it was", async () => {
    const { run, world } = await runs({ CheckServices: "fails" }, "containers.remove").update();
    expect(run.end).toBe("RolledBack");
    expect((await world.environments.get("first"))!.status).toBe("UPDATE_FAILED");
  });

  it.each(["create", "update", "delete"] as const)("during the commit of a %s is waited out", async (verb) => {
    const method = verb === "delete" ? "environments.remove" : "environments.settle";
    expect((await runs({}, method)[verb]()).run.end).toBe("Succeeded");
  });

  it("during any step of a delete is waited out", async () => {
    const { run, world } = await runs({}, "databases.dropDatabase").delete();
    expect(run.end).toBe("Succeeded");
    expect(world.leftovers()).toEqual([]);
  });
});
