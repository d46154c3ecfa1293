import { beforeEach, describe, expect, it } from "vitest";
import { createMemoryWorld } from "../testing/memory-world.ts";
import { planned, recordIn } from "../testing/planned.ts";
import type { CreatePlan } from "../domain/plan-create.ts";
import { changeEnvironment } from "./change-environment.ts";
import { removeRetired } from "./retirement.ts";

let world: ReturnType<typeof createMemoryWorld>;
const service = (name: string) => ({ ...(planned().operation.plan as CreatePlan).services[0]!, name });
beforeEach(async () => {
  world = createMemoryWorld({ now: 0 });
  await world.environments.create(recordIn("AVAILABLE", { retired: ["old-1", "old-2"] }));
  for (const name of ["old-1", "old-2", "new-1"]) await world.containers.deploy(service(name), "arn", null);
});
const services = () => [...world.containers.services.keys()];
const listed = async () => (await world.environments.get("first"))?.retired;

describe("removing retired services", () => {
  it("removes what the record lists and nothing else, then takes it off the list", async () => {
    expect(await removeRetired("first", world.ports)).toEqual(["old-1", "old-2"]);
    expect(services()).toEqual(["new-1"]);
    expect(await listed()).toEqual([]);
    expect(world.calls.indexOf("containers.remove")).toBeLessThan(world.calls.indexOf("environments.replace"));
  });

  it("that could not be removed stay listed: none is forgotten", async () => {
    world.fail("containers.remove", new Error("throttled"));
    await expect(removeRetired("first", world.ports)).rejects.toThrow("throttled");
    expect(await listed()).toEqual(["old-1", "old-2"]);
  });

  it("cut off before the list was written is repeated without harm", async () => {
    world.fail("environments.replace", new Error("killed"));
    await expect(removeRetired("first", world.ports)).rejects.toThrow("killed");
    expect(await removeRetired("first", world.ports)).toEqual(["old-1", "old-2"]);
    expect(await listed()).toEqual([]);
  });

  it("keeps on the list what an update retired meanwhile", async () => {
    const remove = async (names: readonly string[]) => {
      await world.containers.remove(names);
      await changeEnvironment({ name: "first" }, ({ retired }) => ({ retired: [...retired, "old-3"] }), world.ports);
    };
    const containers = { ...world.containers, remove };
    expect(await removeRetired("first", { environments: world.environments, containers })).toEqual(["old-1", "old-2"]);
    expect(await listed()).toEqual(["old-3"]);
  });

  it("does not touch the list of a namesake that was created meanwhile", async () => {
    const remove = async () => {
      world.environments.items.set(
        "first",
        recordIn("CREATING", { environmentId: "e9", retired: ["old-1", "theirs"] }),
      );
    };
    await removeRetired("first", { environments: world.environments, containers: { ...world.containers, remove } });
    expect(await listed()).toEqual(["old-1", "theirs"]);
  });

  it("has nothing to do where nothing is listed, or nothing is there", async () => {
    await removeRetired("first", world.ports);
    const before = world.calls.length;
    expect(await removeRetired("first", world.ports)).toEqual([]);
    expect(await removeRetired("second", world.ports)).toEqual([]);
    expect(world.calls.slice(before)).toEqual(["environments.get", "environments.get"]);
  });
});
